"""Reading what the demo keeps."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.demo.errors import DemoShopEmpty
from backend.demo.models import DemoShop


def find_demo_shop(session: Session) -> DemoShop | None:
    """What the demo shop was filled with, or None while nobody filled it."""
    return session.scalar(select(DemoShop))


def the_demo_shop(session: Session) -> DemoShop:
    """What the demo shop was filled with.

    Raises:
        DemoShopEmpty: nobody filled it.
    """
    found = find_demo_shop(session)
    if found is None:
        raise DemoShopEmpty
    return found
