"""Everything that a condition may name: its type, the facts that it needs, and how its value is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backend.programmes.conditions.condition import Sight
from backend.programmes.conditions.tree import Type
from backend.programmes.engine.facts import History
from backend.programmes.needs import NO_NEEDS, Needs
from backend.programmes.programme import PAYMENT_KINDS
from backend.receipts.sale import SaleLine
from backend.shared.i18n import LOCALES

BOOL, INT, NUMBER, TEXT, MONEY, DATE, TIME = (
    Type(name) for name in ("bool", "int", "number", "text", "money", "date", "time")
)
TEXTS = Type("list", item=TEXT)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SOURCES = ("till", "offline", "import")
NO_TIER = "none"
DAYS_MAXIMUM = 3_660
BIRTHDAY_DAYS_MAXIMUM = 180
NOTHING_BOUGHT = History()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a condition may look at. With an `argument` it is asked as `name(value)`."""

    type: Type
    value: Callable[..., Any]
    """Of the sight; and of the argument, where it takes one."""
    needs: Needs = NO_NEEDS
    argument: Type | None = None
    """The type of the value in brackets, which has to be written out."""
    maximum: int | None = None
    """Of a whole number in brackets."""
    example: str = ""
    needs_window: bool = False
    """Whether the number in brackets says how far back single purchases have to be known."""


STORE = Needs(store=True)
HISTORY = Needs(history=True)
PROFILE = Needs(profile=True, store=True)


def _history(sight: Sight) -> History:
    return sight.member.history or NOTHING_BOUGHT


def _lines(sight: Sight) -> tuple[SaleLine, ...]:
    return tuple(sight.receipt.lines) if sight.receipt else ()


def _unit_price(line: SaleLine) -> int:
    pieces, parts = line.quantity.as_integer_ratio()
    return line.amount_minor * parts // pieces if pieces > 0 else line.amount_minor


def _within_days_of_birthday(sight: Sight, days: int) -> bool:
    birthday, today = sight.member.birthday, sight.at.date()
    if birthday is None:
        return False
    return any(abs((_birthday_in(year, birthday) - today).days) <= days for year in _years_around(today))


def _years_around(today: date) -> range:
    return range(max(today.year - 1, date.min.year), min(today.year + 1, date.max.year) + 1)


def _birthday_in(year: int, birthday: tuple[int, int]) -> date:
    """The day of a year; whoever was born on 29 February has it on the 28th in a year that is too short."""
    try:
        return date(year, *birthday)
    except ValueError:
        return date(year, birthday[0], 28)


def _joined_days(sight: Sight) -> int:
    joined = sight.member.joined_at
    return max(0, (sight.at.date() - joined.astimezone(sight.at.tzinfo).date()).days) if joined else 0


