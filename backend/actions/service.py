"""Recording what members have done, and crediting it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.actions.errors import UnknownAction, UnknownMember, UnknownVisitor
from backend.actions.limits import reason_against
from backend.actions.statements import DONE_BEFORE, RECORD
from backend.budgets import service as budgets
from backend.budgets.periods import day_of
from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.members import queries as member_queries
from backend.members import service as members
from backend.members.events import ProfileFilled
from backend.notifications.service import NewMessage, tell
from backend.programmes import queries as programmes
from backend.programmes.earning import Award
from backend.programmes.engine.budgeting import BudgetView
from backend.programmes.engine.evaluation import evaluate_action
from backend.programmes.engine.facts import MemberFacts
from backend.programmes.programme import Programme
from backend.shared.clock import business_now, system_now
from backend.shared.db import as_rows, driver_connection
from backend.shared.ids import new_id
from backend.shared.wording import Said
from backend.shops.queries import the_shop
from backend.tiers import queries as tier_queries
from backend.tiers import service as tiers

VISIT, PROFILE_FILLED = "visit", "profile_filled"
"""The actions that Molva itself knows of; every other one is told by somebody else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionDone:
    """Somebody has done something; `key` names it among this member's doings of the action, so that it counts once."""

    member_id: UUID
    action: str
    key: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionRecorded:
    """What it brought; `reason` where that is nothing. A repetition is told the same."""

    member_id: UUID
    action: str
    points: int
    repeated: bool = False
    available_at: datetime | None = None
    reason: Said | None = None


def record(
    session: Session, done: Sequence[ActionDone], *, segments: Mapping[UUID, frozenset[str]] | None = None
) -> list[ActionRecorded]:
    """Records what members have done, credits what it brings and tells them; the answers in order.

    Each is judged by the programme that was in force when it was done; the oldest one that has the action. `segments`
    are the members', for programmes whose terms ask for them.

    Raises:
        UnknownAction: no programme in force has it.
        UnknownMember: there is no such member.
    """
    known = programmes.programmes(session)
    terms = [_programme_of(known, one) for one in done]
    books = ledger.open_books(session, {one.member_id for one in done})
    if any(one.member_id not in books for one in done):
        raise UnknownMember
    zone = the_shop(session).zone
    past = _Past.read(session, done)
    facts = _facts(session, terms, books.keys(), segments or {})
    judged = budgets.in_this_transaction(session, lambda: _judge(session, done, terms, facts, past.copy(), zone))
    for one, programme, outcome in zip(done, terms, judged, strict=True):
        if outcome.award is not None:
            _accrue(books[one.member_id], one, programme, outcome.award)
    _keep(session, done, terms, judged)
    ledger.write(session, books.values())
    tell(session, [_message(one, outcome.award) for one, outcome in zip(done, judged, strict=True) if outcome.award])
    _climb(session, done, terms, zone)
    return [outcome.recorded for outcome in judged]


def visit(session: Session, code: str) -> tuple[UUID, ActionRecorded, str]:
    """Somebody came by, as a code, a card number or a phone says; once a day of the shop. Whose it is, what it brought,
    and how staff calls them.

    Raises:
        UnknownVisitor: nobody is known by the code.
        UnknownAction: no programme gives points for a visit.
    """
    resolution = members.resolve_codes(session, [code])[0]
    if resolution is None:
        raise UnknownVisitor
    at = business_now()
    key = day_of(at, zone=the_shop(session).zone).isoformat()
    (recorded,) = record(session, [ActionDone(member_id=resolution.member_id, action=VISIT, key=key, at=at)])
    label = member_queries.labels(session, [resolution.member_id])[resolution.member_id].label
    return resolution.member_id, recorded, label


def on_profile_filled(session: Session, event: ProfileFilled) -> None:
    """A filled profile brings its points once, where a programme gives any."""
    at, known = business_now(), programmes.programmes(session)
    done = ActionDone(member_id=event.member_id, action=PROFILE_FILLED, key=PROFILE_FILLED, at=at)
    if _find_programme(known, done) is not None:
        record(session, [done])


@dataclass(frozen=True, slots=True)
class _Judged:
    recorded: ActionRecorded
    award: Award | None = None


@dataclass(slots=True)
class _Past:
    """What these members did before: what it brought by key, and when it brought something."""

    recorded: dict[tuple[UUID, str, str], ActionRecorded]
    rewarded: dict[tuple[UUID, str], list[datetime]]

    @classmethod
    def read(cls, session: Session, done: Sequence[ActionDone]) -> "_Past":
        past = cls({}, {})
        facts = {
            "member_ids": list({one.member_id for one in done}),
            "actions": list({one.action for one in done}),
        }
        rows = driver_connection(session).execute(DONE_BEFORE, facts, prepare=True)
        for member_id, action, key, at, points, answer in rows:
            one = ActionDone(member_id=member_id, action=action, key=key, at=at)
            past.remember(one, _from_row(one, points, answer))
        return past

    def remember(self, one: ActionDone, recorded: ActionRecorded) -> None:
        """It was done, and brought this."""
        self.recorded[one.member_id, one.action, one.key] = recorded
        if recorded.points:
            self.rewarded.setdefault((one.member_id, one.action), []).append(one.at)

    def copy(self) -> "_Past":
        """Another one like this, to be gone on with."""
        return _Past(dict(self.recorded), {key: list(moments) for key, moments in self.rewarded.items()})


