"""The staff's API of what rules have held."""

from typing import Any
from uuid import UUID

from backend.console.screening_decision import decide
from backend.console.screening_pages import CASE_ROLES, DECIDING_ROLES
from backend.console.screening_schemas import CaseAnswer, CaseArguments, CaseDecisionSchema, CasesAnswer
from backend.screening import queries
from backend.screening.queries import Case
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction, transaction
from backend.shared.pagination import page, read_cursor
from backend.shared.problems import ProblemSchema
from backend.staff.access import current_staff, staff_required

blueprint = Blueprint(
    "screening", __name__, url_prefix="/api/v1/staff/screening", description="What rules against fraud have held"
)

DECISION_EXAMPLE = {"outcome": "release", "reason": "Three friends of one course, on the course's tablet"}


@blueprint.get("/cases")
@blueprint.doc(operationId="listScreeningCases", summary="Cases that wait for a person")
@staff_required(*CASE_ROLES)
@blueprint.arguments(CaseArguments, location="query")
@blueprint.response(200, CasesAnswer)
def list_cases(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those opened first before the rest. A case is due three working days after it was opened."""
    after, limit = read_cursor(arguments.pop("cursor")), arguments["limit"]
    with transaction() as session:
        return page(queries.open_cases(session, after=after, **arguments), limit=limit, id_of=lambda case: case.id)


@blueprint.post("/cases/<uuid:case_id>/decisions")
@blueprint.doc(operationId="decideOnScreeningCase", summary="Release or refuse what was held")
@staff_required(*DECIDING_ROLES)
@blueprint.arguments(CaseDecisionSchema, example=DECISION_EXAMPLE)
@blueprint.response(200, CaseAnswer)
@blueprint.alt_response(409, schema=ProblemSchema, description="Somebody else has decided; nothing was changed")
def decide_on_case(body: dict[str, Any], case_id: UUID) -> Case:
    """Released, it goes on as if it had never been held; refused, it ends, and the participant reads the reason.

    Nobody decides on a case about themselves: what they rang up, their own card, whom they brought.
    """
    staff = current_staff()
    return run_transaction(lambda session: decide(session, case_id=case_id, by=staff, **body))
