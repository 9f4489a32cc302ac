"""The console's first page: how the house stands, and what waits for whoever is signed in."""

from backend.campaigns import queries as campaigns
from backend.console import dispute_pages
from backend.console.adjustment_pages import waiting_for_me
from backend.console.shell import ADJUSTING_ROLES, CAMPAIGN_ROLES, CONSOLE_ROLES, LOOKING_ROLES, blueprint, render
from backend.disputes import queries as disputes
from backend.ledger import journal
from backend.ledger.audit import totals
from backend.members import finding as members
from backend.shared.db import transaction
from backend.staff.access import current_staff, page_staff_required

FROZEN_SHOWN = 5
CAMPAIGNS_LOOKED_AT = 20
GOING = ("running", "paused")


@blueprint.get("")
@page_staff_required(*CONSOLE_ROLES)
def overview_page() -> str:
    """Figures of the whole house, and what waits for this role."""
    role = current_staff().role
    with transaction() as session:
        frozen = journal.frozen_members(session, limit=FROZEN_SHOWN) if role in LOOKING_ROLES else []
        listed = campaigns.views(session, before=None, limit=CAMPAIGNS_LOOKED_AT) if role in CAMPAIGN_ROLES else []
        return render(
            "overview.html",
            page_of="console.overview_page",
            totals=totals(session),
            waiting=waiting_for_me() if role in ADJUSTING_ROLES else 0,
            disputes=dispute_pages.waiting(),
            escalated=disputes.escalated_count(session) if role in ADJUSTING_ROLES else 0,
            frozen=frozen,
            members=members.found(session, [member_id for member_id, _at, _reason in frozen]),
            going=[campaign for campaign in listed if campaign.status in GOING],
        )
