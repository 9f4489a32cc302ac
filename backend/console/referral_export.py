"""The reports on referrals as CSV: names of columns and values for programs, amounts in minor units, UTF-8.

Who somebody is stands only in what people take who may look at members, and the audit log keeps that they took it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from backend.console.referral_pages import (
    ADVOCATES_SHOWN,
    asked_question,
    growth_found,
    may_look,
    names_of_advocates,
)
from backend.console.referral_question import ReportQuestion
from backend.console.shell import CONSOLE_ROLES, blueprint
from backend.members import queries as members
from backend.programmes import queries as programmes
from backend.referrals import analytics
from backend.referrals.analytics import FriendRow
from backend.referrals.comparison import Sample
from backend.shared.clock import business_now
from backend.shared.db import transaction
from backend.staff.access import current_staff, page_staff_required
from backend.staff.service import audit

EXPORT_ROWS = 5_000
# A spreadsheet would take a cell that begins so for a formula, and cells hold what strangers have written.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
FRIEND_COLUMNS = (
    *("referral_id", "channel", "status", "status_at", "joined_at", "qualified_at", "reason"),
    *("advocate_points", "friend_points", "coupons"),
    *("utm_source", "utm_medium", "utm_campaign"),
)
PEOPLE_COLUMNS = ("friend_id", "friend", "advocate_id", "advocate")


@blueprint.get("/referrals/funnel.csv")
@page_staff_required(*CONSOLE_ROLES)
def export_funnel() -> Response:
    """The funnel with its cost, as the page splits it."""
    asked = asked_question()
    with transaction() as session:
        funnels = analytics.funnels(session, asked.question, by=asked.by)
        programme = programmes.main_programme(session, at=business_now())
    value, currency = (programme.point_value_minor, programme.currency) if programme else (0, "")
    head = (
        *(asked.by, "visits", "joined", "qualified", "rewarded", "customers"),
        *("advocate_points", "friend_points", "coupons", "cost_minor", "cost_per_customer_minor", "currency"),
    )
    rows = (
        (
            *(one.key, one.visits, one.joined, one.qualified, one.rewarded, one.acquired),
            *(one.advocate_points, one.friend_points, one.coupons, one.cost_minor(value)),
            *(one.cost_per_customer_minor(value), currency),
        )
        for one in funnels
    )
    return _file("referral-funnel", asked, head, rows)


@blueprint.get("/referrals/growth.csv")
@page_staff_required(*CONSOLE_ROLES)
def export_growth() -> Response:
    """The viral coefficient and the comparison, a line for each month."""
    asked = asked_question()
    with transaction() as session:
        growth, compared, _currency = growth_found(session, asked)
    sides = ("brought", "others")
    figures = ("members", "buyers", "mean_minor", "median_minor")
    head = (
        *("month", "active_members", "advocates", "invitations", "joined", "k"),
        *(f"{side}_{figure}" for side in sides for figure in figures),
    )
    both = {one.month: (one.brought, one.others) for one in compared.months} if compared else {}
    rows = (
        (
            *(one.month.name, one.active, one.advocates, one.invitations, one.joined),
            "" if one.k is None else round(one.k, 4),
            *(cell for sample in both.get(one.month, (None, None)) for cell in _sample(sample)),
        )
        for one in growth
    )
    return _file("referral-growth", asked, head, rows)


@blueprint.get("/referrals/advocates.csv")
@page_staff_required(*CONSOLE_ROLES)
def export_advocates() -> Response:
    """Those who brought the most; by name who agreed, by id for whoever may look at members."""
    asked = asked_question()
    with transaction() as session:
        found = analytics.advocates(session, asked.question, limit=ADVOCATES_SHOWN)
        named = names_of_advocates(session, found)
        if may_look():
            _keep_who_looked(session, "advocates")
    head = ("place", "name", "joined", "customers", "rewarded", "without_reward", "points")
    rows = (
        (
            *(place, named.get(one.member_id, ""), one.joined, one.earned, one.rewarded, one.without_reward),
            *((one.points, one.member_id) if may_look() else (one.points,)),
        )
        for place, one in enumerate(found, 1)
    )
    return _file("referral-advocates", asked, (*head, "member_id") if may_look() else head, rows)


@blueprint.get("/referrals/friends.csv")
@page_staff_required(*CONSOLE_ROLES)
def export_friends() -> Response:
    """Every friend of the period; who they and their advocates are only for whoever may look at members."""
    asked, with_people = asked_question(), may_look()
    if with_people:
        with transaction() as session:
            _keep_who_looked(session, "friends")
    head = (*FRIEND_COLUMNS, *PEOPLE_COLUMNS) if with_people else FRIEND_COLUMNS
    return _file("referral-friends", asked, head, _friends(asked, with_people=with_people))


def _friends(asked: ReportQuestion, *, with_people: bool) -> Iterator[Sequence[Any]]:
    """A transaction for each page, so that a slow download holds none open."""
    after = None
    while True:
        with transaction() as session:
            rows = analytics.every_friend(
                session, asked.question, status=asked.status or None, after=after, limit=EXPORT_ROWS
            )
            people = {one for row in rows for one in (row.friend_id, row.advocate_id)} if with_people else set()
            labels = {
                member_id: label.label if label.first_name else ""
                for member_id, label in members.labels(session, people).items()
            }
        for row in rows:
            who = (row.friend_id, labels.get(row.friend_id), row.advocate_id, labels.get(row.advocate_id))
            yield (*_cells(row), *who) if with_people else _cells(row)
        if len(rows) < EXPORT_ROWS:
            return
        after = rows[-1].id


def _cells(row: FriendRow) -> tuple[Any, ...]:
    moments = (row.status_at, row.joined_at, row.qualified_at)
    status_at, joined_at, qualified_at = (moment.isoformat() if moment else "" for moment in moments)
    return (
        *(row.id, row.channel, row.status, status_at, joined_at, qualified_at, row.reason_kind or ""),
        *(row.advocate_points, row.friend_points, row.coupons),
        *(row.utm_source, row.utm_medium, row.utm_campaign),
    )


def _sample(sample: Sample | None) -> tuple[Any, ...]:
    if sample is None:
        return ("", "", "", "")
    return (sample.members, sample.buyers, round(sample.mean_minor), sample.median_minor)


def _keep_who_looked(session: Session, subject: str) -> None:
    audit(session, who=current_staff().who, action="export_referrals", subject=f"referrals:{subject}")


def _file(name: str, asked: ReportQuestion, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    question = asked.question
    response = Response(stream_with_context(_lines(head, rows)), mimetype="text/csv")
    period = f"{question.first_day}-{question.last_day}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{period}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(value) for value in row])
        if number % EXPORT_ROWS == 0:
            yield written.getvalue()
            written.seek(0)
            written.truncate()
    yield written.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_BEGINS):
        return f"'{value}"
    return value
