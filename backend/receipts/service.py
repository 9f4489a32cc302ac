"""Recording sales and returns, set-based. Whoever calls holds the locks of the members concerned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.receipts.allocation import AllocatedLine
from backend.receipts.models import Receipt
from backend.receipts.sale import Return, Sale
from backend.receipts.statements import ATTACH, FIND, INSERT, INSERT_RETURNS
from backend.shared.db import Promise, as_rows, driver_connection

ReceiptKey = tuple[UUID, str]
"""Store and external id."""


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """A receipt that is there already, with what its till was told."""

    id: UUID
    content_hash: bytes
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SaleToRecord:
    """A sale with the answer to its till."""

    sale: Sale
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReturnToRecord:
    """A return, where it fell, and the answer to its till."""

    returned: Return
    receipt_id: UUID
    member_id: UUID | None
    amount_minor: int
    lines: tuple[AllocatedLine, ...]
    answer: dict[str, Any]


def ask_recorded(session: Session, keys: Sequence[ReceiptKey]) -> Promise[dict[ReceiptKey, RecordedReceipt]]:
    """Those of these receipts that are recorded already."""
    parameters = {"store_ids": [store_id for store_id, _ in keys], "external_ids": [number for _, number in keys]}
    asked = driver_connection(session).execute(FIND, parameters, prepare=True)
    return lambda: {(row[0], row[1]): RecordedReceipt(row[2], bytes(row[3]), row[4]) for row in asked}


def record_sales(session: Session, sales: Sequence[SaleToRecord], *, recorded_at: datetime) -> None:
    """Inserts sales with their lines.

    Raises:
        psycopg.errors.UniqueViolation: of the table `receipts`, where a number is taken.
    """
    if not sales:
        return
    parameters = {
        "receipts": as_rows([_receipt_row(one, recorded_at) for one in sales]),
        "lines": as_rows(
            [
                {
                    "receipt_id": one.sale.id,
                    "position": position,
                    "member_id": one.sale.member_id,
                    "sku": line.sku,
                    "category": line.category,
                    "quantity": line.quantity,
                    "amount_minor": line.amount_minor,
                }
                for one in sales
                for position, line in enumerate(one.sale.lines, start=1)
            ]
        ),
    }
    driver_connection(session).execute(INSERT, parameters, prepare=True)


def _receipt_row(one: SaleToRecord, recorded_at: datetime) -> dict[str, Any]:
    sale = one.sale
    return {
        "id": sale.id,
        "store_id": sale.store_id,
        "external_id": sale.external_id,
        "member_id": sale.member_id,
        "occurred_at": sale.occurred_at,
        "recorded_at": recorded_at,
        "currency": sale.currency,
        "total_amount_minor": sale.total_minor,
        "source": sale.source,
        "cashier": sale.cashier,
        "payments": list(sale.payments) or None,
        "paid_with_points_minor": sale.paid_with_points_minor or None,
        "content_hash": sale.content_hash(),
        "answer": one.answer,
    }


def attach(session: Session, receipt_id: UUID, *, member_id: UUID, at: datetime) -> bool:
    """Gives a receipt on which nobody was named its member, with its lines and returns; False where it has one."""
    values = {"id": receipt_id, "member_id": member_id, "at": at}
    row = driver_connection(session).execute(ATTACH, values, prepare=True).fetchone()
    return bool(row and row[0])


def keep_claim_answer(session: Session, receipt_id: UUID, answer: dict[str, Any]) -> None:
    """Keeps what whoever claimed the receipt is told."""
    session.execute(update(Receipt).where(Receipt.id == receipt_id).values(claim_answer=answer))


def record_returns(session: Session, returns: Sequence[ReturnToRecord], *, recorded_at: datetime) -> None:
    """Inserts returns with their lines, and marks how much of each sale has come back."""
    if not returns:
        return
    parameters = {
        "returns": as_rows([_return_row(one, recorded_at) for one in returns]),
        "lines": as_rows(
            [
                {
                    "return_id": one.returned.id,
                    "receipt_id": one.receipt_id,
                    "position": line.position,
                    "quantity": line.quantity,
                    "amount_minor": line.amount_minor,
                }
                for one in returns
                for line in one.lines
            ]
        ),
    }
    driver_connection(session).execute(INSERT_RETURNS, parameters, prepare=True)


def _return_row(one: ReturnToRecord, recorded_at: datetime) -> dict[str, Any]:
    returned = one.returned
    return {
        "id": returned.id,
        "store_id": returned.store_id,
        "external_id": returned.external_id,
        "receipt_id": one.receipt_id,
        "member_id": one.member_id,
        "occurred_at": returned.occurred_at,
        "recorded_at": recorded_at,
        "amount_minor": one.amount_minor,
        "content_hash": returned.content_hash(),
        "answer": one.answer,
    }
