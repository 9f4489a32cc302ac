"""Programmes at the desk: versions and what is different between them, a draft being written, and its activation."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console import programme_gallery, programme_preview
from backend.console.programme_form import (
    KINDS,
    NOTE_LENGTH_MAXIMUM,
    Checked,
    check,
    facts_of,
    shown,
    title_of,
    typed_document,
)
from backend.console.programme_help import HELP
from backend.console.shell import (
    MARKETING_ROLES,
    READING_ROLES,
    blueprint,
    may_write,
    refusal_in_words,
    render,
)
from backend.programmes import queries, service
from backend.programmes.differences import differences, in_words
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.programme import Programme
from backend.programmes.queries import StoredVersion
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _, _l, current_locale
from backend.shared.pages import current_shop
from backend.shared.typed_days import typed_moment
from backend.staff import queries as staff
from backend.staff.access import current_staff, page_staff_required


@dataclass(frozen=True)
class Standing:
    """Where a version stands, in a pill."""

    words: Any
    icon: str
    colour: str


STANDINGS = {
    "draft": Standing(_l("Draft"), "pencil", "neutral"),
    "scheduled": Standing(_l("Scheduled"), "clock", "info"),
    "in_force": Standing(_l("In force"), "circle-check", "rewarded"),
    "replaced": Standing(_l("Earlier"), "history", "neutral"),
    "withdrawn": Standing(_l("Withdrawn"), "x", "neutral"),
}


@dataclass(frozen=True)
class Listed:
    """A programme with its versions, as the list shows it."""

    programme: Programme
    title: str
    kind: Any
    in_force: StoredVersion | None
    scheduled: StoredVersion | None
    shown: StoredVersion
    drafts: int


@blueprint.get("/programmes")
@page_staff_required(*READING_ROLES)
def programmes_page() -> str:
    """Every programme, and examples to begin another one from."""
    with transaction() as session:
        stored = queries.versions(session, at=business_now())
    listed = [_listed(list(of_one)) for _name, of_one in groupby(stored, key=lambda one: one.programme)]
    return _render("programmes.html", programmes=listed, examples=programme_gallery.examples())


@blueprint.get("/programmes/new")
@page_staff_required(*MARKETING_ROLES)
def new_programme_page() -> str:
    """The editor with an example in it; where a programme has its currency already, as that one's next version."""
    document = programme_gallery.document(request.args.get("example", ""))
    currency = read_programme(document).currency
    with transaction() as session:
        known = queries.versions(session, at=business_now())
    same = next((one for one in known if one.currency == currency and one.state != "withdrawn"), None)
    if same is None:
        return _render_editor(document, heading=str(_("New programme")))
    return _render_editor(
        programme_gallery.named(document, same.programme),
        heading=_title(same),
        remark=str(
            _(
                "One currency belongs to one programme, so this would be the next version of %(programme)s."
                " For a programme beside it, write another name and another currency.",
                programme=same.programme,
            )
        ),
    )


@blueprint.post("/programmes/new")
@page_staff_required(*MARKETING_ROLES)
def write_programme() -> Response | str | tuple[str, int]:
    """Looks at what is written, or keeps it as a draft."""
    return _written(str(_("New programme")))


@blueprint.get("/programmes/<name>/edit")
@page_staff_required(*MARKETING_ROLES)
def edit_programme_page(name: str) -> str:
    """The editor with the version that was asked for, or the newest one."""
    with transaction() as session:
        versions = _versions(session, name)
    asked = request.args.get("version", "")
    stored = next((one for one in versions if str(one.id) == asked), versions[0])
    return _render_editor(stored.document, heading=_title(stored))


@blueprint.post("/programmes/<name>/edit")
@page_staff_required(*MARKETING_ROLES)
def rewrite_programme(name: str) -> Response | str | tuple[str, int]:
    """Looks at what is written, or keeps it as a draft of the next version."""
    with transaction() as session:
        heading = _title(_versions(session, name)[0])
    return _written(heading)


@blueprint.get("/programmes/<uuid:version_id>")
@page_staff_required(*READING_ROLES)
def programme_page(version_id: UUID) -> str:
    """One version: what it says, where it stands, and what is different from another one."""
    with transaction() as session:
        stored, versions = _version(session, version_id)
        authors = {f"staff_member:{one.id}": one.name for one in staff.staff_members(session)}
    others = [one for one in versions if one.id != stored.id]
    compared = _compared(stored, others)
    programme = stored.read()
    return _render(
        "programme.html",
        stored=stored,
        title=title_of(programme),
        kind=KINDS[programme.kind],
        summary=facts_of(programme),
        lines=stored.document.rstrip("\n").split("\n"),
        others=others,
        compared=compared,
        differences=_differences(compared, stored),
        versions=versions,
        authors=authors,
    )


@blueprint.get("/programmes/<uuid:version_id>/activate")
@page_staff_required(*MARKETING_ROLES)
def activate_programme_page(version_id: UUID) -> str:
    """What changes, and from when on."""
    return _render_activation(version_id)


