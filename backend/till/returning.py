"""Returns: what comes back brings the points that paid for it, and takes its points with it, pro rata, and those of the
recommendation that it rewarded.

Every share is reckoned on all that has come back so far and what went before is left out of it, so that a whole return,
in however many parts, loses and gains nothing. What should go and is spent already is owed, or forgiven, as the
programme says. A coupon that was handed over with the purchase stays used, but where the sale is undone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.ledger import service as ledger
from backend.ledger.book import AVAILABLE, Book, Cause
from backend.notifications.service import NewMessage, tell
from backend.programmes import earning
from backend.programmes.programme import Programme
from backend.programmes.queries import programmes
from backend.receipts import allocation, queries, service
from backend.receipts.allocation import AllocatedLine, LineLeft, Returned
from backend.receipts.errors import DifferentContent, MoreThanSold, UnknownReceipt
from backend.receipts.queries import SoldReceipt
from backend.receipts.sale import Return
from backend.receipts.service import ReturnToRecord
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.rewards import using
from backend.rewards.order import Order
from backend.shared.clock import business_now, system_now
from backend.shared.formatting import money
from backend.shared.i18n import current_locale
from backend.till.answers import balance_of
from backend.till.errors import AHEAD_MAXIMUM, ReceiptFromTheFuture

# Tills let a sale be undone for a minute from when they are told that it is recorded, which may take several tries.
UNDO_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RecordedReturn:
    """A recorded return with the till's answer; `repeated` says that it was there before."""

    return_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Comeback:
    """Something of a receipt comes back: now, and in all."""

    key: str
    """Names what caused it, once for ever."""
    cause: dict[str, Any]
    """Facts of every transaction that is entered for it."""
    sold: SoldReceipt
    amount_minor: int
    whole: Returned
    lines: Sequence[AllocatedLine]
    """What comes back now, where lines are named or all that is left comes back."""
    programme: Programme | None
    store_name: dict[str, str]


@dataclass(slots=True)
class PointsMoved:
    """What a return did to one member's points."""

    given_back: int = 0
    taken_back: int = 0
    owed: int = 0
    forgiven: int = 0


def record_return(
    session: Session, returned: Return, *, sold_at: UUID, store_name: dict[str, str], quietly: bool = False
) -> RecordedReturn:
    """Records a return of a receipt that the store `sold_at` sold, whatever its age; again, it is answered as before.

    `quietly` tells nobody, for imports.

    Raises:
        ReceiptFromTheFuture: its time has not come yet.
        UnknownReceipt: that store has no such receipt.
        MoreThanSold, AmountNotMatchingLines: what comes back is not what was sold.
        DifferentContent: a return of this number was recorded with another content.
    """
    sold, books = _lock(session, store_id=sold_at, external_id=returned.sale_external_id)
    earlier = queries.recorded_return(session, store_id=returned.store_id, external_id=returned.external_id)
    if earlier is not None:
        if earlier.content_hash != returned.content_hash():
            raise DifferentContent
        return RecordedReturn(earlier.id, earlier.answer, repeated=True)
    if returned.occurred_at > business_now() + AHEAD_MAXIMUM:
        raise ReceiptFromTheFuture
    if sold is None:
        raise UnknownReceipt
    amount_minor, lines = _allocate(returned, sold)
    comeback = comeback_of(
        session,
        sold,
        lines,
        key=f"return:{returned.id}",
        # Nothing comes back before it was sold, though a till's clock is behind.
        cause={"effective_at": max(returned.occurred_at, sold.occurred_at), "recorded_at": system_now()},
        amount_minor=amount_minor,
        store_name=store_name,
    )
    moved = move_points(session, books, comeback)
    coupons = _give_back_coupons(session, returned, sold)
    answer = _answer(books, comeback, moved, coupons)
    to_record = ReturnToRecord(returned, sold.id, sold.member_id, amount_minor, tuple(lines), answer)
    service.record_returns(session, [to_record], recorded_at=system_now())
    ledger.write(session, books.values())
    if sold.member_id is not None and not quietly:
        tell(session, list(_messages(returned, sold.member_id, moved.get(sold.member_id, PointsMoved()))))
    return RecordedReturn(returned.id, answer)


def _give_back_coupons(session: Session, returned: Return, sold: SoldReceipt) -> list[Order]:
    """Gives back the coupons that were used for a sale that is undone; one that comes back later has had its use."""
    if not returned.undoes or system_now() > sold.recorded_at + UNDO_WINDOW:
        return []
    return using.give_back(session, store_id=sold.store_id, receipt=sold.external_id, key=str(returned.id))


def comeback_of(
    session: Session, sold: SoldReceipt, lines: Sequence[AllocatedLine], *, amount_minor: int, **facts: Any
) -> Comeback:
    """What it means that these lines, or so much of the receipt, come back now."""
    programme = programmes(session).in_force(sold.currency, sold.occurred_at)
    whole = Returned(sold.total_minor, sold.returned_minor + amount_minor)
    return Comeback(sold=sold, amount_minor=amount_minor, whole=whole, lines=lines, programme=programme, **facts)


