"""Moving members: up as soon as they reach a tier, and at their reviews."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.events import AccrualsReleased
from backend.members.events import MemberErased
from backend.notifications.service import NewMessage, tell
from backend.programmes import ladder
from backend.programmes.expiry import SMALLEST_STEP
from backend.programmes.ladder import Span, Standing
from backend.programmes.programme import Programme, Tiers
from backend.programmes.queries import Programmes, in_force, programmes
from backend.shared.clock import business_now
from backend.shared.db import Promise, as_rows, driver_connection, sent_together
from backend.shared.ids import new_id
from backend.shops.queries import the_shop
from backend.tiers.measuring import ask_spans, measure_spans
from backend.tiers.statements import DUE_REVIEWS, FORGET, MOVE, NEXT_REVIEW, STANDINGS

REVIEWED_AT_ONCE = 1_000
# A till that was cut off may be so late; what is older is history that is brought in, of which nobody is told.
LATE_MAXIMUM = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class TierChange:
    """A member came to another tier; None is below the first one."""

    member_id: UUID
    tier_before: str | None
    tier_after: str | None
    at: datetime
    cause: str
    """`up`, `review` or `version`."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What was found at one moment: the standing after it, by which version, and what was measured."""

    member_id: UUID
    before: Standing | None
    after: Standing
    programme: Programme
    span: Span
    measured: int
    cause: str

    @property
    def changes_tier(self) -> bool:
        """Whether it is another tier than before."""
        return self.after.tier != (self.before.tier if self.before else None)


@dataclass(slots=True)
class _Moving:
    """Members of one programme on their way; nothing is written yet."""

    session: Session
    name: str
    zone: str
    standings: dict[UUID, Standing]
    steps: list[_Step] = field(default_factory=list)
    _known: Programmes | None = None

    def rise(self, programme: Programme, tiers: Tiers, member_id: UUID, measured: int, at: datetime) -> None:
        """Moves a member up who has reached a higher tier."""
        before = self.standings.get(member_id)
        after = ladder.rise(tiers, before, measured, at, self.zone)
        if after is not None and after != before:
            span = ladder.span_of(tiers.window, at, self.zone)
            self._step(_Step(member_id, before, after, programme, span, measured, "up"))

    def settle(self, member_ids: Collection[UUID], *, now: datetime) -> None:
        """Reviews each of the members who is due by now, as often as they are, all of a round in one statement."""
        while due := [one for one in member_ids if self._is_due(one, now)]:
            by_version: dict[int, list[UUID]] = {}
            versions: dict[int, Programme] = {}
            for member_id in due:
                programme = self._programme_at(self._due_at(member_id))
                if programme is None or programme.tiers is None:
                    self._end(member_id, programme)
                    continue
                versions[programme.version] = programme
                by_version.setdefault(programme.version, []).append(member_id)
            for version, members in by_version.items():
                self._review(versions[version], members)

    def write(self) -> list[TierChange]:
        """Stores where everybody stands now, and tells those who rose or fell just now."""
        if not self.steps:
            return []
        last = {step.member_id: step for step in self.steps}
        changes = [step for step in self.steps if step.changes_tier]
        driver_connection(self.session).execute(
            MOVE,
            {
                "tiers": as_rows([_tier_row(self.name, step) for step in last.values()]),
                "changes": as_rows([_change_row(self.name, step) for step in changes]),
            },
            prepare=True,
        )
        tell(self.session, [_message(self.name, step) for step in last.values() if _is_told(step)])
        return [
            TierChange(step.member_id, step.before.tier if step.before else None, step.after.tier, at, step.cause)
            for step in changes
            for at in [step.span.until]
        ]

    def _review(self, programme: Programme, member_ids: Sequence[UUID]) -> None:
        tiers = programme.tiers
        if tiers is None:
            raise ValueError("A programme without tiers reviews nobody.")
        spans = [(one, ladder.span_of_review(tiers, self._due_at(one), self.zone)) for one in member_ids]
        for (member_id, span), measured in zip(spans, measure_spans(self.session, programme, spans), strict=True):
            before = self.standings[member_id]
            after = ladder.review(tiers, before, measured, span.until, self.zone)
            cause = "review" if tiers.level(before.tier) else "version"
            self._step(_Step(member_id, before, after, programme, span, measured, cause))

    def _end(self, member_id: UUID, programme: Programme | None) -> None:
        """The programme has no tiers any more, or is gone."""
        before, at = self.standings[member_id], self._due_at(member_id)
        if programme is None:
            raise LookupError(f"There is no programme {self.name} any more.")
        self._step(_Step(member_id, before, Standing(None, at, None), programme, Span(None, at), 0, "version"))

    def _step(self, step: _Step) -> None:
        self.standings[step.member_id] = step.after
        self.steps.append(step)

    def _is_due(self, member_id: UUID, now: datetime) -> bool:
        standing = self.standings.get(member_id)
        return standing is not None and standing.holds_until is not None and standing.holds_until <= now

    def _due_at(self, member_id: UUID) -> datetime:
        due_at = self.standings[member_id].holds_until
        if due_at is None:
            raise ValueError(f"The tier of {member_id} is not reviewed.")
        return due_at

    def _programme_at(self, at: datetime) -> Programme | None:
        if self._known is None:
            self._known = programmes(self.session)
        currencies = (self._known.in_force(currency, at) for currency in self._known.currencies)
        return next((one for one in currencies if one and one.programme == self.name), None)


