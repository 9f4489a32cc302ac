"""The pages of members: finding one, and one with the whole book; what staff does there is written to the audit log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console import member_page, support
from backend.console.adjustment_form import AdjustmentForm, reasons
from backend.console.member_page import LedgerQuestion
from backend.console.shell import (
    ADJUSTING_ROLES,
    LOOKING_ROLES,
    UNFREEZING_ROLES,
    blueprint,
    refusal_in_words,
    render,
)
from backend.ledger import adjusting, journal, reconciliation
from backend.ledger import queries as ledger
from backend.ledger.errors import BookNotFrozen, BookStillWrong
from backend.members import finding as members
from backend.members.finding import Contacts
from backend.programmes import queries as programmes
from backend.programmes.adjustment_terms import terms_now
from backend.programmes.errors import NoProgramme
from backend.receipts import finding as receipts
from backend.referrals import friends
from backend.referrals import queries as referrals
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import _, current_locale
from backend.shared.pages import current_shop
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader
from backend.shops.queries import stores
from backend.staff.access import current_staff, fresh_factor_required, page_staff_required
from backend.staff.service import audit

LIST_ROWS = 25
LEDGER_ROWS = 20
FRIENDS_ROWS = 20
ADJUSTMENTS_SHOWN = 5
REASON_LENGTH_MAXIMUM = 300


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a page of a member shows besides the member: contacts in full, and a form that came back."""

    contacts: Contacts | None = None
    returned: str = ""
    """The dialog that comes back with an error."""
    error: str = ""
    form: AdjustmentForm | None = None


@blueprint.get("/members")
@page_staff_required(*LOOKING_ROLES)
def members_page() -> str:
    """Where members are found; below it those who joined last."""
    return _render_members()


@blueprint.post("/members")
@page_staff_required(*LOOKING_ROLES)
def find_member() -> Response | str:
    """Leads to the member who is meant. A form, so that no phone number stands in an address or a log."""
    text = request.form.get("query", "").strip()
    with transaction() as session:
        member_id = members.find(session, text) if text else None
        sold = receipts.by_number(session, text) if text and member_id is None else []
    if member_id is not None:
        return redirect(url_for("console.member_page_of", member_id=member_id), code=303)
    if len(sold) == 1:
        return redirect(url_for("console.receipt_page", receipt_id=sold[0].id), code=303)
    return _render_members(text=text, sold=sold)


@blueprint.get("/members/<uuid:member_id>")
@page_staff_required(*LOOKING_ROLES)
def member_page_of(member_id: UUID) -> str:
    """One member: figures, the book as double entry, friends, adjustments."""
    return _render_member(member_id, Asked())


@blueprint.get("/members/<uuid:member_id>/contacts")
@blueprint.get("/members/<uuid:member_id>/unfreeze")
@blueprint.get("/members/<uuid:member_id>/spending")
@page_staff_required(*LOOKING_ROLES)
def back_to_member(member_id: UUID) -> Response:
    """Leads a page that came as the answer to a form back to the member."""
    return _to_member(member_id)


@blueprint.post("/members/<uuid:member_id>/contacts")
@page_staff_required(*ADJUSTING_ROLES)
def show_contacts(member_id: UUID) -> str | tuple[str, int]:
    """Shows name, card, phone and e-mail address in full, this once; who looked and why is kept."""
    reason = request.form.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_LENGTH_MAXIMUM:
        return _render_member(member_id, Asked(returned="contacts", error=_what_reason())), 422

    def look(session: Session) -> Contacts:
        found = members.contacts(session, member_id)
        audit(session, who=current_staff().who, action="see_contacts", subject=f"member:{member_id}", reason=reason)
        return found

    return _render_member(member_id, Asked(contacts=run_transaction(look)))


@blueprint.post("/members/<uuid:member_id>/unfreeze")
@page_staff_required(*UNFREEZING_ROLES)
@fresh_factor_required
def unfreeze_member(member_id: UUID) -> Response | tuple[str, int]:
    """Lets points of a frozen book be spent again."""
    reason = request.form.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_LENGTH_MAXIMUM:
        return _render_member(member_id, Asked(returned="unfreeze", error=_what_reason())), 422

    who = current_staff().who
    try:
        run_transaction(lambda session: reconciliation.unfreeze(session, member_id, who=who, reason=reason))
    except BookStillWrong as refusal:
        return _render_member(member_id, Asked(returned="unfreeze", error=refusal_in_words(refusal))), 409
    except BookNotFrozen:
        return _to_member(member_id)
    flash(_("The points can be spent again."))
    return _to_member(member_id)


@blueprint.post("/members/<uuid:member_id>/spending")
@page_staff_required(*ADJUSTING_ROLES)
def let_member_spend(member_id: UUID) -> Response | tuple[str, int]:
    """Vouches for a member whose account was changed, so that points can be spent at once."""
    reason = request.form.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_LENGTH_MAXIMUM:
        return _render_member(member_id, Asked(returned="spending", error=_what_reason())), 422
    staff = current_staff()
    run_transaction(lambda session: support.let_spend(session, member_id=member_id, reason=reason, by=staff))
    flash(_("The points can be spent again."))
    return _to_member(member_id)


