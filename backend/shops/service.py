"""Opening the shop and its stores."""

import re
from collections.abc import Mapping
from zoneinfo import available_timezones

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.shared.i18n import LOCALES, _l
from backend.shared.ids import new_id
from backend.shops import queries
from backend.shops.errors import InvalidShop, InvalidStoreCode
from backend.shops.models import Shop, Store

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
TILES = frozenset({"coffee-bean"})
STORE_CODE = re.compile(r"[a-z0-9-]{1,40}")
COUNTRY = re.compile(r"[A-Z]{2}")


def open_shop(
    session: Session,
    *,
    name: Mapping[str, str],
    zone: str,
    locale: str,
    accent: str | None = None,
    spark: str | None = None,
    tile: str | None = None,
) -> Shop:
    """The shop of this installation, opened if there is none yet; the one that is open stays as it is.

    `name` maps `ru` and `en` to the shop's name; colours are `#RRGGBB`, or None for Molva's own; `tile`
    is one of `TILES`.

    Raises:
        InvalidShop: the zone, the language, the name, a colour or the tile cannot be taken.
    """
    _check_name(name)
    _check_zone(zone)
    if locale not in LOCALES:
        raise InvalidShop(errors={"locale": [_l("Take ru or en.")]})
    for colour in (accent, spark):
        if colour is not None and not COLOUR.fullmatch(colour):
            raise InvalidShop(errors={"colour": [_l("A colour is written #RRGGBB.")]})
    if tile is not None and tile not in TILES:
        raise InvalidShop(errors={"tile": [_l("There is no such tile.")]})
    session.execute(
        insert(Shop)
        .values(id=new_id(), name=dict(name), zone=zone, locale=locale, accent=accent, spark=spark, tile=tile)
        .on_conflict_do_nothing()
    )
    return queries.the_shop(session)


def open_store(
    session: Session,
    *,
    code: str,
    name: Mapping[str, str],
    zone: str,
    region: str | None = None,
    country: str | None = None,
) -> Store:
    """The store called `code`, opened if there is none; an open one stays as it is. `country` is a code of ISO 3166-1
    in two letters; programmes may have terms of their own for a region or a country.

    Raises:
        InvalidStoreCode: the code is more than letters, digits and hyphens.
        InvalidShop: the zone, the name or the country cannot be read.
    """
    if not STORE_CODE.fullmatch(code):
        raise InvalidStoreCode(code=code)
    _check_name(name)
    _check_zone(zone)
    if country is not None and not COUNTRY.fullmatch(country):
        raise InvalidShop(errors={"country": [_l("A country is written with two capital letters, such as RU.")]})
    session.execute(
        insert(Store)
        .values(id=new_id(), code=code, name=dict(name), zone=zone, region=region, country=country)
        .on_conflict_do_nothing(index_elements=[Store.code])
    )
    return queries.store_by_code(session, code)


def _check_name(name: Mapping[str, str]) -> None:
    if set(name) != set(LOCALES) or not all(text.strip() for text in name.values()):
        raise InvalidShop(errors={"name": [_l("A name is needed in Russian and in English.")]})


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        raise InvalidShop(errors={"zone": [_l("This is no IANA time zone.")]})
