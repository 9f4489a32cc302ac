"""Template filters: `shared/formatting.py` in the reader's language and the shop's zone."""

import datetime
from collections.abc import Callable
from functools import partial

from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.i18n import current_locale
from backend.shared.pages.current import current_shop

NUMBERS = ("points", "count", "signed", "signed_points", "percent")
DAYS = ("date", "short_date", "date_and_time")


def filters() -> dict[str, Callable[..., str]]:
    """Every filter by its name."""
    return {
        **{name: partial(_number, getattr(formatting, name)) for name in NUMBERS},
        **{name: partial(_day, getattr(formatting, name)) for name in DAYS},
        "money": _money,
        "time": _time,
    }


def _number(write: Callable[..., str], number: int) -> str:
    return write(number, locale=current_locale())


def _money(amount_minor: int, currency: str) -> str:
    return formatting.money(amount_minor, currency, locale=current_locale())


def _day(write: Callable[..., str], day: datetime.date, zone: str | None = None) -> str:
    zone = zone or current_shop().zone
    return write(day, locale=current_locale(), zone=zone, today=formatting.day_in(business_now(), zone))


def _time(moment: datetime.datetime, zone: str | None = None) -> str:
    return formatting.time(moment, locale=current_locale(), zone=zone or current_shop().zone)
