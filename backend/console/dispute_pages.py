"""The desk of disputes: the queue by deadline, one dispute beside the member's book, the thread, the decision."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Response as FileResponse
from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.budgets.service import with_budgets
from backend.console import dispute_page, member_page
from backend.console.dispute_form import DecisionForm
from backend.console.shell import ADJUSTING_ROLES, LOOKING_ROLES, blueprint, refusal_in_words, render
from backend.disputes import queries, service
from backend.disputes.errors import NothingToUphold
from backend.disputes.queries import STAFF_LISTS, DisputeShown, KeptDispute, WholeDispute
from backend.disputes.schemas import TEXT_LENGTH_MAXIMUM
from backend.ledger import journal
from backend.ledger import queries as ledger
from backend.ledger.errors import UnknownEntry
from backend.members import finding as members
from backend.programmes.adjustment_terms import terms_now
from backend.programmes.errors import NoProgramme
from backend.receipts import finding as receipts
from backend.referrals import queries as referrals
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction, transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader, render_body
from backend.shops.queries import stores
from backend.staff.access import current_staff, page_staff_required

LIST_ROWS = 50
LEDGER_ROWS = 6


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What was typed and came back with an error."""

    form: DecisionForm = field(default_factory=DecisionForm)
    message: str = ""
    message_error: str = ""


def waiting() -> int:
    """How many disputes wait for whoever may decide on them."""
    return queries.open_count(db.session()) if current_staff().role in ADJUSTING_ROLES else 0


@blueprint.get("/disputes")
@page_staff_required(*LOOKING_ROLES)
def disputes_page() -> str:
    """The queue, with the dispute open that is due first."""
    with transaction() as session:
        return _render(session, name=request.args.get("list", "open"), opened_id=None)


@blueprint.get("/disputes/<uuid:dispute_id>")
@page_staff_required(*LOOKING_ROLES)
def dispute_page_of(dispute_id: UUID) -> str:
    """The desk with one dispute open."""
    return _render_one(dispute_id, Returned())


@blueprint.get("/disputes/<uuid:dispute_id>/messages")
@blueprint.get("/disputes/<uuid:dispute_id>/decision")
@page_staff_required(*LOOKING_ROLES)
def back_to_dispute(dispute_id: UUID) -> Response:
    """Leads a page that came as the answer to a form back to the dispute."""
    return _to(dispute_id)


@blueprint.post("/disputes/<uuid:dispute_id>/messages")
@page_staff_required(*ADJUSTING_ROLES)
def write_to_member(dispute_id: UUID) -> Response | tuple[str, int]:
    """A word to the member; it waits for theirs then."""
    text = request.form.get("message", "").strip()
    if not 0 < len(text) <= TEXT_LENGTH_MAXIMUM:
        error = str(_("Write something, in up to %(most)s characters.", most=TEXT_LENGTH_MAXIMUM))
        return _render_one(dispute_id, Returned(message=text, message_error=error)), 422
    staff = current_staff()
    try:
        run_transaction(lambda session: service.answer(session, dispute_id=dispute_id, text=text, by=staff))
    except DomainError as refusal:
        flash(refusal_in_words(refusal))
    else:
        flash(_("Sent. It waits for the member now; the deadline stays."))
    return _to(dispute_id)


@blueprint.post("/disputes/<uuid:dispute_id>/decision")
@page_staff_required(*ADJUSTING_ROLES)
def decide_on_dispute(dispute_id: UUID) -> Response | tuple[str, int]:
    """The decision: a new row of the book, a friend rewarded, a receipt attached, or a reason why not."""
    form, staff = DecisionForm(request.form), current_staff()
    if not form.read():
        return _render_one(dispute_id, Returned(form=form)), 422
    try:
        decided = with_budgets(
            lambda session: service.decide(
                session,
                dispute_id=dispute_id,
                outcome=form.outcome,
                text=form.values["text"],
                points=form.points,
                by=staff,
            )
        )
    except NothingToUphold as refusal:
        form.errors["points"] = refusal_in_words(refusal)
        return _render_one(dispute_id, Returned(form=form)), 422
    except DomainError as refusal:
        flash(refusal_in_words(refusal))
        return _to(dispute_id)
    if decided.ended_at is None:
        flash(_("It waits for a second person. The member is told when they approve it."))
    else:
        flash(_("Decided. The member is told."))
    return _to(dispute_id)


