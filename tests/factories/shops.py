"""Shops and stores for tests: Grain in Moscow, with the store at Pokrovka 12."""

from sqlalchemy.orm import Session

from backend.shops import service
from backend.shops.models import Shop, Store


def a_shop(session: Session) -> Shop:
    """The shop «Зерно» / Grain."""
    return service.open_shop(
        session, name={"ru": "Зерно", "en": "Grain"}, zone="Europe/Moscow", locale="ru", tile="coffee-bean"
    )


def a_store(
    session: Session,
    code: str = "pokrovka",
    *,
    zone: str = "Europe/Moscow",
    region: str | None = None,
    country: str | None = None,
) -> Store:
    """A store; without a code the one at Pokrovka 12."""
    name = {"ru": "Покровка, 12", "en": "Pokrovka 12"}
    if code != "pokrovka":
        name = {"ru": code.title(), "en": code.title()}
    return service.open_store(session, code=code, name=name, zone=zone, region=region, country=country)
