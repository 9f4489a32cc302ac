"""A shop whose programme rewards inviting in every way there is, and what its members got."""

from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes import queries as programmes
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now
from tests.factories.referrals import bound
from tests.factories.till import OpenTill, open_till

PROGRAMME = """
programme: grain
title: {{en: Grain, ru: Зерно}}
currency: RUB
point_value_minor: 100
earning:
  - {{rule: base, rate_basis_points: 500}}
availability: {{pending_days: 14}}
expiry: {{days: 365}}
referral:
  advocate_points: {advocate_points}
  friend_points: {friend_points}
  minimum_receipt_minor: 50000
  qualifying_receipt: {qualifying_receipt}
  second_level: allowed
  rewards:
{rewards}
screening:
  - {{rule: self_referral, mode: active}}
  - {{rule: accounts_per_device, mode: active}}
{more}
"""


def plan(
    *rewards: str,
    advocate_points: int = 0,
    friend_points: int = 0,
    qualifying_receipt: str = "first",
    more: str = "",
) -> str:
    """A programme with these rewards for inviting."""
    lines = "\n".join(f"    - {{{reward}}}" for reward in rewards) or "    []"
    return PROGRAMME.format(
        rewards=lines,
        advocate_points=advocate_points,
        friend_points=friend_points,
        qualifying_receipt=qualifying_receipt,
        more=more,
    )


def open_shop(session: Session, client: FlaskClient, *rewards: str, **terms: Any) -> OpenTill:
    """A till of the shop with these rewards for inviting."""
    return open_till(session, client, programme=plan(*rewards, **terms))


def invited(session: Session, *, advocate: UUID, friend: UUID) -> UUID:
    """Binds a friend who has just joined, by the programme in force; the referral."""
    programme = programmes.main_programme(session, at=business_now())
    assert programme is not None
    return bound(session, advocate_id=advocate, friend_id=friend, terms=terms_of(programme)).id


def got(session: Session, member_id: UUID) -> list[tuple[str, int | None, int, str]]:
    """What a member got by inviting or by being invited, in order: reward, points, points taken back, state."""
    rows = session.execute(
        text(
            "SELECT reward, points, points_taken_back, state FROM referral_rewards WHERE member_id = :member_id"
            " ORDER BY at, reward, occurrence"
        ),
        {"member_id": member_id},
    )
    return [tuple(row) for row in rows]


def in_the_books(session: Session, member_id: UUID) -> int:
    """The points that the ledger holds for a member by referrals: pending and available, less what went."""
    total = session.execute(
        text(
            "SELECT coalesce(sum(entry.points), 0) FROM ledger_transactions AS posted"
            " JOIN ledger_entries AS entry ON entry.transaction_id = posted.id"
            " WHERE posted.member_id = :member_id AND posted.referral_id IS NOT NULL AND posted.kind <> 'release'"
            " AND entry.account IN ('pending', 'available', 'debt')"
        ),
        {"member_id": member_id},
    ).scalar_one()
    return int(total)