@blueprint.get("/disputes/<uuid:dispute_id>/evidence/<uuid:evidence_id>")
@page_staff_required(*LOOKING_ROLES)
def dispute_evidence(dispute_id: UUID, evidence_id: UUID) -> FileResponse:
    """A photo, for whoever decides."""
    with transaction() as session:
        content, media_type = queries.photo(session, dispute_id=dispute_id, evidence_id=evidence_id)
    answer = FileResponse(content, content_type=media_type)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _render_one(dispute_id: UUID, returned: Returned) -> str:
    with transaction() as session:
        return _render(session, name=None, opened_id=dispute_id, returned=returned)


def _render(session: Session, *, name: str | None, opened_id: UUID | None, returned: Returned | None = None) -> str:
    reader, now = Reader(current_locale(), current_shop().zone), business_now()
    opened = queries.whole(session, opened_id, reader=reader, for_staff=True) if opened_id else None
    name = name if name in STAFF_LISTS else _list_of(opened.shown) if opened else "open"
    rows = queries.listed(
        session, name, reader=reader, before=read_cursor(request.args.get("cursor")), limit=LIST_ROWS + 1
    )
    listed = page(rows, limit=LIST_ROWS, id_of=lambda row: row.id)
    if opened is None and listed["items"]:
        opened = queries.whole(session, listed["items"][0].id, reader=reader, for_staff=True)
    people = {row.member_id for row in listed["items"]} | ({opened.shown.member_id} if opened else set())
    return render(
        "disputes.html",
        page_of="console.disputes_page",
        dispute_page=dispute_page,
        member_page=member_page,
        name=name,
        counts=queries.counts(session),
        listed=listed,
        chosen=opened_id is not None,
        opened=opened,
        members=members.found(session, people),
        due={row.id: dispute_page.due_look(row, now=now, zone=reader.zone) for row in listed["items"]},
        returned=returned or Returned(),
        may_decide=current_staff().role in ADJUSTING_ROLES,
        reader=reader,
        **(_beside(session, opened, reader=reader) if opened else {}),
    )


def _beside(session: Session, opened: WholeDispute, *, reader: Reader) -> dict[str, Any]:
    """What stands beside the dispute: the row in question with its why, the book, and what upholding would do."""
    shown = opened.shown
    kept = queries.kept(session, shown.id)
    found = _receipt_found(session, kept)
    return {
        "member": members.found_one(session, shown.member_id),
        "kept": kept,
        "opened_due": dispute_page.due_look(shown, now=business_now(), zone=reader.zone),
        "row": _row(session, shown),
        "theirs": queries.reader_of_member(session, shown.member_id),
        "referral": _referral(session, shown, reader),
        "found": found,
        "owner": members.found_one(session, found.member_id) if found and found.member_id else None,
        "remedy": service.remedy_of(session, kept, points=None) if shown.is_open else None,
        "balance": ledger.balance(session, shown.member_id),
        "ledger_rows": journal.transactions(session, shown.member_id, limit=LEDGER_ROWS),
        "stores": {store.id: str(store.name.get(current_locale()) or store.code) for store in stores(session)},
        "limit": _limit(session),
    }


def _row(session: Session, shown: DisputeShown) -> journal.JournalTransaction | None:
    if shown.subject.kind != "entry":
        return None
    try:
        (row,) = journal.transactions(session, shown.member_id, beginning_with=shown.subject.id, limit=1)
    except UnknownEntry:
        return None
    return row


def _referral(session: Session, shown: DisputeShown, reader: Reader) -> dict[str, Any] | None:
    if shown.subject.kind != "referral" or shown.subject.id is None:
        return None
    referral = referrals.referrals_by_ids(session, [shown.subject.id]).get(shown.subject.id)
    if referral is None:
        return None
    reason = render_body(referral.reason_kind, referral.reason_facts, reader) if referral.reason_kind else None
    both = members.found(session, [referral.advocate_id, referral.friend_id])
    return {
        "is": referral,
        "reason": reason,
        "advocate": both[referral.advocate_id],
        "friend": both[referral.friend_id],
    }


def _receipt_found(session: Session, kept: KeptDispute) -> receipts.ReceiptHead | None:
    found = service.receipt_of(session, kept)
    return receipts.heads(session, [found.id]).get(found.id) if found else None


def _list_of(shown: DisputeShown) -> str:
    return next(name for name, states in STAFF_LISTS.items() if shown.status in states)


def _limit(session: Session) -> int | None:
    try:
        return terms_now(session).second_person_above_points
    except NoProgramme:
        return None


def _to(dispute_id: UUID) -> Response:
    return redirect(url_for("console.dispute_page_of", dispute_id=dispute_id), code=303)
