"""Ready programmes to begin from: the documents that the programmes' gallery keeps, each with a word on it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import backend.programmes
from backend.shared.i18n import _l


@dataclass(frozen=True)
class GalleryCard:
    """A ready programme."""

    name: str
    title: Any
    words: Any
    icon: str


CARDS = (
    GalleryCard(
        "cafe",
        _l("Café"),
        _l("A share of every receipt, double points on beans, a birthday, drinks for points."),
        "cup",
    ),
    GalleryCard(
        "grocery",
        _l("Grocery chain"),
        _l("Rules by category, other terms by region, budgets for promotions."),
        "shopping-bag",
    ),
    GalleryCard(
        "clothes",
        _l("Clothes"),
        _l("Tiers by a year's spending and a discount that grows."),
        "package",
    ),
    GalleryCard(
        "bank-referral",
        _l("A bank's referrals"),
        _l("Points for friends who become customers, with caps and screening."),
        "users",
    ),
    GalleryCard(
        "fuel", _l("Fuel with partners"), _l("Points by the litre, and coupons of partners with loaded codes."), "flame"
    ),
)


BLANK = GalleryCard(
    "blank", _l("The shortest one"), _l("One rule and what every programme needs. Add the rest as you like."), "pencil"
)
FOLDER = Path(backend.programmes.__file__).parent / "gallery"
NAME = re.compile(r"^programme:.*$", re.MULTILINE)


def examples() -> list[GalleryCard]:
    """The cards of those documents that are there, and of the shortest."""
    return [*(card for card in CARDS if _file(card).is_file()), BLANK]


def document(name: str) -> str:
    """The document of an example; of an unknown one, the shortest that is correct."""
    card = next((card for card in CARDS if card.name == name and _file(card).is_file()), None)
    return _file(card).read_text(encoding="utf-8") if card else SHORTEST


def named(text: str, programme: str) -> str:
    """The document under another programme's name."""
    return NAME.sub(f"programme: {programme}", text, count=1)


def _file(card: GalleryCard) -> Path:
    return FOLDER / f"{card.name}.yaml"


SHORTEST = """\
programme: my-shop
title: {en: My shop, ru: Мой магазин}
currency: RUB
point_value_minor: 100            # one point pays 1 ₽
earning:
  - rule: base
    rate_basis_points: 500        # 5 % of every receipt
availability: {pending_days: 14}  # they can be spent when the time for returns is over
expiry: {days: 365}
"""
