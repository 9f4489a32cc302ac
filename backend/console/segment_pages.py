"""Segments at the desk: the list, and the editor that counts while rows are chosen."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console import segment_examples, segment_form
from backend.console.segment_form import Looked, SegmentForm
from backend.console.segment_rows import Group
from backend.console.shell import (
    LOOKING_ROLES,
    MARKETING_ROLES,
    READING_ROLES,
    blueprint,
    may_write,
    refusal_in_words,
    render,
)
from backend.segments import queries, service
from backend.segments.errors import CodeTaken, SegmentInUse
from backend.segments.mistakes import BadTree
from backend.shared.db import run_transaction, transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _
from backend.staff.access import current_staff, page_staff_required


@blueprint.get("/segments")
@page_staff_required(*READING_ROLES)
def segments_page() -> str:
    """All segments in words, with how many are in them."""
    with transaction() as session:
        listed = queries.listed(session)
        words = {one.id: _in_words(session, one) for one in listed}
        return _render("segments.html", listed=listed, words=words, examples=segment_examples.EXAMPLES)


@blueprint.get("/segments/new")
@page_staff_required(*MARKETING_ROLES)
def new_segment_page() -> str:
    """The editor of a new segment, perhaps with an example in it."""
    example = segment_examples.example(request.args.get("example", ""))
    with transaction() as session:
        root = segment_form.kept(session, example.tree) if example else Group("rule")
        return _render_editor(session, SegmentForm(root, name=str(example.title) if example else ""))


@blueprint.post("/segments/new")
@page_staff_required(*MARKETING_ROLES)
def write_segment() -> Response | str | tuple[str, int]:
    """Looks at what was chosen, or keeps it as a new segment."""
    return _written(None)


@blueprint.get("/segments/<uuid:segment_id>")
@page_staff_required(*READING_ROLES)
def segment_page(segment_id: UUID) -> str:
    """The editor of a segment."""
    with transaction() as session:
        found = _found(session, segment_id)
        form = SegmentForm(segment_form.kept(session, found.tree), name=found.name, code=found.code)
        return _render_editor(session, form, segment_id)


@blueprint.post("/segments/<uuid:segment_id>")
@page_staff_required(*MARKETING_ROLES)
def rewrite_segment(segment_id: UUID) -> Response | str | tuple[str, int]:
    """Looks at what was chosen, or keeps it as the segment's next version."""
    return _written(segment_id)


@blueprint.post("/segments/<uuid:segment_id>/archive")
@page_staff_required(*MARKETING_ROLES)
def archive_segment(segment_id: UUID) -> Response:
    """Puts a segment away."""
    by = current_staff()
    try:
        run_transaction(lambda session: service.archive(session, segment_id=segment_id, by=by))
    except SegmentInUse as refusal:
        flash(refusal_in_words(refusal))
        return _to_segment(segment_id)
    flash(_("Archived. Campaigns that it was used in keep their log."))
    return redirect(url_for("console.segments_page"), code=303)


def _written(segment_id: UUID | None) -> Response | str | tuple[str, int]:
    form = SegmentForm.read(request.form)
    with transaction() as session:
        if segment_id is not None:
            form.code = _found(session, segment_id).code
        if request.form.get("act") != "save":
            return _render_editor(session, form, segment_id)
        looked = segment_form.look(session, form)
        if not form.read_names() or looked.counted is None:
            return _render_editor(session, form, segment_id, looked=looked, refused=_why_not(form)), 422
    tree, by = looked.written.tree, current_staff()

    def keep(session: Session) -> queries.SegmentListed:
        if segment_id is not None:
            return service.rewrite(session, segment_id=segment_id, name=form.name, tree=tree, by=by)
        return service.create(session, code=form.code or None, name=form.name, tree=tree, by=by)

    try:
        saved = run_transaction(keep)
    except (BadTree, CodeTaken) as refusal:
        if isinstance(refusal, CodeTaken):
            form.errors["code"] = str(refusal.title)
        with transaction() as session:
            said = refusal_in_words(refusal)
            return _render_editor(session, form, segment_id, refused=said, refusal=refusal), 422
    flash(_("Saved. Who is in it is counted within moments and kept up to date from then on."))
    return _to_segment(saved.id)


def _why_not(form: SegmentForm) -> str:
    if form.errors:
        return str(_("Not saved yet: something below is missing or too long."))
    return str(_("Not saved yet: a segment is kept only when it can be counted."))


def _found(session: Session, segment_id: UUID) -> queries.SegmentListed:
    found = queries.segment(session, segment_id)
    if found.archived_at is not None:
        abort(404)
    return found


def _in_words(session: Session, listed: queries.SegmentListed) -> str:
    try:
        return queries.in_words(session, listed.tree)
    except BadTree:
        return str(_("What it asks for is not known here any more."))


def _render_editor(
    session: Session,
    form: SegmentForm,
    segment_id: UUID | None = None,
    *,
    looked: Looked | None = None,
    refused: str = "",
    refusal: DomainError | None = None,
) -> str:
    looked = looked or segment_form.look(session, form)
    if isinstance(refusal, BadTree):
        looked.counted = None
        looked.row_mistakes |= segment_form.mistakes_by_row(refusal, looked.written, form.root)
    return _render(
        "segment.html",
        form=form,
        segment_id=segment_id,
        choices=looked.choices,
        counted=looked.counted,
        checked=looked.checked,
        sentence=looked.sentence,
        row_counts=looked.row_counts,
        row_mistakes=looked.row_mistakes,
        refused=refused,
        may_look=current_staff().role in LOOKING_ROLES,
    )


def _to_segment(segment_id: UUID) -> Response:
    return redirect(url_for("console.segment_page", segment_id=segment_id), code=303)


def _render(template: str, **values: Any) -> str:
    return render(template, page_of="console.segments_page", may_write=may_write(), **values)
