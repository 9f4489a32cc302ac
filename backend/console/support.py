"""What support's programs may ask and do; the pages go the same ways."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import adjusting, journal
from backend.ledger import queries as ledger
from backend.ledger.adjusting import REASONS, Adjustment
from backend.members import account_changes
from backend.members import finding as members
from backend.members.finding import FoundMember
from backend.programmes import queries as programmes
from backend.programmes.adjustment_terms import terms_now
from backend.programmes.screening import screening_settings
from backend.receipts import finding as receipts
from backend.screening import account_pause
from backend.screening.account_pause import Pause
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from backend.staff.queries import StaffIdentity
from backend.staff.service import audit


def find(session: Session, query: str) -> list[FoundMember]:
    """Whoever is meant by a phone, an address, a card, an id, or a receipt's number; nobody where it is unknown."""
    member_id = members.find(session, query)
    ids = [member_id] if member_id else [sold.member_id for sold in receipts.by_number(session, query.strip())]
    found = members.found(session, {one for one in ids if one is not None})
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def view(session: Session, member_id: UUID, *, locale: str) -> dict[str, Any]:
    """A member with the figures of their book.

    Raises:
        UnknownMember: there never was such a member.
    """
    member, standing = members.found_one(session, member_id), journal.standing(session, member_id)
    owed = standing.debt_reason
    return {
        **asdict(member),
        "balance": ledger.balance(session, member_id),
        "earned": standing.earned,
        "next_release": standing.next_release,
        "next_expiry": standing.next_expiry,
        "debt_reason": owed.transaction.title(Reader(locale, member.zone)) if owed else None,
        "transactions_count": standing.transactions_count,
        "frozen_at": standing.frozen_at,
        "frozen_reason": standing.frozen_reason,
    }


def pause_of(session: Session, member_id: UUID) -> Pause | None:
    """Until when nothing may be spent from the member's account in the shop's programme, because it was changed."""
    programme = programmes.main_programme(session, at=business_now())
    return account_pause.pause_of(session, member_id, screening_settings(programme))


def let_spend(session: Session, *, member_id: UUID, reason: str, by: StaffIdentity) -> bool:
    """Vouches that it was the member who changed the account, so that points can be spent at once; whether anything
    stood in the way. Who did it and why is kept.

    Raises:
        UnknownMember: there never was such a member.
    """
    members.found_one(session, member_id)
    allowed = account_changes.allow_changes(session, member_id=member_id, by=by.who, reason=reason)
    if allowed:
        audit(
            session,
            who=by.who,
            action="allow_spending",
            subject=f"member:{member_id}",
            after={"changes": [str(change_id) for change_id in allowed]},
            reason=reason,
        )
    return bool(allowed)


def adjust(
    session: Session,
    *,
    member_id: UUID,
    points: int,
    reason: str,
    kind: str | None,
    idempotency_key: str | None,
    by: StaffIdentity,
) -> tuple[Adjustment, bool]:
    """Gives or takes points, or asks for it; and whether it is new. See `adjusting.ask`.

    Raises:
        NoProgramme: no programme is in force.
    """
    if kind is None:
        kind = reason if reason in REASONS else "goodwill" if points > 0 else "correction"
    return adjusting.ask(
        session,
        member_id=member_id,
        points=points,
        reason=kind,
        note=reason,
        by=by,
        terms=terms_now(session),
        idempotency_key=idempotency_key,
    )
