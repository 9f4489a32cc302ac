"""The member's invitation: the link, its parts, and what both sides get."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_, ngettext
from client_kivy.state.language import gettext as _
from client_kivy.state.shop import Shop

FIRST_PURCHASE_REWARDS = 2
CHANNELS = (
    ("messenger", N_("Messenger"), "message-circle"),
    ("social", N_("Social network"), "world"),
    ("email", N_("E-mail"), "mail"),
    ("link", N_("Anywhere else"), "link"),
)
"""Where a link is shared to: the visits of each are counted apart."""


@dataclass(frozen=True)
class Channel:
    """One way to share, with the link whose visits are its own."""

    channel: str
    label: str
    icon: str
    link: str
    note: str


@dataclass(frozen=True)
class Milestone:
    """So many friends, so many points: how far it is."""

    headline: str
    title: str
    share: float
    begins: str
    ends: str


@dataclass(frozen=True)
class OwnLink:
    """A link that the member has named."""

    id: str
    label: str
    address: str
    link: str
    note: str


@dataclass(frozen=True)
class Invitation:
    """The link as it is shared, as it is read, and the terms in words."""

    link: str = ""
    scanned_link: str = ""
    """The link of the QR code, whose visits are counted apart."""
    address: str = ""
    code: str = ""
    visits: int = 0
    own: str = ""
    friends: str = ""
    condition: str = ""
    nobody_yet: str = ""
    channels: tuple[Channel, ...] = ()
    milestone: Milestone | None = None
    plan: tuple[str, ...] = ()
    """All that inviting brings, a sentence each."""
    may_name_advocate: bool = False
    """Whether the member may still say who invited them."""
    poster: str = ""
    """A page to be printed."""
    written: str = ""
    """The code as it is read out."""
    chosen: bool = False
    """Whether it is one that the member chose."""
    choosable_from: str = ""
    """The day from which on another one can be chosen, as an ISO date; empty where it can be now."""

    @property
    def brings_more(self) -> bool:
        """Whether there is more to say of the plan than what both get for the first purchase."""
        return len(self.plan) > FIRST_PURCHASE_REWARDS


NO_INVITATION = Invitation()


def invitation_of(referral: Mapping[str, Any] | None, shop: Shop) -> Invitation:
    """The invitation in the answers of `/me/referral` and `/shop`."""
    referral = referral or {}
    # Whoever chose a code goes by it; the other one leads on all the same.
    referral = {**referral, **(referral.get("vanity") or {})}
    link, code = referral.get("link") or "", referral.get("code") or ""
    address = link.split("://", 1)[-1].split("?")[0]
    terms = shop.referral
    return Invitation(
        link=(referral.get("links") or {}).get("messenger") or link,
        scanned_link=(referral.get("links") or {}).get("qr") or link,
        visits=sum((referral.get("visits") or {}).values()),
        address=address.removesuffix(code),
        code=code,
        own=formatting.points(terms.advocate_points) if terms else "",
        friends=formatting.points(terms.friend_points) if terms else "",
        condition=terms.condition if terms else "",
        nobody_yet=_nobody_yet(shop),
        channels=_channels(referral),
        milestone=_milestone(referral.get("milestones") or ()),
        plan=tuple(sentence["text"] for sentence in referral.get("plan") or ()),
        may_name_advocate=bool(referral.get("may_name_advocate")),
        poster=referral.get("poster") or "",
        written=referral.get("written") or code,
        chosen=bool(referral.get("vanity")),
        choosable_from=str(referral.get("may_change_on") or ""),
    )


def own_links_of(answer: Mapping[str, Any] | None) -> tuple[OwnLink, ...]:
    """The rows of `/me/referral/links`."""
    return tuple(
        OwnLink(
            id=str(item["id"]),
            label=item["label"],
            address=item["link"].split("://", 1)[-1],
            link=item["link"],
            note=visits_words(item.get("visits") or 0),
        )
        for item in (answer or {}).get("items", ())
    )


def visits_words(count: int) -> str:
    """How many people opened a link."""
    if not count:
        return _("Nobody opened it yet")
    return ngettext("Opened by {count} person", "Opened by {count} people", count).format(
        count=formatting.number(count)
    )


def suggestions_of(problem: Mapping[str, Any]) -> tuple[str, ...]:
    """The free codes that the server names where the wished one is taken."""
    return tuple(str(code) for code in problem.get("suggestions") or ())


def _channels(referral: Mapping[str, Any]) -> tuple[Channel, ...]:
    links, visits = referral.get("links") or {}, referral.get("visits") or {}
    link = referral.get("link") or ""
    return tuple(
        Channel(channel, _(label), icon, links.get(channel) or link, visits_words(visits.get(channel) or 0))
        for channel, label, icon in CHANNELS
        if channel in links or (channel == "link" and link)
    )


def _milestone(milestones: Iterable[Mapping[str, Any]]) -> Milestone | None:
    """The nearest one that is still ahead."""
    ahead = [item for item in milestones if not item.get("is_reached") and item["reached"] < item["friends"]]
    if not ahead:
        return None
    item = min(ahead, key=lambda one: one["friends"] - one["reached"])
    reached, wanted = item["reached"], item["friends"]
    headline = ngettext("{count} more friend: {points}", "{count} more friends: {points}", wanted - reached)
    points = item.get("points")
    return Milestone(
        headline=headline.format(
            count=formatting.number(wanted - reached),
            points=formatting.signed(points) if points else item.get("coupon") or item.get("title") or "",
        ),
        title=item.get("title") or "",
        share=reached / wanted,
        begins=ngettext("{count} friend so far", "{count} friends so far", reached).format(
            count=formatting.number(reached)
        ),
        ends=formatting.number(wanted),
    )


def _nobody_yet(shop: Shop) -> str:
    if shop.referral is None:
        return _("Tell a friend where the coffee is good.")
    return _(
        "Tell a friend where the coffee is good. After their first purchase you get {own}, and they get {friends}."
    ).format(
        own=formatting.points(shop.referral.advocate_points), friends=formatting.number(shop.referral.friend_points)
    )
