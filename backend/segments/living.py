"""The segments that are kept up, with their trees read, each after those that it nests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.segments.catalogue import catalogue
from backend.segments.mistakes import BadTree
from backend.segments.models import Segment, SegmentProgress
from backend.segments.ordering import in_order
from backend.segments.reading import read_tree
from backend.segments.tree import Tree

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LivingSegment:
    """A segment as a job needs it; `tree` is None where it cannot be asked any more, as after a feature is gone."""

    id: UUID
    code: str
    version: int
    is_computed: bool
    recompute_at: datetime
    tree: Tree | None


# A version's tree never changes, so that each is read once in a process.
_read: dict[tuple[UUID, int], Tree | None] = {}


def living(session: Session) -> list[LivingSegment]:
    """Every segment that is not archived, in order of dependency."""
    rows = session.execute(
        select(
            Segment.id, Segment.code, Segment.version, Segment.computed_version, Segment.recompute_at, Segment.tree
        ).where(Segment.archived_at.is_(None))
    ).all()
    known = {row.code for row in rows}
    found = {
        row.code: LivingSegment(
            id=row.id,
            code=row.code,
            version=row.version,
            is_computed=row.computed_version == row.version,
            recompute_at=row.recompute_at,
            tree=_tree(row.id, row.version, row.tree, known),
        )
        for row in rows
    }
    nested = {code: one.tree.segments if one.tree is not None else frozenset() for code, one in found.items()}
    return [found[code] for code in in_order(nested)]


def take_lock(session: Session) -> SegmentProgress | None:
    """The right to change memberships until the transaction ends; None where somebody else has it.

    Whoever computes a segment anew and whoever works on touches would otherwise undo each other's newer findings.
    """
    statement = select(SegmentProgress).where(SegmentProgress.id == 1)
    return session.scalar(statement.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _tree(segment_id: UUID, version: int, document: Mapping[str, object], known: set[str]) -> Tree | None:
    key = segment_id, version
    if key not in _read:
        try:
            _read[key] = read_tree(document, catalogue(), known_segments=known)
        except BadTree:
            log.warning("a segment cannot be asked any more", segment=str(segment_id), version=version)
            _read[key] = None
    return _read[key]
