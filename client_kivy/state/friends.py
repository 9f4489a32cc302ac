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
DECIDED = {
    "qualified": N_("Being looked at"),
    "rejected": N_("No reward"),
    "reversed": N_("The points were taken back"),
}
"""A step whose reason stands apart."""
REWARDS = {
    "pending": (N_("Pending"), "pending"),
    "given": (N_("Yours"), "rewarded"),
    "withheld": (N_("Being looked at"), "pending"),
    "refused": (N_("Refused"), "text_2"),
    "not_given": (N_("Not given"), "text_2"),
    "taken_back": (N_("Taken back"), "text_2"),
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
    known: bool = True
    """Whether this is somebody, of whom there is more to tell."""


@dataclass(frozen=True)
class Step:
    """One step of a friend's way: `done` ones have a day, those that are ahead say what they wait for."""

    text: str
    note: str
    icon: str
    tone: str
    done: bool


@dataclass(frozen=True)
class Brought:
    """What a friend brought: for what, how much, and where it stands."""

    text: str
    points: str
    tone: str
    state: str


@dataclass(frozen=True)
class FriendStory:
    """Everything about a friend that the member may know."""

    friend: Friend
    steps: tuple[Step, ...]
    brought: tuple[Brought, ...]
    may_dispute: bool


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


def story_of(item: Mapping[str, Any], *, condition: str, now: datetime) -> FriendStory:
    """A friend's way so far and what is ahead; `condition` says for which purchase there are points."""
    friend = friend_of(item, now=now)
    steps = [_step_of(step, reason=friend.reason, now=now) for step in item.get("timeline") or ()]
    return FriendStory(
        friend=friend,
        steps=(*steps, *_ahead_of(item, condition=condition, now=now)),
        brought=tuple(
            _brought_of(reward, refused=item["status"] == "rejected") for reward in item.get("rewards") or ()
        ),
        may_dispute=bool(item.get("may_dispute", True)),
    )


def _step_of(step: Mapping[str, Any], *, reason: str, now: datetime) -> Step:
    status = step["status"]
    _label, icon, tone = PILLS.get(status, ("", "point", "neutral"))
    at = datetime.fromisoformat(step["at"]).astimezone(now.tzinfo)
    # The reason stands apart, in a bubble of its own.
    text = _(DECIDED.get(status, step["text"])) if step["text"] == reason else step["text"]
    return Step(text, formatting.moment(at, now=now), icon, tone, done=True)


def _ahead_of(item: Mapping[str, Any], *, condition: str, now: datetime) -> tuple[Step, ...]:
    status = item["status"]
    if status == "joined":
        points = Step(_("Points for both of you"), condition, "gift", "neutral", done=False)
        return Step(_("The first purchase"), "", "receipt", "neutral", done=False), points
    if status == "qualified" and item.get("reason"):
        by = item.get("decision_by")
        day = datetime.fromisoformat(by).astimezone(now.tzinfo).date() if by else None
        note = _("by {day}").format(day=formatting.short_day(day, today=now.date())) if day else ""
        return (Step(_("A person looks at it and decides"), note, "hourglass", "neutral", done=False),)
    if status == "pending" and item.get("available_at"):
        day = datetime.fromisoformat(item["available_at"]).astimezone(now.tzinfo).date()
        note = formatting.day(day, today=now.date())
        return (Step(_("The points are yours"), note, "circle-check", "neutral", done=False),)
    return ()


def _brought_of(reward: Mapping[str, Any], *, refused: bool) -> Brought:
    # Of a friend who is refused it stays withheld, but nobody looks at it any more.
    status = "refused" if refused and reward["status"] == "withheld" else reward["status"]
    label, tone = REWARDS.get(status, ("", "text"))
    points = reward.get("points")
    figure = formatting.signed(points) if points else ""
    return Brought(reward["text"], figure, tone, _(label) if label else "")


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
        known=False,
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
