"""Which programme is in force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.models import ProgrammeVersion
from backend.programmes.programme import Programme
from backend.shared.db import Promise, driver_connection

VERSIONS = """
SELECT id, currency, in_force_from, version
FROM programme_versions
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


def latest(session: Session, programme: str) -> Programme | None:
    """The newest version of a programme by its name."""
    row = session.execute(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme == programme)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return read_programme(row.document, version=row.version) if row else None


def in_force(session: Session, *, at: datetime) -> list[Programme]:
    """The programmes in force at this moment, one a currency, the oldest first."""
    known = programmes(session)
    oldest_first = select(ProgrammeVersion.currency).where(ProgrammeVersion.version == 1)
    currencies = session.scalars(oldest_first.order_by(ProgrammeVersion.recorded_at, ProgrammeVersion.id))
    return [programme for currency in currencies if (programme := known.in_force(currency, at))]


def main_programme(session: Session, *, at: datetime) -> Programme | None:
    """The programme that the shop shows itself by: the oldest one that rewards, by its current version."""
    row = session.execute(
        select(ProgrammeVersion.currency).order_by(ProgrammeVersion.recorded_at, ProgrammeVersion.id).limit(1)
    ).scalar_one_or_none()
    return programmes(session).in_force(row, at) if row else None
