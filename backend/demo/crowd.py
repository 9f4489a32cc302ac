"""The demo shop's many guests, made up. Pure: the guest of a number is always the same one, however many there are.

Times are counted back from the midnight with which the demo's opening day began, at the shop.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from backend.demo.baskets import basket
from backend.demo.names import FEMALE, MALE, SURNAMES
from backend.receipts.sale import SaleLine

GUESTS_DEFAULT = 300
HISTORY_DAYS = 180
STORES = 3
DAY_MINUTES = 24 * 60
OPEN_MINUTES = (8 * 60, 20 * 60)
PHONE_FIRST = 1_000_000
PHONE_STEP = 1_299_709  # shares no divisor with the span, so that no number comes twice
PHONE_SPAN = 8_000_000
GUESTS_MAXIMUM = PHONE_SPAN

SHARE_INVITED = 0.12
SHARE_RUSSIAN = 0.85
SHARE_OFFERS_BY_PUSH = 0.7
SHARE_OFFERS_BY_SMS = 0.2
SHARE_WITH_APP = 0.9
SHARE_LOST_APP = 0.02
# Days between two visits, and how many guests come so often.
HABITS = ((9, 15), (30, 50), (150, 35))


@dataclass(frozen=True)
class Purchase:
    """What a guest bought in one of the stores, so long before the opening day."""

    before: timedelta
    store: int
    lines: tuple[SaleLine, ...]


@dataclass(frozen=True)
class Guest:
    """Somebody of the crowd, who joined so long before the opening day."""

    number: int
    name: str
    phone: str
    locale: str
    joined_before: timedelta
    invited_by: int | None
    offers_by_push: bool
    offers_by_sms: bool
    platform: str
    push_token: str | None
    purchases: tuple[Purchase, ...]


def guest(number: int) -> Guest:
    """The guest of this number, from 0 on."""
    random = _source(number)
    joined_before = _moment_of_day(random, random.uniform(1, HISTORY_DAYS))
    invited_by = random.randrange(number) if number and random.random() < SHARE_INVITED else None
    if invited_by is not None and _joined_before(invited_by) <= joined_before:
        invited_by = None  # friends are invited by those who were there before them
    return Guest(
        number=number,
        name=_name(random),
        phone=f"+7912{PHONE_FIRST + number * PHONE_STEP % PHONE_SPAN:07d}",
        locale="ru" if random.random() < SHARE_RUSSIAN else "en",
        joined_before=joined_before,
        invited_by=invited_by,
        offers_by_push=random.random() < SHARE_OFFERS_BY_PUSH,
        offers_by_sms=random.random() < SHARE_OFFERS_BY_SMS,
        platform="android" if random.random() < 0.6 else "ios",
        push_token=_push_token(number, random),
        purchases=_purchases(random, joined_before),
    )


def _source(number: int) -> Random:
    return Random(f"grain:{number}")  # noqa: S311 - makes people up, guards nothing


def _joined_before(number: int) -> timedelta:
    random = _source(number)
    return _moment_of_day(random, random.uniform(1, HISTORY_DAYS))


def _moment_of_day(random: Random, days: float) -> timedelta:
    """So many whole days back, at some minute of the opening hours."""
    return timedelta(days=int(days), minutes=DAY_MINUTES - random.randint(*OPEN_MINUTES))


def _name(random: Random) -> str:
    surname = random.choice(SURNAMES)
    if random.random() < 0.5:
        return f"{random.choice(MALE)} {surname}"
    return f"{random.choice(FEMALE)} {surname}а"


def _push_token(number: int, random: Random) -> str | None:
    if random.random() >= SHARE_WITH_APP:
        return None
    lost = random.random() < SHARE_LOST_APP
    return f"{'unregistered-' if lost else ''}demo-phone-{number:06d}"


def _purchases(random: Random, joined_before: timedelta) -> tuple[Purchase, ...]:
    """The first one is made on joining, the others at the pace of a habit, until the day before the opening."""
    pace_days = random.choices([days for days, _ in HABITS], [weight for _, weight in HABITS])[0]
    store, moments = random.randrange(STORES), [joined_before - timedelta(minutes=random.randint(2, 9))]
    while True:
        days = moments[-1].days - max(1, int(random.expovariate(1 / pace_days)))
        if days < 0:
            break
        moments.append(_moment_of_day(random, days))
    return tuple(Purchase(before=before, store=store, lines=basket(random)) for before in moments)
