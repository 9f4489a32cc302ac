"""The member's messages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_

FILTERS = {"all": N_("All"), "points": N_("Points"), "friends": N_("Friends"), "offers": N_("Offers")}
APPEARANCES = {
    "points": ("receipt", "rewarded"),
    "friends": ("users", "info"),
    "offers": ("speakerphone", "accent"),
}


@dataclass(frozen=True)
class Message:
    """One message as shown."""

    id: str
    title: str
    body: str
    when: str
    unread: bool
    icon: str
    tone: str
    family: str


def message_of(item: Mapping[str, Any], *, now: datetime) -> Message:
    """One row of `/me/messages`; `now` is in the member's zone."""
    sent_at = datetime.fromisoformat(item["sent_at"]).astimezone(now.tzinfo)
    family = _family(str(item.get("kind") or ""))
    icon, tone = APPEARANCES[family]
    return Message(
        id=item["id"],
        title=item["title"],
        body=item.get("body") or "",
        when=formatting.brief_moment(sent_at, now=now),
        unread=not item.get("read_at"),
        icon=icon,
        tone=tone,
        family=family,
    )


def unread_count(items: Iterable[Mapping[str, Any]]) -> int:
    """How many were not read yet."""
    return sum(1 for item in items if not item.get("read_at"))


def _family(kind: str) -> str:
    if kind.startswith(("campaign", "offer", "marketing")):
        return "offers"
    return "friends" if "referral" in kind or "friend" in kind else "points"
