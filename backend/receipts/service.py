"""Recording sales and returns, set-based. Whoever calls holds the locks of the members concerned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.receipts.allocation import AllocatedLine
from backend.receipts.sale import Return, Sale
from backend.receipts.statements import FIND, INSERT, INSERT_RETURNS
from backend.shared.db import driver_connection

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


def find(session: Session, keys: Sequence[ReceiptKey]) -> dict[ReceiptKey, RecordedReceipt]:
    """Those of these receipts that are recorded already."""
    parameters = {"store_ids": [store_id for store_id, _ in keys], "external_ids": [number for _, number in keys]}
    rows = driver_connection(session).execute(FIND, parameters, prepare=True)
    return {(row[0], row[1]): RecordedReceipt(row[2], bytes(row[3]), row[4]) for row in rows}


def record_sales(session: Session, sales: Sequence[SaleToRecord], *, recorded_at: datetime) -> int:
    """Inserts sales with their lines; how many were inserted. A number that is taken leaves its sale out."""
    if not sales:
        return 0
    lines = [(one.sale, position, line) for one in sales for position, line in enumerate(one.sale.lines, start=1)]
    row = (
        driver_connection(session)
        .execute(
            INSERT,
            {
                "id": [one.sale.id for one in sales],
                "store": [one.sale.store_id for one in sales],
                "external": [one.sale.external_id for one in sales],
                "member": [one.sale.member_id for one in sales],
                "occurred": [one.sale.occurred_at for one in sales],
                "recorded": [recorded_at] * len(sales),
                "currency": [one.sale.currency for one in sales],
                "total": [one.sale.total_minor for one in sales],
                "source": [one.sale.source for one in sales],
                "cashier": [one.sale.cashier for one in sales],
                "payments": [json.dumps(one.sale.payments) if one.sale.payments else None for one in sales],
                "hash": [one.sale.content_hash() for one in sales],
                "answer": [json.dumps(one.answer) for one in sales],
                "l_receipt": [sale.id for sale, _, _ in lines],
                "l_position": [position for _, position, _ in lines],
                "l_member": [sale.member_id for sale, _, _ in lines],
                "l_sku": [line.sku for _, _, line in lines],
                "l_category": [line.category for _, _, line in lines],
                "l_quantity": [line.quantity for _, _, line in lines],
                "l_amount": [line.amount_minor for _, _, line in lines],
            },
            prepare=True,
        )
        .fetchone()
    )
    return int(row[0]) if row else 0


def record_returns(session: Session, returns: Sequence[ReturnToRecord], *, recorded_at: datetime) -> None:
    """Inserts returns with their lines, and marks how much of each sale has come back."""
    if not returns:
        return
    lines = [(one, line) for one in returns for line in one.lines]
    driver_connection(session).execute(
        INSERT_RETURNS,
        {
            "id": [one.returned.id for one in returns],
            "store": [one.returned.store_id for one in returns],
            "external": [one.returned.external_id for one in returns],
            "receipt": [one.receipt_id for one in returns],
            "member": [one.member_id for one in returns],
            "occurred": [one.returned.occurred_at for one in returns],
            "recorded": [recorded_at] * len(returns),
            "amount": [one.amount_minor for one in returns],
            "hash": [one.returned.content_hash() for one in returns],
            "answer": [json.dumps(one.answer) for one in returns],
            "l_return": [one.returned.id for one, _ in lines],
            "l_receipt": [one.receipt_id for one, _ in lines],
            "l_position": [line.position for _, line in lines],
            "l_quantity": [line.quantity for _, line in lines],
            "l_amount": [line.amount_minor for _, line in lines],
        },
        prepare=True,
    )
