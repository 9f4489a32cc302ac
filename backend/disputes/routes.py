"""The API of disputes: what a member asks, and what staff answers."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response

from backend.budgets.service import with_budgets
from backend.disputes import queries, service
from backend.disputes.models import Dispute
from backend.disputes.pictures import BYTES_MAXIMUM
from backend.disputes.queries import DisputeShown, WholeDispute
from backend.disputes.schemas import (
    DecisionSchema,
    DisputeAnswer,
    DisputesAnswer,
    EvidenceSchema,
    IdempotencyKeySchema,
    NewDisputeSchema,
    NewMessageSchema,
    RatingSchema,
    StaffDisputeAnswer,
    StaffDisputesAnswer,
    StaffListArguments,
)
from backend.disputes.service import MissingReceipt, Subject
from backend.members.access import current_caller, current_member_id, member_required
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.shared.wording import Reader
from backend.shops.queries import the_shop
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("disputes", __name__, url_prefix="/api/v1", description="Questions about points, and answers")
no_such = blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such question")
over = blueprint.alt_response(409, schema=ProblemSchema, description="It has its answer already")

LOOKING_ROLES = ("support", "administrator", "auditor")
DECIDING_ROLES = ("support", "administrator")
NEW_EXAMPLE = {
    "receipt": {"number": "0042", "on": "2026-11-20", "amount": 54000, "currency": "RUB"},
    "text": "I forgot to show my card.",
}
DECISION_EXAMPLE = {"outcome": "upheld", "points": 30, "text": "The till had the payment wrong."}


@blueprint.route("/me/disputes", methods=["POST"])
@blueprint.doc(operationId="openDispute", summary="Say that something is wrong")
@member_required
@blueprint.arguments(IdempotencyKeySchema, location="headers")
@blueprint.arguments(NewDisputeSchema, example=NEW_EXAMPLE)
@blueprint.response(201, DisputeAnswer)
@blueprint.alt_response(200, schema=DisputeAnswer, description="It is open about the same already: that one")
@blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such entry, invitation or store")
@blueprint.alt_response(429, schema=ProblemSchema, description="Too many within a day")
def open_dispute(headers: dict[str, Any], body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """What can be answered by rule is `settled` at once: a receipt that is found is attached, points that only wait
    are explained. All else is decided by a person, by `due_on` at the latest.
    """
    member_id, subject = current_member_id(), _subject(body)
    opened, is_new = with_budgets(
        lambda session: service.open_dispute(
            session,
            member_id=member_id,
            subject=subject,
            text=body["text"],
            about=body["about"],
            insists=body["insists"],
            key=headers["key"],
        )
    )
    return _own(opened.id), 201 if is_new else 200


@blueprint.route("/me/disputes", methods=["GET"])
@blueprint.doc(operationId="listDisputes", summary="What the caller asked, newest first")
@member_required
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, DisputesAnswer)
def list_disputes(arguments: dict[str, Any]) -> dict[str, Any]:
    """Without the threads."""
    caller, before, limit = current_caller(), read_cursor(arguments["cursor"]), arguments["limit"]
    reader = Reader(current_locale(), caller.zone)
    rows = run_transaction(
        lambda session: queries.disputes_of(session, caller.member_id, reader=reader, before=before, limit=limit + 1)
    )
    return page(rows, limit=limit, id_of=lambda row: row.id)


@blueprint.route("/me/disputes/<uuid:dispute_id>", methods=["GET"])
@blueprint.doc(operationId="getDispute", summary="A question with its thread")
@member_required
@blueprint.response(200, DisputeAnswer)
@no_such
def get_dispute(dispute_id: UUID) -> dict[str, Any]:
    """Everything that both sides said, and how it ended."""
    return _own(dispute_id)


@blueprint.route("/me/disputes/<uuid:dispute_id>/messages", methods=["POST"])
@blueprint.doc(operationId="writeInDispute", summary="Write into the thread")
@member_required
@blueprint.arguments(IdempotencyKeySchema, location="headers")
@blueprint.arguments(NewMessageSchema, example={"text": "It was one bank card."})
@blueprint.response(201, DisputeAnswer)
@no_such
@over
def write_in_dispute(headers: dict[str, Any], body: dict[str, Any], dispute_id: UUID) -> dict[str, Any]:
    """After a rule's answer it says that the caller does not accept it: a person looks at it, with a new `due_on`."""
    member_id = current_member_id()
    run_transaction(
        lambda session: service.write(session, dispute_id=dispute_id, member_id=member_id, **headers, **body)
    )
    return _own(dispute_id)


