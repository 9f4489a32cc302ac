"""Who brought the most friends this month, of those who agreed to be shown, and where the member stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.language import ngettext

SHOWN_MAXIMUM = 5


@dataclass(frozen=True)
class Standing:
    """One line of the board."""

    place: str
    label: str
    friends: str
    mine: bool = False


@dataclass(frozen=True)
class Leaderboard:
    """The card. `known` is False until the server has said it."""

    known: bool = False
    title: str = ""
    mine: str = ""
    lines: tuple[Standing, ...] = ()
    consented: bool = False


NO_LEADERBOARD = Leaderboard()


def leaderboard_of(answer: Mapping[str, Any] | None) -> Leaderboard:
    """The card for the answer of `/me/referral/leaderboard`."""
    if not answer:
        return NO_LEADERBOARD
    year, month = (int(part) for part in answer["month"].split("-")[:2])
    own = answer.get("mine") or {}
    lines = tuple(
        Standing(
            place=formatting.number(item.get("place") or place),
            label=_("You") if item.get("is_me") else item["label"],
            friends=_friends(item["friends"]),
            mine=bool(item.get("is_me")),
        )
        for place, item in enumerate(answer["items"][:SHOWN_MAXIMUM], start=1)
    )
    return Leaderboard(
        known=True,
        title=_("Most friends in {month}").format(month=formatting.month(month, year)),
        mine=_mine(own),
        lines=lines,
        consented=bool(answer.get("consented")),
    )


def _mine(own: Mapping[str, Any]) -> str:
    friends = own.get("friends") or 0
    if not own.get("place") or not friends:
        return _("You have brought nobody this month yet")
    return _("You are number {place} with {friends}").format(
        place=formatting.number(own["place"]), friends=_friends(friends)
    )


def _friends(count: int) -> str:
    return ngettext("{count} friend", "{count} friends", count).format(count=formatting.number(count))
