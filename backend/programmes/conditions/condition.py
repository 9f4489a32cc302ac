"""A condition that was read and checked, what it looks at, and what must be there for it to hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from backend.programmes.conditions.tree import Node
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.needs import NO_NEEDS, Needs
from backend.receipts.sale import SaleLine

ANCHORS = ("sku", "category", "segment", "tier", "store", "region", "weekday")
"""What a rule may be found by, the most selective first."""
OF_MANY = frozenset({"sku", "category", "segment"})
"""Of these a receipt or a member has several at once: two conditions may hold by two of them."""


ScopePlace = Literal["receipt", "line", "terms", "reward"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a condition stands, and so what it may look at: `receipt` (a rule's `when`), `line` (a rule's `lines`),
    `terms` (their `where`) or `reward` (who may order it).
    """

    place: ScopePlace = "receipt"
    tiers: tuple[str, ...] = ()
    """The tiers that the document has."""


class Sight:
    """What a condition looks at. One is made for a receipt; `line` is set anew for each line that is looked at."""

    __slots__ = ("_at", "counted_minor", "line", "member", "receipt", "store")

    def __init__(
        self,
        *,
        store: StoreFacts,
        member: MemberFacts,
        receipt: ReceiptFacts | None = None,
        counted_minor: int = 0,
        line: SaleLine | None = None,
    ) -> None:
        # No condition is asked for a receipt or a line where there is none: the checker sees to it.
        self.receipt: Any = receipt
        self.line: Any = line
        self.member = member
        self.store = store
        self.counted_minor = counted_minor
        self._at: datetime | None = None

    @property
    def at(self) -> datetime:
        """When the receipt was made, in its store's zone; reckoned once."""
        if self._at is None:
            if self.receipt is None:
                raise ValueError("A condition without a receipt knows no moment.")
            self._at = self.receipt.occurred_at.astimezone(ZoneInfo(self.store.zone))
        return self._at


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Values of which one must be there for a condition to hold, by what they are values of (see `ANCHORS`)."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def anchor(self) -> tuple[str, frozenset[str]] | None:
        """By what a rule with this condition is found: the most selective there is; None where it may always hold."""
        return next(((name, self.values[name]) for name in ANCHORS if name in self.values), None)

    def __and__(self, other: "Narrowing") -> "Narrowing":
        """Both conditions have to hold."""
        shared = {
            # A receipt has one store and one day, but many goods, and both of two goods may have to be there: then
            # either set of values serves to find the rule, and the smaller one serves better.
            name: min(self.values[name], other.values[name], key=len)
            if name in OF_MANY
            else self.values[name] & other.values[name]
            for name in self.values
            if name in other.values
        }
        return Narrowing({**self.values, **other.values, **shared})

    def __or__(self, other: "Narrowing") -> "Narrowing":
        """One of the two conditions has to hold."""
        return Narrowing({name: self.values[name] | other.values[name] for name in self.values if name in other.values})


@dataclass(frozen=True)
class Condition:
    """A condition as a programme states it; two with the same text are the same."""

    text: str
    tree: Node = field(compare=False, repr=False)
    holds: Callable[[Sight], bool] = field(compare=False, repr=False)
    needs: Needs = field(default=NO_NEEDS, compare=False, repr=False)
    narrowing: Narrowing = field(default_factory=Narrowing, compare=False, repr=False)
    parts: tuple["Condition", ...] = field(default=(), compare=False, repr=False)
    """What is joined by `&&` at the top, in order; nothing where it is not."""
    currency: str = field(default="", compare=False, repr=False)

    def first_failing(self, sight: Sight) -> "Condition | None":
        """The first part that does not hold: the reason why the whole does not. None where all hold."""
        return next((part for part in self.parts or (self,) if not part.holds(sight)), None)
