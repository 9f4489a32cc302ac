"""A sale and a return as they are told: plain data, checked in themselves, with a hash of what they say."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson


@dataclass(frozen=True, slots=True)
class SaleLine:
    """What was sold: `amount_minor` is the line's whole amount."""

    sku: str
    quantity: Decimal
    amount_minor: int
    category: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sale:
    """A receipt as a till or an import tells it."""

    id: UUID
    store_id: UUID
    external_id: str
    member_id: UUID | None
    """None where nobody is known by the code, or none was shown: such a receipt may be claimed."""
    occurred_at: datetime
    currency: str
    total_minor: int
    lines: tuple[SaleLine, ...] = ()
    source: str = "till"
    cashier: str | None = None
    payments: tuple[dict[str, Any], ...] = field(default_factory=tuple)
    reservation_id: UUID | None = None
    paid_with_points_minor: int = 0
    """What the reservation's points paid; it follows from the rest, and is no content of its own."""

    @property
    def buyer_id(self) -> UUID:
        """Whose receipt this is, where that is known."""
        if self.member_id is None:
            raise ValueError(f"Nobody is named on receipt {self.external_id}.")
        return self.member_id

    def content_hash(self) -> bytes:
        """A hash of what the receipt says, the same for the same content however it was written down.

        Who is meant counts, not by which code; the id that Molva gave does not count, nor does whether it was told at
        once or later by a till that was cut off: a till whose answer was lost may not know which of them it was.
        """
        return _hash(
            [
                str(self.member_id) if self.member_id else None,
                self.occurred_at.timestamp(),
                self.currency,
                self.total_minor,
                [(line.sku, str(line.quantity.normalize()), line.amount_minor, line.category) for line in self.lines],
                self.cashier,
                list(self.payments),
                str(self.reservation_id) if self.reservation_id else None,
            ]
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnedLine:
    """How much of an SKU comes back; `amount_minor`, where the till names it, must be what was paid for that much."""

    sku: str
    quantity: Decimal
    amount_minor: int | None = None
    position: int | None = None
    """Of the line that it was sold as, where the till names it: several may have one SKU."""

    def content(self) -> tuple[Any, ...]:
        """What it says, the same however it was written down."""
        said = (self.sku, str(self.quantity.normalize()), self.amount_minor)
        return said if self.position is None else (*said, self.position)


@dataclass(frozen=True, kw_only=True, slots=True)
class Return:
    """A return as a till tells it: by lines, by amount, or, with neither, of all that is left."""

    id: UUID
    store_id: UUID
    external_id: str
    sale_external_id: str
    occurred_at: datetime
    lines: tuple[ReturnedLine, ...] = ()
    amount_minor: int | None = None
    undoes: bool = False
    """The sale was a mistake of a moment ago: what was used for it is as before."""

    @property
    def named_amount_minor(self) -> int | None:
        """The amount that the till names, for the whole or line by line; None where it leaves that to the sale."""
        of_lines = [line.amount_minor for line in self.lines if line.amount_minor is not None]
        if self.amount_minor is None and self.lines and len(of_lines) == len(self.lines):
            return sum(of_lines)
        return self.amount_minor

    def content_hash(self) -> bytes:
        """A hash of what the return says."""
        return _hash(
            [
                self.sale_external_id,
                self.occurred_at.timestamp(),
                [line.content() for line in self.lines],
                self.amount_minor,
            ]
        )


def _hash(content: list[Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
