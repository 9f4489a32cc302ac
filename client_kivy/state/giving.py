"""Giving points to another member: to whom, how many, and that a repetition gives nothing twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from client_kivy.api.errors import ApiError, NoConnection, Problem
from client_kivy.state import formatting
from client_kivy.state.contact import plausible_phone
from client_kivy.state.language import gettext as _

CARD_DIGITS = 16
FAULTS_OF_TO = ("unknown-recipient", "transfer-to-oneself")
FAULTS_OF_POINTS = ("not-enough-points", "transfer-too-small", "transfer-limit-reached")


@dataclass(frozen=True)
class Terms:
    """How the shop lets its guests give each other points."""

    minimum_points: int = 1
    maximum_points_per_day: int | None = None

    @property
    def note(self) -> str:
        """What there is to know of it in one line."""
        if self.maximum_points_per_day is None:
            return _("To whoever has a card here")
        return _("Up to {points} a day").format(points=formatting.points(self.maximum_points_per_day))


def terms_of(shop: Mapping[str, Any] | None) -> Terms | None:
    """The terms in the answer of `/shop`; None where points cannot be given."""
    said = (shop or {}).get("transfers")
    return Terms(said["minimum_points"], said["maximum_points_per_day"]) if said else None


@dataclass(frozen=True)
class Order:
    """What was typed, as it is sent."""

    to: str
    points: int


def order_of(to: str, points: str, *, terms: Terms, available: int) -> tuple[Order | None, dict[str, str]]:
    """What was typed as an order, or what is wrong with it by the name of the field."""
    faults = {}
    to, digits = to.strip(), "".join(sign for sign in to if sign.isdigit())
    if len(digits) != CARD_DIGITS and not plausible_phone(to):
        faults["to"] = _("A card number has 16 digits, a phone number 10 to 15.")
    typed = "".join(points.split())
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(10**9)) else 0
    if not count:
        faults["points"] = _("Write how many points, like 50.")
    elif count > available:
        faults["points"] = _("You have {points} to give.").format(points=formatting.points(available))
    elif count < terms.minimum_points:
        faults["points"] = _("At least {points} at once.").format(points=formatting.points(terms.minimum_points))
    return (None if faults else Order(to, count)), faults


@dataclass
class Keys:
    """One key for each order until it is answered: an order whose answer was lost is repeated, not made anew."""

    _waiting: dict[Order, str] = field(default_factory=dict)

    def of(self, order: Order) -> str:
        """The key to send it with."""
        return self._waiting.setdefault(order, str(uuid4()))

    def answered(self, order: Order) -> None:
        """The server has said what became of it; the same once more is another one."""
        self._waiting.pop(order, None)


def faults_of(error: ApiError) -> dict[str, str]:
    """What the server, or the line to it, says against an order, by the name of the field; the rest as `order`."""
    if isinstance(error, NoConnection):
        return {"order": _("No connection. Try again: nothing is given twice.")}
    if not isinstance(error, Problem) or not error.title:
        return {"order": _("It did not go through. Try again.")}
    said = f"{error.title.rstrip('.')}. {error.detail}" if error.detail else error.title
    return {"to" if error.type in FAULTS_OF_TO else "points" if error.type in FAULTS_OF_POINTS else "order": said}
