"""The application is put together here; the only file that knows every feature."""

import importlib.util

from flask import Flask

from backend.actions import routes as actions_routes
from backend.actions.service import on_profile_filled
from backend.budgets.jobs import BUDGET_NOTICES
from backend.cabinet import front_door, landing, poster
from backend.cabinet import invitation_routes as cabinet_invitation_routes
from backend.cabinet import rewards_routes as cabinet_rewards_routes
from backend.cabinet import routes as cabinet_routes
from backend.cabinet.service import tell_of_changed_phone, tell_of_further_device
from backend.campaigns import jobs as campaign_jobs
from backend.campaigns import routes as campaigns_routes
from backend.campaigns.service import pause_halted
from backend.console import pages as console_pages
from backend.console import routes as console_routes
from backend.console import screening_routes
from backend.demo.application import init_demo
from backend.disputes import jobs as dispute_jobs
from backend.disputes import routes as disputes_routes
from backend.disputes import service as disputes
from backend.ledger import measures as ledger_measures
from backend.ledger import queries as ledger_queries
from backend.ledger.adjusting import EXPIRE_ADJUSTMENTS
from backend.ledger.audit import add_invariants
from backend.ledger.events import AccrualReversed, AccrualsReleased, DisputeAdjustmentDecided
from backend.ledger.jobs import LEDGER_JOBS
from backend.ledger.reconciliation import freeze_what_failed
from backend.ledger.service import open_account
from backend.members import queries as members_queries
from backend.members import routes as members_routes
from backend.members.events import (
    FurtherDeviceLinked,
    MemberChanged,
    MemberErased,
    MemberJoined,
    MembersJoined,
    PhoneChanged,
    ProfileFilled,
)
from backend.members.retention import FORGET_EXPIRED
from backend.notifications import jobs as notification_jobs
from backend.notifications import measures as notification_measures
from backend.notifications import queries as notification_queries
from backend.notifications import routes as notifications_routes
from backend.notifications.events import BroadcastsHalted
from backend.notifications.service import forget_member
from backend.programmes import routes as programmes_routes
from backend.programmes.events import ProgrammeScheduled
from backend.receipts import queries as receipts_queries
from backend.referrals import code_routes as referral_code_routes
from backend.referrals import queries as referrals_queries
from backend.referrals import review as referral_review
from backend.referrals import routes as referrals_routes
from backend.referrals import service as referrals
from backend.referrals import staff_routes as referral_staff_routes
from backend.referrals.events import CouponsDue, CouponsWithdrawn
from backend.referrals.visits import FORGET_VISITORS_OF_YESTERDAY
from backend.replay import pages as replay_pages
from backend.replay.jobs import REPLAY_START
from backend.rewards import queries as rewards_queries
from backend.rewards import routes as rewards_routes
from backend.rewards import service as rewards
from backend.screening.events import CaseClosed
from backend.segments import listening as segments
from backend.segments import routes as segments_routes
from backend.segments.catalogue import init_attributes
from backend.segments.jobs import SEGMENT_RECOMPUTE, SEGMENT_TOUCHES
from backend.settings import Settings
from backend.shared import health
from backend.shared.db import CONNECT_ARGUMENTS, db, engine_url, recover_by
from backend.shared.events import Events
from backend.shared.i18n import init_i18n
from backend.shared.jobs import Jobs
from backend.shared.logs import configure_logs
from backend.shared.problems import ProblemApi, init_problems
from backend.shared.version import VERSION
from backend.shops.appearance import init_appearance
from backend.staff import pages as staff_pages
from backend.staff.audit_chain import SEAL_AUDIT_LOG
from backend.staff.csrf import init_csrf
from backend.tiers import queries as tiers_queries
from backend.tiers import service as tiers
from backend.tiers.jobs import TIER_REVIEW
from backend.till import pages as till_pages
from backend.till import routes as till_routes
from backend.till.audit import RESERVATIONS_ARE_SET_ASIDE
from backend.till.cashier_outliers import CASHIER_REVIEW
from backend.till.group_commit import GroupCommit
from backend.till.held_receipts import on_case_closed as on_receipt_case_closed
from backend.till.resolving import RESERVATION_TIMEOUT

FEATURES = (
    "shops",
    "staff",
    "members",
    "screening",
    "notifications",
    "ledger",
    "receipts",
    "programmes",
    "budgets",
    "referrals",
    "tiers",
    "actions",
    "rewards",
    "segments",
    "till",
    "campaigns",
    "disputes",
    "replay",
    "cabinet",
    "console",
)
# What segments may ask of members, in the order in which the editor shows it.
FEATURES_WITH_ATTRIBUTES = (
    members_queries,
    receipts_queries,
    ledger_queries,
    referrals_queries,
    tiers_queries,
    rewards_queries,
    notification_queries,
)
API_BLUEPRINTS = (
    cabinet_routes.blueprint,
    cabinet_rewards_routes.blueprint,
    rewards_routes.blueprint,
    members_routes.blueprint,
    notifications_routes.blueprint,
    programmes_routes.blueprint,
    referrals_routes.blueprint,
    referral_code_routes.blueprint,
    referral_staff_routes.blueprint,
    cabinet_invitation_routes.blueprint,
    till_routes.blueprint,
    till_routes.reservations,
    actions_routes.blueprint,
    segments_routes.blueprint,
    campaigns_routes.blueprint,
    disputes_routes.blueprint,
    console_routes.blueprint,
    screening_routes.blueprint,
)
PAGE_BLUEPRINTS = (health.blueprint, landing.blueprint, poster.blueprint)
# What a statement was filled with is nobody's business in a log.
ENGINE_OPTIONS = {"pool_size": 12, "max_overflow": 8, "connect_args": CONNECT_ARGUMENTS, "hide_parameters": True}
REQUEST_BYTES_MAXIMUM = 16 * 1024 * 1024


