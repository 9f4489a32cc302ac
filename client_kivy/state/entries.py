"""The member's rows: what each says in the history and on the home screen, and why its number is what it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_
from client_kivy.state.language import gettext as _

FILTERS = {"all": N_("All"), "earned": N_("Earned"), "spent": N_("Spent"), "friends": N_("Friends")}

ICONS = {
    "accrual": "receipt",
    "transfer": "send",
    "spend": "shopping-bag",
    "return": "arrow-back-up",
    "expiry": "flame",
    "adjustment": "scale",
    "import": "file-import",
}
TAKEN_BACK = {"return"}


@dataclass(frozen=True)
class Entry:
    """One row as it is shown."""

    id: str
    icon: str
    title: str
    when: str
    points: str
    tone: str
    state: str
    state_icon: str
    day: date
    family: str


@dataclass(frozen=True)
class Day:
    """The rows of one day, newest first."""

    label: str
    entries: tuple[Entry, ...]


def entry_of(item: Mapping[str, Any], *, now: datetime, with_day: bool) -> Entry:
    """One row of `/me/entries`. `now` is in the member's zone; `with_day` for lists that do not show the day apart."""
    occurred_at = datetime.fromisoformat(item["occurred_at"]).astimezone(now.tzinfo)
    kind, points, status = item["kind"], item["points"], item["status"]
    state, state_icon = _state(item, today=now.date())
    when = formatting.moment(occurred_at, now=now) if with_day else formatting.time(occurred_at)
    amount = item.get("amount_minor")
    if amount is not None and not with_day:
        when = f"{when} · {formatting.money(amount, item.get('currency') or 'RUB')}"
    return Entry(
        id=item["id"],
        icon="users" if item.get("referral_id") else ICONS.get(kind, "receipt"),
        title=item["title"],
        when=when,
        points=formatting.signed(points),
        tone=_tone(kind, points, status),
        state=state,
        state_icon=state_icon,
        day=occurred_at.date(),
        family="friends" if item.get("referral_id") else "earned" if points > 0 else "spent",
    )


def days_of(items: Iterable[Mapping[str, Any]], *, chosen: str, now: datetime) -> list[Day]:
    """The rows that pass the chosen filter, by day."""
    entries = (entry_of(item, now=now, with_day=False) for item in items)
    passed = (entry for entry in entries if chosen in ("all", entry.family))
    return [
        Day(formatting.weekday_and_day(day, today=now.date()), tuple(rows))
        for day, rows in groupby(passed, key=lambda entry: entry.day)
    ]


def _state(item: Mapping[str, Any], *, today: date) -> tuple[str, str]:
    review = item.get("review") or {}
    if review.get("state") == "open":
        return _("Being looked at"), "hourglass"
    if review.get("state") == "refused":
        return _("Refused"), "circle-x"
    if item["status"] == "cancelled":
        return _("Cancelled"), "circle-x"
    if item["status"] != "pending":
        return "", ""
    available_on = item.get("available_on")
    if available_on is None:
        return _("Pending"), "clock-hour-4"
    return formatting.short_day(date.fromisoformat(available_on[:10]), today=today), "clock-hour-4"


def _tone(kind: str, points: int, status: str) -> str:
    if status == "cancelled":
        return "text_2"
    if status == "pending":
        return "pending"
    if points > 0:
        return "rewarded"
    return "rejected" if kind in TAKEN_BACK else "text"