def move_points(session: Session, books: Mapping[UUID, Book], comeback: Comeback) -> dict[UUID, PointsMoved]:
    """Gives back what paid, and then takes back what was earned, so that the one makes up for the other; by member.

    The books of the buyer and of whoever recommended the buyer are locked, with their lots; the caller writes them.
    """
    moved: dict[UUID, PointsMoved] = {member_id: PointsMoved() for member_id in books}
    if books:
        _give_back(session, books, comeback, moved)
        _take_back(session, books, comeback, moved)
    sold, is_whole = comeback.sold, comeback.whole.returned_minor >= comeback.whole.total_minor
    # Only whoever was invited has somebody else's book open.
    if is_whole and sold.member_id is not None and len(books) > 1:
        referrals.on_purchase_returned(session, sold.id, friend_id=sold.member_id, at=business_now())
    return moved


def _lock(session: Session, *, store_id: UUID, external_id: str) -> tuple[SoldReceipt | None, dict[UUID, Book]]:
    """The sale, locked after the books of its buyer and of whoever recommended the buyer."""
    member_id = queries.member_of(session, store_id=store_id, external_id=external_id)
    books = _open_books(session, member_id)
    sold = queries.sold(session, store_id=store_id, external_id=external_id)
    if sold is not None and sold.member_id != member_id:
        # It was claimed between the look and the lock, which happens to a receipt once.
        books = _open_books(session, sold.member_id)
    return sold, books


def _open_books(session: Session, member_id: UUID | None) -> dict[UUID, Book]:
    if member_id is None:
        return {}
    concerned = {member_id} | referral_queries.concerned_by(session, member_id)
    return ledger.open_books(session, concerned, with_lots=True)


def _allocate(returned: Return, sold: SoldReceipt) -> tuple[int, list[AllocatedLine]]:
    if returned.lines:
        lines = allocation.allocate_lines(sold.lines, returned.lines)
        amount_minor = allocation.check_lines_amount(lines, returned.named_amount_minor)
        return _check_amount(amount_minor, sold), lines
    if returned.amount_minor is not None:
        return _check_amount(returned.amount_minor, sold), []
    return sold.total_minor - sold.returned_minor, allocation.all_that_is_left(sold.lines)


def _check_amount(amount_minor: int, sold: SoldReceipt) -> int:
    left_minor = sold.total_minor - sold.returned_minor
    try:
        return allocation.check_amount(amount_minor, left_minor=left_minor)
    except MoreThanSold as refusal:
        # A cashier reads it: in money, not in minor units.
        left = money(left_minor, sold.currency, locale=current_locale())
        raise MoreThanSold(sku="", left=left) from refusal


def _give_back(
    session: Session, books: Mapping[UUID, Book], comeback: Comeback, moved: Mapping[UUID, PointsMoved]
) -> None:
    """Gives the points that paid back to the lots that they came from."""
    sold = comeback.sold
    if not sold.paid_with_points_minor:
        return
    for spend in ledger.spends_of_receipts(session, list(books), [sold.id]):
        due = comeback.whole.points_to_give_back(points=spend.points, given_back=spend.points_given_back)
        if due == 0:
            continue
        lots = spend.lots_to_give_back(due)
        ledger.load_lots(session, books, lots)
        facts = {"points": due} | _facts_of_receipt(comeback)
        cause = _cause(comeback, spend.transaction_id, wording="till.given_back", facts=facts)
        books[spend.member_id].give_back(cause, lots=lots)
        moved[spend.member_id].given_back += due


def _take_back(
    session: Session, books: Mapping[UUID, Book], comeback: Comeback, moved: Mapping[UUID, PointsMoved]
) -> None:
    """Takes back the points of what was returned."""
    sold = comeback.sold
    accruals = ledger.accruals_of_receipts(session, list(books), [sold.id])
    ledger.load_lots(session, books, [accrual_id for accrual_id, *_ in accruals])
    to_budgets: dict[UUID, Counter[str]] = {}
    for accrual_id, member_id, _receipt_id, referral_id, points, taken_back, earned in accruals:
        part = comeback.whole if referral_id else _earning_part(comeback, earned)
        due = part.points_to_take_back(points=points, taken_back=taken_back)
        if due == 0:
            continue
        book = books[member_id]
        owed = _points_missing(book, accrual_id, due)
        is_forgiven = comeback.programme is not None and comeback.programme.returns.debt == "forgive"
        facts: dict[str, Any] = {"points": -due}
        if member_id == sold.member_id:
            facts |= _facts_of_receipt(comeback)
        if owed and not is_forgiven:
            facts["owed"] = owed
        wording = _wording(is_buyer=member_id == sold.member_id, owes="owed" in facts)
        cause = _cause(comeback, accrual_id, wording=wording, facts=facts, referral_id=referral_id)
        ledger.take_back(session, books, accrual_id, cause=cause, points=due)
        moved[member_id].taken_back += due
        shares = budgets.shares_to_give_back(earned.get("budgets", {}), points=points, taken_back=taken_back, due=due)
        to_budgets.setdefault(member_id, Counter()).update(shares)
        if owed and is_forgiven:
            forgiven = _cause(comeback, accrual_id, "forgive", wording="till.forgiven", facts={"points": owed})
            book.forgive(forgiven, points=owed)
            moved[member_id].forgiven += owed
        else:
            moved[member_id].owed += owed
    for member_id, shares in sorted(to_budgets.items()):
        if comeback.programme is not None and +shares:
            budgets.give_back(session, comeback.programme, member_id, shares, at=sold.occurred_at)


