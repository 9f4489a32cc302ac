"""The console's page of till keys: which tills have one, and when each was last used; issuing, rotating, revoking."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from backend.shared.db import transaction
from backend.shared.i18n import _, current_locale
from backend.shops import queries as shops
from backend.staff import queries, service
from backend.staff.access import current_staff, fresh_factor_required, page_staff_required, person_for_page
from backend.staff.errors import NameNeeded, RotationUnderWay
from backend.staff.service import Issued
from backend.staff.words import sentence

blueprint = Blueprint("staff_till_keys", __name__, url_prefix="/console/till-keys", template_folder="templates")

ROLES = ("administrator",)
for_administrators = page_staff_required(*ROLES)
REASON_LENGTH_MAXIMUM = 500


@blueprint.get("")
@for_administrators
def keys_page() -> str:
    """All keys, live ones first."""
    return _render()


@blueprint.post("")
@for_administrators
@fresh_factor_required
def issue() -> tuple[str, int]:
    """Makes a key and shows it, once."""
    label, typed_store = request.form.get("label", ""), request.form.get("store_id", "")
    try:
        with transaction() as session:
            known = [store.id for store in shops.stores(session)]
            store_id = next((one for one in known if str(one) == typed_store), None)
            if store_id is None:
                return _render(problem=_("Choose a store.")), 422
            issued = service.create_till_key(session, store_id=store_id, label=label, who=current_staff().who)
    except NameNeeded as refusal:
        return _render(problem=sentence(refusal)), 422
    return _render(issued=issued), 201


@blueprint.post("/<prefix>/rotate")
@for_administrators
@fresh_factor_required
def rotate(prefix: str) -> Response | tuple[str, int]:
    """Makes a key that replaces this one, and shows it, once."""
    try:
        with transaction() as session:
            issued = service.rotate_till_key(session, prefix=prefix, who=current_staff().who)
    except RotationUnderWay as refusal:
        return _back(sentence(refusal))
    return _render(issued=issued), 201


@blueprint.post("/<prefix>/revoke")
@for_administrators
@fresh_factor_required
def revoke(prefix: str) -> Response:
    """Ends a key."""
    reason = request.form.get("reason", "").strip()[:REASON_LENGTH_MAXIMUM] or None
    with transaction() as session:
        service.revoke_till_key(session, prefix=prefix, who=current_staff().who, reason=reason)
    return _back(_("%(prefix)s is revoked. The next request with it is refused.", prefix=prefix))


def _back(words: str) -> Response:
    flash(words)
    return redirect(url_for("staff_till_keys.keys_page"), code=303)


def _render(*, issued: Issued | None = None, problem: str | None = None) -> str:
    locale = current_locale()
    with transaction() as session:
        stores: dict[UUID, str] = {store.id: store.name.get(locale) or store.code for store in shops.stores(session)}
        keys = queries.till_keys(session)
        prefixes = {key.id: key.prefix for key in keys}
        replaced = {key.replaces_id for key in keys if key.revoked_at is None}
        return render_template(
            "staff/till_keys.html",
            person=person_for_page(current_staff()),
            keys=sorted(keys, key=lambda key: (key.revoked_at is not None, stores[key.store_id], key.label)),
            stores=stores,
            prefixes=prefixes,
            replaced=replaced,
            live={key.id for key in keys if key.revoked_at is None},
            issued=issued,
            problem=problem,
        )