def create_app(
    settings: Settings, *, engine_options: dict[str, object] | None = None, group_commit: bool = False
) -> Flask:
    """The Flask application for these settings. `settings.database_url` must be set.

    `group_commit` lets receipts of concurrent requests be committed together, by a thread of its own: for web servers.
    """
    configure_logs()
    app = Flask("backend", static_folder=None, template_folder=None)
    app.config.update(
        MOLVA=settings,
        SECRET_KEY=settings.derived_key("pages").hex(),
        SQLALCHEMY_DATABASE_URI=engine_url(settings.database_url or ""),
        SQLALCHEMY_ENGINE_OPTIONS=ENGINE_OPTIONS | (engine_options or {}),
        MAX_CONTENT_LENGTH=REQUEST_BYTES_MAXIMUM,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,
        API_TITLE="Molva",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
    )
    app.extensions["molva_events"] = Events()
    app.extensions["molva_jobs"] = Jobs()
    db.init_app(app)
    init_i18n(app)
    init_attributes(app, *(feature.segment_attributes() for feature in FEATURES_WITH_ATTRIBUTES))
    api = ProblemApi(app)
    init_problems(app)
    init_appearance(app)
    init_csrf(app)
    staff_pages.register(app)
    till_pages.register(app)
    console_pages.register(app)
    replay_pages.register(app)
    import_models()
    _load_wordings()
    _register_blueprints(app, api)
    _wire_events(app.extensions["molva_events"])
    _register_jobs(app.extensions["molva_jobs"])
    if settings.demo:
        init_demo(app)
    else:
        app.register_blueprint(front_door.blueprint)
    health.add_measures(app, notification_measures.measures, ledger_measures.measures)
    health.add_alarms(app, ledger_measures.alarms)
    add_invariants(app, RESERVATIONS_ARE_SET_ASIDE)
    recover_by(app, freeze_what_failed)
    if group_commit:
        app.extensions["molva_group_commit"] = GroupCommit(app)
    return app


def import_models() -> None:
    """Every feature's tables into `Base.metadata`."""
    _import_where_present("models")


def _load_wordings() -> None:
    _import_where_present("wordings")


def _import_where_present(module: str) -> None:
    for feature in (*FEATURES, "demo"):
        name = f"backend.{feature}.{module}"
        if importlib.util.find_spec(f"backend.{feature}") and importlib.util.find_spec(name):
            importlib.import_module(name)


def _register_blueprints(app: Flask, api: ProblemApi) -> None:
    for blueprint in API_BLUEPRINTS:
        api.register_blueprint(blueprint)
    for pages_blueprint in PAGE_BLUEPRINTS:
        app.register_blueprint(pages_blueprint)


def _wire_events(events: Events) -> None:
    """Who hears what from the features below."""
    events.subscribe(MemberJoined, open_account)
    events.subscribe(MembersJoined, open_account)
    events.subscribe(MemberErased, forget_member)
    events.subscribe(MemberErased, referrals.on_member_erased)
    events.subscribe(MemberErased, tiers.forget_member)
    events.subscribe(MemberErased, segments.on_member_erased)
    events.subscribe(MemberChanged, segments.on_member_changed)
    events.subscribe(ProgrammeScheduled, segments.on_programme_scheduled)
    events.subscribe(MemberErased, rewards.on_member_erased)
    events.subscribe(CouponsDue, rewards.on_coupons_due)
    events.subscribe(CouponsWithdrawn, rewards.on_coupons_withdrawn)
    events.subscribe(MemberErased, disputes.on_member_erased)
    events.subscribe(DisputeAdjustmentDecided, disputes.on_adjustment_decided)
    events.subscribe(ProfileFilled, on_profile_filled)
    events.subscribe(FurtherDeviceLinked, tell_of_further_device)
    events.subscribe(PhoneChanged, tell_of_changed_phone)
    events.subscribe(CaseClosed, on_receipt_case_closed)
    events.subscribe(AccrualsReleased, referrals.on_accruals_released)
    events.subscribe(AccrualsReleased, tiers.on_accruals_released)
    events.subscribe(AccrualReversed, referrals.on_accrual_reversed)
    events.subscribe(CaseClosed, referral_review.on_case_closed)
    events.subscribe(BroadcastsHalted, pause_halted)


def _register_jobs(jobs: Jobs) -> None:
    """What the worker does by itself."""
    jobs.register(FORGET_EXPIRED, FORGET_VISITORS_OF_YESTERDAY, SEAL_AUDIT_LOG)
    jobs.register(*LEDGER_JOBS, EXPIRE_ADJUSTMENTS)
    jobs.register(RESERVATION_TIMEOUT, CASHIER_REVIEW)
    jobs.register(dispute_jobs.WATCH_DEADLINES, dispute_jobs.FORGET_EVIDENCE)
    jobs.register(REPLAY_START)
    jobs.register(rewards.REWARD_EXPIRY)
    jobs.register(BUDGET_NOTICES, TIER_REVIEW)
    jobs.register(SEGMENT_TOUCHES, SEGMENT_RECOMPUTE)
    jobs.register(notification_jobs.forget_expired_secrets, campaign_jobs.put_in_line, campaign_jobs.finish)
