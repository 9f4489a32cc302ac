"""Budgets at the desk: what each had, what is left of it in this period, and what happens at its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.budgets.queries import NEARLY_SPENT_PERCENT, BudgetStanding, standings
from backend.console.shell import READING_ROLES, blueprint, may_write, render
from backend.programmes import queries as programmes
from backend.programmes.programme import Programme
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import transaction
from backend.shared.i18n import _, _l, current_locale
from backend.shared.pages import current_shop
from backend.staff.access import page_staff_required

AT_END = {
    "partial": _l("At its end the last purchase gets what is left, then its rules give nothing."),
    "skip": _l("At its end a purchase that it does not hold gets nothing of it."),
    "stop": _l("At its end the whole programme gives nothing until the next period."),
}
PERIODS = {
    "day": _l("each day"),
    "week": _l("each week"),
    "month": _l("each month"),
    "quarter": _l("each quarter"),
    "year": _l("each year"),
    "all": _l("for good"),
}


@dataclass(frozen=True)
class BudgetCard:
    """One budget as the page shows it."""

    standing: BudgetStanding
    percent: int
    colour: str
    icon: str
    words: str
    period: str
    days: str
    rules: tuple[str, ...]

    @property
    def left(self) -> int:
        """Points that can still be given."""
        return max(0, self.standing.points_total - self.standing.points_spent)


@blueprint.get("/budgets")
@page_staff_required(*READING_ROLES)
def budgets_page() -> str:
    """The budgets of the programmes in force."""
    now = business_now()
    with transaction() as session:
        shown = [
            (programme, [_card(programme, one, now=now) for one in standings(session, programme, at=now)])
            for programme in programmes.in_force(session, at=now)
        ]
        return render(
            "budgets.html",
            page_of="console.budgets_page",
            programmes=shown,
            at_end=AT_END,
            may_write=may_write(),
        )


def nearly_spent() -> int:
    """How many budgets of all members are spent by four fifths or more: the figure in the sidebar."""
    now = business_now()
    with transaction() as session:
        return sum(
            one.scope != "member" and one.percent_spent >= NEARLY_SPENT_PERCENT
            for programme in programmes.in_force(session, at=now)
            for one in standings(session, programme, at=now)
        )


def _card(programme: Programme, standing: BudgetStanding, *, now: datetime) -> BudgetCard:
    percent = standing.percent_spent
    is_own = standing.scope == "member"
    colour, icon, words = "rewarded", "circle-check", _("Enough is left")
    if is_own:
        colour, icon, words = "info", "user", _("Each member has one")
    elif percent >= 100:
        colour, icon, words = "rejected", "circle-x", _("Spent")
    elif percent >= NEARLY_SPENT_PERCENT:
        colour, icon, words = "pending", "alert-triangle", _("Nearly spent")
    return BudgetCard(
        standing=standing,
        percent=percent,
        colour=colour,
        icon=icon,
        words=str(words),
        period=str(PERIODS[standing.period]),
        days=_days(standing, now=now),
        rules=tuple(_rule_name(programme, rule) for rule in standing.rules),
    )


def _days(standing: BudgetStanding, *, now: datetime) -> str:
    """The days of the period, in words."""
    if standing.period_until is None:
        return ""
    zone, locale = current_shop().zone, current_locale()
    last = formatting.day_in(standing.period_until - timedelta(microseconds=1), zone)
    return formatting.date_range(standing.period_from, last, locale=locale, today=formatting.day_in(now, zone))


def _rule_name(programme: Programme, rule: str) -> str:
    named: tuple[Any, ...] = (*programme.earning, *programme.actions)
    if rule == "referral":
        return str(_("rewards for friends"))
    named += programme.referral.rewards if programme.referral else ()
    names = ("rule", "action", "reward")
    title = next((one.title for one in named if rule in [getattr(one, name, "") for name in names]), None)
    return str((title or {}).get(current_locale()) or rule)
