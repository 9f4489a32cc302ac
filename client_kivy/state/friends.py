"""The member's friends: where each stands, what it brings, and why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_, ngettext
from client_kivy.state.language import gettext as _

PILLS = {
    "joined": (N_("Joined"), "user-check", "neutral"),
    "qualified": (N_("Purchase made"), "receipt", "info"),
    "pending": (N_("Pending"), "clock-hour-4", "pending"),
    "rewarded": (N_("Rewarded"), "circle-check", "rewarded"),
    "rejected": (N_("Refused"), "circle-x", "rejected"),
    "reversed": (N_("Taken back"), "arrow-back-up", "rejected"),
}
NOTES = {
    "joined": N_("Waiting for the first purchase"),
    "qualified": N_("First purchase: {day}"),
    "pending": N_("First purchase: {day}"),
    "rewarded": N_("Rewarded: {day}"),
    "rejected": N_("Decided: {day}"),
    "reversed": N_("Taken back: {day}"),
}


@dataclass(frozen=True)
class Friend:
    """One friend as shown; never a phone number."""

    id: str
    initial: str
    name: str
    note: str
    points: str
    points_tone: str
    pill: str
    pill_icon: str
    pill_tone: str
    reason: str


def friend_of(item: Mapping[str, Any], *, now: datetime) -> Friend:
    """One row of `/me/referrals`; `now` is in the member's zone."""
    status = item["status"]
    label, icon, tone = PILLS.get(status, (status, "user", "neutral"))
    reason = item.get("reason") or ""
    if status == "qualified" and reason:
        label, icon = N_("Being checked"), "hourglass"
    available_at = item.get("available_at")
    if status == "pending" and available_at:
        day = datetime.fromisoformat(available_at).astimezone(now.tzinfo).date()
        label = _("On {day}").format(day=formatting.short_day(day, today=now.date()))
    points = item.get("points") or 0
    name = item.get("label") or _("A friend")
    earns = points and status in ("pending", "rewarded")
    status_at = datetime.fromisoformat(item["status_at"]).astimezone(now.tzinfo)
    return Friend(
        id=item["id"],
        initial=name[:1].upper(),
        name=name,
        note=_(NOTES.get(status, "{day}")).format(day=formatting.day(status_at.date(), today=now.date())),
        points=formatting.signed(points) if earns else "",
        points_tone=tone if earns else "text",
        pill=_(label),
        pill_icon=icon,
        pill_tone=tone,
        reason=reason,
    )


def visitors(count: int) -> Friend:
    """Those who opened the link, as a number: who they are is nobody's business."""
    return Friend(
        id="visits",
        initial="?",
        name=_("Opened your link"),
        note=ngettext("{count} person", "{count} people", count).format(count=formatting.number(count)),
        points="",
        points_tone="text",
        pill=_("Opened"),
        pill_icon="link",
        pill_tone="neutral",
        reason="",
    )


def rewarded_summary(items: Iterable[Mapping[str, Any]]) -> str:
    """How many friends brought points, and how many points."""
    rewarded = [item for item in items if item["status"] == "rewarded"]
    if not rewarded:
        return ""
    total = sum(item.get("points") or 0 for item in rewarded)
    return _("{count} rewarded · {points}").format(
        count=formatting.number(len(rewarded)), points=formatting.points(total)
    )
