"""Which programme is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.programmes.document import Programme, read_stored_programme
from backend.programmes.models import ProgrammeVersion
from backend.shared.db import driver_connection

_VERSIONS = """
SELECT currency, in_force_from, version, document
FROM programme_versions
ORDER BY currency, in_force_from DESC, version DESC
"""


@dataclass(frozen=True, slots=True)
class Programmes:
    """Every version there is; a receipt is judged by the one in force at its time."""

    versions: tuple[tuple[str, datetime, int, str], ...]

    def in_force(self, currency: str, at: datetime) -> Programme | None:
        """The programme of this currency at this moment. What happened before the first version is judged by the first:
        history that is imported has no older terms.
        """
        first = None
        for of_currency, in_force_from, version, document in self.versions:
            if of_currency != currency:
                continue
            first = read_stored_programme(document, version)
            if in_force_from <= at:
                break
        return first

    @property
    def currencies(self) -> Sequence[str]:
        """The currencies that are known."""
        return sorted({version[0] for version in self.versions})


def programmes(session: Session) -> Programmes:
    """Every version, in one read; parsed documents are kept between calls."""
    rows = driver_connection(session).execute(_VERSIONS, prepare=True)
    return Programmes(tuple((row[0], row[1], row[2], row[3]) for row in rows))


def latest(session: Session, programme: str) -> Programme | None:
    """The newest version of a programme by its name."""
    row = session.execute(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme == programme)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    return read_stored_programme(row.document, row.version) if row else None


def main_programme(session: Session, *, at: datetime) -> Programme | None:
    """The programme that the shop shows itself by: the oldest one that rewards, by its current version."""
    row = session.execute(
        select(ProgrammeVersion.currency).order_by(ProgrammeVersion.recorded_at, ProgrammeVersion.id).limit(1)
    ).scalar_one_or_none()
    return programmes(session).in_force(row, at) if row else None
