"""The console as the application takes it in: its pages, its files, and its lines of the sidebar."""

from pathlib import Path

from flask import Flask

from backend.console import (
    adjustment_pages,
    budget_pages,
    campaign_pages,
    dispute_pages,
    dispute_report_pages,
    member_pages,
    overview_pages,
    own_card_pages,
    programme_pages,
    receipt_pages,
    referral_export,
    referral_pages,
    reward_pages,
    screening_pages,
    segment_pages,
)
from backend.console.shell import CAMPAIGN_ROLES, CONSOLE_ROLES, LOOKING_ROLES, READING_ROLES, blueprint
from backend.shared.i18n import _l
from backend.shared.pages import add_console_page, add_static_folder, set_sign_out

# Each puts its pages on the blueprint when it is imported.
PAGES = (
    adjustment_pages,
    budget_pages,
    campaign_pages,
    dispute_pages,
    dispute_report_pages,
    member_pages,
    overview_pages,
    own_card_pages,
    programme_pages,
    receipt_pages,
    referral_pages,
    referral_export,
    reward_pages,
    screening_pages,
    segment_pages,
)


# Where it stands, its page, what it is called, its picture, who sees it, and what of it waits for them.
SIDEBAR = (
    (10, "overview_page", _l("Overview"), "layout-dashboard", CONSOLE_ROLES, None),
    (20, "programmes_page", _l("Programmes"), "adjustments", READING_ROLES, None),
    (24, "budgets_page", _l("Budgets"), "wallet", READING_ROLES, budget_pages.nearly_spent),
    (28, "rewards_page", _l("Rewards"), "ticket", READING_ROLES, reward_pages.orders_waiting),
    (32, "segments_page", _l("Segments"), "filter", READING_ROLES, None),
    (36, "referrals_page", _l("Referrals"), "user-plus", CONSOLE_ROLES, None),
    (40, "campaigns_page", _l("Campaigns"), "speakerphone", CAMPAIGN_ROLES, None),
    (50, "members_page", _l("Members"), "users", LOOKING_ROLES, None),
    (60, "adjustments_page", _l("Adjustments"), "plus-minus", LOOKING_ROLES, adjustment_pages.waiting_for_me),
    (62, "disputes_page", _l("Disputes"), "message-circle-question", LOOKING_ROLES, dispute_pages.waiting),
    (64, "screening_page", _l("Under review"), "hand-stop", screening_pages.CASE_ROLES, screening_pages.cases_waiting),
    (66, "screening_rules_page", _l("Fraud rules"), "scale", screening_pages.RULES_ROLES, None),
)


def register(app: Flask) -> None:
    """Puts the pages into the application and into the console's sidebar."""
    app.register_blueprint(blueprint)
    add_static_folder(app, "console", Path(__file__).parent / "static")
    set_sign_out(app, "staff.sign_out")
    for order, page, label, icon, roles, count in SIDEBAR:
        add_console_page(app, endpoint=f"console.{page}", label=label, icon=icon, order=order, roles=roles, count=count)
