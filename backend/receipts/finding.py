"""Finding receipts for staff: by the number on the paper, and what staff sees of one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.receipts.errors import UnknownReceipt
from backend.receipts.models import Receipt, ReceiptLine, ReceiptReturn
from backend.shared.schemas import EXTERNAL_ID
from backend.shops.queries import stores

FOUND_MAXIMUM = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptHead:
    """The head of a receipt; amounts in minor units."""

    id: UUID
    external_id: str
    store_id: UUID
    member_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    currency: str
    total_minor: int
    returned_minor: int
    source: str
    cashier: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LineShown:
    """A line of a receipt and how much of it came back."""

    sku: str
    category: str | None
    quantity: Decimal
    amount_minor: int
    returned_quantity: Decimal
    returned_minor: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnShown:
    """A return of the receipt."""

    external_id: str
    occurred_at: datetime
    amount_minor: int


def by_number(session: Session, number: str) -> list[ReceiptHead]:
    """The receipts with this number, which is unique only within a store; the newest first."""
    if not EXTERNAL_ID.fullmatch(number):
        return []
    rows = session.scalars(
        select(Receipt)
        # The index begins with the store.
        .where(Receipt.store_id.in_([store.id for store in stores(session)]), Receipt.external_id == number)
        .order_by(Receipt.occurred_at.desc(), Receipt.id)
        .limit(FOUND_MAXIMUM)
    )
    return [_head(row) for row in rows]


def heads(session: Session, receipt_ids: Collection[UUID]) -> dict[UUID, ReceiptHead]:
    """The heads of these receipts, by id."""
    rows = session.scalars(select(Receipt).where(Receipt.id.in_(receipt_ids)).execution_options(populate_existing=True))
    return {row.id: _head(row) for row in rows}


def receipt(session: Session, receipt_id: UUID) -> tuple[ReceiptHead, list[LineShown], list[ReturnShown]]:
    """A receipt with its lines and returns.

    Raises:
        UnknownReceipt: there is none of this id.
    """
    head = heads(session, [receipt_id]).get(receipt_id)
    if head is None:
        raise UnknownReceipt
    lines = session.scalars(
        select(ReceiptLine).where(ReceiptLine.receipt_id == receipt_id).order_by(ReceiptLine.position)
    )
    returns = session.scalars(
        select(ReceiptReturn).where(ReceiptReturn.receipt_id == receipt_id).order_by(ReceiptReturn.occurred_at)
    )
    return (
        head,
        [
            LineShown(
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                amount_minor=line.amount_minor,
                returned_quantity=line.returned_quantity,
                returned_minor=line.returned_amount_minor,
            )
            for line in lines
        ],
        [
            ReturnShown(external_id=one.external_id, occurred_at=one.occurred_at, amount_minor=one.amount_minor)
            for one in returns
        ],
    )


def _head(row: Receipt) -> ReceiptHead:
    return ReceiptHead(
        id=row.id,
        external_id=row.external_id,
        store_id=row.store_id,
        member_id=row.member_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        currency=row.currency,
        total_minor=row.total_amount_minor,
        returned_minor=row.returned_amount_minor,
        source=row.source,
        cashier=row.cashier,
    )
