"""Rewards that wait for a person's decision: what became due meanwhile is given as of its receipt, or never.

Whatever a friend's receipts would have brought is kept as withheld rows. Giving them takes from the budgets of their
own time; points become available when their return window is over, but not before the decision. What was returned of a
receipt meanwhile is taken back at once, so that later returns find the books as they would be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.budgets.service import OpenBudgets
from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.programme import Programme
from backend.programmes.queries import programmes, stored
from backend.programmes.referral import REFERRAL
from backend.receipts import queries as receipts
from backend.receipts.allocation import Returned
from backend.referrals import messages, queries, rewarding
from backend.referrals.coupons import give_coupons, withdraw_coupons
from backend.referrals.models import Referral
from backend.referrals.plan_statements import (
    CHANGE_REWARDS,
    COUPONS_OF_JOINING,
    FORGET_UNDUE,
    LOCK_DECIDED,
    MARK_PAID,
    QUALIFIED_FRIENDS,
    REACHED,
    REFUSE_WITHHELD,
    REWARDS_TO_PAY,
    REWARDS_TO_REFUSE,
)
from backend.referrals.plans import DueReward
from backend.referrals.rewarding import NewReward, Occasion
from backend.shared.clock import system_now
from backend.shared.db import as_rows, driver_connection
from backend.shops.queries import the_shop

DecidedAs = Literal["reviewed_at", "answered_at"]


@dataclass(slots=True)
class _Paying:
    """What a decision gives: the rows with their terms, the books and budgets that they go into."""

    at: datetime
    zone: str
    books: Mapping[UUID, Book]
    opened: OpenBudgets
    rows: Sequence[NewReward]
    terms: Mapping[UUID, Programme]
    decision: Mapping[str, str]

    def enter(self, row: NewReward) -> bool:
        """Enters a row's points as of its receipt; whether budgets let any through."""
        terms = self.terms[row.id]
        view = self.opened.view(terms, row.member_id, at=row.at) if terms.budgets else UNLIMITED
        # Somebody may have been refused after joining was rewarded: the same points come a second time.
        suffix = ":again" if row.transaction_id is not None else ""
        book = self.books[row.member_id]
        row.facts |= self.decision
        return rewarding.enter(
            row, terms, book=book, view=view, at=row.at, zone=self.zone, available_from=self.at, key_suffix=suffix
        )


def pay_held(session: Session, referral_id: UUID, *, at: datetime, decided_as: DecidedAs = "reviewed_at") -> bool:
    """Gives what the friend's receipts brought while the referral was held, or would have brought had it not been
    rejected; it becomes `pending` or `rewarded`, both sides are told. Whether there was something to decide: only a
    referral that is held or rejected is paid, and one whose purchase was returned whole becomes `reversed` instead.

    What is given explains itself by the day of the decision: a person looked (`reviewed_at`), or a question was
    answered (`answered_at`). In the caller's transaction; takes the locks of its members, of budgets and of the
    catalogue.
    """
    referral = queries.referrals_by_ids(session, [referral_id]).get(referral_id)
    if referral is None or referral.qualifying_receipt_id is None:
        return False
    return budgets.in_this_transaction(session, lambda: _pay(session, referral, at=at, decided_as=decided_as))


def refuse_rewards(session: Session, referral_id: UUID, *, at: datetime) -> None:
    """Gives nothing of what was withheld, and takes back what joining brought: for a referral that is refused as fraud.
    `pay_held` gives both all the same where the refusal is overturned.
    """
    connection = driver_connection(session)
    given = connection.execute(REWARDS_TO_REFUSE, {"id": referral_id}).fetchall()
    books = ledger.open_books(session, {row[1] for row in given}, with_lots=True)
    take_joining_back(session, books, [referral_id], at=at)
    ledger.write(session, books.values())


