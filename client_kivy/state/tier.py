"""Where the member stands, and how far it is to the next tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.language import ngettext


@dataclass(frozen=True)
class Progress:
    """The panel under the card; `headline` is empty where there are no tiers."""

    tier: str = ""
    headline: str = ""
    aside: str = ""
    share: float = 0
    begins: str = ""
    ends: str = ""


NO_PROGRESS = Progress()


def progress_of(tier: Mapping[str, Any] | None, *, today: date, zone: tzinfo | None) -> Progress:
    """The panel for `tier` of `/me/balance`; `today` and `zone` are the member's."""
    if not tier:
        return NO_PROGRESS
    title = tier.get("title") or ""
    following = tier.get("next_title") or ""
    until = _until(tier, today, zone)
    if not following:
        benefits = " · ".join(tier.get("benefits") or ())
        return Progress(tier=title, headline=title, aside=until, share=1, begins=benefits)
    measured, missing = tier["measured"], tier["missing"]
    return Progress(
        tier=title,
        headline=_("{amount} to {tier}").format(amount=_amount(tier, missing), tier=following),
        share=measured / (measured + missing) if measured + missing else 0,
        begins=until or title or _amount(tier, measured),
        ends=f"{following} · {_amount(tier, measured + missing, bare=True)}",
    )


def _until(tier: Mapping[str, Any], today: date, zone: tzinfo | None) -> str:
    moment = tier.get("holds_until")
    if not moment or not tier.get("title"):
        return ""
    day = datetime.fromisoformat(moment).astimezone(zone).date()
    return _("{tier} until {day}").format(tier=tier["title"], day=formatting.day(day, today=today))


def _amount(tier: Mapping[str, Any], value: int, *, bare: bool = False) -> str:
    measure = tier.get("measure")
    if measure == "spend":
        return formatting.money(value, tier.get("currency") or "RUB")
    if bare:
        return formatting.number(value)
    if measure == "visits":
        return ngettext("{count} visit", "{count} visits", value).format(count=formatting.number(value))
    if measure == "referrals":
        return ngettext("{count} friend", "{count} friends", value).format(count=formatting.number(value))
    return formatting.points(value)
