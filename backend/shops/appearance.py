"""How the shop shows itself on every page: its name, its tile, its colours, its zone."""

from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from backend.shared import pages
from backend.shared.db import db
from backend.shops import queries

STATIC = Path(__file__).parent / "static"
MOLVA = pages.Shop(name={"en": "Molva"})


def init_appearance(app: Flask) -> None:
    """Gives every page of the application the shop's appearance, and serves the tiles."""
    pages.register(app, shop=lambda: appearance(db.session()))
    pages.add_static_folder(app, "shops", STATIC)


def appearance(session: Session) -> pages.Shop:
    """The shop as its guests see it; Molva's own face while no shop is open."""
    shop = queries.find_shop(session)
    if shop is None:
        return MOLVA
    return pages.Shop(
        name=shop.name,
        zone=shop.zone,
        accent=shop.accent,
        spark=shop.spark,
        tile=pages.static_url("shops", f"tiles/{shop.tile}.svg") if shop.tile else None,
    )