@blueprint.post("/programmes/<uuid:version_id>/activate")
@page_staff_required(*MARKETING_ROLES)
def activate_programme(version_id: UUID) -> Response | tuple[str, int]:
    """Puts the draft in force, now or from the moment that was typed."""
    typed = request.form.get("at", "").strip()
    at = typed_moment(typed, zone=current_shop().zone) if typed else None
    if typed and at is None:
        return _render_activation(version_id, error=str(_("A day and a time, please."))), 422
    by = current_staff().who
    try:
        stored = run_transaction(lambda session: service.activate(session, version_id, at=at, by=by))
    except DomainError as refusal:
        return _render_activation(version_id, refused=refusal_in_words(refusal)), 422
    is_to_come = stored.state == "scheduled"
    flash(_("Scheduled. Until then it can be withdrawn.") if is_to_come else _("It is in force from now on."))
    return _to_version(version_id)


@blueprint.post("/programmes/<uuid:version_id>/withdraw")
@page_staff_required(*MARKETING_ROLES)
def withdraw_programme(version_id: UUID) -> Response:
    """Takes a scheduled version back."""
    by = current_staff().who
    try:
        run_transaction(lambda session: service.withdraw(session, version_id, by=by))
        flash(_("Withdrawn. What is in force stays in force."))
    except DomainError as refusal:
        flash(refusal_in_words(refusal))
    return _to_version(version_id)


def _written(heading: str) -> Response | str | tuple[str, int]:
    document = typed_document(request.form.get("document", ""))
    if request.form.get("act") != "save":
        return _render_editor(document, heading=heading)
    note, by = request.form.get("note", "").strip()[:NOTE_LENGTH_MAXIMUM], current_staff().who
    try:
        stored = run_transaction(lambda session: service.write_draft(session, document, by=by, note=note))
    except BadProgramme as refusal:
        said = str(_("Not kept yet: the document has mistakes."))
        return _render_editor(document, heading=heading, checked=Checked(None, shown(refusal)), refused=said), 422
    except DomainError as refusal:
        return _render_editor(document, heading=heading, refused=refusal_in_words(refusal)), 422
    flash(_("Kept as a draft. Nothing has changed for guests."))
    return _to_version(stored.id)


def _render_editor(
    document: str, *, heading: str, checked: Checked | None = None, refused: str = "", remark: str = ""
) -> str:
    checked = checked or check(document)
    zone, now = current_shop().zone, business_now()
    with transaction() as session:
        stores = programme_preview.stores_to_choose(session)
    preview = programme_preview.preview(request.form, checked.programme, stores, now=now, zone=zone)
    return _render(
        "programme_edit.html",
        heading=heading,
        document=document,
        note=request.form.get("note", ""),
        checked=checked,
        refused=refused,
        remark=remark,
        preview=preview,
        help=HELP,
    )


def _render_activation(version_id: UUID, *, error: str = "", refused: str = "") -> str:
    with transaction() as session:
        stored, versions = _version(session, version_id)
    against = next((one for one in versions if one.state == "in_force" and one.id != stored.id), None)
    programme = stored.read()
    return _render(
        "programme_activate.html",
        stored=stored,
        title=title_of(programme),
        against=against,
        differences=_differences(against, stored),
        summary=facts_of(programme),
        at=request.form.get("at", ""),
        error=error,
        refused=refused,
        zone=current_shop().zone,
    )


def _version(session: Session, version_id: UUID) -> tuple[StoredVersion, list[StoredVersion]]:
    """A version, and all of its programme, the newest first."""
    now = business_now()
    stored = queries.version(session, version_id, at=now)
    return stored, queries.versions(session, stored.programme, at=now)


def _versions(session: Session, name: str) -> list[StoredVersion]:
    """All versions, the newest first; a page that is not there where there are none."""
    return queries.versions(session, name, at=business_now()) or abort(404)


def _listed(versions: list[StoredVersion]) -> Listed:
    in_force = next((one for one in versions if one.state == "in_force"), None)
    chosen = in_force or versions[0]
    programme = chosen.read()
    return Listed(
        programme=programme,
        title=title_of(programme),
        kind=KINDS[programme.kind],
        in_force=in_force,
        scheduled=next((one for one in versions if one.state == "scheduled"), None),
        shown=chosen,
        drafts=sum(one.state == "draft" for one in versions),
    )


def _compared(stored: StoredVersion, others: list[StoredVersion]) -> StoredVersion | None:
    """The version to compare with: the one asked for, else the one in force, else the one before."""
    asked = request.args.get("against", "")
    choosing: tuple[Callable[[StoredVersion], bool], ...] = (
        lambda one: str(one.id) == asked,
        lambda one: stored.state in {"draft", "scheduled"} and one.state == "in_force",
        lambda one: one.version < stored.version and one.state not in {"draft", "withdrawn"},
        lambda one: one.version < stored.version,
    )
    return next((one for fits in choosing for one in others if fits(one)), None)


def _differences(old: StoredVersion | None, new: StoredVersion) -> list[str]:
    if old is None:
        return []
    locale = current_locale()
    return [in_words(one, locale) for one in differences(old.read(), new.read())]


def _title(stored: StoredVersion) -> str:
    return title_of(stored.read())


def _to_version(version_id: UUID) -> Response:
    return redirect(url_for("console.programme_page", version_id=version_id), code=303)


def _render(template: str, **values: Any) -> str:
    return render(template, page_of="console.programmes_page", may_write=may_write(), standings=STANDINGS, **values)