@blueprint.route("/me/disputes/<uuid:dispute_id>/evidence", methods=["POST"])
@blueprint.doc(operationId="addEvidence", summary="Add a photo")
@member_required
@blueprint.arguments(IdempotencyKeySchema, location="headers")
@blueprint.arguments(EvidenceSchema, location="files", example={"photo": "the file's bytes"})
@blueprint.response(201, DisputeAnswer)
@no_such
@over
def add_evidence(headers: dict[str, Any], files: dict[str, Any], dispute_id: UUID) -> dict[str, Any]:
    """At most five of 8 MB each. What a camera writes beside the picture (place, time, device) is not kept; the photo
    is encrypted, and deleted half a year after the end.
    """
    member_id, content = current_member_id(), files["photo"].read(BYTES_MAXIMUM + 1)
    run_transaction(
        lambda session: service.add_evidence(
            session, dispute_id=dispute_id, member_id=member_id, content=content, **headers
        )
    )
    return _own(dispute_id)


@blueprint.route("/me/disputes/<uuid:dispute_id>/evidence/<uuid:evidence_id>", methods=["GET"])
@blueprint.doc(operationId="getEvidence", summary="A photo of the caller's question")
@member_required
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/jpeg")
@blueprint.alt_response(404, schema=ProblemSchema, description="It is not kept, or not the caller's")
def get_evidence(dispute_id: UUID, evidence_id: UUID) -> Response:
    """As it is kept: upright, at most 2,400 pixels wide or high."""
    member_id = current_member_id()
    content, media_type = run_transaction(
        lambda session: queries.photo(session, dispute_id=dispute_id, evidence_id=evidence_id, of=member_id)
    )
    return Response(content, content_type=media_type)


@blueprint.route("/me/disputes/<uuid:dispute_id>/withdrawal", methods=["POST"])
@blueprint.doc(operationId="withdrawDispute", summary="Withdraw a question")
@member_required
@blueprint.response(200, DisputeAnswer)
@no_such
@over
def withdraw_dispute(dispute_id: UUID) -> dict[str, Any]:
    """Twice is as good as once."""
    member_id = current_member_id()
    run_transaction(lambda session: service.withdraw(session, dispute_id=dispute_id, member_id=member_id))
    return _own(dispute_id)


@blueprint.route("/me/disputes/<uuid:dispute_id>/rating", methods=["POST"])
@blueprint.doc(operationId="rateDispute", summary="Say how it went")
@member_required
@blueprint.arguments(RatingSchema, example={"rating": 5, "text": "Quick and clear."})
@blueprint.response(200, DisputeAnswer)
@no_such
@blueprint.alt_response(409, schema=ProblemSchema, description="It has no answer yet")
def rate_dispute(body: dict[str, Any], dispute_id: UUID) -> dict[str, Any]:
    """From 1 to 5, perhaps with a word; the last one counts."""
    member_id = current_member_id()
    run_transaction(lambda session: service.rate(session, dispute_id=dispute_id, member_id=member_id, **body))
    return _own(dispute_id)


