"""The addresses of static files, and the joining of the look to an application."""

import datetime
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request

from backend.shared.access import public
from backend.shared.i18n import LOCALES, current_locale
from backend.shared.pages import shop as shops_look
from backend.shared.pages import static_files, tokens
from backend.shared.pages.current import (
    AS_THE_SYSTEM,
    THEMES,
    PagesState,
    chosen_theme,
    console_pages,
    current_shop,
    other_languages,
    pages_state,
    shop_style_url,
    sign_out_url,
    static_url,
    theme_choices,
)
from backend.shared.pages.filters import filters
from backend.shared.pages.security_headers import protect
from backend.shared.pages.sessions import PageSessions
from backend.shared.pages.shop import Shop
from backend.shared.pages.static_files import StaticFolder

HERE = Path(__file__).parent
PREFERENCE_COOKIE_AGE = datetime.timedelta(days=365)
MOLVA = Shop(name={"en": "Molva"})

blueprint = Blueprint("pages", __name__, template_folder="templates", url_prefix="/static/molva")


def register(app: Flask, *, shop: Callable[[], Shop] | None = None) -> None:
    """Give an application its pages' look; `shop` tells, in a request, whose pages they are."""
    document = tokens.load_tokens()
    own_files = StaticFolder(HERE / "static", made={"tokens.css": tokens.style_sheet(document)})
    app.extensions["molva_pages"] = PagesState(shop or (lambda: MOLVA), {"pages": own_files}, [])
    app.register_blueprint(blueprint)
    app.session_interface = PageSessions()
    app.after_request(protect)
    app.after_request(_remember_preferences)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(filters())
    app.jinja_env.globals.update(
        static_url=static_url,
        shop_style_url=shop_style_url,
        current_shop=current_shop,
        current_locale=current_locale,
        other_languages=other_languages,
        console_pages=console_pages,
        sign_out_url=sign_out_url,
        chosen_theme=chosen_theme,
        theme_choices=theme_choices,
        state_icon=document["state_icon"],
        state_colour=document["state_colour"],
    )


@blueprint.get("/<folder>-<content_hash>/<path:name>")
@public
def static_file(folder: str, content_hash: str, name: str) -> Response:
    """A file of the look or of a feature's page."""
    known = pages_state().folders.get(folder)
    response = static_files.answer(known, content_hash, name) if known else None
    return response or abort(404)


@blueprint.get("/shop/<accent>-<spark>.css")
@public
def shop_style(accent: str, spark: str) -> Response:
    """The colours that follow from a shop's two; the address holds both, so the answer never changes."""
    try:
        content = shops_look.style_sheet(accent=f"#{accent}", spark=f"#{spark}")
    except ValueError:
        abort(404)
    response = Response(content, content_type=static_files.MEDIA_TYPES[".css"])
    response.headers["Cache-Control"] = static_files.FOR_EVER
    return response


def _remember_preferences(response: Response) -> Response:
    """Keeps the language and the theme that were chosen by a link."""
    permitted = {"lang": LOCALES, "theme": (*THEMES, AS_THE_SYSTEM)}
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    for name, values in permitted.items():
        chosen = request.args.get(name)
        if chosen in values and response.mimetype == "text/html":
            response.set_cookie(
                name, chosen, max_age=PREFERENCE_COOKIE_AGE, samesite="Lax", httponly=True, secure=secure
            )
    return response
