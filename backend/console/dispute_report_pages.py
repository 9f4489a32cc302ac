"""The report of disputes, and the promise that it is measured against."""

import re
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from backend.console import dispute_page
from backend.console.shell import LOOKING_ROLES, blueprint, month_name, render
from backend.disputes import promising, queries, reports
from backend.disputes.deadlines import Promise
from backend.disputes.reports import Line
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import _, _n, current_locale
from backend.shared.pages import current_shop
from backend.shared.pages.plots import bars
from backend.staff.access import current_staff, page_staff_required

MONTHS = (3, 6, 12)
MONTHS_DEFAULT = 6
SETTING_ROLES = ("administrator",)
HOURS_A_DAY = 24
DAYS_COUNT = re.compile("[0-9]{1,4}")


@blueprint.get("/disputes/report")
@page_staff_required(*LOOKING_ROLES)
def disputes_report() -> str:
    """How many there were, how they ended, how long it took, and what people say of it."""
    return _render(errors={}, typed=None)


@blueprint.post("/disputes/report")
@page_staff_required(*SETTING_ROLES)
def set_promise() -> Response | tuple[str, int]:
    """Changes by when the shop answers, and on which days nobody works."""
    typed = {name: request.form.get(name, "").strip() for name in ("answer", "remind", "days_off")}
    promise, errors = _read(typed)
    if promise is None:
        return _render(errors=errors, typed=typed), 422
    who = current_staff().who
    run_transaction(lambda session: promising.promise(session, promise, who=who))
    flash(_("Kept. It holds for what is opened from now on."))
    return redirect(url_for("console.disputes_report"), code=303)


def _render(*, errors: dict[str, str], typed: dict[str, str] | None) -> str:
    now, zone = business_now(), current_shop().zone
    asked = request.args.get("months", "")
    count = next((one for one in MONTHS if str(one) == asked), MONTHS_DEFAULT)
    first = reports.first_of_month(formatting.day_in(now, zone), months_before=count - 1)
    with transaction() as session:
        since = datetime.combine(first, time(), ZoneInfo(zone))
        found = reports.report(session, since=since, until=now + timedelta(seconds=1), now=now, zone=zone)
        promise = queries.promise(session)
    return render(
        "disputes_report.html",
        page_of="console.disputes_page",
        dispute_page=dispute_page,
        found=found,
        months=count,
        month_choices=[(str(one), _n("%(num)d month", "%(num)d months", one)) for one in MONTHS],
        month_name=month_name,
        took=_took,
        write_count=partial(formatting.count, locale=current_locale()),
        plot=bars(
            [line.name for line in found.months],
            [line.settled for line in found.months],
            [line.decided for line in found.months],
        ),
        typed=typed or _typed(promise),
        errors=errors,
        may_set=current_staff().role in SETTING_ROLES,
        share=_share,
    )


def _typed(promise: Promise) -> dict[str, str]:
    return {
        "answer": str(promise.answer_within_working_days),
        "remind": str(promise.remind_after_working_days),
        "days_off": "\n".join(day.isoformat() for day in sorted(promise.days_off)),
    }


def _read(typed: dict[str, str]) -> tuple[Promise | None, dict[str, str]]:
    errors: dict[str, str] = {}
    answer, remind = (int(text) if DAYS_COUNT.fullmatch(text) else 0 for text in (typed["answer"], typed["remind"]))
    if not 1 < answer <= promising.WORKING_DAYS_MAXIMUM:
        errors["answer"] = _("Between 2 and %(most)s working days.", most=promising.WORKING_DAYS_MAXIMUM)
    elif not 0 < remind < answer:
        errors["remind"] = _("At least one, and fewer than the days above.")
    days: set[date] = set()
    for word in re.split(r"[\s,;]+", typed["days_off"]):
        try:
            days |= {date.fromisoformat(word)} if word else set()
        except ValueError:
            errors["days_off"] = _("Write days as 2027-01-07, one a line. This is none: %(word)s", word=word[:20])
    if len(days) > promising.DAYS_OFF_MAXIMUM:
        errors["days_off"] = _("No more than %(most)s days.", most=promising.DAYS_OFF_MAXIMUM)
    if errors:
        return None, errors
    kept = Promise(answer_within_working_days=answer, remind_after_working_days=remind, days_off=frozenset(days))
    return kept, {}


def _took(line: Line) -> str:
    if line.median_hours is None:
        return "–"
    if line.median_hours < HOURS_A_DAY:
        return str(_("%(hours)s h", hours=formatting.count(round(line.median_hours), locale=current_locale())))
    days = f"{line.median_hours / HOURS_A_DAY:.1f}"
    return str(_("%(days)s days", days=days.replace(".", ",") if current_locale() == "ru" else days))


def _share(part: int, whole: int) -> str:
    return formatting.percent(round(100 * part / whole) * 100, locale=current_locale()) if whole else "–"
