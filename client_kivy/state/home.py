"""The card on the home screen: the balance, what is on its way, what burns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.language import ngettext


@dataclass(frozen=True)
class Card:
    """What stands on the card."""

    available: int
    pending: str
    burning: str
    burns_until: str
    """The same where room is short."""
    debt: str


def card_of(balance: Mapping[str, Any] | None, entries: Iterable[Mapping[str, Any]], *, today: date) -> Card:
    """The card for the answers of `/me/balance` and `/me/entries`."""
    balance = balance or {}
    debt = balance.get("debt") or 0
    return Card(
        available=balance.get("available") or 0,
        pending=_pending(balance.get("pending") or 0, entries, today),
        burning=_burning(balance.get("expiring") or [], today),
        burns_until=_burns_until(balance.get("expiring") or [], today),
        debt=_("{points} are owed for a return").format(points=formatting.points(debt)) if debt else "",
    )


def _pending(points: int, entries: Iterable[Mapping[str, Any]], today: date) -> str:
    if not points:
        return ""
    days = [item.get("available_on") for item in entries if item["status"] == "pending"]
    dates = [date.fromisoformat(day[:10]) for day in days if day]
    if not dates:
        return ngettext("{count} more is on its way", "{count} more are on their way", points).format(
            count=formatting.number(points)
        )
    return ngettext("{count} more by {day}", "{count} more by {day}", points).format(
        count=formatting.number(points), day=formatting.day(max(dates), today=today)
    )


def _burning(expiring: list[Mapping[str, Any]], today: date) -> str:
    if not expiring:
        return ""
    first = min(expiring, key=lambda lot: str(lot["expires_on"]))
    day = formatting.day(date.fromisoformat(first["expires_on"][:10]), today=today)
    return ngettext("{count} point burns on {day}", "{count} points burn on {day}", first["points"]).format(
        count=formatting.number(first["points"]), day=day
    )


def _burns_until(expiring: list[Mapping[str, Any]], today: date) -> str:
    if not expiring:
        return ""
    first = min(expiring, key=lambda lot: str(lot["expires_on"]))
    day = formatting.short_day(date.fromisoformat(first["expires_on"][:10]), today=today)
    return _("{count} until {day}").format(count=formatting.number(first["points"]), day=day)
