"""Receipts on which nobody was named, and how they find their members: once, within the programme's window.

A claimed receipt earns what it would have earned when it was sold, by the programme of that time, and loses what has
been returned since: in the end the books stand as if the guest had been named at once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.programmes.programme import Programme
from backend.programmes.queries import programmes
from backend.receipts import queries
from backend.receipts import service as receipts
from backend.receipts.queries import ClaimableReceipt
from backend.receipts.sale import Sale
from backend.referrals import queries as referral_queries
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.errors import DomainError, Invalid
from backend.shared.i18n import _l
from backend.shared.ids import new_id
from backend.shops import queries as shops
from backend.till import returning
from backend.till.answers import balance_of
from backend.till.batch import Batch, Recorded
from backend.till.earning import earn
from backend.till.errors import (
    AlreadyClaimed,
    ClaimTooLate,
    NoSuchReceiptToClaim,
    NothingToClaim,
    TooManyClaims,
    UnknownCurrency,
)
from backend.till.receipt_request import ReceiptRequest, Store
from backend.till.recording import follow, lock
from backend.till.statements import CLAIM_FAILURES, NOTE_CLAIM_FAILURE

GUESSES_MAXIMUM = 10
GUESSES_WINDOW = timedelta(hours=1)


def claim(session: Session, receipt: ClaimableReceipt, *, member_id: UUID, waives_window: bool = False) -> Recorded:
    """Gives a receipt that is kept to this member; again, it is answered as before. Staff that has looked into it may
    waive the window.

    Raises:
        AlreadyClaimed: it has its member.
        ClaimTooLate: the window is over.
        NothingToClaim: all of it was returned.
    """
    if receipt.member_id is not None:
        if receipt.member_id == member_id and receipt.claim_answer is not None:
            return Recorded(receipt.id, receipt.claim_answer, repeated=True)
        raise AlreadyClaimed
    now = business_now()
    batch = _batch_of(session, receipt, member_id)
    _check(receipt, batch.terms[0], now, waives_window=waives_window)
    open_referrals = referral_queries.open_for_friends(session, [member_id])
    follow(session, batch, None)
    lock(session, batch, open_referrals, with_lots=True)
    problem = batch.outcomes.get(0)
    if isinstance(problem, DomainError):
        raise problem
    if not receipts.attach(session, receipt.id, member_id=member_id, at=now):
        [as_it_is_now] = queries.claimable(session, store_ids=[receipt.store_id], external_id=receipt.external_id)
        return claim(session, as_it_is_now, member_id=member_id, waives_window=waives_window)
    earn(session, batch, open_referrals, keep=lambda _sales: None)
    recorded = _without_what_came_back(session, batch)
    receipts.keep_claim_answer(session, receipt.id, recorded.answer)
    return recorded


def claim_by_guess(
    session: Session, *, member_id: UUID, store_code: str | None, external_id: str, total_minor: int
) -> Recorded | DomainError:
    """Gives a member the receipt with this number and this total, which stand on the paper.

    Where no receipt has both, that is returned, not raised, and the same whichever is wrong: the count of wrong guesses
    must be committed.

    Raises:
        UnknownStore: there is no such store.
        TooManyClaims: too many guesses were wrong before.
        Invalid: several stores have such a receipt, and none was named.
        DomainError: the receipt cannot be claimed (see `claim`).
    """
    # Guesses of one member wait for each other: the limit holds however many come at once.
    ledger.open_books(session, [member_id])
    now = system_now()
    facts = {"member_id": member_id, "since": now - GUESSES_WINDOW}
    row = driver_connection(session).execute(CLAIM_FAILURES, facts, prepare=True).fetchone()
    if row is not None and row[0] >= GUESSES_MAXIMUM:
        raise TooManyClaims(retry_after_seconds=max(1, int((row[1] + GUESSES_WINDOW - now).total_seconds()) + 1))
    stores = [shops.store_by_code(session, store_code)] if store_code is not None else shops.stores(session)
    found = queries.claimable(session, store_ids=[store.id for store in stores], external_id=external_id)
    matching = [receipt for receipt in found if receipt.total_amount_minor == total_minor]
    if not matching:
        facts |= {"id": new_id(), "at": now}
        driver_connection(session).execute(NOTE_CLAIM_FAILURE, facts, prepare=True)
        return NoSuchReceiptToClaim()
    if len(matching) > 1:
        raise Invalid(errors={"store": [_l("Several stores have such a receipt. Say which one it is from.")]})
    return claim(session, matching[0], member_id=member_id)


def _batch_of(session: Session, receipt: ClaimableReceipt, member_id: UUID) -> Batch:
    """The receipt as it would have been recorded, had its member been known."""
    programme = programmes(session).in_force(receipt.currency, receipt.occurred_at)
    if programme is None:
        raise UnknownCurrency(currency=receipt.currency, known="–")
    lines = tuple(queries.lines_of(session, receipt.id))
    payments = tuple(receipt.payments or ())
    store = shops.store(session, receipt.store_id)
    request = ReceiptRequest(
        store=Store(store.id, dict(store.name)),
        external_id=receipt.external_id,
        occurred_at=receipt.occurred_at,
        currency=receipt.currency,
        total_minor=receipt.total_amount_minor,
        source=receipt.source,
        cashier=receipt.cashier,
    )
    sale = Sale(
        id=receipt.id,
        store_id=receipt.store_id,
        external_id=receipt.external_id,
        member_id=member_id,
        occurred_at=receipt.occurred_at,
        currency=receipt.currency,
        total_minor=receipt.total_amount_minor,
        lines=lines,
        source=receipt.source,
        cashier=receipt.cashier,
        payments=payments,
    )
    return Batch([request], sales={0: sale}, programmes={0: programme}, terms={0: programme})


def _check(receipt: ClaimableReceipt, programme: Programme, now: datetime, *, waives_window: bool) -> None:
    days = programme.unattached.claim_window_days
    if not waives_window and receipt.occurred_at + timedelta(days=days) < now:
        raise ClaimTooLate(days=days)
    if 0 < receipt.total_amount_minor == receipt.returned_amount_minor:
        raise NothingToClaim


def _without_what_came_back(session: Session, batch: Batch) -> Recorded:
    """Takes back the points of what was returned before the receipt was claimed; what is told of it all."""
    sale, recorded = batch.sales[0], batch.outcomes[0]
    sold = queries.sold(session, store_id=sale.store_id, external_id=sale.external_id)
    if isinstance(recorded, DomainError) or sold is None:
        raise AssertionError("what was claimed is there")
    if not sold.returned_minor:
        return recorded
    book = batch.books[sale.buyer_id]
    earned_before, pending_before = book.available + book.debt, book.pending
    comeback = returning.comeback_of(
        session,
        sold,
        [],
        key=f"claim:{sold.id}",
        cause={"effective_at": business_now(), "recorded_at": system_now()},
        amount_minor=0,
        store_name=batch.requests[0].store.name,
    )
    comeback = replace(comeback, amount_minor=sold.returned_minor)
    moved = returning.move_points(session, batch.books, comeback)
    ledger.write(session, batch.books.values())
    answer = recorded.answer | {
        "points_earned": recorded.answer["points_earned"] + book.available + book.debt - earned_before,
        "points_pending": recorded.answer["points_pending"] + book.pending - pending_before,
        "balance": balance_of(book),
        "messages": recorded.answer["messages"] + returning.said_of(moved[sale.buyer_id]),
    }
    return replace(recorded, answer=answer)
