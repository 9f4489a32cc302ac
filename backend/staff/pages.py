"""Pages where staff signs in and out.

A link is used up by the button behind it, never by opening it: messengers open links to show a preview.
"""

from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from backend.shared.access import public
from backend.shared.clock import system_now
from backend.shared.db import db, transaction
from backend.shared.i18n import LOCALES, _
from backend.staff import queries, service
from backend.staff.access import SESSION_COOKIE_KEY, person_for_page, signed_in_staff
from backend.staff.credentials import read_credential
from backend.staff.csrf import check_csrf
from backend.staff.errors import SignInLinkRefused
from backend.staff.roles import FIRST_PAGES, ROLE_NAMES, Role
from backend.staff.service import SignedIn

blueprint = Blueprint("staff", __name__, url_prefix="/staff", template_folder="templates")

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600


@blueprint.get("/sign-in")
@public
def sign_in_page() -> str:
    """Explains how to get a link, or shows whom the link in the address signs in."""
    link_text = request.args.get("link", "")
    return _render_sign_in(link_text, refused=bool(link_text) and _person_of(link_text) is None)


@blueprint.post("/sign-in")
@public
def sign_in() -> Response | tuple[str, int]:
    """Uses up a link and leads to the person's first page."""
    check_csrf()
    link_text = link_text_of(request.form.get("link", ""))
    try:
        with transaction() as session:
            signed_in = service.sign_in_by_link(session, link_text=link_text)
    except SignInLinkRefused:
        return _render_sign_in("", refused=True), 422
    return enter(signed_in, to=request.form.get("next", ""))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """Ends the session of this browser."""
    check_csrf()
    with transaction() as session:
        service.sign_out(session, session_text=cookie.get(SESSION_COOKIE_KEY) or "")
    cookie.clear()
    return redirect(url_for("staff.sign_in_page"), code=303)


def enter(signed_in: SignedIn, *, to: str = "") -> Response:
    """Gives this browser the session, and leads to `to` (an address of this site) or to the role's first page."""
    # Whatever the browser carried before, a token of its forms too, belongs to nobody any more.
    cookie.clear()
    cookie.permanent = True
    cookie[SESSION_COOKIE_KEY] = signed_in.session_text
    response = redirect(_own_address(to) or first_page(signed_in.role), code=303)
    if "lang" not in request.cookies and request.accept_languages.best_match(LOCALES) is None:
        response.set_cookie("lang", signed_in.locale, max_age=LANGUAGE_COOKIE_SECONDS, samesite="Lax", httponly=True)
    return response


def first_page(role: Role) -> str:
    """Where somebody with this role starts."""
    return FIRST_PAGES.get(role) or url_for("staff.sign_in_page")


def link_text_of(pasted: str) -> str:
    """The link's text out of what was pasted: the whole address, or the text alone."""
    pasted = pasted.strip()
    try:
        in_address = parse_qs(urlsplit(pasted).query).get("link")
    except ValueError:
        return pasted
    return in_address[0] if in_address else pasted


def _render_sign_in(link_text: str, *, refused: bool) -> str:
    staff = signed_in_staff()
    return render_template(
        "staff/sign_in.html",
        link_text=link_text,
        person=_person_of(link_text),
        refused=_("This link does not work any more. It works once, for 24 hours.") if refused else None,
        next=_own_address(request.values.get("next", "")) or "",
        signed_in=person_for_page(staff) if staff else None,
        first_page=FIRST_PAGES.get(Role(staff.role)) if staff else None,
    )


def _person_of(link_text: str) -> dict[str, str] | None:
    credential = read_credential(link_text, "link")
    person = queries.person_of_link(db.session(), credential, at=system_now()) if credential else None
    return {"name": person.name, "role_label": str(ROLE_NAMES[Role(person.role)])} if person else None


def _own_address(address: str) -> str | None:
    """`address` if it is a path of this very site. Browsers read a backslash as a slash."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    return address if address.isprintable() else None
