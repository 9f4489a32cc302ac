"""The page of a receipt: what was sold, what came back, and whose it is."""

from uuid import UUID

from backend.console.shell import LOOKING_ROLES, blueprint, render
from backend.members import finding as members
from backend.receipts import finding as receipts
from backend.shared.db import transaction
from backend.shared.i18n import current_locale
from backend.shops.queries import store
from backend.staff.access import page_staff_required


@blueprint.get("/receipts/<uuid:receipt_id>")
@page_staff_required(*LOOKING_ROLES)
def receipt_page(receipt_id: UUID) -> str:
    """One receipt as the till told it."""
    with transaction() as session:
        head, lines, returns = receipts.receipt(session, receipt_id)
        sold_at = store(session, head.store_id)
        return render(
            "receipt.html",
            page_of="console.members_page",
            receipt=head,
            lines=lines,
            returns=returns,
            store_name=sold_at.name.get(current_locale()) or sold_at.code,
            member=members.found_one(session, head.member_id) if head.member_id else None,
        )
