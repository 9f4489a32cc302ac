"""Pages where staff signs in and out: by login and password, then by the second factor."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from backend.shared.access import public
from backend.shared.clock import system_now
from backend.shared.db import db, transaction
from backend.shared.i18n import _, _l
from backend.shared.pages import add_console_page, add_static_folder
from backend.staff import (
    account_pages,
    audit_pages,
    passkeys,
    people_pages,
    queries,
    sessions,
    set_up_pages,
    sign_in,
    till_key_pages,
)
from backend.staff.access import SESSION_COOKIE_KEY, person_for_page, signed_in_staff
from backend.staff.credentials import read_credential
from backend.staff.csrf import check_csrf
from backend.staff.entering import arrived, back_to_the_start, come_in, enter, first_page, link_text_of, own_address
from backend.staff.errors import TooManySignInTries
from backend.staff.factors import ask_for_passkey, own_passkeys
from backend.staff.roles import ROLE_NAMES, Role
from backend.staff.sessions import SignedIn
from backend.staff.stages import Stage
from backend.staff.words import sentence

__all__ = ["blueprint", "enter", "first_page", "register"]

blueprint = Blueprint("staff", __name__, url_prefix="/staff", template_folder="templates")


def register(app: Flask) -> None:
    """Puts the pages of the sign-in, of one's own account and of the console into the application."""
    app.register_blueprint(blueprint)
    for part in (set_up_pages, account_pages, people_pages, till_key_pages, audit_pages):
        app.register_blueprint(part.blueprint)
    add_static_folder(app, "staff", Path(__file__).parent / "static")
    everybody = tuple(Role)
    for endpoint, label, icon, order, roles in (
        ("staff_people.people_page", _l("Staff"), "id-badge-2", 80, people_pages.ROLES),
        ("staff_till_keys.keys_page", _l("Till keys"), "key", 82, till_key_pages.ROLES),
        ("staff_audit.log_page", _l("Audit log"), "clipboard-list", 84, audit_pages.ROLES),
        ("staff_account.account_page", _l("Your account"), "user", 90, everybody),
    ):
        add_console_page(app, endpoint=endpoint, label=label, icon=icon, order=order, roles=roles)


@blueprint.get("/sign-in")
@public
def sign_in_page() -> str:
    """The form of login and password; or whom the link in the address lets set up an account."""
    link_text = link_text_of(request.args.get("link", ""))
    person = _person_of(link_text) if link_text else None
    staff = signed_in_staff()
    return render_template(
        "staff/sign_in.html",
        link_text=link_text,
        person=person,
        refused=bool(link_text) and person is None,
        next=own_address(request.args.get("next", "")) or "",
        signed_in=person_for_page(staff) if staff else None,
        first_page=first_page(Role(staff.role)) if staff else None,
        problem=None,
    )


@blueprint.post("/sign-in")
@public
def begin() -> Response | tuple[str, int]:
    """Checks login and password, and leads to the second factor."""
    check_csrf()
    problem, status, entry_text = _("Login or password is wrong."), 422, None
    try:
        with transaction() as session:
            entry_text = sign_in.begin_by_password(
                session,
                login=request.form.get("login", ""),
                password=request.form.get("password", ""),
                network_address=request.remote_addr,
            )
    except TooManySignInTries as refusal:
        problem, status = sentence(refusal), 429
    if entry_text is None:
        words = {"problem": problem, "next": own_address(request.form.get("next", "")) or ""}
        return render_template("staff/sign_in.html", login=request.form.get("login", ""), **words), status
    come_in(entry_text, to=request.form.get("next", ""))
    return redirect(url_for("staff.factor_page"), code=303)


@blueprint.get("/sign-in/factor")
@public
@back_to_the_start
def factor_page() -> str:
    """Asks for the second factor."""
    return _render_factor()


@blueprint.post("/sign-in/factor")
@public
@back_to_the_start
def prove_by_code() -> Response | tuple[str, int]:
    """Signs in by a code of the authenticator app or a recovery code."""
    code = request.form.get("code", "")
    refusal = _("This code is not right, or was used. A new one comes every 30 seconds.")
    return _proven(partial(sign_in.prove_by_code, code=code), refusal=refusal)


@blueprint.post("/sign-in/passkey-options")
@public
def passkey_options() -> Response:
    """What the browser needs to sign with a passkey, as JSON."""
    check_csrf()
    with transaction() as session:
        found = arrived(session, Stage.FACTOR)
        options = ask_for_passkey(session, found.entry, staff_id=found.member.id)
    return Response(options, content_type="application/json")


@blueprint.post("/sign-in/passkey")
@public
@back_to_the_start
def prove_by_passkey() -> Response | tuple[str, int]:
    """Signs in by a passkey."""
    answer = request.form.get("answer", "")
    refusal = _("This passkey was not accepted. Try again, or type a code.")
    return _proven(partial(sign_in.prove_by_passkey, answer=answer), refusal=refusal)


def _proven(prove: Callable[..., SignedIn | None], *, refusal: str) -> Response | tuple[str, int]:
    """Signs in whom `prove` recognises; otherwise the page again, with the refusal."""
    check_csrf()
    status = 422
    try:
        with transaction() as session:
            signed_in = prove(session, arrived(session, Stage.FACTOR), network_address=request.remote_addr)
    except TooManySignInTries as limit:
        signed_in, refusal, status = None, sentence(limit), 429
    return enter(signed_in) if signed_in else (_render_factor(problem=refusal), status)


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """Ends the session of this browser."""
    check_csrf()
    with transaction() as session:
        sessions.sign_out(session, session_text=cookie.get(SESSION_COOKIE_KEY) or "")
    cookie.clear()
    return redirect(url_for("staff.sign_in_page"), code=303)


def _render_factor(*, problem: str | None = None) -> str:
    with transaction() as session:
        found = arrived(session, Stage.FACTOR)
        return render_template(
            "staff/factor.html",
            name=found.member.name,
            has_totp=found.member.totp_ciphertext is not None,
            has_passkey=bool(own_passkeys(session, found.member.id)) and passkeys.are_possible(),
            problem=problem,
        )


def _person_of(link_text: str) -> dict[str, str] | None:
    credential = read_credential(link_text, "link")
    person = queries.person_of_link(db.session(), credential, at=system_now()) if credential else None
    return {"name": person.name, "role_label": str(ROLE_NAMES[Role(person.role)])} if person else None
