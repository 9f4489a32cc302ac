"""The console's pages of staff accounts: who works here; inviting, changing roles, resetting factors, disabling."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.shared.db import transaction
from backend.shared.i18n import LOCALES, _, current_locale
from backend.shops import queries as shops
from backend.staff import audit_reading, factors, people, service
from backend.staff.access import current_staff, fresh_factor_required, page_staff_required, person_for_page
from backend.staff.errors import LoginRefused, NameNeeded, ReasonNeeded, StoreNeeded, UnknownRole
from backend.staff.roles import ROLE_NAMES, TILL_ROLES, Role
from backend.staff.words import said_of, sentence

blueprint = Blueprint("staff_people", __name__, url_prefix="/console/staff", template_folder="templates")

ROLES = ("administrator",)
for_administrators = page_staff_required(*ROLES)
REASON_LENGTH_MAXIMUM = 500
HISTORY_ROWS = 12


@blueprint.get("")
@for_administrators
def people_page() -> str:
    """Who works here."""
    with transaction() as session:
        return _render("staff/people.html", accounts=people.accounts(session))


@blueprint.get("/new")
@for_administrators
def invitation_page() -> str:
    """The form of a new account."""
    with transaction() as session:
        return _render_invitation(session)


@blueprint.post("/new")
@for_administrators
@fresh_factor_required
def invite() -> tuple[str, int]:
    """Makes the account and shows its link, once."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "login", "role", "store_id", "locale")}
    try:
        with transaction() as session:
            member = service.create_staff_member(
                session,
                name=typed["name"],
                login=typed["login"] or None,
                role=_role(typed["role"]),
                store_id=_store_id(session, typed["store_id"]),
                locale=typed["locale"] if typed["locale"] in LOCALES else current_locale(),
                who=current_staff().who,
            )
            return _render_link(session, member.id), 201
    except (NameNeeded, LoginRefused, StoreNeeded, UnknownRole) as refusal:
        refused = {
            "name": str(refusal.title) if isinstance(refusal, NameNeeded) else None,
            "store_id": str(refusal.title) if isinstance(refusal, StoreNeeded) else None,
            "role": sentence(refusal) if isinstance(refusal, UnknownRole) else None,
        }
        refused["login"] = said_of(refusal, "login")
        with transaction() as session:
            return _render_invitation(session, typed=typed, refused=refused), 422


@blueprint.get("/<uuid:staff_id>")
@for_administrators
def person_page(staff_id: UUID) -> str:
    """One account: how it signs in, what can be done, what was done."""
    with transaction() as session:
        account = people.accounts(session, staff_id=staff_id)[0]
        return _render(
            "staff/person.html",
            account=account,
            own=account.id == current_staff().id,
            stores=_stores(session),
            roles=_roles(),
            history=audit_reading.entries(session, about=f"staff_member:{staff_id}", limit=HISTORY_ROWS),
        )


@blueprint.post("/<uuid:staff_id>/role")
@for_administrators
@fresh_factor_required
def change_role(staff_id: UUID) -> Response:
    """Gives the account another role."""
    who, reason = current_staff().who, _reason()
    typed_role, typed_store = request.form.get("role", ""), request.form.get("store_id", "")

    def act(session: Session) -> str:
        role = _role(typed_role)
        store_id = _store_id(session, typed_store) if role in TILL_ROLES else None
        service.change_role(session, staff_id=staff_id, role=role, store_id=store_id, who=who, reason=reason)
        return str(_("The role is changed. The person signs in anew."))

    return _do(staff_id, act)


@blueprint.post("/<uuid:staff_id>/link")
@for_administrators
@fresh_factor_required
def issue_link(staff_id: UUID) -> tuple[str, int]:
    """Makes another link and shows it, once."""
    with transaction() as session:
        return _render_link(session, staff_id), 201


@blueprint.post("/<uuid:staff_id>/reset")
@for_administrators
@fresh_factor_required
def reset_factors(staff_id: UUID) -> Response | tuple[str, int]:
    """Takes password and second factors from the account, and shows a link to set them up anew."""
    reason, who = _reason(), current_staff().who
    if not reason:
        return _do(staff_id, _refuse_without_reason)
    with transaction() as session:
        factors.reset(session, staff_id=staff_id, who=who, reason=reason)
        return _render_link(session, staff_id), 201


@blueprint.post("/<uuid:staff_id>/disable")
@for_administrators
@fresh_factor_required
def disable(staff_id: UUID) -> Response:
    """Ends the account."""
    reason, who = _reason(), current_staff().who

    def act(session: Session) -> str:
        if not reason:
            raise ReasonNeeded
        service.disable_staff_member(session, staff_id=staff_id, who=who, reason=reason)
        return str(_("The account is disabled. Its sessions are over."))

    return _do(staff_id, act)


def _refuse_without_reason(_session: Session) -> str:
    raise ReasonNeeded


def _do(staff_id: UUID, act: Callable[[Session], str]) -> Response:
    try:
        with transaction() as session:
            said = act(session)
    except (ReasonNeeded, StoreNeeded, UnknownRole) as refusal:
        said = sentence(refusal)
    flash(said)
    return redirect(url_for("staff_people.person_page", staff_id=staff_id), code=303)


def _reason() -> str | None:
    return request.form.get("reason", "").strip()[:REASON_LENGTH_MAXIMUM] or None


def _role(typed: str) -> Role:
    if typed not in list(Role):
        raise UnknownRole
    return Role(typed)


def _store_id(session: Session, typed: str) -> UUID | None:
    return next((store.id for store in shops.stores(session) if str(store.id) == typed), None)


def _stores(session: Session) -> list[tuple[str, str]]:
    locale = current_locale()
    return [(str(store.id), store.name.get(locale) or store.code) for store in shops.stores(session)]


def _roles() -> list[tuple[str, str]]:
    return [(role.value, str(name)) for role, name in ROLE_NAMES.items()]


def _render(template: str, **values: object) -> str:
    return render_template(
        template,
        person=person_for_page(current_staff()),
        page_of="staff_people.people_page",
        role_names=ROLE_NAMES,
        **values,
    )


def _render_invitation(
    session: Session, *, typed: dict[str, str] | None = None, refused: dict[str, str | None] | None = None
) -> str:
    return _render(
        "staff/invitation.html", stores=_stores(session), roles=_roles(), typed=typed or {}, refused=refused or {}
    )


def _render_link(session: Session, staff_id: UUID) -> str:
    issued = service.issue_sign_in_link(session, staff_id=staff_id, who=current_staff().who)
    address = f"{current_app.config['MOLVA'].public_url}{url_for('staff.sign_in_page', link=issued.text)}"
    account = people.accounts(session, staff_id=staff_id)[0]
    return _render("staff/issued_link.html", account=account, address=address, expires_at=issued.expires_at)
