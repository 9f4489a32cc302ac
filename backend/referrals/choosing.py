"""A code that a member chooses: a word that friends remember, once a year."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.referrals import queries
from backend.referrals.codes import read_code, written
from backend.referrals.errors import ReferralCodeJustChosen, ReferralCodeTaken
from backend.referrals.models import ReferralCode
from backend.referrals.own_codes import own_code
from backend.referrals.statements import (
    ADD_CHOSEN_CODE,
    LOCK_CODE,
    REPLACE_CHOSEN_CODE,
    TAKE_UP_CHOSEN_CODE,
)
from backend.referrals.vanity_code import fault_of, shape_of, variations
from backend.shared.db import driver_connection
from backend.shared.errors import Invalid
from backend.shared.formatting import date
from backend.shared.i18n import current_locale
from backend.shared.ids import new_id
from backend.shops.queries import the_shop

CHANGED_EVERY = timedelta(days=365)
OLD_LEADS_ON = timedelta(days=90)
SUGGESTIONS = 3


def may_choose_from(session: Session, member_id: UUID) -> datetime | None:
    """From when on the member may choose a code again; None while none was chosen."""
    chosen = select(ReferralCode.starts_at).where(ReferralCode.member_id == member_id, ReferralCode.kind == "vanity")
    latest = session.scalar(chosen.order_by(ReferralCode.starts_at.desc()).limit(1))
    return latest + CHANGED_EVERY if latest is not None else None


def choose_code(session: Session, *, member_id: UUID, typed: str, at: datetime) -> str:
    """Gives the member a code of their own choice beside the own one. The one chosen before leads on for 90 days.

    The code as it is kept. The same one again changes nothing; one that the member had before is given back.

    Raises:
        Invalid: it cannot be a code: its length, its letters, or a word that is not the member's to use.
        ReferralCodeTaken: it leads to somebody else or is too like one that does; `suggestions` are free.
        ReferralCodeJustChosen: the member chose another one within a year.
    """
    code = read_code(typed)
    fault = fault_of(code, reserved=[str(name) for name in the_shop(session).name.values()])
    if fault is not None:
        raise Invalid(errors={"code": [fault]})
    connection = driver_connection(session)
    # Two of the member's requests at once are one after the other.
    connection.execute(LOCK_CODE, {"code": own_code(session, member_id=member_id, at=at)})
    standing = queries.chosen_code(session, member_id)
    if standing is not None and standing.code == code:
        return code
    again_from = may_choose_from(session, member_id)
    if again_from is not None and at < again_from:
        raise ReferralCodeJustChosen(day=date(again_from, locale=current_locale(), zone=the_shop(session).zone))
    if not _is_free(session, code, member_id=member_id):
        _refuse_taken(session, code, member_id=member_id)
    connection.execute(REPLACE_CHOSEN_CODE, {"member_id": member_id, "leads_until": at + OLD_LEADS_ON})
    facts = {"id": new_id(), "code": code, "shape": shape_of(code), "member_id": member_id, "at": at}
    chosen = (
        connection.execute(TAKE_UP_CHOSEN_CODE, facts).rowcount or connection.execute(ADD_CHOSEN_CODE, facts).rowcount
    )
    if not chosen:
        _refuse_taken(session, code, member_id=member_id)
    session.expire_all()
    return code


def _refuse_taken(session: Session, code: str, *, member_id: UUID) -> None:
    free = (varied for varied in variations(code) if _is_free(session, varied, member_id=member_id))
    suggestions = [written(varied) for varied in islice(free, SUGGESTIONS)]
    raise ReferralCodeTaken(suggestions=suggestions, spoken_suggestions=", ".join(suggestions))


def _is_free(session: Session, code: str, *, member_id: UUID) -> bool:
    """Whether the code is nobody else's, and no other one looks like it."""
    alike = select(ReferralCode).where(or_(ReferralCode.code == code, ReferralCode.shape == shape_of(code)))
    found: Sequence[ReferralCode] = session.scalars(alike).all()
    return all(one.code == code and one.member_id == member_id and one.kind == "vanity" for one in found)
