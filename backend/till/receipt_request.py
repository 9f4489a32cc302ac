"""A receipt as a till or an import tells it; plain data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.receipts.sale import SaleLine


@dataclass(frozen=True, slots=True)
class Store:
    """Where it was sold; the name by language goes into explanations and messages."""

    id: UUID
    name: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptRequest:
    """A receipt as a till or an import tells it. One of `member_id` and `code` says whose it is, or nothing does."""

    store: Store
    external_id: str
    occurred_at: datetime
    currency: str
    total_minor: int
    lines: tuple[SaleLine, ...] = ()
    member_id: UUID | None = None
    code: str | None = None
    referral_code: str | None = None
    """The advocate's code, where a friend names it at the first purchase."""
    source: str = "till"
    cashier: str | None = None
    payments: tuple[dict[str, Any], ...] = ()
    reservation_id: UUID | None = None
    """The points that were set aside to pay it."""
    cashier_staff_id: UUID | None = None
    """Who rings it up, where somebody is signed in at the till."""
    sold_by_another: bool = False
    """Whether it names another cashier than who is signed in: whoever comes next sends what waited at the till."""
    payment_tokens: tuple[str, ...] = ()
    """Fingerprints of the cards that paid it. They are no content of the receipt: they are kept as marks alone."""
    till_key: str | None = None
    """The key that the till came with; one that was revoked meanwhile is refused with the rest of the batch's reads."""


@dataclass(frozen=True, slots=True)
class UnreadableReceipt:
    """What stands in a batch in the place of a receipt, and what is wrong with it by field."""

    external_id: str | None
    errors: dict[str, Any]
