"""What screening tells, in its own transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

CaseOutcome = Literal["release", "refuse"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClosed:
    """A person decided on a case. Whoever owns the subject now lets it go on, or ends it, in the same transaction.

    `reason` is the decider's word; where the outcome is `refuse`, the participant reads it.
    """

    case_id: UUID
    subject_kind: str
    subject_id: UUID
    member_id: UUID | None
    outcome: CaseOutcome
    reason: str
    decided_by: str
    at: datetime
