"""The staff's API of programmes."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from backend.programmes import queries, service
from backend.programmes.checking import checked
from backend.programmes.differences import in_words, since
from backend.programmes.json_schema import json_schema
from backend.programmes.preview_schemas import PreviewAnswer, PreviewSchema
from backend.programmes.previewing import previewed
from backend.programmes.queries import StoredVersion
from backend.programmes.schemas import (
    DOCUMENT_EXAMPLE,
    AgainstArguments,
    CheckedProgrammeAnswer,
    NewProgrammeSchema,
    ProgrammeActivationSchema,
    ProgrammeAnswer,
    ProgrammeDifferencesAnswer,
    ProgrammesAnswer,
    ProgrammeToCheckSchema,
)
from backend.shared.access import public
from backend.shared.blueprint import Blueprint
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import current_locale
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("programmes", __name__, url_prefix="/api/v1", description="The programme as a document")
for_readers = staff_required("marketer", "administrator", "analyst", "auditor")
for_marketers = staff_required("marketer", "administrator")
not_now = blueprint.alt_response(409, schema=ProblemSchema, description="The version stands where it cannot be done")
DOCUMENT = {"document": DOCUMENT_EXAMPLE}


@blueprint.get("/staff/programmes")
@blueprint.doc(operationId="listProgrammes", summary="Every version of every programme")
@for_readers
@blueprint.response(200, ProgrammesAnswer)
def list_programmes() -> dict[str, Any]:
    """By programme, the newest version first; drafts and what was withdrawn too."""
    with transaction() as session:
        return {"items": queries.versions(session, at=business_now())}


@blueprint.post("/staff/programmes")
@blueprint.doc(operationId="writeProgramme", summary="Keep a document as the next version; it judges nothing yet")
@for_marketers
@blueprint.arguments(NewProgrammeSchema, example={**DOCUMENT, "note": "Five percent for everybody"})
@blueprint.response(201, ProgrammeAnswer)
@not_now
def write_programme(written: dict[str, Any]) -> StoredVersion:
    """A draft. A document with a mistake is refused; the same document as the newest version's is that version."""
    who = current_staff().who
    return run_transaction(
        lambda session: service.write_draft(session, written["document"], by=who, note=written["note"])
    )


@blueprint.post("/staff/programmes/check")
@blueprint.doc(operationId="checkProgramme", summary="Whether a document is a programme, and where not")
@for_readers
@blueprint.arguments(ProgrammeToCheckSchema, example=DOCUMENT)
@blueprint.response(200, CheckedProgrammeAnswer)
def check_programme(written: dict[str, Any]) -> dict[str, Any]:
    """Nothing is kept. A mistake has line, column, and what was expected, in the caller's language."""
    return checked(written["document"], locale=current_locale())


@blueprint.post("/staff/programmes/preview")
@blueprint.doc(operationId="previewProgramme", summary="What a typed receipt would earn")
@for_readers
@blueprint.arguments(PreviewSchema, example={**DOCUMENT, "receipt": {"lines": [{"amount": 150000}]}})
@blueprint.response(200, PreviewAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such version")
def preview_programme(typed: dict[str, Any]) -> dict[str, Any]:
    """Judged by the same engine as a till's receipt, budgets full. Nothing is kept."""
    with transaction() as session:
        found = previewed(session, typed, at=business_now(), locale=current_locale())
    steps = [{"text": text, "figure": figure} for text, figure in found.steps]
    return {"points": found.points, "awards": found.awards, "steps": steps, "terms": found.terms}


@blueprint.get("/staff/programmes/<uuid:version_id>")
@blueprint.doc(operationId="getProgramme", summary="A version with its document")
@for_readers
@blueprint.response(200, ProgrammeAnswer)
def get_programme(version_id: UUID) -> StoredVersion:
    """The document as it was written."""
    with transaction() as session:
        return queries.version(session, version_id, at=business_now())


@blueprint.post("/staff/programmes/<uuid:version_id>/activate")
@blueprint.doc(operationId="activateProgramme", summary="Let a version judge what is sold from a moment on")
@for_marketers
@blueprint.arguments(ProgrammeActivationSchema, example={"from": "2026-12-01T00:00:00+03:00"})
@blueprint.response(200, ProgrammeAnswer)
@not_now
def activate_programme(body: dict[str, Any], version_id: UUID) -> StoredVersion:
    """From now, or from a moment that is still to come. What was sold before stays judged as it was."""
    who = current_staff().who
    return run_transaction(lambda session: service.activate(session, version_id, at=body["from_"], by=who))


@blueprint.post("/staff/programmes/<uuid:version_id>/withdraw")
@blueprint.doc(operationId="withdrawProgramme", summary="Take back a draft, or a version that is still to come")
@for_marketers
@blueprint.response(200, ProgrammeAnswer)
@not_now
def withdraw_programme(version_id: UUID) -> StoredVersion:
    """A version that has judged receipts stays."""
    who = current_staff().who
    return run_transaction(lambda session: service.withdraw(session, version_id, by=who))


@blueprint.get("/staff/programmes/<uuid:version_id>/differences")
@blueprint.doc(operationId="compareProgrammes", summary="What is otherwise than in an older version, in words")
@for_readers
@blueprint.arguments(AgainstArguments, location="query")
@blueprint.response(200, ProgrammeDifferencesAnswer)
def compare_programmes(arguments: dict[str, Any], version_id: UUID) -> dict[str, Any]:
    """Against the version before it, or any other."""
    with transaction() as session:
        newer, older, found = since(session, version_id, arguments["against"], at=business_now())
    words = [in_words(one, current_locale()) for one in found]
    return {"version": newer.version, "against": older.version if older else None, "differences": words}


@blueprint.get("/programme-schema.json")
@blueprint.doc(operationId="getProgrammeSchema", summary="The document's JSON Schema, for editors")
@public
@blueprint.response(200, description="JSON Schema, draft 2020-12")
def get_programme_schema() -> Response:
    """What may stand in a programme document. Conditions are checked by `check` alone."""
    return jsonify(json_schema())
