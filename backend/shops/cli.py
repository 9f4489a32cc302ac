"""Commands: `molva shop open | show | open-store`."""

import json

import click
from flask.cli import AppGroup

from backend.shared.db import transaction
from backend.shared.i18n import LOCALES
from backend.shops import queries, service
from backend.shops.models import Shop, Store

shop_commands = AppGroup("shop", help="The shop and its stores.")


@shop_commands.command("open")
@click.option("--name-ru", required=True, help="The shop's name in Russian.")
@click.option("--name-en", required=True, help="The shop's name in English.")
@click.option("--zone", required=True, help="Time zone, such as Europe/Moscow.")
@click.option("--locale", type=click.Choice(LOCALES), default="ru", show_default=True)
@click.option("--accent", help="Main colour, #RRGGBB.")
@click.option("--spark", help="Colour of the moment at the till, #RRGGBB.")
@click.option("--tile", type=click.Choice(sorted(service.TILES)), help="Picture; without it the name's first letter.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def open_shop(
    *,
    name_ru: str,
    name_en: str,
    zone: str,
    locale: str,
    accent: str | None,
    spark: str | None,
    tile: str | None,
    as_json: bool,
) -> None:
    """Open the shop of this installation (once)."""
    with transaction() as session:
        shop = service.open_shop(
            session,
            name={"ru": name_ru, "en": name_en},
            zone=zone,
            locale=locale,
            accent=accent,
            spark=spark,
            tile=tile,
        )
        click.echo(json.dumps(_shop_document(shop), ensure_ascii=False) if as_json else f"{shop.name['en']} is open.")


@shop_commands.command("open-store")
@click.option("--code", required=True, help="A short plain word, such as pokrovka.")
@click.option("--name-ru", required=True)
@click.option("--name-en", required=True)
@click.option("--zone", help="Time zone; without it the shop's.")
@click.option("--region", help="The shop's own name of a region.")
@click.option("--country", help="Its country in two letters, such as RU.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def open_store(
    *,
    code: str,
    name_ru: str,
    name_en: str,
    zone: str | None,
    region: str | None,
    country: str | None,
    as_json: bool,
) -> None:
    """Open a store."""
    with transaction() as session:
        zone = zone or queries.the_shop(session).zone
        store = service.open_store(
            session, code=code, name={"ru": name_ru, "en": name_en}, zone=zone, region=region, country=country
        )
        click.echo(json.dumps(_store_document(store), ensure_ascii=False) if as_json else f"{store.code} is open.")


@shop_commands.command("show")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def show(*, as_json: bool) -> None:
    """Show the shop and its stores."""
    with transaction() as session:
        shop = queries.the_shop(session)
        stores = queries.stores(session)
        if as_json:
            document = _shop_document(shop) | {"stores": [_store_document(store) for store in stores]}
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        click.echo(f"{shop.name['ru']} / {shop.name['en']}, {shop.zone}")
        for store in stores:
            click.echo(f"  {store.code}: {store.name['ru']} / {store.name['en']}, {store.zone}")


def _shop_document(shop: Shop) -> dict[str, object]:
    return {
        "id": str(shop.id),
        "name": shop.name,
        "zone": shop.zone,
        "locale": shop.locale,
        "accent": shop.accent,
        "spark": shop.spark,
        "tile": shop.tile,
    }


def _store_document(store: Store) -> dict[str, object]:
    return {
        "id": str(store.id),
        "code": store.code,
        "name": store.name,
        "zone": store.zone,
        "region": store.region,
        "country": store.country,
    }
