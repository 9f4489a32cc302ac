"""What inviting brings, at the desk: the funnel with its cost, growth, who invites, and friends as they stand now."""

from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from backend.console import referral_question
from backend.console.member_page import REFERRAL_NAMES, channel_name
from backend.console.referral_question import ReportQuestion
from backend.console.shell import CONSOLE_ROLES, LOOKING_ROLES, blueprint, render
from backend.members import queries as members
from backend.members.service import LEADERBOARD
from backend.programmes import queries as programmes
from backend.referrals import analytics
from backend.referrals.analytics import Funnel, Growth, StateCount
from backend.referrals.comparison import MEMBERS_MINIMUM, Comparison
from backend.referrals.leaderboard import name_of
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop, plots
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader, render_body
from backend.shops.queries import stores
from backend.staff.access import current_staff, page_staff_required

ADVOCATES_SHOWN = 20
FRIENDS_SHOWN = 25
PARTS_SHOWN = 30
K_UNITS = 10_000
PAGE_OF = "console.referrals_page"


@blueprint.get("/referrals")
@page_staff_required(*CONSOLE_ROLES)
def referrals_page() -> str:
    """The funnel from an opened link to a rewarded friend, and what an acquired customer costs."""
    asked = asked_question()
    with transaction() as session:
        names = _names(session)
        funnels = analytics.funnels(session, asked.question, by=asked.by)
        programme = programmes.main_programme(session, at=business_now())
        whole = analytics.whole(funnels)
        shown = funnels[-PARTS_SHOWN:] if asked.by == "month" else funnels[:PARTS_SHOWN]
        with_cost = [one for one in shown if one.acquired or one.points]
        value = programme.point_value_minor if programme else 0
        return _render(
            session,
            "referrals.html",
            asked,
            funnels=shown,
            left_out=len(funnels) - len(shown),
            whole=whole,
            with_cost=with_cost,
            programme=programme,
            name_of=lambda one: _key_name(asked, one, names),
            steps=plots.bars(_step_names(), [whole.visits, whole.joined, whole.qualified, whole.rewarded]),
            costs=plots.bars(
                [_key_name(asked, one, names) for one in with_cost],
                [one.cost_per_customer_minor(value) or 0 for one in with_cost],
            ),
            states=_states(session, asked),
        )


@blueprint.get("/referrals/growth")
@page_staff_required(*CONSOLE_ROLES)
def referral_growth_page() -> str:
    """The viral coefficient by month, and what brought members spend against the others."""
    asked = asked_question()
    with transaction() as session:
        growth, compared, currency = growth_found(session, asked)
        months = compared.months if compared else []
        return _render(
            session,
            "referral_growth.html",
            asked,
            growth=growth,
            compared=compared,
            members_minimum=MEMBERS_MINIMUM,
            rounded=lambda amount_minor: _rounded(amount_minor, currency),
            coefficients=plots.bars(
                [one.month.name for one in growth], [round((one.k or 0) * K_UNITS) for one in growth]
            ),
            spends=plots.bars(
                [one.month.name for one in months],
                [round(one.brought.mean_minor) for one in months],
                [round(one.others.mean_minor) for one in months],
            ),
        )


@blueprint.get("/referrals/advocates")
@page_staff_required(*CONSOLE_ROLES)
def referral_advocates_page() -> str:
    """Who brings the most; by name only those who agreed to be named."""
    asked = asked_question()
    with transaction() as session:
        found = analytics.advocates(session, asked.question, limit=ADVOCATES_SHOWN)
        named = names_of_advocates(session, found)
        return _render(session, "referral_advocates.html", asked, advocates=found, named=named)


@blueprint.get("/referrals/friends")
@page_staff_required(*CONSOLE_ROLES)
def referral_friends_page() -> str:
    """Friends as they stand now, whoever moved last first; keeps itself up to date."""
    asked, before = asked_question(), read_cursor(request.args.get("cursor"))
    with transaction() as session:
        rows = analytics.friends(
            session, asked.question, status=asked.status or None, before=before, limit=FRIENDS_SHOWN
        )
        listed = page(rows, limit=FRIENDS_SHOWN, id_of=lambda row: row.id)
        people = {one for row in listed["items"] for one in (row.advocate_id, row.friend_id)} if may_look() else set()
        return _render(
            session,
            "referral_friends.html",
            asked,
            listed=listed,
            first=before is None,
            labels=members.labels(session, people),
            reason=_reason,
            states=_states(session, asked),
        )


