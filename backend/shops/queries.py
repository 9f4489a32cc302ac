"""Reading the shop and its stores."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.db import Promise, driver_connection
from backend.shops.errors import ShopNotOpened, UnknownStore
from backend.shops.models import Shop, Store

ZONE = "SELECT zone FROM shops LIMIT 1"
PLACES = "SELECT id, code, name, zone, region, country FROM stores WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is: its code and name, its zone, and region and country where they are known."""

    code: str
    name: dict[str, str]
    zone: str
    region: str | None
    country: str | None


def find_shop(session: Session) -> Shop | None:
    """The shop, or None while none was opened."""
    return session.scalar(select(Shop))


def ask_zone(session: Session) -> Promise[str]:
    """The shop's time zone, for `sent_together`; UTC while no shop was opened."""
    asked = driver_connection(session).execute(ZONE, prepare=True)

    def answer() -> str:
        row = asked.fetchone()
        return str(row[0]) if row else "UTC"

    return answer


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


def ask_places(session: Session, store_ids: Collection[UUID]) -> Promise[dict[UUID, Place]]:
    """Where these stores are, for `sent_together`."""
    asked = driver_connection(session).execute(PLACES, (list(store_ids),), prepare=True)
    return lambda: {row[0]: Place(*row[1:]) for row in asked}


def stores(session: Session) -> list[Store]:
    """All stores in order of their codes."""
    return list(session.scalars(select(Store).order_by(Store.code)))