@blueprint.route("/staff/disputes", methods=["GET"])
@blueprint.doc(operationId="listDisputesForStaff", summary="The desk's lists")
@staff_required(*LOOKING_ROLES)
@blueprint.arguments(StaffListArguments, location="query")
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, StaffDisputesAnswer)
def list_disputes_for_staff(narrowed: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """What is open: escalated ones first, then by deadline. What is over: newest first."""
    before, limit = read_cursor(arguments["cursor"]), arguments["limit"]
    rows = run_transaction(
        lambda session: queries.listed(
            session,
            narrowed["state"],
            reader=Reader(current_locale(), the_shop(session).zone),
            before=before,
            limit=limit + 1,
        )
    )
    return page(rows, limit=limit, id_of=lambda row: row.id)


@blueprint.route("/staff/disputes/<uuid:dispute_id>", methods=["GET"])
@blueprint.doc(operationId="getDisputeForStaff", summary="A dispute with all that happened")
@staff_required(*LOOKING_ROLES)
@blueprint.response(200, StaffDisputeAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such dispute")
def get_dispute_for_staff(dispute_id: UUID) -> dict[str, Any]:
    """With reminders, proposals, and the member's rating."""
    return _for_staff(dispute_id)


@blueprint.route("/staff/disputes/<uuid:dispute_id>/messages", methods=["POST"])
@blueprint.doc(operationId="answerDispute", summary="Write to the member")
@staff_required(*DECIDING_ROLES)
@blueprint.arguments(NewMessageSchema, example={"text": "Which card did you pay with?"})
@blueprint.response(201, StaffDisputeAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such dispute")
@over
def answer_dispute(body: dict[str, Any], dispute_id: UUID) -> dict[str, Any]:
    """The member is told that there is a word; it waits for theirs, and the deadline stays."""
    staff = current_staff()
    run_transaction(lambda session: service.answer(session, dispute_id=dispute_id, by=staff, **body))
    return _for_staff(dispute_id)


@blueprint.route("/staff/disputes/<uuid:dispute_id>/decisions", methods=["POST"])
@blueprint.doc(operationId="decideDispute", summary="Decide")
@staff_required(*DECIDING_ROLES)
@blueprint.arguments(DecisionSchema, example=DECISION_EXAMPLE)
@blueprint.response(201, StaffDisputeAnswer)
@blueprint.alt_response(
    202,
    schema=StaffDisputeAnswer,
    description="Above the programme's limit: it waits for a second person",
    success=True,
)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such dispute")
@blueprint.alt_response(
    409, schema=ProblemSchema, description="It is over, or waits for a second person, or no programme"
)
def decide_dispute(body: dict[str, Any], dispute_id: UUID) -> tuple[dict[str, Any], int]:
    """Points come by a new entry that names the decision; no row is ever changed."""
    staff = current_staff()
    decided: Dispute = with_budgets(lambda session: service.decide(session, dispute_id=dispute_id, by=staff, **body))
    return _for_staff(dispute_id), 201 if decided.ended_at is not None else 202


def _subject(body: dict[str, Any]) -> Subject:
    if "receipt" in body:
        told = body["receipt"]
        receipt = MissingReceipt(
            number=told["number"],
            on=told["on"],
            store=told["store"],
            amount_minor=told["amount"],
            currency=told["currency"],
        )
        return Subject(kind="receipt", receipt=receipt)
    if "entry_id" in body:
        return Subject(kind="entry", id=body["entry_id"])
    return Subject(kind="referral", id=body["referral_id"])


def _own(dispute_id: UUID) -> dict[str, Any]:
    caller = current_caller()
    reader = Reader(current_locale(), caller.zone)
    return _flat(
        run_transaction(lambda session: queries.whole(session, dispute_id, reader=reader, of=caller.member_id))
    )


def _for_staff(dispute_id: UUID) -> dict[str, Any]:
    return _flat(
        run_transaction(
            lambda session: queries.whole(
                session, dispute_id, reader=Reader(current_locale(), the_shop(session).zone), for_staff=True
            )
        )
    )


def _flat(whole: WholeDispute) -> dict[str, Any]:
    shown: DisputeShown = whole.shown
    also = {"may_write": shown.may_write, "may_rate": shown.may_rate}
    return asdict(shown) | also | {"thread": whole.thread}
