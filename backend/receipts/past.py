"""The shop's own past, read in one stream: receipts of members and what came back of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.receipts.sale import ReturnedLine, SaleLine
from backend.shared.db import driver_connection

ROWS_AT_ONCE = 2_000
SOLD = """
SELECT receipt.id, receipt.member_id, receipt.occurred_at, receipt.total_amount_minor, receipt.store_id,
       receipt.payments, line.skus, line.categories, line.quantities, line.amounts
FROM receipts AS receipt
LEFT JOIN LATERAL (
    SELECT array_agg(sku ORDER BY position) AS skus, array_agg(category ORDER BY position) AS categories,
           array_agg(quantity ORDER BY position) AS quantities, array_agg(amount_minor ORDER BY position) AS amounts
    FROM receipt_lines WHERE receipt_id = receipt.id
) AS line ON true
WHERE receipt.member_id IS NOT NULL AND receipt.currency = %(currency)s AND receipt.occurred_at >= %(since)s
"""
RETURNED = """
SELECT returned.receipt_id, receipt.member_id, returned.occurred_at, returned.amount_minor,
       line.skus, line.quantities, line.amounts
FROM receipt_returns AS returned
JOIN receipts AS receipt ON receipt.id = returned.receipt_id
LEFT JOIN LATERAL (
    SELECT array_agg(sold.sku ORDER BY back.position) AS skus,
           array_agg(back.quantity ORDER BY back.position) AS quantities,
           array_agg(back.amount_minor ORDER BY back.position) AS amounts
    FROM receipt_return_lines AS back
    JOIN receipt_lines AS sold ON sold.receipt_id = back.receipt_id AND sold.position = back.position
    WHERE back.return_id = returned.id
) AS line ON true
WHERE receipt.member_id IS NOT NULL AND receipt.currency = %(currency)s AND receipt.occurred_at >= %(since)s
"""


@dataclass(frozen=True, slots=True)
class ReceiptOfPast:
    """A receipt as it was told; `payments` may be empty."""

    id: UUID
    member_id: UUID
    occurred_at: datetime
    total_minor: int
    store_id: UUID
    payments: tuple[dict[str, Any], ...]
    lines: tuple[SaleLine, ...]


@dataclass(frozen=True, slots=True)
class ReturnOfPast:
    """What came back of a receipt; no lines where only the amount was told."""

    receipt_id: UUID
    member_id: UUID
    occurred_at: datetime
    amount_minor: int
    lines: tuple[ReturnedLine, ...]


def sold_since(session: Session, *, currency: str, since: datetime) -> Iterator[ReceiptOfPast]:
    """The receipts of members in this currency since a moment, in no order."""
    for row in _rows(session, "sold", SOLD, currency=currency, since=since):
        receipt_id, member_id, occurred_at, total_minor, store_id, payments, *of_lines = row
        lines = zip(*(values or () for values in of_lines), strict=True)
        yield ReceiptOfPast(
            receipt_id,
            member_id,
            occurred_at,
            total_minor,
            store_id,
            tuple(payments or ()),
            tuple(SaleLine(sku, Decimal(quantity), amount, category) for sku, category, quantity, amount in lines),
        )


def returned_since(session: Session, *, currency: str, since: datetime) -> Iterator[ReturnOfPast]:
    """What came back of them, in no order."""
    for row in _rows(session, "returned", RETURNED, currency=currency, since=since):
        receipt_id, member_id, occurred_at, amount_minor, *of_lines = row
        lines = zip(*(values or () for values in of_lines), strict=True)
        yield ReturnOfPast(
            receipt_id,
            member_id,
            occurred_at,
            amount_minor,
            tuple(
                ReturnedLine(sku=sku, quantity=Decimal(quantity), amount_minor=amount)
                for sku, quantity, amount in lines
            ),
        )


def _rows(session: Session, name: str, statement: str, **parameters: Any) -> Iterator[tuple[Any, ...]]:
    # A cursor of the server's: a shop's past need not fit into one answer.
    with driver_connection(session).cursor(name=name) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(statement, parameters)
        yield from cursor