# A condition of a receipt is only asked where there is one; a condition of a line, where there is a line.
RECEIPT: dict[str, Fact] = {
    "receipt.total": Fact(MONEY, lambda sight: sight.receipt.total_minor),
    "receipt.counted": Fact(MONEY, lambda sight: sight.counted_minor),
    "receipt.paid_with_points": Fact(MONEY, lambda sight: sight.receipt.paid_with_points_minor),
    "receipt.quantity": Fact(NUMBER, lambda sight: sum((line.quantity for line in _lines(sight)), Decimal(0))),
    "receipt.categories": Fact(TEXTS, lambda sight: {line.category or "" for line in _lines(sight)}),
    "receipt.skus": Fact(TEXTS, lambda sight: {line.sku for line in _lines(sight)}),
    "receipt.payment_kinds": Fact(
        Type("list", item=Type("choice", PAYMENT_KINDS)),
        lambda sight: {payment["kind"] for payment in sight.receipt.payments},
    ),
    "receipt.source": Fact(Type("choice", SOURCES), lambda sight: sight.receipt.source),
    "receipt.amount_of": Fact(
        MONEY,
        lambda sight, category: sum(line.amount_minor for line in _lines(sight) if (line.category or "") == category),
        argument=TEXT,
        example='receipt.amount_of("coffee")',
    ),
    "receipt.quantity_of": Fact(
        NUMBER,
        lambda sight, category: sum(
            (line.quantity for line in _lines(sight) if (line.category or "") == category), Decimal(0)
        ),
        argument=TEXT,
        example='receipt.quantity_of("coffee")',
    ),
}
LINE: dict[str, Fact] = {
    "line.sku": Fact(TEXT, lambda sight: sight.line.sku),
    "line.category": Fact(TEXT, lambda sight: sight.line.category or ""),
    "line.amount": Fact(MONEY, lambda sight: sight.line.amount_minor),
    "line.unit_price": Fact(MONEY, lambda sight: _unit_price(sight.line)),
    "line.quantity": Fact(NUMBER, lambda sight: sight.line.quantity),
}
PLACE: dict[str, Fact] = {
    "store.code": Fact(TEXT, lambda sight: sight.store.code, STORE),
    "store.region": Fact(TEXT, lambda sight: sight.store.region, STORE),
    "store.country": Fact(TEXT, lambda sight: sight.store.country, STORE),
}
MOMENT: dict[str, Fact] = {
    "at.date": Fact(DATE, lambda sight: sight.at.date(), STORE),
    "at.time": Fact(TIME, lambda sight: sight.at.time(), STORE),
    "at.weekday": Fact(Type("choice", WEEKDAYS), lambda sight: WEEKDAYS[sight.at.weekday()], STORE),
    "at.month": Fact(INT, lambda sight: sight.at.month, STORE),
    "at.day": Fact(INT, lambda sight: sight.at.day, STORE),
    "at.hour": Fact(INT, lambda sight: sight.at.hour, STORE),
}
STANDING: dict[str, Fact] = {
    "member.tier": Fact(Type("choice"), lambda sight: sight.member.tier or NO_TIER, Needs(tier=True)),
    "member.segments": Fact(TEXTS, lambda sight: sight.member.segments, example='"regulars" in member.segments'),
}
MEMBER: dict[str, Fact] = {
    "member.purchases": Fact(INT, lambda sight: _history(sight).purchases, HISTORY),
    "member.purchases_in_days": Fact(
        INT,
        lambda sight, days: _history(sight).purchases_in_days(days, sight.receipt.occurred_at),
        HISTORY,
        argument=INT,
        maximum=DAYS_MAXIMUM,
        example="member.purchases_in_days(30)",
        needs_window=True,
    ),
    "member.visits_in_days": Fact(
        INT,
        lambda sight, days: _history(sight).visits_in_days(days, sight.receipt.occurred_at, sight.store.zone),
        HISTORY | STORE,
        argument=INT,
        maximum=DAYS_MAXIMUM,
        example="member.visits_in_days(30)",
        needs_window=True,
    ),
    "member.spent": Fact(MONEY, lambda sight: _history(sight).spent_minor, HISTORY),
    "member.spent_in_days": Fact(
        MONEY,
        lambda sight, days: _history(sight).spent_in_days(days, sight.receipt.occurred_at),
        HISTORY,
        argument=INT,
        maximum=DAYS_MAXIMUM,
        example="member.spent_in_days(30)",
        needs_window=True,
    ),
    "member.joined_days": Fact(INT, _joined_days, PROFILE),
    "member.language": Fact(Type("choice", LOCALES), lambda sight: sight.member.language, Needs(profile=True)),
    "member.birthday_within_days": Fact(
        BOOL,
        _within_days_of_birthday,
        PROFILE,
        argument=INT,
        maximum=BIRTHDAY_DAYS_MAXIMUM,
        example="member.birthday_within_days(3)",
    ),
    "member.referrals": Fact(INT, lambda sight: sight.member.referrals, Needs(referrals=True)),
}
OF_RECEIPTS = {**RECEIPT, **PLACE, **MOMENT, **STANDING, **MEMBER}
BY_PLACE: Mapping[str, Mapping[str, Fact]] = {
    "receipt": OF_RECEIPTS,
    "line": {**LINE, **OF_RECEIPTS},
    "terms": {**PLACE, **STANDING},
    "reward": STANDING,
}
"""What may be named in each scope."""
EVERYTHING = {**LINE, **OF_RECEIPTS}
QUANTIFIERS = ("exists", "all")
LINES = "receipt.lines"
METHODS: dict[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}
FUNCTIONS = {
    "money": "money(500)",
    "date": 'date("2026-12-31")',
    "time": 'time("08:00")',
    "size": "size(receipt.skus)",
}
"""Each function with an example."""


def objects(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """The names before the dot."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in facts))


def fields_of(facts: Mapping[str, Fact], object_: str) -> tuple[str, ...]:
    """The names after the dot."""
    own = tuple(name.split(".")[1] for name in facts if name.startswith(f"{object_}."))
    return (*own, "lines") if object_ == "receipt" and own else own
