"""The desk for what rules have held, and the page that says how well each rule does."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console import screening_words
from backend.console.member_page import REFERRAL_NAMES
from backend.console.screening_decision import decide, is_own
from backend.console.screening_subjects import subject_of, title_of
from backend.console.shell import blueprint, month_name, refusal_in_words, render
from backend.programmes import queries as programmes
from backend.screening import queries as screening
from backend.screening import reporting
from backend.screening.errors import CaseDecidedAlready, OwnCase
from backend.screening.known_rules import KNOWN
from backend.screening.reporting import RuleReport, Tally
from backend.screening.rules import Rule
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction, transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages.plots import bars
from backend.shops.queries import the_shop
from backend.staff.access import current_staff, fresh_factor_required, page_staff_required
from backend.staff.roles import Role

DECIDING_ROLES = ("support", "store_manager", "administrator")
CASE_ROLES = (*DECIDING_ROLES, "auditor")
RULES_ROLES = (*CASE_ROLES, "marketer", "analyst")
# Whoever may look at members and receipts is led to their pages.
LINKED_ROLES = ("support", "administrator", "auditor")
QUEUE_SHOWN = 50
DECIDED_SHOWN = 20
REASON_LENGTH_MAXIMUM = 500
MONTHS_SHOWN = 6


def cases_waiting() -> int:
    """How many cases the person who is signed in could decide on."""
    return screening.open_count(db.session()) if current_staff().role in DECIDING_ROLES else 0


@blueprint.get("/screening")
@page_staff_required(*CASE_ROLES)
def screening_page() -> str:
    """The queue, with the case that waits longest open."""
    with transaction() as session:
        return _render_desk(session)


@blueprint.get("/screening/<uuid:case_id>")
@page_staff_required(*CASE_ROLES)
def screening_case_page(case_id: UUID) -> str:
    """The desk with one case open."""
    with transaction() as session:
        return _render_desk(session, case=screening.case(session, case_id))


@blueprint.post("/screening/<uuid:case_id>")
@page_staff_required(*DECIDING_ROLES)
@fresh_factor_required
def decide_on_case(case_id: UUID) -> Response | tuple[str, int]:
    """Lets go on what was held, or ends it, with a reason."""
    reason, outcome = request.form.get("reason", "").strip(), request.form.get("outcome", "")
    if outcome not in ("release", "refuse") or not 0 < len(reason) <= REASON_LENGTH_MAXIMUM:
        error = str(_("Say why, in up to %(most)s characters.", most=REASON_LENGTH_MAXIMUM))
        with transaction() as session:
            return _render_desk(session, case=screening.case(session, case_id), error=error), 422
    staff = current_staff()
    try:
        run_transaction(
            lambda session: decide(
                session,
                case_id=case_id,
                outcome="release" if outcome == "release" else "refuse",
                reason=reason,
                by=staff,
            )
        )
    except (CaseDecidedAlready, OwnCase) as refusal:
        flash(refusal_in_words(refusal))
        return redirect(url_for("console.screening_case_page", case_id=case_id), code=303)
    flash(_("Released: it goes on as if it had never been held.") if outcome == "release" else _("Refused."))
    return redirect(url_for("console.screening_page"), code=303)


@blueprint.get("/screening/rules")
@page_staff_required(*RULES_ROLES)
def screening_rules_page() -> str:
    """Each rule: how it runs, what it caught and what of it was wrong, and what it would have done in shadow."""
    with transaction() as session:
        now, zone = business_now(), the_shop(session).zone
        months = _months(now, zone)
        since = datetime(months[0].year, months[0].month, 1, tzinfo=ZoneInfo(zone))
        found = reporting.report(session, since=since, until=now + timedelta(seconds=1), zone=zone)
        programme = programmes.main_programme(session, at=now)
        settings = {rule.rule: rule for rule in programme.screening} if programme else {}
        asked = request.args.get("rule", "")
        by_month = _by_month([one for one in found if asked in ("", one.rule)])
        return render(
            "screening_rules.html",
            page_of="console.screening_rules_page",
            words=screening_words,
            reports=_with_silent(found),
            settings=settings,
            since=since,
            asked=asked,
            choices=[("", str(_("All rules"))), *((name, screening_words.rule_name(name)) for name in _names(found))],
            months=[(month, by_month.get(month, Tally())) for month in reversed(months)],
            plot=bars(
                [f"{month:%Y-%m}" for month in months],
                [by_month[month].caught if month in by_month else 0 for month in months],
                [by_month[month].wrong if month in by_month else 0 for month in months],
            ),
            number=_number,
            month_name=month_name,
            has_spoken=any(tally.caught or tally.in_shadow_would_have for tally in by_month.values()),
            may_see_cases=current_staff().role in CASE_ROLES,
        )


def _render_desk(session: Session, *, case: screening.Case | None = None, error: str = "") -> str:
    waiting = screening.open_cases(session, limit=QUEUE_SHOWN)
    count = screening.open_count(session)
    decided = screening.decided_lately(session, limit=DECIDED_SHOWN)
    opened = case or next(iter(waiting), None)
    role = current_staff().role
    return render(
        "screening.html",
        page_of="console.screening_page",
        words=screening_words,
        waiting=waiting[:QUEUE_SHOWN],
        waiting_count=count,
        decided=decided,
        referral_names=REFERRAL_NAMES,
        titles=title_of(session, [*waiting, *decided, *([opened] if opened else [])]),
        opened=opened,
        subject=subject_of(session, opened) if opened else None,
        now=business_now(),
        may_decide=role in DECIDING_ROLES,
        is_own=opened is not None and is_own(session, opened, current_staff()),
        may_follow=role in LINKED_ROLES,
        sees_every_store=role == Role.STORE_MANAGER,
        error=error,
        reason=request.form.get("reason", ""),
    )


def _months(now: datetime, zone: str) -> list[date]:
    """The first days of the last months, the present one last."""
    month = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    months = [month]
    while len(months) < MONTHS_SHOWN:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    return months


def _number(number: int) -> str:
    return formatting.count(number, locale=current_locale())


def _by_month(found: list[RuleReport]) -> dict[date, Tally]:
    """All rules together, by month."""
    sums: defaultdict[date, list[Tally]] = defaultdict(list)
    for one in found:
        for month, tally in one.months:
            sums[month].append(tally)
    return {month: reporting.together(tallies) for month, tallies in sums.items()}


def _with_silent(found: list[RuleReport]) -> list[RuleReport]:
    """The reports, and those rules that have not been asked in the time."""
    known = {one.rule for one in found}
    silent = [_silent(rule) for name, rule in KNOWN.items() if name not in known]
    return sorted([*found, *silent], key=lambda one: (-one.whole.caught, one.rule, -one.version))


def _names(found: list[RuleReport]) -> list[str]:
    return sorted({one.rule for one in found} | KNOWN.keys())


def _silent(rule: Rule) -> RuleReport:
    return RuleReport(rule=rule.name, version=rule.version, whole=Tally(), months=())
