"""What points can be had for: the catalogue by groups, what is missing, and the coupons that are the member's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.language import N_
from client_kivy.state.language import gettext as _

ALL = ""
KIND_ICONS = {
    "discount_coupon": "rosette-discount",
    "goods": "shopping-bag",
    "event_place": "calendar-event",
    "gift_card": "gift-card",
    "money_off": "cash",
    "partner_coupon": "ticket",
}
# What is told on the button; everything else that stands in the way is told in the server's words alone.
SHUT = {
    "reward-sold-out": N_("Sold out"),
    "reward-sold-out-today": N_("Gone for today"),
    "reward-limit-reached": N_("You have had it"),
}
SHUT_OTHERWISE = N_("Not now")
OPEN_STATES = ("ordered", "issued")


@dataclass(frozen=True)
class Offer:
    """One reward of the catalogue as its card shows it."""

    id: str
    icon: str
    title: str
    note: str
    """How many there are, or whose it is."""
    reason: str
    """Why it cannot be had, where it is not for want of points."""
    action: str
    may_order: bool
    price_points: int
    description: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Coupon:
    """An order of the member's that is not over."""

    id: str
    title: str
    caption: str
    code: str
    """Empty until it is issued."""
    until: str
    terms: str
    may_cancel: bool
    price_points: int


NO_COUPON = Coupon("", "", "", "", "", "", may_cancel=False, price_points=0)


def groups_of(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The chips: all of them, then each group in the catalogue's order; none where there is nothing to choose among."""
    names = dict.fromkeys(item["group"] for item in items if item.get("group"))
    return {ALL: _("All"), **{name: name for name in names}} if names else {}


def offers_of(items: Iterable[Mapping[str, Any]], *, group: str, icons: Mapping[str, Any]) -> list[Offer]:
    """The catalogue's cards of a group; `icons` are those that can be drawn."""
    return [offer_of(item, icons=icons) for item in items if group in (ALL, item.get("group"))]


def offer_of(item: Mapping[str, Any], *, icons: Mapping[str, Any]) -> Offer:
    """One row of `/rewards`."""
    may_order = bool(item["available"]) and not item["points_missing"]
    icon = item.get("icon") or ""
    return Offer(
        id=item["id"],
        icon=icon if icon in icons else KIND_ICONS.get(item["kind"], "gift"),
        title=item["title"],
        note=_note(item),
        reason="" if item["available"] else item.get("reason") or "",
        action=_action(item, may_order=may_order),
        may_order=may_order,
        price_points=item["price_points"],
        description=item.get("description") or "",
        terms=tuple(item.get("terms") or ()),
    )


def coupons_of(items: Iterable[Mapping[str, Any]], *, today: date) -> list[Coupon]:
    """The orders that are not over, the newest first."""
    return [coupon_of(item, today=today) for item in items if item["state"] in OPEN_STATES]


def coupon_of(item: Mapping[str, Any], *, today: date) -> Coupon:
    """One row of `/me/redemptions`."""
    code = item.get("code") or "" if item["state"] == "issued" else ""
    until = item.get("valid_until")
    day = formatting.day(date.fromisoformat(until), today=today) if until else ""
    short_day = formatting.short_day(date.fromisoformat(until), today=today) if until else ""
    caption = _("Your coupon") if code else _("Being got ready")
    return Coupon(
        id=item["id"],
        title=item["title"],
        caption=_("{caption} · until {day}").format(caption=caption, day=short_day) if day and code else caption,
        code=code,
        until=_("Valid until {day}").format(day=day) if day else "",
        terms=_terms(item),
        may_cancel=bool(item.get("may_cancel")),
        price_points=item["price_points"],
    )


def left_over(price_points: int, available: int) -> str:
    """What is spent and what stays."""
    return _("{price} of your {available}. {left} stay.").format(
        price=formatting.number(price_points),
        available=formatting.points(available),
        left=formatting.number(available - price_points),
    )


def _note(item: Mapping[str, Any]) -> str:
    left = item.get("left")
    if left:
        text = _("{count} left today") if item.get("left_today") else _("{count} left")
        return text.format(count=formatting.number(left))
    return item.get("partner") or ""


def _action(item: Mapping[str, Any], *, may_order: bool) -> str:
    if may_order:
        return _("Get for {price}").format(price=formatting.number(item["price_points"]))
    if item["available"]:
        return _("{points} to go").format(points=formatting.number(item["points_missing"]))
    return _(SHUT.get(item.get("reason_type") or "", SHUT_OTHERWISE))


def _terms(item: Mapping[str, Any]) -> str:
    least = item.get("minimum_receipt")
    if not least:
        return ""
    return _("For a purchase of at least {amount}").format(amount=formatting.money(least, item["currency"]))
