"""Reading the shop and its stores."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shops.errors import ShopNotOpened, UnknownStore
from backend.shops.models import Shop, Store


def find_shop(session: Session) -> Shop | None:
    """The shop, or None while none was opened."""
    return session.scalar(select(Shop))


def the_shop(session: Session) -> Shop:
    """The shop of this installation.

    Raises:
        ShopNotOpened: there is none yet.
    """
    shop = find_shop(session)
    if shop is None:
        raise ShopNotOpened
    return shop


def store(session: Session, store_id: UUID) -> Store:
    """The store with this id.

    Raises:
        UnknownStore: there is none.
    """
    found = session.get(Store, store_id)
    if found is None:
        raise UnknownStore(store=str(store_id))
    return found


def store_by_code(session: Session, code: str) -> Store:
    """The store that the shop itself calls `code`.

    Raises:
        UnknownStore: there is none.
    """
    found = session.scalar(select(Store).where(Store.code == code))
    if found is None:
        raise UnknownStore(store=code)
    return found


def stores(session: Session) -> list[Store]:
    """All stores in order of their codes."""
    return list(session.scalars(select(Store).order_by(Store.code)))
