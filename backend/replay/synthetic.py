"""A past that is made up: as large as is wanted, the same for the same seed, never held in memory as a whole.

Few members buy often and most of them seldom; goods have categories, stores have regions; one purchase in fifty comes
back. It says what a programme would do at such a size, not what it would do for this shop.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from random import Random
from zlib import crc32

from backend.programmes.engine.facts import StoreFacts
from backend.receipts.sale import ReturnedLine, SaleLine
from backend.replay.past import PastEvent, PastReturn, PastSale, order

RECEIPTS_A_MEMBER = 20
BEGIN = datetime(2025, 1, 1, 8, tzinfo=UTC)
DAYS = 364
RETURNED_ONE_IN = 50
CATEGORIES = ("coffee", "tea", "beans", "food", "dairy", "bread", "clothes", "shoes", "fuel", "gifts")
SKUS_A_CATEGORY = 20
PRICES_MINOR = tuple(9_000 + 1_750 * step for step in range(40))
PAYMENTS = ("card", "card", "card", "cash")
STORES = tuple(
    StoreFacts(code=f"store-{number}", region=region, country="RU", zone="UTC")
    for number, region in enumerate(("moscow", "moscow", "moscow", "kazan", "kazan", "perm", "tula", "omsk"), start=1)
)
GOODS = tuple(
    tuple(
        SaleLine(
            f"{category}-{number}", Decimal(quantity), quantity * PRICES_MINOR[(number * 7 + place) % 40], category
        )
        for number in range(SKUS_A_CATEGORY)
    )
    for place, category in enumerate(CATEGORIES)
    for quantity in (1, 2)
)


@dataclass
class SyntheticPast:
    """So many receipts of a year."""

    receipts: int
    members_count: int = 0
    seed: int = 1
    name: str = "synthetic"
    source: str = "synthetic"
    zone: str = "UTC"
    left_out: Mapping[str, int] = field(default_factory=dict)
    until: datetime = BEGIN + timedelta(days=DAYS + 1)

    @cached_property
    def _counts(self) -> Counter[str]:
        members = self.members_count or max(1, self.receipts // RECEIPTS_A_MEMBER)
        random = Random(self.seed)  # noqa: S311 - made up is what it is to be
        weights = list(accumulate(1 / (place + 20) ** 0.5 for place in range(members)))
        names = [f"m{number:07}" for number in range(members)]
        return Counter(random.choices(names, cum_weights=weights, k=self.receipts))

    @property
    def events(self) -> int:
        """See `Past`."""
        returns = sum((count + _first(member)) // RETURNED_ONE_IN for member, count in self._counts.items())
        return self.receipts + returns

    @property
    def members(self) -> Sequence[str]:
        """See `Past`."""
        return list(self._counts)

    def history(self, member: str) -> Sequence[PastEvent]:
        """See `Past`."""
        random = Random(f"{self.seed}:{member}")  # noqa: S311 - made up is what it is to be
        favourite = random.choice(STORES)
        events: list[PastEvent] = []
        for number in range(self._counts[member]):
            at = BEGIN + timedelta(minutes=random.randrange(DAYS * 24 * 60))
            lines = tuple(random.choice(random.choice(GOODS)) for _ in range(random.randint(1, 4)))
            store = favourite if random.random() < 0.8 else random.choice(STORES)
            total_minor = sum(line.amount_minor for line in lines)
            payments = ({"kind": random.choice(PAYMENTS), "amount": total_minor},)
            sale = PastSale(member, f"{member}-{number}", at, total_minor, lines, store, payments)
            events.append(sale)
            if (number + _first(member)) % RETURNED_ONE_IN == RETURNED_ONE_IN - 1:
                back = lines[0]
                returned = ReturnedLine(sku=back.sku, quantity=back.quantity, amount_minor=back.amount_minor)
                later = at + timedelta(days=random.randint(1, 10))
                events.append(PastReturn(member, sale.number, min(later, self.until), (returned,)))
        events.sort(key=order)
        return events


def _first(member: str) -> int:
    """How far a member's counting of receipts to the next return has come before the first one."""
    return crc32(member.encode()) % RETURNED_ONE_IN
