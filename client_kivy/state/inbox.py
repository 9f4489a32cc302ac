"""The member's messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_

FILTERS = {"all": N_("All"), "points": N_("Points"), "friends": N_("Friends"), "offers": N_("Offers")}
APPEARANCES = (
    ("receipt_returned", "arrow-back-up", "rejected"),
    ("receipt", "receipt", "pending"),
    ("points_given_back", "arrow-back-up", "rewarded"),
    ("points_spent", "shopping-bag", "neutral"),
    ("points_adjusted", "scale", "info"),
    ("transfer_received", "gift", "rewarded"),
    ("transfer", "send", "neutral"),
    ("points_expiring", "flame", "expiring"),
    ("referral_joined", "user-check", "neutral"),
    ("referral_pending", "clock-hour-4", "pending"),
    ("referral_rewarded", "circle-check", "rewarded"),
    ("referral_reversed", "arrow-back-up", "rejected"),
    ("referral_refused", "circle-x", "rejected"),
    ("referral", "users", "info"),
    ("dispute", "message-question", "info"),
    ("campaign", "speakerphone", "accent"),
    ("", "bell", "neutral"),
)
"""Icon and colour by how the kind begins; the first that fits."""


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
    created_at = datetime.fromisoformat(item["created_at"]).astimezone(now.tzinfo)
    kind = str(item["kind"])
    icon, tone = next((icon, tone) for start, icon, tone in APPEARANCES if kind.startswith(start))
    return Message(
        id=item["id"],
        title=item["title"],
        body=item.get("body") or "",
        when=formatting.brief_moment(created_at, now=now),
        unread=not item.get("read_at"),
        icon=icon,
        tone=tone,
        family="offers" if kind.startswith("campaign") else "friends" if kind.startswith("referral") else "points",
    )


def unread_count(answer: Mapping[str, Any] | None) -> int:
    """How many messages were not read yet, in the whole inbox."""
    return int((answer or {}).get("unread") or 0)
