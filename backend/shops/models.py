"""The tables `shops` and `stores`."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base
from backend.shared.ids import new_id


class Shop(Base):
    """The shop whose programme this is; the table holds one row."""

    __tablename__ = "shops"
    # One installation, one shop: the second insert finds the place taken, however many start at once.
    __table_args__ = (Index("uq_shops_only_one", text("(true)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[dict[str, Any]]
    accent: Mapped[str | None]
    spark: Mapped[str | None]
    tile: Mapped[str | None]
    """The name of one of the pictures in `static/tiles`; None for the name's first letter."""
    zone: Mapped[str]
    locale: Mapped[str]


class Store(Base):
    """A place where the shop sells."""

    __tablename__ = "stores"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, Any]]
    zone: Mapped[str]
    region: Mapped[str | None]
    """The shop's own name of a region."""
    country: Mapped[str | None]
    """ISO 3166-1, two letters."""
