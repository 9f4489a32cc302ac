"""Reading receipts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.receipts.allocation import LineLeft
from backend.receipts.models import Receipt, ReceiptLine, ReceiptReturn
from backend.receipts.sale import SaleLine
from backend.receipts.segment_attributes import FACTS
from backend.receipts.statements import BOUGHT, HISTORIES, SEEN_CARDS
from backend.shared.attributes import SegmentFacts
from backend.shared.db import Promise, driver_connection


@dataclass(frozen=True, slots=True)
class SoldReceipt:
    """A recorded sale, as a return needs it."""

    id: UUID
    store_id: UUID
    external_id: str
    member_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    currency: str
    total_minor: int
    returned_minor: int
    paid_with_points_minor: int
    lines: tuple[LineLeft, ...]


@dataclass(frozen=True, slots=True)
class ClaimableReceipt:
    """A receipt as whoever claims it needs it; its fields are the table's columns."""

    id: UUID
    store_id: UUID
    external_id: str
    member_id: UUID | None
    occurred_at: datetime
    currency: str
    total_amount_minor: int
    returned_amount_minor: int
    source: str
    cashier: str | None
    payments: list[Any] | None
    claimed_at: datetime | None
    claim_answer: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RecordedReturn:
    """A return that is there already, with what its till was told."""

    id: UUID
    content_hash: bytes
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bought:
    """What a member bought, less returns: so often and for so much before some day, and singly from then on."""

    purchases: int
    spent_minor: int
    singly: tuple[tuple[datetime, int], ...]
    """Moments and amounts in minor units, in order of time."""


def ask_histories(
    session: Session,
    spans: Mapping[UUID, tuple[datetime, datetime]],
    *,
    currency: str,
    window_days: int,
) -> Promise[dict[UUID, Bought]]:
    """What these members bought in a currency up to the end of each one's span, for `sent_together`: singly from so
    many days before the span's beginning. Who bought nothing is left out.
    """
    parameters = {
        "member_ids": list(spans),
        "singly_from": [begins - timedelta(days=window_days) for begins, _ in spans.values()],
        "until": [ends for _, ends in spans.values()],
        "currency": currency,
    }
    asked = driver_connection(session).execute(HISTORIES, parameters, prepare=True)
    return lambda: {
        member_id: Bought(purchases, spent_minor, tuple(zip(moments or (), amounts or (), strict=True)))
        for member_id, purchases, spent_minor, moments, amounts in asked
    }


def ask_bought(
    session: Session, since: Mapping[UUID, datetime], *, currency: str, but: Collection[UUID]
) -> Promise[dict[UUID, tuple[int, int]]]:
    """How often these members bought in a currency and for how much, less returns, each since a moment and without some
    receipts; for `sent_together`. Who bought nothing is left out.
    """
    parameters = {
        "member_ids": list(since),
        "since": list(since.values()),
        "currency": currency,
        "but": list(but),
    }
    asked = driver_connection(session).execute(BOUGHT, parameters, prepare=True)
    return lambda: {member_id: (purchases, spent_minor) for member_id, purchases, spent_minor in asked}


def returned_shares(session: Session, receipt_ids: Sequence[UUID]) -> dict[UUID | None, tuple[int, int]]:
    """What these receipts came to and how much of it came back, in minor units."""
    rows = session.execute(
        select(Receipt.id, Receipt.total_amount_minor, Receipt.returned_amount_minor).where(Receipt.id.in_(receipt_ids))
    )
    return {receipt_id: (total_minor, returned_minor) for receipt_id, total_minor, returned_minor in rows}


def moment_of(session: Session, receipt_id: UUID) -> tuple[str, datetime] | None:
    """In which currency, and when, something was sold."""
    row = session.execute(select(Receipt.currency, Receipt.occurred_at).where(Receipt.id == receipt_id)).first()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class CashierCards:
    """How many receipts of members a cashier of a store rang up, and with how many different cards."""

    store_id: UUID
    cashier: str
    receipts: int
    cards: int