def take_joining_back(
    session: Session, books: Mapping[UUID, Book], referral_ids: Sequence[UUID], *, at: datetime
) -> None:
    """Takes back in these open books what joining brought by referrals that are refused as fraud; the caller writes.
    What it took from budgets goes back to them.
    """
    connection = driver_connection(session)
    for referral_id in referral_ids:
        found = connection.execute(REWARDS_TO_REFUSE, {"id": referral_id}).fetchall()
        for transaction_id, member_id, points, given, given_at in found:
            if member_id not in books or points == 0:
                continue
            ledger.load_lots(session, books, [transaction_id])
            cause = Cause(
                natural_key=f"referral:{referral_id}:refused:{transaction_id}",
                effective_at=at,
                recorded_at=system_now(),
                wording="referral.refused",
                facts={"points": -points},
                referral_id=referral_id,
                reverses_id=transaction_id,
            )
            ledger.take_back(session, books, transaction_id, cause=cause, points=points)
            _give_back(session, given, member_id, due=points, taken_back=given["points"] - points, at=given_at)
    coupons = connection.execute(COUPONS_OF_JOINING, {"ids": list(referral_ids)}).fetchall()
    withdraw_coupons(session, [order_id for (order_id,) in coupons])
    connection.execute(REFUSE_WITHHELD, {"ids": list(referral_ids)})


def _pay(session: Session, referral: Referral, *, at: datetime, decided_as: DecidedAs) -> bool:
    connection = driver_connection(session)
    concerned = {referral.friend_id} | queries.concerned_by(session, referral.friend_id)
    books = ledger.open_books(session, concerned, with_lots=True)
    if connection.execute(LOCK_DECIDED, {"id": referral.id}).fetchone() is None:
        return False
    rows = _rows(session, referral)
    receipt_ids = {row.receipt_id for row in rows if row.receipt_id} | {referral.qualifying_receipt_id}
    returned = receipts.returned_shares(session, [one for one in receipt_ids if one is not None])
    is_reversed = _is_whole(returned.get(referral.qualifying_receipt_id, (0, 0)))
    if is_reversed:
        # Joining was no purchase: what it brought is given all the same.
        rows = [row for row in rows if row.receipt_id is None]
    rows = [row for row in rows if not _is_whole(returned.get(row.receipt_id, (0, 0)))]
    rows = _reached(session, referral, rows)
    terms = {row.id: _terms(session, row) for row in rows}
    programmes = list({id(one): one for one in terms.values()}.values())
    opened = budgets.open_budgets(session, programmes, concerned, at={row.at for row in rows} or at)
    paying = _Paying(at, the_shop(session).zone, books, opened, rows, terms, {decided_as: at.isoformat()})
    _give(session, paying)
    connection.execute(FORGET_UNDUE, {"id": referral.id})
    classical = [row for row in rows if row.reward == REFERRAL and row.transaction_id is not None]
    pending = [row for row in classical if books[row.member_id].lots[_id(row)].state == "pending"]
    available_at = max((books[row.member_id].lots[_id(row)].available_at for row in pending), default=None)
    status = "reversed" if is_reversed else "pending" if pending else "rewarded"
    connection.execute(MARK_PAID, _paid(referral, classical, status=status, at=at, available_at=available_at))
    # The referral has to know its points before some of them go.
    _take_returned(session, paying, returned)
    ledger.write(session, books.values())
    messages.tell_paid(session, referral, classical, available_at=available_at)
    messages.tell_rewards(session, [row for row in rows if row.reward != REFERRAL])
    return True


def _rows(session: Session, referral: Referral) -> list[NewReward]:
    """What was withheld, in order of time; where nothing was, the two rewards of the qualifying purchase."""
    found = driver_connection(session).execute(REWARDS_TO_PAY, {"id": referral.id})
    names = [column.name for column in found.description or ()]
    rows = [NewReward(**dict(zip(names, row, strict=True))) for row in found]
    return rows or _classical(session, referral)


def _classical(session: Session, referral: Referral) -> list[NewReward]:
    """What the qualifying purchase would have brought by the programme of its time; kept as withheld."""
    receipt = receipts.moment_of(session, referral.qualifying_receipt_id) if referral.qualifying_receipt_id else None
    programme = programmes(session).in_force(receipt[0], receipt[1]) if receipt else None
    if receipt is None or programme is None or programme.referral is None:
        return []
    one = queries.open_referral(referral)
    occasion = Occasion(terms=programme, at=receipt[1], zone=None, receipt_id=referral.qualifying_receipt_id)
    rows = [
        rewarding.new_reward(
            occasion, one, DueReward(reward, reward.points or 0, 1, reward.points or 0), state="withheld"
        )
        for reward in programme.referral.plan
        if reward.is_classical
    ]
    rewarding.store(session, rows)
    return rows


