"""Pages of one's own account: password, second factors, recovery codes, and a fresh proof before dangerous acts."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.shared.db import transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop
from backend.staff import account, factors, passkeys
from backend.staff.access import (
    SESSION_COOKIE_KEY,
    current_staff,
    fresh_factor_required,
    page_staff_required,
    person_for_page,
)
from backend.staff.account import Holding
from backend.staff.entering import first_page, own_address
from backend.staff.errors import PasswordRefused, TooManySignInTries
from backend.staff.pictures import app_values
from backend.staff.roles import TILL_ROLES, Role
from backend.staff.words import said_of, sentence

blueprint = Blueprint("staff_account", __name__, url_prefix="/staff", template_folder="templates")
for_everybody = page_staff_required(*Role)


@blueprint.get("/account")
@for_everybody
def account_page() -> str:
    """Password, second factors, recovery codes."""
    return _render_account()


@blueprint.post("/account/password")
@for_everybody
@fresh_factor_required
def change_password() -> Response | tuple[str, int]:
    """Sets another password; all other sessions end."""
    refused: dict[str, str | None] = {"present": _("This is not your present password.")}
    try:
        with transaction() as session:
            done = account.change_password(
                session,
                _held(session),
                present=request.form.get("present", ""),
                new=request.form.get("password", ""),
                shop=current_shop().name_in(current_locale()),
                network_address=request.remote_addr,
            )
        if done:
            return _back(_("Your password is changed. Everywhere else you are signed out."))
    except PasswordRefused as refusal:
        refused = {"password": said_of(refusal, "password")}
    except TooManySignInTries as refusal:
        refused = {"present": sentence(refusal)}
    return _render_account(refused=refused), 422


@blueprint.get("/account/app")
@for_everybody
@fresh_factor_required
def app_page() -> str:
    """Shows the QR code for another authenticator app."""
    with transaction() as session:
        return _render_app(_held(session))


@blueprint.post("/account/app")
@for_everybody
@fresh_factor_required
def replace_app() -> Response | tuple[str, int]:
    """Takes the new app's first code; the earlier app's codes are worthless from then on."""
    with transaction() as session:
        held = _held(session)
        if not account.replace_totp(session, held, code=request.form.get("code", "")):
            problem = _("This code is not right. Type the six digits that the app shows now.")
            return _render_app(held, problem=problem), 422
    return _back(_("From now on the new app's codes count."))


@blueprint.post("/account/passkey-options")
@for_everybody
@fresh_factor_required
def new_passkey_options() -> Response:
    """What the browser needs to make a passkey, as JSON."""
    shop = current_shop().name_in(current_locale())
    with transaction() as session:
        held = _held(session)
        options = factors.ask_to_make_passkey(
            session, held.page_session, member=held.member, login=held.member.login, shop=shop
        )
    return Response(options, content_type="application/json")


@blueprint.post("/account/passkeys")
@for_everybody
@fresh_factor_required
def add_passkey() -> Response:
    """Adds the passkey that the browser has made."""
    with transaction() as session:
        added = account.add_passkey(session, _held(session), answer=request.form.get("answer", ""))
    return _back(_("The passkey is added.") if added else _("This passkey was not accepted. Nothing was changed."))


@blueprint.post("/account/passkeys/<uuid:passkey_id>/remove")
@for_everybody
@fresh_factor_required
def remove_passkey(passkey_id: UUID) -> Response:
    """Removes a passkey."""
    with transaction() as session:
        removed = account.remove_passkey(session, _held(session), passkey_id=passkey_id)
    return _back(
        _("The passkey is removed.") if removed else _("Your only second factor stays. Add another one first.")
    )


@blueprint.post("/account/recovery-codes")
@for_everybody
@fresh_factor_required
def replace_codes() -> str:
    """Shows other recovery codes, once."""
    with transaction() as session:
        codes = account.replace_recovery_codes(session, _held(session))
    return _render("staff/account_codes.html", codes=codes)


@blueprint.get("/confirm")
@for_everybody
def confirm_page() -> str:
    """Asks for the second factor once more."""
    return _render_confirm()


@blueprint.post("/confirm")
@for_everybody
def confirm_by_code() -> Response | tuple[str, int]:
    """Makes the session fresh by a code, and leads back."""
    code, address = request.form.get("code", ""), request.remote_addr
    problem = _("This code is not right, or was used. A new one comes every 30 seconds.")
    return _confirm(
        lambda session, held: account.confirm_by_code(session, held, code=code, network_address=address), problem
    )


@blueprint.post("/confirm/passkey-options")
@for_everybody
def confirmation_options() -> Response:
    """What the browser needs to sign with a passkey, as JSON."""
    with transaction() as session:
        held = _held(session)
        options = factors.ask_for_passkey(session, held.page_session, staff_id=held.member.id)
    return Response(options, content_type="application/json")


@blueprint.post("/confirm/passkey")
@for_everybody
def confirm_by_passkey() -> Response | tuple[str, int]:
    """Makes the session fresh by a passkey, and leads back."""
    answer, address = request.form.get("answer", ""), request.remote_addr
    problem = _("This passkey was not accepted. Try again, or type a code.")
    return _confirm(
        lambda session, held: account.confirm_by_passkey(session, held, answer=answer, network_address=address), problem
    )


def _confirm(prove: Callable[[Session, Holding], bool], problem: str) -> Response | tuple[str, int]:
    try:
        with transaction() as session:
            proven = prove(session, _held(session))
    except TooManySignInTries as refusal:
        return _render_confirm(problem=sentence(refusal)), 429
    if not proven:
        return _render_confirm(problem=problem), 422
    flash(_("Thank you. For ten minutes you will not be asked again."))
    return redirect(own_address(request.form.get("next", "")) or first_page(Role(current_staff().role)), code=303)


def _held(session: Session) -> Holding:
    return account.holding(session, session_text=cookie.get(SESSION_COOKIE_KEY) or "")


def _back(words: str) -> Response:
    flash(words)
    return redirect(url_for("staff_account.account_page"), code=303)


def _render(template: str, **values: object) -> str:
    """A page in the frame that the person works in: the console, or for tills a narrow page."""
    staff = current_staff()
    frame = "staff/narrow.html" if staff.role in TILL_ROLES else "staff/wide.html"
    return render_template(
        template,
        frame=frame,
        person=person_for_page(staff),
        page_of="staff_account.account_page",
        first_page=first_page(Role(staff.role)),
        **values,
    )


def _render_account(*, refused: dict[str, str | None] | None = None) -> str:
    with transaction() as session:
        held = _held(session)
        return _render(
            "staff/account.html",
            member=held.member,
            passkeys=factors.own_passkeys(session, held.member.id),
            passkeys_possible=passkeys.are_possible(),
            codes_left=factors.recovery_codes_left(session, held.member.id),
            refused=refused or {},
        )


def _render_app(held: Holding, *, problem: str | None = None) -> str:
    secret = factors.totp_under_way(held.page_session) or factors.begin_totp(held.page_session)
    values = app_values(secret, account=held.member.login or held.member.name)
    return _render("staff/account_app.html", problem=problem, **values)


def _render_confirm(*, problem: str | None = None) -> str:
    with transaction() as session:
        held = _held(session)
        return _render(
            "staff/confirm.html",
            next=own_address(request.values.get("next", "")) or "",
            has_totp=held.member.totp_ciphertext is not None,
            has_passkey=bool(factors.own_passkeys(session, held.member.id)) and passkeys.are_possible(),
            problem=problem,
        )