def cards_by_cashier(session: Session, *, since: datetime, until: datetime) -> list[CashierCards]:
    """Every cashier that tills named on receipts of members in this time; imported history does not count."""
    rows = driver_connection(session).execute(
        """
        SELECT store_id, cashier, count(*), count(DISTINCT member_id) FROM receipts
        WHERE occurred_at > %s AND occurred_at <= %s AND member_id IS NOT NULL AND cashier IS NOT NULL
          AND source <> 'import'
        GROUP BY store_id, cashier ORDER BY store_id, cashier
        """,
        (since, until),
    )
    return [CashierCards(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SeenCard:
    """A card was rung up: when, in which store, and by whom where the till says it."""

    at: datetime
    store_id: UUID
    cashier: str | None


def ask_seen_cards(
    session: Session, spans: Mapping[UUID, tuple[datetime, datetime]], *, window: timedelta
) -> Promise[dict[UUID, list[SeenCard]]]:
    """When these members' cards were rung up, from `window` before each one's span to `window` after it, for
    `sent_together`; imported history does not count.
    """
    parameters = {
        "member_ids": list(spans),
        "since": [begins - window for begins, _ in spans.values()],
        "until": [ends + window for _, ends in spans.values()],
    }
    rows = driver_connection(session).execute(SEEN_CARDS, parameters, prepare=True)

    def answer() -> dict[UUID, list[SeenCard]]:
        seen: dict[UUID, list[SeenCard]] = {}
        for member_id, *when_and_where in rows:
            seen.setdefault(member_id, []).append(SeenCard(*when_and_where))
        return seen

    return answer


def member_of(session: Session, *, store_id: UUID, external_id: str) -> UUID | None:
    """Whose receipt this is."""
    return session.execute(
        select(Receipt.member_id).where(Receipt.store_id == store_id, Receipt.external_id == external_id)
    ).scalar_one_or_none()


def sold(session: Session, *, store_id: UUID, external_id: str) -> SoldReceipt | None:
    """A sale with what is left of its lines, as it stands now; it is locked, after its member if it has one."""
    return _sold(session, _receipt(store_id, external_id).with_for_update())


def seen(session: Session, *, store_id: UUID, external_id: str) -> SoldReceipt | None:
    """The same for whoever only looks: nothing is locked."""
    return _sold(session, _receipt(store_id, external_id))


def is_wholly_returned(session: Session, *, store_id: UUID, external_id: str) -> bool:
    """Whether all of a sale has come back; until the transaction ends nothing more of it does."""
    receipt = session.scalar(
        _receipt(store_id, external_id).with_for_update(read=True).execution_options(populate_existing=True)
    )
    return receipt is not None and 0 < receipt.total_amount_minor == receipt.returned_amount_minor


def _receipt(store_id: UUID, external_id: str) -> Select[Receipt]:
    return select(Receipt).where(Receipt.store_id == store_id, Receipt.external_id == external_id)


def _sold(session: Session, asked: Select[Receipt]) -> SoldReceipt | None:
    receipt = session.scalar(asked.execution_options(populate_existing=True))
    if receipt is None:
        return None
    lines = session.scalars(
        select(ReceiptLine)
        .where(ReceiptLine.receipt_id == receipt.id)
        .order_by(ReceiptLine.position)
        .execution_options(populate_existing=True)
    )
    return SoldReceipt(
        id=receipt.id,
        store_id=receipt.store_id,
        external_id=receipt.external_id,
        member_id=receipt.member_id,
        occurred_at=receipt.occurred_at,
        recorded_at=receipt.recorded_at,
        currency=receipt.currency,
        total_minor=receipt.total_amount_minor,
        returned_minor=receipt.returned_amount_minor,
        paid_with_points_minor=receipt.paid_with_points_minor or 0,
        lines=tuple(
            LineLeft(
                position=line.position,
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                amount_minor=line.amount_minor,
                quantity_left=line.quantity - line.returned_quantity,
                amount_left_minor=line.amount_minor - line.returned_amount_minor,
            )
            for line in lines
        ),
    )


def claimable(session: Session, *, store_ids: Sequence[UUID], external_id: str) -> list[ClaimableReceipt]:
    """The receipts with this number in these stores, whether or not they have been claimed; one a store at most.

    Where there is none, those with the number in capitals: tills print it so, and not everybody copies it so.
    """
    columns = (getattr(Receipt, field.name) for field in fields(ClaimableReceipt))
    numbers = {external_id, external_id.upper()}
    rows = session.execute(select(*columns).where(Receipt.store_id.in_(store_ids), Receipt.external_id.in_(numbers)))
    found = [ClaimableReceipt(*row) for row in rows]
    return [receipt for receipt in found if receipt.external_id == external_id] or found


def lines_of(session: Session, receipt_id: UUID) -> list[SaleLine]:
    """What was sold."""
    lines = session.scalars(
        select(ReceiptLine).where(ReceiptLine.receipt_id == receipt_id).order_by(ReceiptLine.position)
    )
    return [SaleLine(line.sku, line.quantity, line.amount_minor, line.category) for line in lines]


def recorded_return(session: Session, *, store_id: UUID, external_id: str) -> RecordedReturn | None:
    """A return by its number."""
    row = session.execute(
        select(ReceiptReturn.id, ReceiptReturn.content_hash, ReceiptReturn.answer).where(
            ReceiptReturn.store_id == store_id, ReceiptReturn.external_id == external_id
        )
    ).first()
    return RecordedReturn(row.id, bytes(row.content_hash), row.answer) if row else None


def members_with_purchases(session: Session, member_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these members who have bought something already."""
    rows = session.scalars(select(Receipt.member_id).where(Receipt.member_id.in_(member_ids)).distinct())
    return {member_id for member_id in rows if member_id is not None}


def segment_attributes() -> SegmentFacts:
    """What segments may ask of members here."""
    return FACTS
