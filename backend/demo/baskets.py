"""What people order in the demo shop. Pure, and the same for the same random source."""

from decimal import Decimal
from random import Random

from backend.receipts.sale import SaleLine

# Prices in kopecks.
MENU = (
    ("espresso", "coffee", 18_000),
    ("filter", "coffee", 26_000),
    ("cappuccino", "coffee", 32_000),
    ("flat-white", "coffee", 34_000),
    ("latte", "coffee", 36_000),
    ("croissant", "food", 24_000),
    ("cheesecake", "food", 42_000),
    ("sandwich", "food", 46_000),
    ("beans-250", "beans", 119_000),
)
WEIGHTS = (4, 5, 12, 8, 7, 6, 3, 3, 1)
ITEMS_MAXIMUM = 3


def basket(random: Random) -> tuple[SaleLine, ...]:
    """One to three different things from the menu."""
    chosen = dict.fromkeys(random.choices(range(len(MENU)), WEIGHTS, k=random.randint(1, ITEMS_MAXIMUM)))
    return tuple(_line(*MENU[number], quantity=1) for number in chosen)


def order_of(amount_minor: int) -> tuple[SaleLine, ...]:
    """Beans and coffee that come to exactly this amount."""
    beans, left = divmod(amount_minor, MENU[-1][2])
    lines = [_line(*MENU[-1], quantity=beans)] if beans else []
    if left:
        lines.append(SaleLine(sku="breakfast", quantity=Decimal(1), amount_minor=left, category="food"))
    return tuple(lines)


def _line(sku: str, category: str, price_minor: int, *, quantity: int) -> SaleLine:
    return SaleLine(sku=sku, quantity=Decimal(quantity), amount_minor=price_minor * quantity, category=category)
