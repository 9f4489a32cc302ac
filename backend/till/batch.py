"""A batch of receipts under way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.ledger.book import Book
from backend.programmes.programme import Programme
from backend.receipts.sale import Sale
from backend.receipts.service import ReceiptKey, RecordedReceipt
from backend.referrals.facts import OpenReferral
from backend.shared.errors import DomainError
from backend.till.card_screening import CardFacts, Screened, Settings
from backend.till.facts import NOTHING_KNOWN, Gathered
from backend.till.receipt_request import ReceiptRequest
from backend.till.reservation import Reservation
from backend.till.resolving import Resolution


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded receipt with the till's answer; `repeated` says that it was there before."""

    receipt_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """The points that pay a receipt; `held` are the lots that hold them, none where they were spent before."""

    resolution: Resolution
    held: Mapping[UUID, int]

    @property
    def points(self) -> int:
        """How many are spent."""
        return self.resolution.points_spent

    @property
    def discount_minor(self) -> int:
        """What they pay."""
        return self.points * self.resolution.reservation.point_value_minor


@dataclass(slots=True)
class Batch:
    """What is known of a batch. Everything is filled by position; a refused receipt is nowhere but in `outcomes`."""

    requests: Sequence[ReceiptRequest]
    outcomes: dict[int, Recorded | DomainError] = field(default_factory=dict)
    sales: dict[int, Sale] = field(default_factory=dict)
    """Receipts of known buyers."""
    unattached: dict[int, Sale] = field(default_factory=dict)
    """Receipts on which nobody is named."""
    doubtful: dict[int, tuple[Sale, DomainError]] = field(default_factory=dict)
    """Receipts that may not be recorded, and why not: those that were recorded before are answered all the same."""
    programmes: dict[int, Programme] = field(default_factory=dict)
    """In force at the time of each receipt."""
    terms: dict[int, Programme] = field(default_factory=dict)
    """The same as they are in the receipt's store for its buyer; what a receipt is judged by."""
    facts: Gathered = field(default_factory=lambda: NOTHING_KNOWN)
    books: dict[UUID, Book] = field(default_factory=dict)
    followed: Mapping[UUID, OpenReferral] = field(default_factory=dict)
    """The referrals of buyers whose purchases may bring something after the one that qualified them."""
    bound: set[UUID] = field(default_factory=set)
    """The referrals that are made by this batch; what joining brings comes with the receipt."""
    recorded: Mapping[ReceiptKey, RecordedReceipt] = field(default_factory=dict)
    """Receipts of these numbers that are there already."""
    device_ids: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    """Where buyers who are told of their receipts can be pushed to."""
    card_settings: dict[int, Settings] = field(default_factory=dict)
    """What each receipt's programme says of rules against fraud; none for history that is brought in."""
    cards: CardFacts = field(default_factory=CardFacts)
    """What is known of the buyers' cards, where rules look at them."""
    screened: Screened = field(default_factory=Screened)
    zone: str | None = None
    """The shop's, where a programme of the batch reckons by the calendar or has budgets."""
    repetitions: dict[int, int] = field(default_factory=dict)
    """Positions that say again what an earlier position of the batch says."""
    reservations: dict[int, Reservation] = field(default_factory=dict)
    payments: dict[int, Payment] = field(default_factory=dict)

    @property
    def distinct_programmes(self) -> list[Programme]:
        """Each programme of the batch once."""
        return list({id(programme): programme for programme in self.programmes.values()}.values())

    def all_sales(self) -> list[tuple[int, Sale]]:
        """Every receipt that is still to be recorded, in order."""
        return sorted([*self.sales.items(), *self.unattached.items()], key=lambda item: item[0])

    def doubt(self, position: int, problem: DomainError) -> None:
        """Lets nothing be recorded for a position; its receipt may have been recorded before."""
        sale = self.sales.get(position) or self.unattached[position]
        self.drop(position)
        self.doubtful[position] = sale, problem

    def answer(self, position: int, outcome: Recorded | DomainError) -> None:
        """Ends a position: nothing is recorded for it."""
        self.outcomes[position] = outcome
        self.drop(position)

    def drop(self, position: int) -> None:
        """Lets nothing be recorded for a position."""
        self.sales.pop(position, None)
        self.unattached.pop(position, None)
        self.payments.pop(position, None)
