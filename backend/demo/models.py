"""The tables of the demo: how far its business time was moved, and what `make run` must find again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from backend.shared.db import Base


class DemoClock(Base):
    """How far business time is ahead of the machine's; the table holds one row, or none while nobody moved it."""

    __tablename__ = "demo_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), CheckConstraint("offset_seconds >= 0", name="forward"))

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, default=1, autoincrement=False)
    offset_seconds: Mapped[int]


class DemoShop(Base):
    """What the demo shop was filled with; the table holds one row."""

    __tablename__ = "demo_shop"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, default=1, autoincrement=False)
    opened_at: Mapped[datetime]
    """The moment from which its history is counted back; a filling that was cut off goes on from the same one."""
    till_key: Mapped[str]
    """In clear: whoever runs the demo is to use it, and it opens nothing outside the demo."""
    till_store_id: Mapped[UUID] = mapped_column(ForeignKey("stores.id"))