def _reached(session: Session, referral: Referral, rows: Sequence[NewReward]) -> list[NewReward]:
    """Without the milestones that this friend does not make full, or that the advocate has by another one."""
    milestones = [row.reward for row in rows if row.event == "milestone"]
    if not milestones:
        return list(rows)
    connection, advocate_id = driver_connection(session), referral.advocate_id
    counted = connection.execute(QUALIFIED_FRIENDS, {"advocate_id": advocate_id}).fetchone()
    friends = 1 + (counted[0] if counted else 0)
    had = connection.execute(REACHED, {"member_ids": [advocate_id], "rewards": milestones}).fetchall()
    has = {reward for _member_id, reward in had}
    return [
        row for row in rows if row.event != "milestone" or (friends >= row.facts["friends"] and row.reward not in has)
    ]


def _terms(session: Session, row: NewReward) -> Programme:
    """The programme by whose version and terms a row became due."""
    facts = row.facts
    programme = stored(session, facts["programme"], facts["programme_version"])
    return next((one.programme for one in programme.terms if one.terms == facts["terms"]), programme)


def _give(session: Session, paying: _Paying) -> None:
    """Enters points and coupons, and keeps what became of each row."""
    entered = [row for row in paying.rows if not row.is_coupon and paying.enter(row)]
    ledger.write(session, paying.books.values())
    coupons = [row for row in paying.rows if row.is_coupon]
    for row in entered:
        row.state = "given"
    pairs = [(row, paying.terms[row.id]) for row in coupons]
    if give_coupons(session, pairs, instead=lambda row, _terms: paying.enter(row)):
        ledger.write(session, paying.books.values())
    budgets.write(session, paying.opened)
    columns = ("id", "state", "points", "order_id", "transaction_id", "facts")
    changed = [{name: asdict(row)[name] for name in columns} for row in (*entered, *coupons)]
    driver_connection(session).execute(CHANGE_REWARDS, {"rewards": as_rows(changed)})


def _take_returned(session: Session, paying: _Paying, returned: Mapping[UUID | None, tuple[int, int]]) -> None:
    """Takes the share of each receipt that came back before the decision."""
    for row in paying.rows:
        total_minor, returned_minor = returned.get(row.receipt_id, (0, 0))
        if row.transaction_id is None or row.state != "given" or not returned_minor:
            continue
        points = Returned(total_minor, returned_minor).points_to_take_back(points=row.points or 0, taken_back=0)
        if points:
            cause = Cause(
                natural_key=f"held:{row.transaction_id}:returned",
                effective_at=paying.at,
                recorded_at=system_now(),
                wording="till.reward_return",
                facts={"points": -points},
                receipt_id=row.receipt_id,
                referral_id=row.referral_id,
                reverses_id=row.transaction_id,
            )
            ledger.take_back(session, paying.books, row.transaction_id, cause=cause, points=points)
            _give_back(session, row.facts, row.member_id, due=points, taken_back=0, at=row.at)


def _give_back(
    session: Session, given: Mapping[str, Any], member_id: UUID, *, due: int, taken_back: int, at: datetime
) -> None:
    """Gives back to budgets what the points that go of a reward took from them."""
    taken = given.get("budgets")
    if taken:
        programme = stored(session, given["programme"], given["programme_version"])
        shares = budgets.shares_to_give_back(taken, points=given["points"], taken_back=taken_back, due=due)
        budgets.give_back(session, programme, member_id, shares, at=at)


def _paid(
    referral: Referral, classical: Sequence[NewReward], *, status: str, at: datetime, available_at: datetime | None
) -> dict[str, object]:
    points = {row.side: row.points or 0 for row in classical}
    return {
        "id": referral.id,
        "status": status,
        "at": at,
        "available_at": available_at,
        "advocate_points": points.get("advocate", 0),
        "friend_points": points.get("friend", 0),
    }


def _id(row: NewReward) -> UUID:
    if row.transaction_id is None:
        raise ValueError(f"The reward {row.id} has brought no points.")
    return row.transaction_id


def _is_whole(share: tuple[int, int]) -> bool:
    total_minor, returned_minor = share
    return 0 < total_minor <= returned_minor
