"""Pages where somebody with a link sets up an account: a password, a second factor, and the recovery codes, once.

A link is used up by the button behind it, never by opening it: messengers open links to show a preview.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.shared.access import public
from backend.shared.db import transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop
from backend.staff import factors, passkeys, sign_in
from backend.staff.csrf import check_csrf
from backend.staff.entering import arrived, back_to_the_start, come_in, enter, link_text_of
from backend.staff.errors import LoginRefused, PasswordRefused, SignInLinkRefused
from backend.staff.pictures import app_values
from backend.staff.sign_in import Arrival
from backend.staff.stages import Stage
from backend.staff.words import said_of

blueprint = Blueprint("staff_set_up", __name__, url_prefix="/staff/set-up", template_folder="templates")


@blueprint.post("")
@public
def begin() -> Response | tuple[str, int]:
    """Uses up a link and leads to the password."""
    check_csrf()
    try:
        with transaction() as session:
            entry_text = sign_in.begin_by_link(session, link_text=link_text_of(request.form.get("link", "")))
    except SignInLinkRefused:
        return render_template("staff/sign_in.html", refused=True), 422
    come_in(entry_text, to=request.form.get("next", ""))
    return redirect(url_for("staff_set_up.password_page"), code=303)


@blueprint.get("/password")
@public
@back_to_the_start
def password_page() -> str:
    """Asks for a login, where there is none yet, and for a password."""
    with transaction() as session:
        return _render_password(arrived(session, Stage.PASSWORD))


@blueprint.post("/password")
@public
@back_to_the_start
def set_password() -> Response | tuple[str, int]:
    """Keeps the password and leads to the second factor."""
    check_csrf()
    login, password = request.form.get("login", ""), request.form.get("password", "")
    shop = current_shop().name_in(current_locale())
    with transaction() as session:
        found = arrived(session, Stage.PASSWORD)
        try:
            sign_in.set_password(session, found, login=login, password=password, others=[shop])
        except (PasswordRefused, LoginRefused) as refusal:
            refused = {field: said_of(refusal, field) for field in ("login", "password")}
            return _render_password(found, login=login, refused=refused), 422
        step = "staff.factor_page" if found.entry.stage == Stage.FACTOR else "staff_set_up.factor_page"
    return redirect(url_for(step), code=303)


@blueprint.get("/factor")
@public
@back_to_the_start
def factor_page() -> str:
    """Shows the QR code for an authenticator app, and offers a passkey."""
    with transaction() as session:
        return _render_factor(arrived(session, Stage.ENROL))


@blueprint.post("/factor")
@public
@back_to_the_start
def enrol_by_code() -> str | tuple[str, int]:
    """Takes the app's first code and shows the recovery codes."""
    check_csrf()
    with transaction() as session:
        found = arrived(session, Stage.ENROL)
        codes = sign_in.enrol_by_code(session, found, code=request.form.get("code", ""))
        if codes is None:
            problem = _("This code is not right. Type the six digits that the app shows now.")
            return _render_factor(found, problem=problem), 422
    return _render_codes(codes)


@blueprint.post("/passkey-options")
@public
def passkey_options() -> Response:
    """What the browser needs to make a passkey, as JSON."""
    check_csrf()
    shop = current_shop().name_in(current_locale())
    with transaction() as session:
        found = arrived(session, Stage.ENROL)
        options = factors.ask_to_make_passkey(
            session, found.entry, member=found.member, login=found.entry.login, shop=shop
        )
    return Response(options, content_type="application/json")


@blueprint.post("/passkey")
@public
@back_to_the_start
def enrol_by_passkey() -> str | tuple[str, int]:
    """Takes the passkey that the browser has made and shows the recovery codes."""
    check_csrf()
    with transaction() as session:
        found = arrived(session, Stage.ENROL)
        codes = sign_in.enrol_by_passkey(session, found, answer=request.form.get("answer", ""))
        if codes is None:
            return _render_factor(found, problem=_("This passkey was not accepted. Try again, or use an app.")), 422
    return _render_codes(codes)


@blueprint.get("/recovery-codes")
@public
@back_to_the_start
def codes_page() -> str:
    """For whoever comes back to codes that were shown already: they can have others."""
    with transaction() as session:
        arrived(session, Stage.RECOVERY)
    return _render_codes(None)


@blueprint.post("/recovery-codes")
@public
@back_to_the_start
def replace_codes() -> str:
    """Shows other recovery codes; the earlier ones are worthless."""
    check_csrf()
    with transaction() as session:
        codes = factors.replace_recovery_codes(session, arrived(session, Stage.RECOVERY).member)
    return _render_codes(codes)


@blueprint.post("/finish")
@public
@back_to_the_start
def finish() -> Response:
    """Signs in."""
    check_csrf()
    with transaction() as session:
        signed_in = sign_in.finish(session, arrived(session, Stage.RECOVERY))
    return enter(signed_in)


def _render_password(found: Arrival, *, login: str = "", refused: dict[str, str | None] | None = None) -> str:
    return render_template(
        "staff/set_up_password.html",
        name=found.member.name,
        login=found.member.login,
        typed_login=login,
        refused=refused or {},
    )


def _render_factor(found: Arrival, *, problem: str | None = None) -> str:
    secret = factors.totp_under_way(found.entry) or factors.begin_totp(found.entry)
    return render_template(
        "staff/set_up_factor.html",
        **app_values(secret, account=found.entry.login or found.member.name),
        passkeys_possible=passkeys.are_possible(),
        problem=problem,
    )


def _render_codes(codes: list[str] | None) -> str:
    return render_template(
        "staff/recovery_codes.html",
        codes=codes,
        go_on=url_for("staff_set_up.finish"),
        others=url_for("staff_set_up.replace_codes"),
    )