def promote(
    session: Session, programme: Programme, measured: Mapping[UUID, int], *, at: datetime, zone: str | None = None
) -> list[TierChange]:
    """Moves up whoever has reached a higher tier by what was measured of them; reviews that were due come first.

    Where the caller has not measured, `keep_up` does. The members are locked by the caller.
    """
    tiers = programme.tiers
    if tiers is None or not measured:
        return []
    standings = _ask_standings(session, measured, programme.programme)()
    moving = _Moving(session, programme.programme, zone or the_shop(session).zone, standings)
    return _move(moving, programme, tiers, {one: [(at, found)] for one, found in measured.items()})


def keep_up(
    session: Session, programme: Programme, moments: Collection[tuple[UUID, datetime]], *, zone: str | None = None
) -> list[TierChange]:
    """Measures members at the moments at which something counted for them, and moves up whoever has reached a higher
    tier then. One wait to measure and to read, one more where somebody moves.

    To be called when what counted is written, with the members locked. However purchases are put together in batches,
    members end where they would by one at a time; what comes up to three days late is measured as of now too, together
    with what came before it. `zone` is the shop's, where the caller has read it.
    """
    tiers = programme.tiers
    if tiers is None or not moments:
        return []
    zone, now = zone or the_shop(session).zone, business_now()
    late = {(member_id, now) for member_id, at in moments if now - LATE_MAXIMUM <= at < now}
    in_order = sorted({*moments, *late}, key=lambda one: (one[1], one[0]))
    spans = [(member_id, ladder.span_of(tiers.window, at, zone)) for member_id, at in in_order]
    with sent_together(session):
        ask_measured = ask_spans(session, programme, spans, zone=zone)
        ask_standings = _ask_standings(session, {member_id for member_id, _ in in_order}, programme.programme)
    measured: dict[UUID, list[tuple[datetime, int]]] = {}
    for (member_id, at), found in zip(in_order, ask_measured(), strict=True):
        measured.setdefault(member_id, []).append((at, found))
    moving = _Moving(session, programme.programme, zone, ask_standings())
    return _move(moving, programme, tiers, measured)


def on_accruals_released(session: Session, event: AccrualsReleased) -> None:
    """Friends became rewarded: their advocates may have reached a tier that counts friends. To hear of it after the
    referrals themselves.
    """
    moments = [(item.member_id, item.released_at) for item in event.items if item.referral_id is not None]
    if not moments:
        return
    for programme in in_force(session, at=business_now()):
        if programme.tiers is not None and programme.tiers.measure == "referrals":
            keep_up(session, programme, moments)


