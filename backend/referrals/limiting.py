"""The marketer's hand on members' codes: from when, until when and how often one may be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.referrals import queries
from backend.referrals.codes import written
from backend.referrals.errors import CodeHasEnded, UnknownCodeId
from backend.referrals.models import Referral, ReferralCode
from backend.shared.errors import Invalid
from backend.shared.i18n import _l
from backend.staff.service import audit


@dataclass(frozen=True, kw_only=True)
class CodeStanding:
    """A code with its limits, and how many friends joined by it."""

    id: UUID
    code: str
    written: str
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    ended_reason: str | None
    uses: int
    uses_maximum: int | None


def standing_codes(session: Session, member_id: UUID) -> list[CodeStanding]:
    """All codes that lead or have led to the member, the newest first."""
    found = queries.codes_of(session, member_id)
    counted = (
        select(Referral.code, func.count())
        .where(Referral.code.in_([code.code for code in found]))
        .group_by(Referral.code)
    )
    uses = {code: int(count) for code, count in session.execute(counted)}
    return [_standing(code, uses.get(code.code, 0)) for code in found]


def limit_code(session: Session, *, code_id: UUID, changes: Mapping[str, Any], by: str, at: datetime) -> CodeStanding:
    """Changes `starts_at`, `ends_at` (None: no end) and `uses_maximum` (None: any number) of a code that has not ended.

    Raises:
        UnknownCodeId: there is no such code.
        CodeHasEnded: it has ended, and what has ended stays so.
        Invalid: it would end before it begins, or not at all though another one has taken its place.
    """
    code = session.get(ReferralCode, code_id, with_for_update=True)
    if code is None:
        raise UnknownCodeId
    if code.kind == "rotated" or (code.ends_at is not None and code.ends_at <= at):
        raise CodeHasEnded
    if changes.get("ends_at", code.ends_at) is None and _is_replaced(session, code):
        raise Invalid(errors={"ends_at": [_l("Another code has taken its place, so it has to end.")]})
    before = _limits(code)
    for name, value in changes.items():
        setattr(code, name, value)
    if code.ends_at is not None and code.ends_at < code.starts_at:
        raise Invalid(errors={"ends_at": [_l("It would end before it begins.")]})
    if "ends_at" in changes:
        code.ended_reason = "staff" if code.ends_at is not None else None
    session.flush()
    subject = f"referral_code:{code.id}"
    audit(session, who=by, action="limit_referral_code", subject=subject, before=before, after=_limits(code))
    return next(one for one in standing_codes(session, code.member_id) if one.id == code.id)


def _is_replaced(session: Session, code: ReferralCode) -> bool:
    """Whether another code of its kind leads to the member without an end."""
    living = select(ReferralCode.id).where(
        ReferralCode.member_id == code.member_id, ReferralCode.kind == code.kind, ReferralCode.ends_at.is_(None)
    )
    return session.scalar(living) not in {None, code.id}


def _limits(code: ReferralCode) -> dict[str, Any]:
    moments = {"starts_at": code.starts_at, "ends_at": code.ends_at}
    said = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
    return said | {"uses_maximum": code.uses_maximum}


def _standing(code: ReferralCode, uses: int) -> CodeStanding:
    return CodeStanding(
        id=code.id,
        code=code.code,
        written=written(code.code),
        kind=code.kind,
        starts_at=code.starts_at,
        ends_at=code.ends_at,
        ended_reason=code.ended_reason,
        uses=uses,
        uses_maximum=code.uses_maximum,
    )
