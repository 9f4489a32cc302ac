"""Storing programmes: drafts, and from when on they judge receipts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.programmes import queries
from backend.programmes.document import read_programme
from backend.programmes.errors import AlreadyInForce, CurrencyTaken, PastIsWritten, UnknownVersion, WasWithdrawn
from backend.programmes.events import ProgrammeScheduled
from backend.programmes.models import DRAFT, SCHEDULED, WITHDRAWN, ProgrammeVersion
from backend.programmes.programme import Programme
from backend.programmes.queries import StoredVersion
from backend.shared.clock import business_now, system_now
from backend.shared.events import publish
from backend.shared.ids import new_id
from backend.staff.service import audit

SETUP = "setup"
"""Who loads a programme where nobody of the staff does; the audit log is of people's acts, and has nothing of it."""


def load(session: Session, text: str, *, in_force_from: datetime) -> Programme:
    """Stores a document as the next version of its programme, in force from a moment on, be it past: for setting up and
    for history. The same document again changes nothing.

    Raises:
        BadProgramme: something in it is wrong.
        CurrencyTaken: another programme has its currency.
    """
    row = _written(session, text, by=SETUP, note="")
    if row.status == DRAFT:
        _schedule(session, row, at=in_force_from, by=SETUP)
    return read_programme(text, version=row.version)


def write_draft(session: Session, text: str, *, by: str, note: str = "") -> StoredVersion:
    """Keeps a correct document as the next version of its programme; it judges nothing until it is activated. The same
    document as the newest version's is that version.

    Raises:
        BadProgramme: something in it is wrong.
        CurrencyTaken: another programme has its currency.
    """
    row = _written(session, text, by=by, note=note)
    return queries.version(session, row.id, at=business_now())


def activate(session: Session, version_id: UUID, *, at: datetime | None = None, by: str) -> StoredVersion:
    """Lets a version judge what is sold from a moment on, by default from now. One that is still to come may be moved.

    Raises:
        UnknownVersion: there is none with this id.
        WasWithdrawn: it was taken back.
        AlreadyInForce: it judges already, or did.
        PastIsWritten: the moment is past, and the programme has judged.
    """
    row = _locked(session, version_id)
    now = business_now()
    if row.status == WITHDRAWN:
        raise WasWithdrawn(version=row.version)
    if row.status == SCHEDULED and row.in_force_from is not None and row.in_force_from <= now:
        raise AlreadyInForce(version=row.version)
    if at is not None and at < now and _has_judged(session, row, now):
        raise PastIsWritten
    _schedule(session, row, at=at or now, by=by)
    return queries.version(session, row.id, at=now)


def withdraw(session: Session, version_id: UUID, *, by: str) -> StoredVersion:
    """Takes back a draft, or a version that is still to come.

    Raises:
        UnknownVersion: there is none with this id.
        AlreadyInForce: it judges already, or did.
    """
    row = _locked(session, version_id)
    now = business_now()
    if row.status == SCHEDULED and row.in_force_from is not None and row.in_force_from <= now:
        raise AlreadyInForce(version=row.version)
    if row.status != WITHDRAWN:
        before = row.status
        row.status = WITHDRAWN
        session.flush()
        _audit(session, row, by=by, action="withdraw_programme", before=before)
    return queries.version(session, row.id, at=now)


def _written(session: Session, text: str, *, by: str, note: str) -> ProgrammeVersion:
    draft = read_programme(text)
    others = select(ProgrammeVersion.programme).where(
        ProgrammeVersion.currency == draft.currency,
        ProgrammeVersion.programme != draft.programme,
        ProgrammeVersion.status != WITHDRAWN,
    )
    other = session.execute(others.limit(1)).scalar_one_or_none()
    if other is not None:
        raise CurrencyTaken(other=other, currency=draft.currency)
    newest = session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme == draft.programme)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if newest is not None and newest.document == text and newest.status != WITHDRAWN:
        return newest
    row = ProgrammeVersion(
        id=new_id(),
        programme=draft.programme,
        version=newest.version + 1 if newest else 1,
        currency=draft.currency,
        document=text,
        status=DRAFT,
        in_force_from=None,
        recorded_at=system_now(),
        created_by=by,
        note=note,
    )
    session.add(row)
    session.flush()
    _audit(session, row, by=by, action="write_programme", before=None)
    return row


def _schedule(session: Session, row: ProgrammeVersion, *, at: datetime, by: str) -> None:
    # Read again: what was a programme when it was written has to be one for the program that will judge by it.
    programme = read_programme(row.document, version=row.version)
    before = row.status
    row.status, row.in_force_from = SCHEDULED, at
    session.flush()
    publish(session, ProgrammeScheduled(programme=programme, in_force_from=at))
    _audit(session, row, by=by, action="activate_programme", before=before)


def _locked(session: Session, version_id: UUID) -> ProgrammeVersion:
    row = session.scalars(
        select(ProgrammeVersion).where(ProgrammeVersion.id == version_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise UnknownVersion
    return row


def _has_judged(session: Session, row: ProgrammeVersion, now: datetime) -> bool:
    """Whether a version of the programme, another one too, is in force or was."""
    begun = select(ProgrammeVersion.id).where(
        ProgrammeVersion.programme == row.programme,
        ProgrammeVersion.status == SCHEDULED,
        ProgrammeVersion.in_force_from <= now,
    )
    return session.execute(begun.limit(1)).first() is not None


def _audit(session: Session, row: ProgrammeVersion, *, by: str, action: str, before: str | None) -> None:
    if by == SETUP:
        return
    since = row.in_force_from.isoformat() if row.in_force_from else None
    audit(
        session,
        who=by,
        action=action,
        subject=f"programme:{row.programme}:{row.version}",
        before={"status": before} if before else None,
        after={"status": row.status, "in_force_from": since},
    )