def forget_member(session: Session, event: MemberErased) -> None:
    """Nobody who was erased is reviewed any more."""
    driver_connection(session).execute(FORGET, {"member_id": event.member_id})


def next_review(session: Session) -> datetime | None:
    """When the earliest review is due."""
    row = driver_connection(session).execute(NEXT_REVIEW, prepare=True).fetchone()
    return row[0] if row else None


def review_due(session: Session, now: datetime) -> int:
    """Reviews who is due at `now`, one batch, the longest due first, under the locks of their books; how many."""
    facts = {"now": now, "limit": REVIEWED_AT_ONCE}
    due = driver_connection(session).execute(DUE_REVIEWS, facts, prepare=True).fetchall()
    if not due:
        return 0
    ledger.open_books(session, {member_id for member_id, _ in due})
    members: dict[str, set[UUID]] = {}
    for member_id, name in due:
        members.setdefault(name, set()).add(member_id)
    zone = the_shop(session).zone
    for name, member_ids in sorted(members.items()):
        moving = _Moving(session, name, zone, _ask_standings(session, member_ids, name)())
        moving.settle(sorted(member_ids), now=now)
        moving.write()
    return len(due)


def _move(
    moving: _Moving, programme: Programme, tiers: Tiers, measured: Mapping[UUID, Sequence[tuple[datetime, int]]]
) -> list[TierChange]:
    for member_id, found in measured.items():
        for at, points in found:
            moving.settle([member_id], now=at)
            moving.rise(programme, tiers, member_id, points, at)
    return moving.write()


def _ask_standings(session: Session, member_ids: Iterable[UUID], programme: str) -> Promise[dict[UUID, Standing]]:
    facts = {"member_ids": list(member_ids), "programme": programme}
    asked = driver_connection(session).execute(STANDINGS, facts, prepare=True)
    return lambda: {member_id: Standing(tier, since, until) for member_id, tier, since, until in asked}


def _tier_row(programme: str, step: _Step) -> dict[str, Any]:
    return {
        "member_id": step.member_id,
        "programme": programme,
        "tier": step.after.tier,
        "since": step.after.since,
        "holds_until": step.after.holds_until,
        "measured": step.measured,
        "measured_at": step.span.until,
    }


def _change_row(programme: str, step: _Step) -> dict[str, Any]:
    tiers = step.programme.tiers
    return {
        "id": new_id(),
        "member_id": step.member_id,
        "programme": programme,
        "programme_version": step.programme.version,
        "tier_before": step.before.tier if step.before else None,
        "tier_after": step.after.tier,
        "at": step.span.until,
        "cause": step.cause,
        "facts": {
            "measure": tiers.measure if tiers else None,
            "measured": step.measured,
            "since": step.span.since.isoformat() if step.span.since else None,
            "until": step.span.until.isoformat(),
        },
    }


def _is_told(step: _Step) -> bool:
    return step.changes_tier and business_now() - step.span.until <= LATE_MAXIMUM


def _message(programme: str, step: _Step) -> NewMessage:
    """What the member hears of the tier that they came to."""
    level = step.programme.tiers.level(step.after.tier) if step.programme.tiers else None
    facts: dict[str, Any] = {"programme": step.programme.title}
    kind = "tier_ended" if level is None else "tier_reached" if step.cause == "up" else "tier_reviewed"
    if level is not None:
        facts["title"] = level.title
        if step.after.holds_until is None:
            kind += "_for_life"
        else:
            # The day that is named is the last one, not the first one without it.
            facts["holds_until"] = (step.after.holds_until - SMALLEST_STEP).isoformat()
    return NewMessage(
        member_id=step.member_id,
        kind=kind,
        facts=facts,
        natural_key=f"tier:{programme}:{step.member_id}:{step.span.until.isoformat()}",
    )
