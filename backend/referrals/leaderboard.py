"""Who brought the most friends this month: those who agreed to stand there, by first name and initial, and the caller.

Whoever has not agreed is neither shown nor counted: nobody's place tells of somebody who kept out of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.members.service import LEADERBOARD
from backend.referrals.months import Month, month_of
from backend.shared.db import driver_connection
from backend.shared.i18n import _
from backend.shops import queries as shops

SHOWN = 10

# A friend counts for the month of the purchase that earned the reward, and no longer where it was taken back.
FRIENDS_BY_ADVOCATE = """
SELECT advocate_id, count(*)
  FROM referrals
 WHERE status IN ('pending', 'rewarded') AND qualified_at >= %(since)s AND qualified_at < %(until)s
 GROUP BY advocate_id
"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The caller's own place among those who agreed; None while no friend counts."""

    place: int | None
    friends: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """One who agreed to be shown; whoever brought as many has the same place."""

    place: int
    label: str
    friends: int
    is_me: bool


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """A month of the shop's zone, as `2026-11`."""

    month: str
    mine: Standing
    items: list[Place]
    consented: bool


def leaderboard(session: Session, *, member_id: UUID, at: datetime) -> Leaderboard:
    """This month's leaderboard as the member may see it."""
    zone = shops.the_shop(session).zone
    month = month_of(at, zone=zone)
    friends = friends_by_advocate(session, month=month, zone=zone)
    agreed = members.consenting(session, {member_id, *friends}, *LEADERBOARD)
    counted = {one: number for one, number in friends.items() if one in agreed}
    mine = friends.get(member_id, 0)
    first = sorted(counted, key=lambda one: (-counted[one], one))[:SHOWN]
    labels = members.labels(session, first)
    return Leaderboard(
        month=month.name,
        mine=Standing(place=_place(counted, mine) if mine else None, friends=mine),
        items=[
            Place(
                place=_place(counted, counted[one]),
                label=name_of(labels.get(one)),
                friends=counted[one],
                is_me=one == member_id,
            )
            for one in first
        ],
        consented=member_id in agreed,
    )


def friends_by_advocate(session: Session, *, month: Month, zone: str) -> dict[UUID, int]:
    """How many friends of each member earned the reward by a purchase of this month."""
    window = {"since": month.begins(zone=zone), "until": month.ends(zone=zone)}
    rows = driver_connection(session).execute(FRIENDS_BY_ADVOCATE, window, prepare=True)
    return dict(rows.fetchall())


def name_of(label: members.MemberLabel | None) -> str:
    """First name and initial; a member who gave no name is a guest, for a card's digits are nobody's business here."""
    return label.label if label and label.first_name else str(_("A guest"))


def _place(counted: Mapping[UUID, int], friends: int) -> int:
    return 1 + sum(1 for number in counted.values() if number > friends)
