"""The member's invitation: the link, its parts, and what both sides get."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import gettext as _
from client_kivy.state.shop import Shop


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


NO_INVITATION = Invitation()


def invitation_of(referral: Mapping[str, Any] | None, shop: Shop) -> Invitation:
    """The invitation in the answers of `/me/referral` and `/shop`."""
    referral = referral or {}
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
    )


def _nobody_yet(shop: Shop) -> str:
    if shop.referral is None:
        return _("Tell a friend where the coffee is good.")
    return _(
        "Tell a friend where the coffee is good. After their first purchase you get {own}, and they get {friends}."
    ).format(
        own=formatting.points(shop.referral.advocate_points), friends=formatting.number(shop.referral.friend_points)
    )
