"""Whoever works here may be a guest too, and decides on nothing that is their own."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from backend.staff.errors import OwnCard
from backend.staff.queries import StaffIdentity, ask_staff_cards


def is_own(session: Session, *, by: StaffIdentity, member_ids: Collection[UUID]) -> bool:
    """Whether one of these members is this person of the staff, by the card that they have linked."""
    cards = ask_staff_cards(session, member_ids)()
    return any(card.staff_id == by.id for of_member in cards.values() for card in of_member)


def check_not_own(session: Session, *, by: StaffIdentity, member_ids: Collection[UUID]) -> None:
    """Refuses to let somebody decide where one of these members is they themselves.

    Raises:
        OwnCard: one is.
    """
    if is_own(session, by=by, member_ids=member_ids):
        raise OwnCard
