"""The console's pages of replays: the list, asking for one, and its report."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.members import queries as members
from backend.replay import choices, queries, service, words
from backend.replay.form import ReplayForm
from backend.replay.models import Replay
from backend.shared import formatting, wording
from backend.shared.db import transaction
from backend.shared.i18n import _, _l, current_locale
from backend.shared.pages import add_console_page, add_static_folder, current_shop, plots
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader
from backend.staff.access import current_staff, page_staff_required, person_for_page

blueprint = Blueprint("replay", __name__, url_prefix="/console/replays", template_folder="templates")

ASKING_ROLES = ("marketer", "administrator")
READING_ROLES = (*ASKING_ROLES, "analyst", "auditor")
LIST_ROWS = 25


def register(app: Flask) -> None:
    """Puts the pages into the application and into the console's sidebar."""
    app.register_blueprint(blueprint)
    add_static_folder(app, "replay", Path(__file__).parent / "static")
    add_console_page(
        app, endpoint="replay.replays_page", label=_l("Replays"), icon="rotate", order=30, roles=READING_ROLES
    )


@blueprint.get("")
@page_staff_required(*READING_ROLES)
def replays_page() -> str:
    """All replays, newest first."""
    with transaction() as session:
        before = read_cursor(request.args.get("cursor"))
        rows = queries.listed(session, before=before, limit=LIST_ROWS)
        listed = page(rows, limit=LIST_ROWS, id_of=lambda row: row.id)
        return _render("replay/replays.html", listed=listed, first=before is None)


@blueprint.get("/new")
@page_staff_required(*ASKING_ROLES)
def new_replay_page() -> str:
    """The form of a new replay; `?programme=` chooses one beforehand."""
    form = ReplayForm()
    form.typed["programme"] = request.args.get("programme", "")
    form.typed["against"] = request.args.get("against", "")
    with transaction() as session:
        return _render_form(session, form)


@blueprint.post("/new")
@page_staff_required(*ASKING_ROLES)
def ask_for_replay() -> Response | tuple[str, int]:
    """Asks for a replay and leads to its page."""
    form = ReplayForm()
    with transaction() as session:
        read = form.read(session, request.form, request.files.get("file"))
        if not read or form.document is None or form.past is None:
            return _render_form(session, form), 422
        replay_id = service.ask(
            session,
            document=form.document,
            against=form.against,
            past=form.past,
            zone=current_shop().zone,
            spending_share_percent=form.number("spending_share"),
            margin_percent=form.number("margin"),
            by=current_staff().name,
        )
    return redirect(url_for("replay.replay_page", replay_id=replay_id), code=303)


@blueprint.get("/<uuid:replay_id>")
@page_staff_required(*READING_ROLES)
def replay_page(replay_id: UUID) -> str:
    """One replay: how far it is, or its report."""
    with transaction() as session:
        replay = queries.replay(session, replay_id)
        if replay.status != "done" or replay.report is None:
            return _render("replay/unfinished.html", replay=replay, failure=_failure(replay))
        report = replay.report
        outcomes = [one for one in (report["outcome"], report["against"]) if one]
        return _render(
            "replay/report.html",
            replay=replay,
            report=report,
            outcomes=outcomes,
            names=[_name(one) for one in outcomes],
            notes=list(words.notes(report, _said, locale=current_locale())),
            uplifts=[words.uplift(one, locale=current_locale()) for one in outcomes],
            liability=plots.bars(
                [month["month"] for month in report["outcome"]["months"]],
                *_by_month(outcomes, "liability_minor"),
            ),
            deciles=plots.bars(
                [str(line["decile"]) for line in report["outcome"]["deciles"]],
                *([line["points"] for line in one["deciles"]] for one in outcomes),
            ),
            rules=[
                plots.bars([_title(line) for line in one["rules"]], [line["points"] for line in one["rules"]])
                for one in outcomes
            ],
            labels=_labels(session, replay, report),
            write_money=partial(_short_money, currency=report["currency"]),
            write_count=partial(formatting.count, locale=current_locale()),
            read_day=date.fromisoformat,
        )


def _by_month(outcomes: list[dict[str, Any]], name: str) -> list[list[int]]:
    """The same months for all, those of the first."""
    series = []
    for one in outcomes:
        by_month = {month["month"]: month[name] for month in one["months"]}
        series.append([by_month.get(month["month"], 0) for month in outcomes[0]["months"]])
    return series


def _labels(session: Session, replay: Replay, report: dict[str, Any]) -> dict[str, str]:
    """What to call the shop's own members; those of a file go by the names that stand in it."""
    difference = report["difference"]
    if difference is None or replay.past_source != "own":
        return {}
    named = [line["member"] for side in ("winners", "losers") for line in difference[side]["most"]]
    return {str(member_id): label.label for member_id, label in members.labels(session, [*map(UUID, named)]).items()}


def _failure(replay: Replay) -> tuple[str, str] | None:
    if replay.failure is None:
        return None
    kind, facts, reader = replay.failure["kind"], replay.failure["facts"], Reader(current_locale())
    return wording.render_title(kind, facts, reader), wording.render_body(kind, facts, reader)


def _said(text: str, **facts: Any) -> str:
    return str(_(text, **facts))


def _name(outcome: dict[str, Any]) -> str:
    title = words.title_of(outcome["title"], outcome["programme"], locale=current_locale())
    return f"{title} · {_('version %(version)s', version=outcome['version'])}" if outcome["version"] else title


def _title(line: dict[str, Any]) -> str:
    return words.title_of(line["title"], line["rule"], locale=current_locale())


def _short_money(amount_minor: int, currency: str) -> str:
    """An amount for a scale: whole major units."""
    unit = 10 ** formatting.minor_digits(currency)
    return formatting.money(amount_minor // unit * unit, currency, locale=current_locale())


def _month(text: str) -> str:
    """A month as it stands on a scale: `11.26`."""
    year, month = text.split("-")
    return f"{month}.{year[2:]}"


def _render_form(session: Session, form: ReplayForm) -> str:
    return _render("replay/new.html", form=form, programmes=choices.all_of_them(session))


def _render(template: str, **values: object) -> str:
    staff = current_staff()
    return render_template(
        template,
        person=person_for_page(staff),
        page_of="replay.replays_page",
        may_ask=staff.role in ASKING_ROLES,
        title_of=lambda titles, name: words.title_of(titles, name, locale=current_locale()),
        month_of=_month,
        **values,
    )