def growth_found(session: Session, asked: ReportQuestion) -> tuple[list[Growth], Comparison | None, str]:
    """Growth by month, what brought members spend beside others, and the currency of it; "" without a programme."""
    programme = programmes.main_programme(session, at=business_now())
    growth = analytics.growth(session, asked.question)
    if programme is None:
        return growth, None, ""
    return growth, analytics.compared(session, asked.question, currency=programme.currency), programme.currency


def asked_question() -> ReportQuestion:
    """What the request's address asks for."""
    zone = current_shop().zone
    return ReportQuestion.read(request.args, today=formatting.day_in(business_now(), zone), zone=zone)


def _render(session: Session, template: str, asked: ReportQuestion, **values: Any) -> str:
    names = _names(session)
    found = {store.region or store.code for store in stores(session)}
    places = sorted(((place, _place_name(place, names)) for place in found), key=lambda one: one[1])
    return render(
        template,
        page_of=PAGE_OF,
        asked=asked,
        state_names=REFERRAL_NAMES,
        question=asked.question,
        choices=referral_question,
        places=[("", str(_("Every region"))), *places],
        today=formatting.day_in(business_now(), current_shop().zone),
        may_look=may_look(),
        channel_name=channel_name,
        month_of=_month,
        write_count=lambda value: formatting.count(value, locale=current_locale()),
        write_k=lambda value: _decimal(value / K_UNITS),
        decimal=_decimal,
        whole_percent=_percent,
        **values,
    )


def may_look() -> bool:
    """Whether whoever is signed in may know who somebody is."""
    return current_staff().role in LOOKING_ROLES


def names_of_advocates(session: Session, found: list[analytics.Advocate]) -> dict[UUID, str]:
    """Advocates who agreed to stand in a leaderboard, by first name and initial."""
    agreed = members.consenting(session, {one.member_id for one in found}, *LEADERBOARD)
    labels = members.labels(session, agreed)
    return {member_id: name_of(labels.get(member_id)) for member_id in agreed}


def _states(session: Session, asked: ReportQuestion) -> list[tuple[StateCount, str]]:
    """How friends stand by state and reason, in the order of their lives, with the reason in words."""
    order = list(REFERRAL_NAMES)
    counted = analytics.states(session, asked.question)
    counted.sort(key=lambda one: (order.index(one.status), -one.friends))
    return [(one, _reason(one)) for one in counted]


def _reason(of: Any) -> str:
    if not of.reason_kind:
        return ""
    return render_body(of.reason_kind, of.reason_facts, Reader(current_locale(), current_shop().zone))


def _step_names() -> list[str]:
    return [str(_("Opened a link")), str(_("Have joined")), str(_("Bought enough")), str(_("Rewarded"))]


def _names(session: Session) -> dict[str, str]:
    """What to call a store that has no region."""
    locale = current_locale()
    return {store.code: str(store.name.get(locale) or store.code) for store in stores(session)}


def _key_name(asked: ReportQuestion, one: Funnel, names: dict[str, str]) -> str:
    if asked.by == "channel":
        return channel_name(one.key)
    if asked.by == "campaign":
        return one.key or str(_("No campaign"))
    return _month(one.key) if asked.by == "month" else _place_name(one.key, names)


def _place_name(place: str, names: dict[str, str]) -> str:
    return names.get(place, place) or str(_("Nowhere yet"))


def _month(text: str) -> str:
    """A month as it stands on a scale: `11.26`."""
    year, month = text.split("-")
    return f"{month}.{year[2:]}"


def _rounded(amount_minor: float, currency: str) -> str:
    """An amount in whole major units: what an estimate can promise."""
    unit = 10 ** formatting.minor_digits(currency)
    return formatting.money(round(amount_minor / unit) * unit, currency, locale=current_locale())


def _percent(part: int, of: int) -> str:
    """A share in whole percents."""
    return formatting.percent(round(100 * part / of) * 100, locale=current_locale())


def _decimal(value: float | None) -> str:
    """A small number with two places, in the reader's notation."""
    if value is None:
        return "–"
    return f"{value:.2f}".replace(".", "," if current_locale() == "ru" else ".")