def _find_programme(known: programmes.Programmes, one: ActionDone) -> Programme | None:
    in_force = (known.in_force(currency, one.at) for currency in known.currencies)
    return next((programme for programme in in_force if programme and programme.action(one.action)), None)


def _programme_of(known: programmes.Programmes, one: ActionDone) -> Programme:
    programme = _find_programme(known, one)
    if programme is None:
        raise UnknownAction(action=one.action)
    return programme


def _facts(
    session: Session,
    terms: Sequence[Programme],
    member_ids: Collection[UUID],
    segments: Mapping[UUID, frozenset[str]],
) -> dict[tuple[str, UUID], MemberFacts]:
    """What terms may ask of the members, by programme: tier and segments."""
    facts = {}
    for programme in {one.programme: one for one in terms}.values():
        found = tier_queries.tiers_of(session, member_ids, programme=programme.programme) if programme.tiers else {}
        for one in member_ids:
            facts[programme.programme, one] = MemberFacts(tier=found.get(one), segments=segments.get(one, frozenset()))
    return facts


def _judge(
    session: Session,
    done: Sequence[ActionDone],
    terms: Sequence[Programme],
    facts: Mapping[tuple[str, UUID], MemberFacts],
    past: _Past,
    zone: str,
) -> list[_Judged]:
    """What each brings; budgets are taken from."""
    opened = budgets.open_budgets(
        session, terms, {one.member_id for one in done}, at={one.at for one in done}, zone=zone
    )
    judged = []
    for one, programme in zip(done, terms, strict=True):
        view = opened.view(programme, one.member_id, at=one.at)
        outcome = _judge_one(one, programme, facts[programme.programme, one.member_id], past, view, zone)
        if not outcome.recorded.repeated:
            past.remember(one, outcome.recorded)
        judged.append(outcome)
    budgets.write(session, opened)
    return judged


def _judge_one(
    one: ActionDone,
    programme: Programme,
    facts: MemberFacts,
    past: _Past,
    view: BudgetView,
    zone: str,
) -> _Judged:
    before, action = past.recorded.get((one.member_id, one.action, one.key)), programme.action(one.action)
    if before is not None:
        return _Judged(replace(before, repeated=True))
    if action is None:
        raise UnknownAction(action=one.action)
    reason = reason_against(action, past.rewarded.get((one.member_id, one.action), ()), one.at, zone=zone)
    if reason is None:
        award = evaluate_action(programme, one.action, one.at, facts, view, shop_zone=zone)
        if isinstance(award, Award):
            return _Judged(
                ActionRecorded(
                    member_id=one.member_id,
                    action=one.action,
                    points=award.points,
                    available_at=award.available_at,
                ),
                award,
            )
        reason = award.reason
    return _Judged(ActionRecorded(member_id=one.member_id, action=one.action, points=0, reason=reason))


def _accrue(book: Book, one: ActionDone, programme: Programme, award: Award) -> None:
    cause = Cause(
        natural_key=f"action:{one.action}:{one.key}",
        effective_at=one.at,
        recorded_at=system_now(),
        wording=award.wording,
        facts=award.facts,
        programme=programme.programme,
        programme_version=programme.version,
        rule=award.rule,
    )
    book.accrue(cause, points=award.points, available_at=award.available_at, expires_at=award.expires_at)


def _keep(session: Session, done: Sequence[ActionDone], terms: Sequence[Programme], judged: Sequence[_Judged]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "member_id": one.member_id,
            "programme": programme.programme,
            "action": one.action,
            "key": one.key,
            "at": one.at,
            "points": outcome.recorded.points,
            "answer": _as_answer(outcome.recorded),
        }
        for one, programme, outcome in zip(done, terms, judged, strict=True)
        if not outcome.recorded.repeated
    ]
    if rows:
        driver_connection(session).execute(RECORD, {"rows": as_rows(rows)}, prepare=True)


def _as_answer(recorded: ActionRecorded) -> dict[str, Any]:
    available_at, reason = recorded.available_at, recorded.reason
    return {
        "available_at": available_at.isoformat() if available_at else None,
        "reason": {"kind": reason.kind, "facts": dict(reason.facts)} if reason else None,
    }


def _from_row(one: ActionDone, points: int, answer: Mapping[str, Any]) -> ActionRecorded:
    available_at, reason = answer["available_at"], answer["reason"]
    return ActionRecorded(
        member_id=one.member_id,
        action=one.action,
        points=points,
        available_at=datetime.fromisoformat(available_at) if available_at else None,
        reason=Said(reason["kind"], reason["facts"]) if reason else None,
    )


def _climb(session: Session, done: Sequence[ActionDone], terms: Sequence[Programme], zone: str) -> None:
    """Points of actions count towards tiers that are reached by points."""
    for programme in {one.programme: one for one in terms if one.tiers and one.tiers.measure == "points"}.values():
        moments = [
            (one.member_id, one.at)
            for one, theirs in zip(done, terms, strict=True)
            if theirs.programme == programme.programme
        ]
        tiers.keep_up(session, programme, moments, zone=zone)


def _message(one: ActionDone, award: Award | None) -> NewMessage:
    return NewMessage(
        member_id=one.member_id,
        kind="action_done",
        facts=award.facts if award else {},
        natural_key=f"action:{one.member_id}:{one.action}:{one.key}",
    )
