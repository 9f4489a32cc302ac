"""The staff's API of segments."""

from typing import Any
from uuid import UUID

from backend.segments import queries, service
from backend.segments.schemas import (
    TREE_EXAMPLE,
    AttributesAnswer,
    CheckedPersonAnswer,
    CheckPersonSchema,
    CountedAnswer,
    NewSegmentSchema,
    SegmentAnswer,
    SegmentPageAnswer,
    SegmentSchema,
    TreeSchema,
)
from backend.shared.blueprint import Blueprint
from backend.shared.db import transaction
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint("segments", __name__, url_prefix="/api/v1/staff", description="Rules over members")
for_marketers = staff_required("marketer", "administrator")
for_readers = staff_required("marketer", "administrator", "analyst", "auditor")
conflict = blueprint.alt_response(409, schema=ProblemSchema, description="The code is taken, or the segment is needed")

SEGMENT_EXAMPLE = {"name": "Regulars gone quiet", "tree": TREE_EXAMPLE}


@blueprint.post("/segments/count")
@blueprint.doc(operationId="countSegment", summary="How many a tree holds for, whom an offer reaches, ten of them")
@for_readers
@blueprint.arguments(TreeSchema, example={"tree": TREE_EXAMPLE})
@blueprint.response(200, CountedAnswer)
def count_segment(asked: dict[str, Any]) -> service.Counted:
    """Exact, as of now; nothing is kept."""
    with transaction() as session:
        return service.count(session, asked["tree"], sample_number=asked["sample_number"])


@blueprint.post("/segments/check-person")
@blueprint.doc(operationId="checkPerson", summary="Whether a tree holds for one member, and what decided it")
@for_readers
@blueprint.arguments(CheckPersonSchema, example={"tree": TREE_EXAMPLE, "member_id": str(UUID(int=7))})
@blueprint.response(200, CheckedPersonAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such member")
def check_person(asked: dict[str, Any]) -> service.Checked:
    """Of rules that all must hold: what fails; of those of which any may: what holds; else everything."""
    with transaction() as session:
        return service.check_person(session, asked["tree"], asked["member_id"])


@blueprint.get("/segments/attributes")
@blueprint.doc(operationId="listSegmentAttributes", summary="What may be asked of members")
@for_readers
@blueprint.response(200, AttributesAnswer)
def list_attributes() -> dict[str, Any]:
    """Names for trees, with labels in the caller's language."""
    with transaction() as session:
        return {"items": queries.attributes(session)}


@blueprint.post("/segments")
@blueprint.doc(operationId="createSegment", summary="Make a segment; its members are there within moments")
@for_marketers
@blueprint.arguments(NewSegmentSchema, example=SEGMENT_EXAMPLE)
@blueprint.response(201, SegmentAnswer)
@conflict
def create_segment(written: dict[str, Any]) -> queries.SegmentListed:
    """Kept up from now on, as members are touched."""
    with transaction() as session:
        return service.create(session, **written, by=current_staff())


@blueprint.get("/segments")
@blueprint.doc(operationId="listSegments", summary="All segments, newest first")
@for_readers
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, SegmentPageAnswer)
def list_segments(arguments: dict[str, Any]) -> dict[str, Any]:
    """Without those in the archive."""
    with transaction() as session:
        rows = queries.listed_page(session, before=read_cursor(arguments["cursor"]), limit=arguments["limit"])
    return page(rows, limit=arguments["limit"], id_of=lambda row: row.id)


@blueprint.get("/segments/<uuid:segment_id>")
@blueprint.doc(operationId="getSegment", summary="A segment")
@for_readers
@blueprint.response(200, SegmentAnswer)
def get_segment(segment_id: UUID) -> queries.SegmentListed:
    """Its tree, and how many are in."""
    with transaction() as session:
        return queries.segment(session, segment_id)


@blueprint.put("/segments/<uuid:segment_id>")
@blueprint.doc(operationId="rewriteSegment", summary="Give a segment another name or tree")
@for_marketers
@blueprint.arguments(SegmentSchema, example=SEGMENT_EXAMPLE)
@blueprint.response(200, SegmentAnswer)
def rewrite_segment(written: dict[str, Any], segment_id: UUID) -> queries.SegmentListed:
    """Another tree is another version; until it is computed the membership of the one before stays whole."""
    with transaction() as session:
        return service.rewrite(session, segment_id=segment_id, **written, by=current_staff())


@blueprint.post("/segments/<uuid:segment_id>/archive")
@blueprint.doc(operationId="archiveSegment", summary="Put a segment away")
@for_marketers
@blueprint.response(200, SegmentAnswer)
@conflict
def archive_segment(segment_id: UUID) -> queries.SegmentListed:
    """It is kept up no more; refused while another segment or a programme names it."""
    with transaction() as session:
        return service.archive(session, segment_id=segment_id, by=current_staff())
