"""The page on which somebody of the staff says which card is their own as a guest."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console.shell import blueprint
from backend.members import finding as members
from backend.members import queries as member_queries
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import _
from backend.staff import queries as staff
from backend.staff import service as staff_service
from backend.staff.access import current_staff, page_staff_required, person_for_page
from backend.staff.roles import TILL_ROLES, Role

EVERYBODY = tuple(role.value for role in Role)


@blueprint.get("/own-card")
@page_staff_required(*EVERYBODY)
def own_card_page() -> str:
    """The card that is linked, or a form to link one."""
    return _render()


@blueprint.post("/own-card")
@page_staff_required(*EVERYBODY)
def link_own_card() -> Response | tuple[str, int]:
    """Links the card that was scanned or typed, or none any more."""
    person, text = current_staff(), request.form.get("card", "").strip()

    def link(session: Session) -> bool:
        member_id = members.find(session, text) if text else None
        if person.id is None or (text and member_id is None):
            return False
        staff_service.link_card(session, staff_id=person.id, member_id=member_id, who=person.who)
        return True

    if not run_transaction(link):
        return _render(text=text, error=_("Nobody has this card number or phone.")), 422
    flash(_("Your card is linked.") if text else _("No card is linked any more."))
    return redirect(url_for("console.own_card_page"), code=303)


def _render(*, text: str = "", error: str = "") -> str:
    identity = current_staff()
    with transaction() as session:
        person = staff.staff_member(session, identity.id) if identity.id else None
        member_id = person.member_id if person else None
        label = member_queries.labels(session, [member_id]).get(member_id) if member_id else None
    frame = "staff/narrow.html" if identity.role in TILL_ROLES else "staff/wide.html"
    return render_template(
        "console/own_card.html",
        frame=frame,
        person=person_for_page(identity),
        page_of="staff_account.account_page",
        card_masked=label.card_masked if label else None,
        text=text,
        error=error,
    )