def _earning_part(comeback: Comeback, earned: Mapping[str, Any]) -> Returned:
    """How much has come back in all of what earned the points of an accrual with these facts."""

    def weight(line: LineLeft) -> int:
        return earning.line_weight(
            comeback.programme,
            earned,
            position=line.position,
            category=line.category,
            amount_minor=line.amount_minor,
        )

    return allocation.earning_part(comeback.sold.lines, comeback.lines, whole=comeback.whole, weight=weight)


def _points_missing(book: Book, lot_id: UUID, due: int) -> int:
    """How many of the points that are due are spent already."""
    lot = book.lots[lot_id]
    if lot.state != AVAILABLE:
        return 0
    there = sum(
        other.points_remaining
        for other in book.lots.values()
        if other.state == AVAILABLE and other.programme == lot.programme
    )
    return max(0, due - there)


def _wording(*, is_buyer: bool, owes: bool) -> str:
    if is_buyer:
        return "till.return_owed" if owes else "till.return"
    return "till.reward_return_owed" if owes else "till.reward_return"


def _facts_of_receipt(comeback: Comeback) -> dict[str, Any]:
    """What was returned of what; an advocate does not learn where a friend buys and for how much."""
    currency = comeback.sold.currency
    return {
        "store": comeback.store_name,
        "returned": {"amount_minor": comeback.amount_minor, "currency": currency},
        "total": {"amount_minor": comeback.sold.total_minor, "currency": currency},
    }


def _cause(
    comeback: Comeback,
    reverses_id: UUID,
    act: str = "",
    *,
    wording: str,
    facts: dict[str, Any],
    referral_id: UUID | None = None,
) -> Cause:
    return Cause(
        natural_key=":".join(filter(None, (comeback.key, str(reverses_id), act))),
        wording=wording,
        facts=facts,
        receipt_id=comeback.sold.id,
        referral_id=referral_id,
        reverses_id=None if act else reverses_id,
        **comeback.cause,
    )


def _answer(
    books: Mapping[UUID, Book], comeback: Comeback, moved: Mapping[UUID, PointsMoved], coupons: Sequence[Order]
) -> dict[str, Any]:
    sold = comeback.sold
    of_buyer = moved.get(sold.member_id, PointsMoved()) if sold.member_id else PointsMoved()
    before = Returned(sold.total_minor, sold.returned_minor)
    paid_minor = sold.paid_with_points_minor
    refund_minor = comeback.whole.refunded_minor(paid_with_points_minor=paid_minor) - before.refunded_minor(
        paid_with_points_minor=paid_minor
    )
    return {
        "amount": comeback.amount_minor,
        "refund_amount": refund_minor,
        "points_given_back": of_buyer.given_back,
        "points_taken_back": of_buyer.taken_back,
        "points_owed": of_buyer.owed,
        "points_forgiven": of_buyer.forgiven,
        "coupons_given_back": len(coupons),
        "balance": balance_of(books[sold.member_id]) if sold.member_id else None,
        "messages": said_of(of_buyer)
        + [{"kind": "till.coupon_given_back", "facts": {"title": coupon.title}} for coupon in coupons],
    }


def said_of(moved: PointsMoved) -> list[dict[str, Any]]:
    """What a till is told of what a return did to its guest's points."""
    said: list[dict[str, Any]] = []
    if moved.given_back:
        said.append({"kind": "till.gave_back", "facts": {"points": moved.given_back}})
    if moved.taken_back:
        said.append({"kind": "till.taken_back", "facts": {"points": -moved.taken_back}})
    if moved.owed:
        said.append({"kind": "till.owed", "facts": {"points": moved.owed}})
    return said


def _messages(returned: Return, member_id: UUID, moved: PointsMoved) -> Iterator[NewMessage]:
    told = (
        ("points_given_back", "given_back", {"points": moved.given_back}),
        ("receipt_returned_owed" if moved.owed else "receipt_returned", "taken_back", {"points": -moved.taken_back}),
    )
    for kind, what, facts in told:
        if facts["points"]:
            more = {"owed": moved.owed} if kind == "receipt_returned_owed" else {}
            key = f"return:{returned.id}" + (":given_back" if what == "given_back" else "")
            yield NewMessage(member_id=member_id, kind=kind, facts=facts | more, natural_key=key)
