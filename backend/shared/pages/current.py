"""What a page can ask while it is made: whose shop it is, where a file lies, which pages and languages there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for

from backend.shared.i18n import LOCALES, current_locale
from backend.shared.pages.shop import ColourRefused, Shop, derived_colours
from backend.shared.pages.static_files import StaticFolder
from backend.shared.pages.tokens import load_tokens

LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}
THEMES = ("light", "dark")
AS_THE_SYSTEM = "auto"
SHOP_KEY = "molva.shop"


@dataclass(frozen=True)
class ConsolePage:
    """A line of the console's sidebar. No `roles` means every role; `count` says how much waits there."""

    endpoint: str
    label: Any
    icon: str
    order: int
    roles: frozenset[str]
    count: Callable[[], int] | None = None


@dataclass
class PagesState:
    """What the application told its pages."""

    shop: Callable[[], Shop]
    folders: dict[str, StaticFolder]
    console_pages: list[ConsolePage]
    sign_out_endpoint: str | None = None


def pages_state(app: Flask | None = None) -> PagesState:
    """The state of this application, or of the current one."""
    state: PagesState = (app or current_app).extensions["molva_pages"]
    return state


def add_static_folder(app: Flask, name: str, root: Path) -> None:
    """Serve a feature's files as `static_url(name, file)`."""
    pages_state(app).folders[name] = StaticFolder(root)


def add_console_page(
    app: Flask,
    *,
    endpoint: str,
    label: Any,
    icon: str,
    order: int,
    roles: Iterable[str] = (),
    count: Callable[[], int] | None = None,
) -> None:
    """Put a page into the console's sidebar, for these roles (none named: for all). `label` is a lazy text; `count`
    is asked on every page of the console, and shown where it is not zero.
    """
    pages_state(app).console_pages.append(ConsolePage(endpoint, label, icon, order, frozenset(roles), count))


def set_sign_out(app: Flask, endpoint: str) -> None:
    """Tell the console's shell where its form of signing out goes."""
    pages_state(app).sign_out_endpoint = endpoint


def sign_out_url() -> str | None:
    """Where the form of signing out goes; None where nobody signs in."""
    endpoint = pages_state().sign_out_endpoint
    return url_for(endpoint) if endpoint else None


def console_pages(role: str) -> list[ConsolePage]:
    """The sidebar of somebody with this role."""
    pages = [page for page in pages_state().console_pages if not page.roles or role in page.roles]
    return sorted(pages, key=lambda page: page.order)


def static_url(folder: str, name: str) -> str:
    """The address of a file, with the hash of its folder."""
    content_hash = pages_state().folders[folder].content_hash
    return url_for("pages.static_file", folder=folder, content_hash=content_hash, name=name)


def current_shop() -> Shop:
    """The shop whose page this is; asked once in a request."""
    if SHOP_KEY not in request.environ:
        request.environ[SHOP_KEY] = pages_state().shop()
    shop: Shop = request.environ[SHOP_KEY]
    return shop


def shop_style_url() -> str | None:
    """The address of the shop's own colours; None if it has none, or none that can be read."""
    shop = current_shop()
    own = load_tokens()["colour"]["light"]
    accent, spark = (shop.accent or own["accent"]).upper(), (shop.spark or own["spark"]).upper()
    if (accent, spark) == (own["accent"], own["spark"]):
        return None
    try:
        derived_colours(accent=accent, spark=spark)
    except ColourRefused:
        return None
    return url_for("pages.shop_style", accent=accent.lstrip("#"), spark=spark.lstrip("#"))


def other_languages() -> list[tuple[str, str, str]]:
    """The languages that this page is not in: code, own name, address of the page in that language."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    codes = [code for code in LOCALES if code != current_locale()]
    return [(code, LANGUAGE_NAMES[code], "?" + urlencode([*arguments, ("lang", code)])) for code in codes]


def chosen_theme() -> str | None:
    """`light` or `dark`, where the reader chose one; None for the system's."""
    chosen = request.args.get("theme") or request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def theme_choices() -> list[tuple[str, bool, str]]:
    """The themes to choose from: name, whether it is the one in force, address of this page in it."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "theme"]
    in_force = chosen_theme() or AS_THE_SYSTEM
    return [
        (theme, theme == in_force, "?" + urlencode([*arguments, ("theme", theme)]))
        for theme in ("light", AS_THE_SYSTEM, "dark")
    ]
