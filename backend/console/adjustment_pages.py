"""Adjusting by hand: what is typed is shown once more before it is done; above the limit a second person decides."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console import member_page
from backend.console.adjustment_form import REASON_NAMES, AdjustmentForm, reasons
from backend.console.shell import ADJUSTING_ROLES, LOOKING_ROLES, blueprint, refusal_in_words, render
from backend.ledger import adjusting
from backend.ledger import queries as ledger
from backend.ledger.adjusting import Adjustment
from backend.ledger.errors import BookWrong, DecidedAlready, NotEnoughPoints, OwnRequest
from backend.members import finding as members
from backend.programmes.adjustment_terms import terms_now
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction, transaction
from backend.shared.i18n import _, current_locale
from backend.staff.access import current_staff, fresh_factor_required, page_staff_required
from backend.staff.errors import OwnCard

DECIDED_SHOWN = 20
WORD_LENGTH_MAXIMUM = 500
DECISIONS = ("approve", "refuse")


def waiting_for_me() -> int:
    """How many requests the person who is signed in could decide on."""
    staff = current_staff()
    if staff.role not in ADJUSTING_ROLES:
        return 0
    return adjusting.waiting_count(db.session(), at=business_now(), not_asked_by=staff.who)


@blueprint.get("/members/<uuid:member_id>/adjust")
@page_staff_required(*ADJUSTING_ROLES)
def adjust_page(member_id: UUID) -> str:
    """The form by itself."""
    return _render_form(member_id, AdjustmentForm())


@blueprint.post("/members/<uuid:member_id>/adjust")
@page_staff_required(*ADJUSTING_ROLES)
def adjust_member(member_id: UUID) -> Response | str | tuple[str, int]:
    """Shows what would be done; sent once more from there, does it or puts it before a second person."""
    form = AdjustmentForm(request.form)
    if not form.read():
        return _render_form(member_id, form), 422
    try:
        if request.form.get("step") != "do":
            return _render_form(member_id, form, check=True)
        asked = run_transaction(lambda session: _ask(session, member_id, form))
    except NotEnoughPoints as refusal:
        form.refuse_more_than(refusal.facts["maximum"])
        return _render_form(member_id, form), 422
    except (BookWrong, OwnCard) as refusal:
        flash(refusal_in_words(refusal))
        return redirect(url_for("console.member_page_of", member_id=member_id), code=303)
    flash(_done(asked))
    return redirect(url_for("console.member_page_of", member_id=member_id), code=303)


@blueprint.get("/adjustments")
@page_staff_required(*LOOKING_ROLES)
def adjustments_page() -> str:
    """The second person's desk: what waits, and what was decided lately."""
    with transaction() as session:
        return _render_desk(session)


@blueprint.get("/adjustments/<uuid:adjustment_id>")
@page_staff_required(*LOOKING_ROLES)
def adjustment_page(adjustment_id: UUID) -> str:
    """The desk with one request open."""
    with transaction() as session:
        return _render_desk(session, opened=adjusting.adjustment(session, adjustment_id))


@blueprint.post("/adjustments/<uuid:adjustment_id>")
@page_staff_required(*ADJUSTING_ROLES)
@fresh_factor_required
def decide_on_adjustment(adjustment_id: UUID) -> Response | tuple[str, int]:
    """The second person approves or refuses, with a word."""
    word = request.form.get("word", "").strip()
    approved = request.form.get("decision") == "approve"
    error = None
    if request.form.get("decision") not in DECISIONS:
        error = str(_("Approve it, or refuse it."))
    elif not 0 < len(word) <= WORD_LENGTH_MAXIMUM:
        error = str(_("Leave a word for the asker, in up to %(most)s characters.", most=WORD_LENGTH_MAXIMUM))
    if error is not None:
        with transaction() as session:
            return _render_desk(session, opened=adjusting.adjustment(session, adjustment_id), error=error), 422
    staff = current_staff()
    try:
        run_transaction(
            lambda session: adjusting.decide(
                session,
                adjustment_id=adjustment_id,
                approved=approved,
                note=word,
                by=staff,
                terms=terms_now(session),
            )
        )
    except (BookWrong, DecidedAlready, NotEnoughPoints, OwnCard, OwnRequest) as refusal:
        flash(refusal_in_words(refusal))
        return redirect(url_for("console.adjustment_page", adjustment_id=adjustment_id), code=303)
    flash(_("Approved: the points are in the book.") if approved else _("Refused. Nothing was changed in the book."))
    return redirect(url_for("console.adjustments_page"), code=303)


def _ask(session: Session, member_id: UUID, form: AdjustmentForm) -> Adjustment:
    adjustment, _is_new = adjusting.ask(
        session,
        member_id=member_id,
        points=form.points,
        reason=form.values["reason"],
        note=form.values["note"],
        by=current_staff(),
        terms=terms_now(session),
        idempotency_key=form.key,
    )
    return adjustment


def _done(asked: Adjustment) -> str:
    if asked.status == "waiting":
        return str(_("It waits for a second person, for two weeks. Nothing is in the book yet."))
    points = formatting.signed_points(asked.points, locale=current_locale())
    return str(_("%(points)s: it is in the book, and the participant sees it.", points=points))


def _render_form(member_id: UUID, form: AdjustmentForm, *, check: bool = False) -> str:
    with transaction() as session:
        member, balance = members.found_one(session, member_id), ledger.balance(session, member_id)
        terms = terms_now(session)
        preview = adjusting.preview(balance, form.points)
        if check and preview.is_too_much:
            raise NotEnoughPoints(maximum=balance.available)
        return render(
            "adjust.html",
            page_of="console.members_page",
            member=member,
            balance=balance,
            form=form,
            preview=preview if check else None,
            needs_second_person=adjusting.needs_second_person(
                session,
                member_id=member_id,
                points=form.points,
                asked_by=current_staff().who,
                at=business_now(),
                limit=terms.second_person_above_points,
            ),
            terms=terms,
            reasons=reasons(),
            reason_names=REASON_NAMES,
        )


def _render_desk(session: Session, *, opened: Adjustment | None = None, error: str = "") -> str:
    now = business_now()
    waiting = adjusting.waiting(session, at=now)
    decided = adjusting.decided_lately(session, limit=DECIDED_SHOWN)
    if opened is None:
        others = [one for one in waiting if one.asked_by != current_staff().who]
        opened = next(iter([*others, *waiting]), None)
    shown = {one.member_id for one in (*waiting, *decided, *([opened] if opened else []))}
    balance = ledger.balance(session, opened.member_id) if opened else None
    is_waiting = opened is not None and opened.id in {one.id for one in waiting}
    return render(
        "adjustments.html",
        page_of="console.adjustments_page",
        member_page=member_page,
        waiting=waiting,
        decided=decided,
        opened=opened,
        is_waiting=is_waiting,
        members=members.found(session, shown),
        balance=balance,
        preview=adjusting.preview(balance, opened.points) if opened and balance else None,
        is_own=opened is not None and opened.asked_by == current_staff().who,
        may_decide=current_staff().role in ADJUSTING_ROLES,
        reason_names=REASON_NAMES,
        error=error,
        word=request.form.get("word", ""),
    )
