"""What segments hear from the features below them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members.events import MemberChanged, MemberErased
from backend.programmes.events import ProgrammeScheduled
from backend.segments import queries, touching
from backend.segments.errors import UnknownSegments
from backend.segments.models import Segment
from backend.shared.db import driver_connection
from backend.shared.ids import new_id


def on_member_changed(session: Session, event: MemberChanged) -> None:
    """What makes no row with a new id is told as it happens."""
    touching.touch(session, ids=[new_id()], member_ids=[event.member_id])


def on_member_erased(session: Session, event: MemberErased) -> None:
    """Whoever is erased leaves every segment, those in the archive at once."""
    archived = select(Segment.id).where(Segment.archived_at.is_not(None))
    driver_connection(session).execute(
        "DELETE FROM segment_members WHERE member_id = %s AND segment_id = ANY(%s)",
        (event.member_id, list(session.scalars(archived))),
    )
    touching.touch(session, ids=[new_id()], member_ids=[event.member_id])


def on_programme_scheduled(session: Session, event: ProgrammeScheduled) -> None:
    """Refuses a programme that names segments that are not there.

    Raises:
        UnknownSegments: it does.
    """
    missing = event.programme.named_segments - queries.codes(session).keys()
    if missing:
        raise UnknownSegments(codes=", ".join(sorted(missing)))
