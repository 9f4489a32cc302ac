"""A member's own code: made at first need, looked up, and replaced by a fresh one where it went astray."""

import math
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from backend.notifications.service import NewMessage, tell
from backend.referrals import queries
from backend.referrals.codes import OwnCode, is_possible, make_code, read_code, written
from backend.referrals.errors import CodeJustRotated, UnknownReferralCode
from backend.referrals.statements import (
    ADD_OWN_CODE,
    END_CHOSEN_CODE,
    JOINS_BY_CODE_EVER,
    LOCK_CODE,
    ROTATE_OWN_CODE,
)
from backend.shared.db import driver_connection
from backend.shared.ids import new_id

RotationReason = Literal["asked", "leaked"]
REPLACED_EVERY = timedelta(days=1)


def own_code(session: Session, *, member_id: UUID, at: datetime) -> str:
    """The member's own code, made at the first call; the same until it is rotated, however many calls come at once."""
    code = queries.code_of(session, member_id)
    while code is None:
        facts = {"id": new_id(), "code": make_code(), "member_id": member_id, "at": at}
        driver_connection(session).execute(ADD_OWN_CODE, facts)
        code = queries.code_of(session, member_id)
    return code


def check_code(session: Session, code: str, *, at: datetime) -> OwnCode:
    """The code and whose it is, however it was typed (case, spaces, dashes, Cyrillic look-alikes).

    Raises:
        UnknownReferralCode: nobody has it, it has not begun or has ended by `at`, or it was used as often as it may be.
    """
    kept = read_code(code)
    found = queries.find_code(session, kept) if is_possible(kept) else None
    if found is None or at < found.starts_at or (found.ends_at is not None and at >= found.ends_at):
        raise UnknownReferralCode
    if found.uses_maximum is not None and _uses(session, found.code) >= found.uses_maximum:
        raise UnknownReferralCode
    return OwnCode(code=found.code, member_id=found.member_id, uses_maximum=found.uses_maximum)


def take_use(session: Session, code: OwnCode) -> None:
    """Makes sure, until the transaction ends, that nobody else takes the last use of a code that has so many.

    Raises:
        UnknownReferralCode: somebody else has taken it.
    """
    if code.uses_maximum is None:
        return
    driver_connection(session).execute(LOCK_CODE, {"code": code.code})
    if _uses(session, code.code) >= code.uses_maximum:
        raise UnknownReferralCode


def rotate_code(
    session: Session,
    *,
    member_id: UUID,
    at: datetime,
    reason: RotationReason,
    code: str | None = None,
    leads_on: timedelta = timedelta(0),
) -> str:
    """Ends a member's code, at once or after `leads_on`, and tells the member; the own code that leads on, a fresh one.

    Friends who joined stay. `code` names which one to end, where it is not the own one: a chosen code ends, and the own
    one is left as it is. Rotated twice at once, it is rotated once; what has ended already is left alone.
    """
    own_code(session, member_id=member_id, at=at)
    statement = ROTATE_OWN_CODE if code is None or queries.code_of(session, member_id) == code else END_CHOSEN_CODE
    facts = {"member_id": member_id, "code": code, "at": at, "leads_until": at + leads_on, "reason": reason}
    ended = driver_connection(session).execute(statement, facts).fetchone()
    session.expire_all()
    fresh = own_code(session, member_id=member_id, at=at)
    if ended is not None:
        message = NewMessage(
            member_id=member_id,
            kind=f"referral_code_{reason}",
            facts={"ended": written(ended[0]), "code": written(fresh)},
            natural_key=f"referral_code:{ended[1]}:ended",
        )
        tell(session, [message])
    return fresh


def replace_own_code(session: Session, *, member_id: UUID, at: datetime) -> str:
    """The member's own wish to have a fresh code, once a day: `rotate_code`.

    Raises:
        CodeJustRotated: it was replaced within a day.
    """
    rotated_at = queries.replaced_at(session, member_id)
    if rotated_at is not None and at < rotated_at + REPLACED_EVERY:
        seconds = math.ceil((rotated_at + REPLACED_EVERY - at).total_seconds())
        raise CodeJustRotated(retry_after_seconds=seconds)
    return rotate_code(session, member_id=member_id, at=at, reason="asked")


def _uses(session: Session, code: str) -> int:
    row = driver_connection(session).execute(JOINS_BY_CODE_EVER, {"code": code}).fetchone()
    return int(row[0]) if row is not None else 0
