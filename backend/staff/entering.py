"""How a browser carries who it belongs to, on the way in and afterwards: what every page of the sign-in shares."""

from functools import wraps
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from flask import flash, redirect, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.shared.access import View
from backend.shared.i18n import LOCALES
from backend.shared.pages.current import console_pages
from backend.staff import sign_in
from backend.staff.access import SESSION_COOKIE_KEY
from backend.staff.errors import NotOnTheWay
from backend.staff.roles import FIRST_PAGES, Role
from backend.staff.sessions import SignedIn
from backend.staff.sign_in import Arrival
from backend.staff.stages import Stage
from backend.staff.words import sentence

ENTRY_COOKIE_KEY = "staff_entry"
NEXT_COOKIE_KEY = "staff_next"
LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600


def come_in(entry_text: str, *, to: str = "") -> None:
    """Gives this browser the credential of somebody on the way in, who wants to get to the page `to`."""
    # Whatever the browser carried before belongs to nobody any more.
    cookie.clear()
    cookie[ENTRY_COOKIE_KEY] = entry_text
    cookie[NEXT_COOKIE_KEY] = own_address(to) or ""


def arrived(session: Session, stage: Stage) -> Arrival:
    """Who is on the way in with this browser.

    Raises:
        NotOnTheWay: nobody is, it took too long, or they are at another step.
    """
    found = sign_in.arrival(session, entry_text=cookie.get(ENTRY_COOKIE_KEY) or "", stage=stage)
    if found is None:
        raise NotOnTheWay
    return found


def back_to_the_start(view: View) -> View:
    """For pages on the way in: a browser that is not there, or no longer, is led to the sign-in page."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except NotOnTheWay as refusal:
            flash(sentence(refusal))
            return redirect(url_for("staff.sign_in_page"), code=303)

    return cast(View, guarded)


def enter(signed_in: SignedIn, *, to: str = "") -> Response:
    """Gives this browser the session, and leads to `to` (an address of this site) or to the role's first page."""
    to = own_address(to) or cookie.get(NEXT_COOKIE_KEY) or first_page(signed_in.role)
    # A token of the browser's forms, too, belongs to whoever was here before.
    cookie.clear()
    cookie.permanent = True
    cookie[SESSION_COOKIE_KEY] = signed_in.session_text
    response = redirect(to, code=303)
    if "lang" not in request.cookies and request.accept_languages.best_match(LOCALES) is None:
        response.set_cookie("lang", signed_in.locale, max_age=LANGUAGE_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return response


def first_page(role: Role) -> str:
    """Where somebody with this role starts."""
    if role in FIRST_PAGES:
        return FIRST_PAGES[role]
    pages = console_pages(role)
    return url_for(pages[0].endpoint) if pages else url_for("staff.account_page")


def own_address(address: str) -> str | None:
    """`address` if it is a path of this very site. Browsers read a backslash as a slash."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    return address if address.isprintable() else None


def link_text_of(pasted: str) -> str:
    """The link's text out of what was pasted: the whole address, or the text alone."""
    pasted = pasted.strip()
    try:
        in_address = parse_qs(urlsplit(pasted).query).get("link")
    except ValueError:
        return pasted
    return in_address[0] if in_address else pasted
