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


def register(app: Flask) -> None:
    """Puts the pages into the application and into the console's sidebar."""
    app.register_blueprint(blueprint)
    add_static_folder(app, "console", Path(__file__).parent / "static")
    set_sign_out(app, "staff.sign_out")
    add_console_page(
        app,
        endpoint="console.overview_page",
        label=_l("Overview"),
        icon="layout-dashboard",
        order=10,
        roles=CONSOLE_ROLES,
    )
    add_console_page(
        app,
        endpoint="console.programmes_page",
        label=_l("Programmes"),
        icon="adjustments",
        order=20,
        roles=READING_ROLES,
    )
    add_console_page(
        app,
        endpoint="console.budgets_page",
        label=_l("Budgets"),
        icon="wallet",
        order=24,
        roles=READING_ROLES,
        count=budget_pages.nearly_spent,
    )
    add_console_page(
        app,
        endpoint="console.rewards_page",
        label=_l("Rewards"),
        icon="ticket",
        order=28,
        roles=READING_ROLES,
        count=reward_pages.orders_waiting,
    )
    add_console_page(
        app,
        endpoint="console.segments_page",
        label=_l("Segments"),
        icon="filter",
        order=32,
        roles=READING_ROLES,
    )
    add_console_page(
        app,
        endpoint="console.referrals_page",
        label=_l("Referrals"),
        icon="user-plus",
        order=36,
        roles=CONSOLE_ROLES,
    )
    add_console_page(
        app,
        endpoint="console.campaigns_page",
        label=_l("Campaigns"),
        icon="speakerphone",
        order=40,
        roles=CAMPAIGN_ROLES,
    )
    add_console_page(
        app, endpoint="console.members_page", label=_l("Members"), icon="users", order=50, roles=LOOKING_ROLES
    )
    add_console_page(
        app,
        endpoint="console.adjustments_page",
        label=_l("Adjustments"),
        icon="plus-minus",
        order=60,
        roles=LOOKING_ROLES,
        count=adjustment_pages.waiting_for_me,
    )
    add_console_page(
        app,
        endpoint="console.disputes_page",
        label=_l("Disputes"),
        icon="message-circle-question",
        order=62,
        roles=LOOKING_ROLES,
        count=dispute_pages.waiting,
    )
    add_console_page(
        app,
        endpoint="console.screening_page",
        label=_l("Under review"),
        icon="hand-stop",
        order=64,
        roles=screening_pages.CASE_ROLES,
        count=screening_pages.cases_waiting,
    )
    add_console_page(
        app,
        endpoint="console.screening_rules_page",
        label=_l("Fraud rules"),
        icon="scale",
        order=66,
        roles=screening_pages.RULES_ROLES,
    )
