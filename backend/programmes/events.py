"""What programmes tell, in their own transaction."""

from dataclasses import dataclass
from datetime import datetime

from backend.programmes.programme import Programme


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgrammeScheduled:
    """A version of a programme will be in force from a moment on. A subscriber may refuse it by a domain error."""

    programme: Programme
    in_force_from: datetime