@blueprint.get("/referrals/<uuid:referral_id>")
@page_staff_required(*LOOKING_ROLES)
def referral_page(referral_id: UUID) -> Response:
    """Leads to the one who invited, and there to the friend."""
    with transaction() as session:
        referral = referrals.referrals_by_ids(session, [referral_id]).get(referral_id)
    if referral is None:
        abort(404)
    address = url_for("console.member_page_of", member_id=referral.advocate_id)
    return redirect(f"{address}#r{referral_id}", code=303)


def _render_members(*, text: str = "", sold: list[receipts.ReceiptHead] | None = None) -> str:
    with transaction() as session:
        before = read_cursor(request.args.get("cursor"))
        ids = members.newest(session, before=before, limit=LIST_ROWS + 1)
        listed = page(ids, limit=LIST_ROWS, id_of=lambda member_id: member_id)
        buyers = [receipt.member_id for receipt in sold or [] if receipt.member_id]
        return render(
            "members.html",
            page_of="console.members_page",
            text=text,
            sold=sold,
            listed=listed,
            first=before is None,
            members=members.found(session, [*listed["items"], *buyers]),
            available=ledger.available_points(session, listed["items"]),
            stores=_store_names(session),
        )


def _render_member(member_id: UUID, asked: Asked) -> str:
    with transaction() as session:
        member = members.found_one(session, member_id)
        balance, standing = ledger.balance(session, member_id), journal.standing(session, member_id)
        zone, now = current_shop().zone, business_now()
        as_of = member_page.day(request.args.get("as_of"))
        return render(
            "member.html",
            page_of="console.members_page",
            member=member,
            member_page=member_page,
            asked=asked,
            balance=balance,
            standing=standing,
            figures=member_page.figures(balance, standing, worth=_worth(session, balance), zone=zone, now=now),
            member_reader=Reader(member.locale, member.zone),
            zone=zone,
            now=now,
            today=formatting.day_in(now, zone).isoformat(),
            as_of=as_of,
            balance_then=ledger.balance_as_of(session, member_id, member_page.end(as_of, zone=zone)) if as_of else None,
            may_adjust=current_staff().role in ADJUSTING_ROLES and member.erased_at is None,
            pause=support.pause_of(session, member_id),
            may_unfreeze=current_staff().role in UNFREEZING_ROLES,
            form=asked.form or AdjustmentForm(),
            reasons=reasons(),
            limit=_limit(session),
            adjustments=adjusting.adjustments_of(session, member_id, limit=ADJUSTMENTS_SHOWN),
            **_ledger(session, member_id, zone=zone),
            **_friends(session, member_id),
        )


def _ledger(session: Session, member_id: UUID, *, zone: str) -> dict[str, Any]:
    """A page of the book, with what its transactions refer to."""
    question = LedgerQuestion.read(request.args)
    beginning_with = _id(request.args.get("transaction"))
    rows = journal.transactions(
        session,
        member_id,
        narrowed=question.filter(zone=zone),
        before=read_cursor(request.args.get("cursor")),
        beginning_with=beginning_with,
        limit=LEDGER_ROWS + 1,
    )
    listed = page(rows, limit=LEDGER_ROWS, id_of=lambda row: row.id)
    sold = receipts.heads(session, {row.receipt_id for row in listed["items"] if row.receipt_id})
    return {
        "question": question,
        "ledger": listed,
        "first": beginning_with is None and "cursor" not in request.args,
        "opened": beginning_with,
        "receipts": sold,
        "stores": _store_names(session),
        "by_hand": adjusting.by_transaction(session, [row.id for row in listed["items"]]),
        "reader": Reader(current_locale(), zone),
    }


def _friends(session: Session, member_id: UUID) -> dict[str, Any]:
    """Whom the member invited, and by whom the member was."""
    listed = friends.friends_page(
        session,
        advocate_id=member_id,
        cursor=request.args.get("friends"),
        limit=FRIENDS_ROWS,
        locale=current_locale(),
    )
    theirs = referrals.referrals_by_ids(session, [friend.id for friend in listed["items"]])
    invited_by = referrals.referral_of_friend(session, member_id)
    return {
        "friends": listed,
        "friend_referrals": theirs,
        "first_friends": "friends" not in request.args,
        "invited_by": invited_by,
        "advocate": members.found_one(session, invited_by.advocate_id) if invited_by else None,
    }


def _worth(session: Session, balance: ledger.Balance) -> str | None:
    """What the points to spend pay, in money of the programme."""
    programme = programmes.main_programme(session, at=business_now())
    if programme is None:
        return None
    amount_minor = balance.available * programme.point_value_minor
    return formatting.money(amount_minor, programme.currency, locale=current_locale())


def _limit(session: Session) -> int | None:
    try:
        return terms_now(session).second_person_above_points
    except NoProgramme:
        return None


def _store_names(session: Session) -> dict[UUID, str]:
    locale = current_locale()
    return {store.id: str(store.name.get(locale) or store.code) for store in stores(session)}


def _to_member(member_id: UUID) -> Response:
    return redirect(url_for("console.member_page_of", member_id=member_id), code=303)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _what_reason() -> str:
    return str(_("Say why, in up to %(most)s characters.", most=REASON_LENGTH_MAXIMUM))
