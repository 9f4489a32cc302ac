"""Making codes, binding friends, and keeping what became of each referral."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from backend.ledger.events import AccrualReversed, AccrualsReleased
from backend.members.events import MemberErased
from backend.programmes.engine.facts import StoreFacts
from backend.programmes.referral import REFERRAL
from backend.referrals import messages, queries
from backend.referrals.codes import NO_ORIGIN, Origin, OwnCode, make_code
from backend.referrals.coupons import withdraw_coupons
from backend.referrals.facts import OpenReferral, QualificationFacts
from backend.referrals.held import pay_held as pay_held
from backend.referrals.held import refuse_rewards as refuse_rewards
from backend.referrals.held import take_joining_back as take_joining_back
from backend.referrals.joining import NOWHERE, is_rewarded, reward_joining
from backend.referrals.links import arrival as arrival
from backend.referrals.marks import gather_marks
from backend.referrals.messages import tell_rewards as tell_rewards
from backend.referrals.own_codes import check_code as check_code
from backend.referrals.own_codes import own_code as own_code
from backend.referrals.own_codes import rotate_code as rotate_code
from backend.referrals.own_codes import take_use
from backend.referrals.plan_statements import BY_TRANSACTIONS, REVERSE_BY_RECEIPT, TAKE_BACK_REWARD, TAKE_COUPONS_BACK
from backend.referrals.qualification import Decision, Verdict
from backend.referrals.review import overturn as overturn
from backend.referrals.rules import SUBJECT_KIND
from backend.referrals.statements import (
    BIND,
    CHOSEN_CODES,
    END_CODES,
    FORGET_CHOSEN_CODE,
    FORGET_LINKS,
    GATHER,
    JOINS_BY_ADVOCATE,
    MARK_REVERSED,
    MARK_REWARDED,
    RECORD_DECISIONS,
    TAKE_BACK,
)
from backend.referrals.terms import ReferralTerms
from backend.referrals.visits import count_visit as count_visit
from backend.referrals.visits import count_visitor as count_visitor
from backend.screening.known_rules import JOINS_PER_CODE
from backend.screening.service import NewRuling, open_cases, record_rulings
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.formatting import day_in
from backend.shared.ids import new_id
from backend.shops.queries import ask_zone


def bind(
    session: Session,
    *,
    friend_id: UUID,
    code: str,
    channel: str,
    at: datetime,
    terms: ReferralTerms,
    joining_is_rewarded: bool = True,
    joined_at: datetime | None = None,
    store: StoreFacts = NOWHERE,
    origin: Origin = NO_ORIGIN,
) -> UUID | None:
    """Binds a friend to the code's owner, once, for ever; the referral's id, or None where nothing was bound.

    Call it for somebody who became a member in this very transaction or, at the till, has not bought anything yet.
    Nothing is bound where the code is the friend's own, where the friend was bound before, where the friend became a
    member before the advocate did, or where the friend has invited others, who would then stand above their own
    advocate. Both sides are told of a new referral, and given what joining brings; where not `joining_is_rewarded`, the
    caller gives it, who holds the members' books. `joined_at` is when the friend named the advocate, where a till that
    was away tells it only at `at`. `store` is where the friend is enrolled, where it is at a till.

    Raises:
        UnknownReferralCode: as `check_code`.
    """
    owner = check_code(session, code, at=at)
    if owner.member_id == friend_id or _joined_milliseconds(friend_id) < _joined_milliseconds(owner.member_id):
        return None
    referral_id = new_id()
    channel, origin = arrival(session, owner.member_id, channel=channel, origin=origin)
    take_use(session, owner)
    session.flush()
    bound = driver_connection(session).execute(
        BIND,
        {
            "id": referral_id,
            "advocate_id": owner.member_id,
            "friend_id": friend_id,
            "code": owner.code,
            "channel": channel,
            "at": at,
            "joined_at": joined_at or at,
            **asdict(origin),
        },
    )
    if not bound.rowcount:
        return None
    messages.tell_joined(
        session, referral_id=referral_id, advocate_id=owner.member_id, friend_id=friend_id, terms=terms
    )
    _meet_crowd(session, owner, at=at, terms=terms)
    if joining_is_rewarded and terms.programme is not None and is_rewarded(terms.programme):
        referral = queries.open_for_friends(session, [friend_id])[friend_id]
        reward_joining(session, referral, terms.programme, at=at, store=store)
    return referral_id


def _joined_milliseconds(member_id: UUID) -> int:
    """When the member was made, which a UUIDv7 begins with."""
    return member_id.int >> 80


def _meet_crowd(session: Session, owner: OwnCode, *, at: datetime, terms: ReferralTerms) -> None:
    """Tells the advocate, once in a day of the shop, of more friends than a person has, and ends the code they come by.

    The code leads on for the length of the window: whoever comes by it is held, and no honest friend stands before a
    closed door.
    """
    if not terms.acts(JOINS_PER_CODE):
        return
    friends, hours = terms.limit(JOINS_PER_CODE, "friends"), terms.limit(JOINS_PER_CODE, "window_hours")
    window = timedelta(hours=hours)
    facts = {"advocate_id": owner.member_id, "code": owner.code, "since": at - window, "at": at}
    row = driver_connection(session).execute(JOINS_BY_ADVOCATE, facts).fetchone()
    in_all, by_code = row or (0, 0)
    if in_all > friends:
        day = day_in(at, ask_zone(session)())
        messages.tell_crowd(session, advocate_id=owner.member_id, friends=friends, window_hours=hours, day=day)
    if by_code > friends:
        rotate_code(session, member_id=owner.member_id, at=at, reason="leaked", code=owner.code, leads_on=window)


def gather(
    session: Session, open_referrals: Collection[OpenReferral], *, at: datetime, terms: ReferralTerms
) -> dict[UUID, QualificationFacts]:
    """The facts on which these referrals are judged, by referral; a fixed number of statements for the whole batch.

    To be called with friends and advocates locked. A referral that is no longer open is left out. `at` is business
    time; the windows of cap and devices end there.
    """
    if not open_referrals:
        return {}
    rows = (
        driver_connection(session)
        .execute(
            GATHER,
            {
                "ids": [referral.id for referral in open_referrals],
                "cap_since": at - terms.cap_window,
                "joins_window": timedelta(hours=terms.limit(JOINS_PER_CODE, "window_hours")),
            },
            prepare=True,
        )
        .fetchall()
    )
    counts = {id_: (rewards, joins) for id_, rewards, joins in rows}
    still_open = [referral for referral in open_referrals if referral.id in counts]
    marks = gather_marks(session, still_open, at=at, terms=terms)
    return {
        referral.id: QualificationFacts(
            rewards_in_cap_window=counts[referral.id][0],
            joins_in_window=counts[referral.id][1],
            **asdict(marks[referral.id]),
        )
        for referral in still_open
    }


def record_decisions(
    session: Session,
    decisions: Sequence[Decision],
    *,
    at: datetime,
    terms: ReferralTerms,
    entered: Mapping[tuple[UUID, str], int] | None = None,
) -> set[UUID]:
    """Keeps the decisions with all rulings, and tells both sides; the ids of the referrals that were changed.

    `entered` are the points of each `reward` that budgets let through, by referral and side; without it, all.
    `reward` becomes `pending` (or `rewarded`, where points are available at once), `hold` becomes `qualified` and opens
    a case for a person to decide, `reject` becomes `rejected`. One statement for the states, one
    for the rulings, and those of the outbox. The caller posts the points of each `reward`.
    """
    if not decisions:
        return set()
    points = {one.candidate.referral.id: _points(one, terms, entered) for one in decisions}
    decided = _arrays(decisions, points, at=at, terms=terms)
    changed = {row[0] for row in driver_connection(session).execute(RECORD_DECISIONS, decided)}
    kept = [decision for decision in decisions if decision.candidate.referral.id in changed]
    record_rulings(
        session,
        [
            NewRuling(
                ruling=ruling,
                subject_kind=SUBJECT_KIND,
                subject_id=decision.candidate.referral.id,
                member_id=decision.candidate.referral.friend_id,
                at=at,
            )
            for decision in kept
            for ruling in decision.verdict.rulings
        ],
    )
    open_cases(session, [_held(decision, at) for decision in kept if decision.verdict.outcome == "hold"])
    messages.tell_decisions(session, kept, points, terms=terms)
    return changed


def _held(decision: Decision, at: datetime) -> NewRuling:
    verdict, referral = decision.verdict, decision.candidate.referral
    return NewRuling(
        ruling=next(ruling for ruling in verdict.rulings if ruling.rule == verdict.rule),
        subject_kind=SUBJECT_KIND,
        subject_id=referral.id,
        member_id=referral.friend_id,
        at=at,
    )


def _points(
    decision: Decision, terms: ReferralTerms, entered: Mapping[tuple[UUID, str], int] | None
) -> tuple[int, int]:
    """The advocate's and the friend's points: those that came or, while it is held, those that would."""
    if entered is None or decision.verdict.outcome != "reward":
        return terms.advocate_points, terms.friend_points
    referral_id = decision.candidate.referral.id
    return entered.get((referral_id, "advocate"), 0), entered.get((referral_id, "friend"), 0)


def _arrays(
    decisions: Sequence[Decision], points: Mapping[UUID, tuple[int, int]], *, at: datetime, terms: ReferralTerms
) -> dict[str, object]:
    verdicts = [decision.verdict for decision in decisions]
    candidates = [decision.candidate for decision in decisions]
    earns = [verdict.outcome != "reject" for verdict in verdicts]
    of_both = [points[candidate.referral.id] for candidate in candidates]
    return {
        "at": at,
        "ids": [candidate.referral.id for candidate in candidates],
        "statuses": [
            _status(verdict, terms, has_points=any(both)) for verdict, both in zip(verdicts, of_both, strict=True)
        ],
        "reason_kinds": [verdict.reason_kind or None for verdict in verdicts],
        "reason_facts": [Jsonb(dict(verdict.reason_facts)) for verdict in verdicts],
        "receipt_ids": [candidate.receipt_id for candidate in candidates],
        "qualified_at": [at if earning else None for earning in earns],
        "available_at": [
            terms.available_at(candidate.at) if verdict.outcome == "reward" else None
            for candidate, verdict in zip(candidates, verdicts, strict=True)
        ],
        "advocate_points": [both[0] if earning else None for earning, both in zip(earns, of_both, strict=True)],
        "friend_points": [both[1] if earning else None for earning, both in zip(earns, of_both, strict=True)],
    }


def _status(verdict: Verdict, terms: ReferralTerms, *, has_points: bool) -> str:
    if verdict.outcome == "reward":
        # What brings no points has none that could become available.
        return "pending" if terms.pending_days and has_points else "rewarded"
    return "qualified" if verdict.outcome == "hold" else "rejected"


def on_accruals_released(session: Session, event: AccrualsReleased) -> None:
    """Points of the qualifying purchase became available: their referrals are `rewarded`, and whoever got them is told.
    Other rewards were told when they came.
    """
    asked = [(item.referral_id, item) for item in event.items if item.referral_id is not None]
    if not asked:
        return
    rewards = _rewards_of(session, [item.transaction_id for _, item in asked])
    items = [(id_, item) for id_, item in asked if rewards.get(item.transaction_id, REFERRAL) == REFERRAL]
    if not items:
        return
    released_at: dict[UUID, datetime] = {}
    for referral_id, item in items:
        # One side's points may come before the other's; they are told in the order in which they came.
        released_at.setdefault(referral_id, item.released_at)
    driver_connection(session).execute(MARK_REWARDED, {"ids": list(released_at), "moments": [*released_at.values()]})
    referrals = queries.referrals_by_ids(session, sorted(released_at))
    messages.tell_released(session, [(referrals[id_], item.member_id, item.points) for id_, item in items])


def on_accrual_reversed(session: Session, event: AccrualReversed) -> None:
    """Points of a referral were taken back: where nothing is left on either side of the points of the qualifying
    purchase, it is `reversed`.
    """
    connection = driver_connection(session)
    taken = {"transaction_id": event.transaction_id, "points": event.points}
    row = connection.execute(TAKE_BACK_REWARD, taken, prepare=True).fetchone()
    if row is not None and row[0] != REFERRAL:
        messages.tell_reward_taken_back(session, event, side=row[1])
        return
    facts = {"id": event.referral_id, "member_id": event.member_id, "points": event.points}
    connection.execute(TAKE_BACK, facts)
    connection.execute(
        MARK_REVERSED, {"id": event.referral_id, "at": business_now(), "reason_kind": "referral_reversed"}
    )
    referral = queries.referrals_by_ids(session, [event.referral_id])[event.referral_id]
    if event.member_id == referral.advocate_id:
        messages.tell_taken_back(session, referral, points=event.points)


def on_purchase_returned(session: Session, receipt_id: UUID, *, friend_id: UUID, at: datetime) -> None:
    """A purchase of a friend came back whole, and its points are taken back: where it had qualified the friend, the
    referral is `reversed`; coupons that it brought are withdrawn, as far as nobody has used them.
    """
    connection = driver_connection(session)
    facts = {"receipt_id": receipt_id, "friend_id": friend_id, "at": at, "reason_kind": "referral_reversed"}
    connection.execute(REVERSE_BY_RECEIPT, facts)
    coupons = connection.execute(TAKE_COUPONS_BACK, {"receipt_id": receipt_id}).fetchall()
    withdraw_coupons(session, [order_id for (order_id,) in coupons])


def _rewards_of(session: Session, transaction_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By which reward of a plan these points came."""
    return dict(driver_connection(session).execute(BY_TRANSACTIONS, {"ids": list(transaction_ids)}).fetchall())


def on_member_erased(session: Session, event: MemberErased) -> None:
    """The codes of somebody who was erased end, and what they had named goes; the referrals stay, without a name."""
    connection = driver_connection(session)
    facts = {"member_id": event.member_id, "at": business_now()}
    connection.execute(END_CODES, facts)
    connection.execute(FORGET_LINKS, facts)
    for (code,) in connection.execute(CHOSEN_CODES, facts).fetchall():
        connection.execute(FORGET_CHOSEN_CODE, {"code": code, "new": make_code()})
