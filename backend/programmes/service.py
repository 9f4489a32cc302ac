"""Storing programmes."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.errors import CurrencyTaken
from backend.programmes.models import ProgrammeVersion
from backend.programmes.programme import Programme
from backend.shared.clock import system_now
from backend.shared.ids import new_id


def load(session: Session, text: str, *, in_force_from: datetime) -> Programme:
    """Stores a document as the next version of its programme, in force from a moment on; the same document again
    changes nothing.

    Raises:
        BadProgramme: something in it is wrong.
        CurrencyTaken: another programme has its currency.
    """
    draft = read_programme(text)
    others = select(ProgrammeVersion.programme).where(
        ProgrammeVersion.currency == draft.currency, ProgrammeVersion.programme != draft.programme
    )
    other = session.execute(others.limit(1)).scalar_one_or_none()
    if other is not None:
        raise CurrencyTaken(other=other, currency=draft.currency)
    newest = session.execute(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.programme == draft.programme)
        .order_by(ProgrammeVersion.version.desc())
        .limit(1)
    ).scalar_one_or_none()
    if newest is not None and newest.document == text:
        return read_programme(text, version=newest.version)
    version = newest.version + 1 if newest else 1
    session.add(
        ProgrammeVersion(
            id=new_id(),
            programme=draft.programme,
            version=version,
            currency=draft.currency,
            document=text,
            in_force_from=in_force_from,
            recorded_at=system_now(),
        )
    )
    session.flush()
    return read_programme(text, version=version)
