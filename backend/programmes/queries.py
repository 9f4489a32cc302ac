"""Which programme is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.errors import UnknownVersion
from backend.programmes.models import SCHEDULED, ProgrammeVersion
from backend.programmes.programme import Programme
from backend.shared.db import Promise, driver_connection

VERSIONS = """
SELECT id, currency, in_force_from, version
FROM programme_versions
WHERE status = 'scheduled'
ORDER BY currency, in_force_from DESC, version DESC
"""
# Stored documents never change, so that each is read and parsed once in a process.
_parsed: dict[UUID, Programme] = {}


@dataclass(frozen=True, slots=True)
class Programmes:
    """Every version there is; a receipt is judged by the one in force at its time."""

    versions: tuple[tuple[str, datetime, Programme], ...]
    """Currency, in force from, programme; the newest of a currency first."""

    def in_force(self, currency: str, at: datetime) -> Programme | None:
        """The programme of this currency at this moment. What happened before the first version is judged by the first:
        history that is imported has no older terms.
        """
        found = None
        for of_currency, in_force_from, programme in self.versions:
            if of_currency != currency:
                continue
            found = programme
            if in_force_from <= at:
                break
        return found

    @property
    def currencies(self) -> list[str]:
        """The currencies that are known."""
        return sorted({currency for currency, _, _ in self.versions})


def programmes(session: Session) -> Programmes:
    """Every version, in one small read; documents are read once in a process."""
    return ask_programmes(session)()


def ask_programmes(session: Session) -> Promise[Programmes]:
    """`programmes`, for `sent_together`."""
    asked = driver_connection(session).execute(VERSIONS, prepare=True)

    def answer() -> Programmes:
        rows = asked.fetchall()
        unread = [row[0] for row in rows if row[0] not in _parsed]
        if unread:
            for version in session.scalars(select(ProgrammeVersion).where(ProgrammeVersion.id.in_(unread))):
                _parsed[version.id] = read_programme(version.document, version=version.version)
        return Programmes(tuple((currency, since, _parsed[id_]) for id_, currency, since, _ in rows))

    return answer


def may_follow_friends() -> bool:
    """Whether any programme that this process knows rewards later purchases of friends; one that it does not know yet
    may.
    """
    return any(programme.follows_friends for programme in _parsed.values())


def stored(session: Session, programme: str, version: int) -> Programme:
    """The programme of this name and version, which is there."""
    row = session.execute(
        select(ProgrammeVersion).where(ProgrammeVersion.programme == programme, ProgrammeVersion.version == version)
    ).scalar_one()
    if row.id not in _parsed:
        _parsed[row.id] = read_programme(row.document, version=row.version)
    return _parsed[row.id]


def latest(session: Session, programme: str) -> Programme | None:
    """The newest version of a programme by its name, drafts and what was withdrawn left out."""
    row = session.execute(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme == programme, ProgrammeVersion.status == SCHEDULED)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return read_programme(row.document, version=row.version) if row else None


def in_force(session: Session, *, at: datetime) -> list[Programme]:
    """The programmes in force at this moment, one a currency, the oldest first."""
    known = programmes(session)
    currencies = session.scalars(_OLDEST_FIRST)
    return [programme for currency in currencies if (programme := known.in_force(currency, at))]


def main_programme(session: Session, *, at: datetime) -> Programme | None:
    """The programme that the shop shows itself by: the oldest one that rewards, by its current version."""
    currency = session.execute(_OLDEST_FIRST.limit(1)).scalar_one_or_none()
    return programmes(session).in_force(currency, at) if currency else None


_OLDEST_FIRST = (
    select(ProgrammeVersion.currency)
    .where(ProgrammeVersion.status == SCHEDULED)
    .group_by(ProgrammeVersion.currency)
    .order_by(func.min(ProgrammeVersion.recorded_at), func.min(cast(ProgrammeVersion.id, Text)))
)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it is stored, with what has become of it by a moment."""

    id: UUID
    programme: str
    version: int
    currency: str
    document: str
    state: str
    """`draft`, `scheduled` (still to come), `in_force`, `replaced` (was in force) or `withdrawn`."""
    in_force_from: datetime | None
    in_force_until: datetime | None
    """When the next version takes its place; None where none will."""
    recorded_at: datetime
    created_by: str
    note: str

    def read(self) -> Programme:
        """The document, read."""
        if self.id not in _parsed:
            _parsed[self.id] = read_programme(self.document, version=self.version)
        return _parsed[self.id]


def versions(session: Session, programme: str | None = None, *, at: datetime) -> list[StoredVersion]:
    """The versions of a programme, or of all, the newest first; `at` is the moment that decides what is in force."""
    chosen = select(ProgrammeVersion).order_by(ProgrammeVersion.programme, ProgrammeVersion.version.desc())
    if programme is not None:
        chosen = chosen.where(ProgrammeVersion.programme == programme)
    rows = session.scalars(chosen).all()
    return [_stored(row, [other for other in rows if other.programme == row.programme], at) for row in rows]


def version(session: Session, version_id: UUID, *, at: datetime) -> StoredVersion:
    """One version.

    Raises:
        UnknownVersion: there is none with this id.
    """
    row = session.get(ProgrammeVersion, version_id)
    if row is None:
        raise UnknownVersion
    return next(one for one in versions(session, row.programme, at=at) if one.id == version_id)


def _stored(row: ProgrammeVersion, all_of_it: Sequence[ProgrammeVersion], at: datetime) -> StoredVersion:
    until = _until(row, all_of_it)
    return StoredVersion(
        id=row.id,
        programme=row.programme,
        version=row.version,
        currency=row.currency,
        document=row.document,
        state=_state(row, until, at),
        in_force_from=row.in_force_from,
        in_force_until=until,
        recorded_at=row.recorded_at,
        created_by=row.created_by,
        note=row.note,
    )


def _until(row: ProgrammeVersion, all_of_it: Sequence[ProgrammeVersion]) -> datetime | None:
    if row.status != SCHEDULED or row.in_force_from is None:
        return None
    mine = (row.in_force_from, row.version)
    later = [
        (other.in_force_from, other.version)
        for other in all_of_it
        if other.status == SCHEDULED and other.in_force_from is not None and (other.in_force_from, other.version) > mine
    ]
    return min(later)[0] if later else None


def _state(row: ProgrammeVersion, until: datetime | None, at: datetime) -> str:
    if row.status != SCHEDULED or row.in_force_from is None or row.in_force_from > at:
        return row.status
    return "replaced" if until is not None and until <= at else "in_force"
