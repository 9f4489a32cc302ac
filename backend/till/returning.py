"""Returns: what comes back takes its points with it, pro rata, and those of the recommendation that it rewarded."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.notifications.service import NewMessage, tell
from backend.receipts import allocation, queries, service
from backend.receipts.allocation import AllocatedLine
from backend.receipts.errors import DifferentContent, UnknownReceipt
from backend.receipts.queries import SoldReceipt
from backend.receipts.sale import Return
from backend.receipts.service import ReturnToRecord
from backend.referrals import queries as referral_queries
from backend.shared.clock import business_now, system_now
from backend.till.answers import balance_of
from backend.till.errors import AHEAD_MAXIMUM, ReceiptFromTheFuture


@dataclass(frozen=True, slots=True)
class RecordedReturn:
    """A recorded return with the till's answer; `repeated` says that it was there before."""

    return_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


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
    if returned.occurred_at > business_now() + AHEAD_MAXIMUM:
        raise ReceiptFromTheFuture
    member_id = queries.member_of(session, store_id=sold_at, external_id=returned.sale_external_id)
    books = _lock(session, member_id)
    earlier = queries.recorded_return(session, store_id=returned.store_id, external_id=returned.external_id)
    if earlier is not None:
        if earlier.content_hash != returned.content_hash():
            raise DifferentContent
        return RecordedReturn(earlier.id, earlier.answer, repeated=True)
    sold = queries.sold(session, store_id=sold_at, external_id=returned.sale_external_id)
    if sold is None:
        raise UnknownReceipt
    amount_minor, lines = _allocate(returned, sold)
    taken = _take_back(session, books, returned, sold, amount_minor=amount_minor, store_name=store_name)
    answer = _answer(books.get(member_id) if member_id else None, taken, amount_minor)
    to_record = ReturnToRecord(returned, sold.id, member_id, amount_minor, tuple(lines), answer)
    service.record_returns(session, [to_record], recorded_at=system_now())
    ledger.write(session, books.values())
    if member_id is not None and answer["points_taken_back"] and not quietly:
        _tell(session, returned, member_id, points=answer["points_taken_back"])
    return RecordedReturn(returned.id, answer)


def _lock(session: Session, member_id: UUID | None) -> dict[UUID, Book]:
    """The buyer's book, and that of whoever recommended the buyer."""
    if member_id is None:
        return {}
    referral = referral_queries.referral_of_friend(session, member_id)
    concerned = {member_id} | ({referral.advocate_id} if referral else set())
    return ledger.open_books(session, concerned, with_lots=True)


def _allocate(returned: Return, sold: SoldReceipt) -> tuple[int, list[AllocatedLine]]:
    left_minor = sold.total_minor - sold.returned_minor
    if returned.lines:
        lines = allocation.allocate_lines(sold.lines, returned.lines)
        amount_minor = allocation.check_lines_amount(lines, returned.named_amount_minor)
        return allocation.check_amount(amount_minor, left_minor=left_minor), lines
    if returned.amount_minor is not None:
        return allocation.check_amount(returned.amount_minor, left_minor=left_minor), []
    return left_minor, allocation.all_that_is_left(sold.lines)


def _take_back(
    session: Session,
    books: dict[UUID, Book],
    returned: Return,
    sold: SoldReceipt,
    *,
    amount_minor: int,
    store_name: dict[str, str],
) -> dict[UUID, tuple[int, int]]:
    """Takes back the points of what was returned; by member, how many and how many of them are owed now."""
    accruals = ledger.accruals_of_receipts(session, list(books), [sold.id])
    ledger.load_lots(session, books, [accrual_id for accrual_id, *_ in accruals])
    taken: dict[UUID, tuple[int, int]] = {}
    for accrual_id, member_id, _receipt_id, referral_id, points, taken_back in accruals:
        due = allocation.points_to_take_back(
            points=points,
            taken_back=taken_back,
            total_minor=sold.total_minor,
            returned_minor=sold.returned_minor + amount_minor,
        )
        if due == 0:
            continue
        is_buyer = member_id == sold.member_id
        facts: dict[str, Any] = {"points": -due}
        if is_buyer:
            facts |= {
                "store": store_name,
                "returned": {"amount_minor": amount_minor, "currency": sold.currency},
                "total": {"amount_minor": sold.total_minor, "currency": sold.currency},
            }
        cause = Cause(
            natural_key=f"return:{returned.id}:{accrual_id}",
            effective_at=returned.occurred_at,
            recorded_at=system_now(),
            wording="till.return" if is_buyer else "till.reward_return",
            facts=facts,
            receipt_id=sold.id,
            referral_id=referral_id,
            reverses_id=accrual_id,
        )
        result = ledger.take_back(session, books, accrual_id, cause=cause, points=due)
        before = taken.get(member_id, (0, 0))
        taken[member_id] = (before[0] + result.points, before[1] + result.points_owed)
    return taken


def _answer(book: Book | None, taken: dict[UUID, tuple[int, int]], amount_minor: int) -> dict[str, Any]:
    points, owed = taken.get(book.member_id, (0, 0)) if book else (0, 0)
    said: list[dict[str, Any]] = []
    if points:
        said.append({"kind": "till.taken_back", "facts": {"points": -points}})
    if owed:
        said.append({"kind": "till.owed", "facts": {"points": owed}})
    return {
        "amount": amount_minor,
        "points_taken_back": points,
        "points_owed": owed,
        "balance": balance_of(book) if book else None,
        "messages": said,
    }


def _tell(session: Session, returned: Return, member_id: UUID, *, points: int) -> None:
    message = NewMessage(
        member_id=member_id,
        kind="receipt_returned",
        facts={"points": -points},
        natural_key=f"return:{returned.id}",
    )
    tell(session, [message])
