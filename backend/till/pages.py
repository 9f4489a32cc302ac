"""The cashier's page: scan, guest and amount, done. The page itself is one; its script talks to the till API.

It opens without a connection too: a service worker keeps the page's shell, which knows nobody, and the files it loads.
"""

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from backend.programmes.programme import Programme
from backend.programmes.queries import main_programme
from backend.shared.access import public
from backend.shared.clock import business_now
from backend.shared.db import db
from backend.shared.i18n import LOCALES, current_locale, force_locale
from backend.shared.pages import add_static_folder, allow_camera_and_wasm, current_shop, static_url
from backend.shared.pages.current import pages_state, shop_style_url
from backend.staff.access import current_staff, current_till, page_staff_required
from backend.till.page_texts import page_texts
from backend.till.schemas import CASHIER_LENGTH_MAXIMUM

blueprint = Blueprint("till_pages", __name__, template_folder="templates")

# Of the look's files only those that this page loads; a till need not keep the console's.
KEPT_OF_THE_LOOK = (
    "tokens.css",
    "base.css",
    "components.css",
    "forms.js",
    "icons.svg",
    "logo.svg",
    "fonts/Onest-Regular.woff2",
    "fonts/Onest-SemiBold.woff2",
    "fonts/Onest-Bold.woff2",
    "fonts/OnestTab-Regular.woff2",
    "fonts/OnestTab-SemiBold.woff2",
    "fonts/OnestTab-Bold.woff2",
)
RELEASE_LENGTH = 16


def register(app: Flask) -> None:
    """Give the application the cashier's page and the files that it loads."""
    add_static_folder(app, "till", Path(__file__).parent / "static")
    app.register_blueprint(blueprint)


@blueprint.get("/till")
@page_staff_required("cashier", "store_manager")
def cashier_page() -> Response:
    """The page that stays open on the tablet all day."""
    allow_camera_and_wasm()
    page = make_response(_shell(session_facts()))
    page.headers["Content-Language"] = current_locale()
    return page


@blueprint.get("/till/session")
@page_staff_required("cashier", "store_manager")
def session() -> dict[str, Any]:
    """Who is signed in here now: a page that was open without a connection learns it from this."""
    return session_facts()


@blueprint.get("/till/shell/<locale>")
@public
def shell(locale: str) -> str:
    """The page as it opens without a connection: in this language, and about nobody."""
    if locale not in LOCALES:
        abort(404)
    allow_camera_and_wasm()
    with force_locale(locale):
        return _shell(None)


@blueprint.get("/till/worker.js")
@public
def worker() -> Response:
    """The service worker. A release differs from the last one in its text, which is how browsers learn of it."""
    files, shells = _kept_files(), {}
    told = hashlib.sha256("\n".join(files).encode())
    for locale in LOCALES:
        shells[locale] = f"/till/shell/{locale}"
        with force_locale(locale):
            told.update(_shell(None).encode())
    script = render_template("till/worker.js", release=told.hexdigest()[:RELEASE_LENGTH], files=files, shells=shells)
    response = Response(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/till"
    response.add_etag()
    response.make_conditional(request)
    return response


def session_facts() -> dict[str, Any]:
    """What the page must know of its till: the store, who stands there, the money, the shop's time, its own token."""
    till = current_till()
    programme = main_programme(db.session(), at=business_now())
    return {
        "store": {"id": str(till.store_id), "name": _in_own_language(till.store_name), "zone": till.zone},
        "cashier": till.cashier_name and till.cashier_name[:CASHIER_LENGTH_MAXIMUM].strip(),
        "role": current_staff().role,
        "currency": programme.currency if programme else None,
        "spending": _spending(programme) if programme else None,
        "claim_window_days": programme.unattached.claim_window_days if programme else 0,
        "now": business_now().isoformat(),
        "token": generate_csrf(),
    }


def _spending(programme: Programme) -> dict[str, int]:
    return {
        "point_value_minor": programme.point_value_minor,
        "maximum_share_basis_points": programme.redemption.maximum_share_basis_points,
    }


def _shell(facts: dict[str, Any] | None) -> str:
    return render_template("till/cashier.html", facts=facts, texts=page_texts())


def _in_own_language(name: Any) -> str:
    return str(name.get(current_locale()) or next(iter(name.values())))


def _kept_files() -> list[str]:
    """The addresses of all that the page loads; each holds the hash of what it is."""
    own = pages_state().folders["till"].root
    scripts = sorted(
        path.relative_to(own).as_posix() for path in own.rglob("*") if path.suffix in {".js", ".css", ".wasm"}
    )
    shops = [address for address in (shop_style_url(), current_shop().tile) if address and address.startswith("/")]
    return (
        [static_url("pages", name) for name in KEPT_OF_THE_LOOK]
        + [static_url("till", name) for name in scripts]
        + shops
    )
