"""The card on the home screen: the balance, what is on its way, what burns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
    reserved: str
    debt: str
    """What is owed, why, and how it is paid off."""
    pause: str
    """Why nothing can be spent for now, and from when on it can."""


def card_of(balance: Mapping[str, Any] | None, entries: Iterable[Mapping[str, Any]], *, now: datetime) -> Card:
    """The card for the answers of `/me/balance` and `/me/entries`; `now` is in the member's zone."""
    balance, today = balance or {}, now.date()
    debt = balance.get("debt") or 0
    return Card(
        available=balance.get("available") or 0,
        pending=_pending(balance.get("pending") or 0, entries, today),
        burning=_burning(balance.get("expiring") or [], today),
        burns_until=_burns_until(balance.get("expiring") or [], today),
        reserved=_reserved(balance.get("reserved") or 0),
        debt=_("Owed for a return: {points}. Your next points pay it off.").format(points=formatting.points(debt))
        if debt
        else "",
        pause=_pause(balance.get("spending_pause"), now),
    )


def _reserved(points: int) -> str:
    if not points:
        return ""
    return ngettext(
        "{count} point is set aside for a purchase", "{count} points are set aside for a purchase", points
    ).format(count=formatting.number(points))


def _pause(pause: Mapping[str, Any] | None, now: datetime) -> str:
    if not pause:
        return ""
    text = str(pause["text"])
    if not pause.get("until"):
        return text
    until = datetime.fromisoformat(pause["until"]).astimezone(now.tzinfo)
    moment = formatting.time(until)
    if until.date() != now.date():
        moment = f"{formatting.day(until.date(), today=now.date())}, {moment}"
    return _("{reason} Points can be spent from {moment}.").format(reason=text, moment=moment)


def _pending(points: int, entries: Iterable[Mapping[str, Any]], today: date) -> str:
    if not points:
        return ""
    waiting = [item for item in entries if item["status"] == "pending" and item["points"] > 0]
    dates = [date.fromisoformat(item["available_on"][:10]) for item in waiting if item.get("available_on")]
    # What a person looks at first comes when that is done, and nobody knows the day.
    if not dates or any(item.get("review") for item in waiting):
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
