"""What inviting brings the shop: the funnel, its cost, how fast it grows, what the brought members spend, who invites.

A friend belongs to the day on which it joined and a visit to its own day, in the shop's zone; whatever became of the
friend since then counts there. So the steps of a funnel are those of one cohort, and a recent period is not finished.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.expiry import day_begins
from backend.referrals import analytics_statements as statements
from backend.referrals.comparison import Comparison, MonthCompared, Sample, WeightedSums
from backend.referrals.months import Month
from backend.shared.db import driver_connection

KINDS = ("channel", "place", "month", "campaign")
"""What a funnel can be split by."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which friends and visits: days of the shop, both included, and perhaps one channel or one place of the advocates.

    A place is the region of the store where the advocate bought last, or the store's code where it has no region.
    """

    first_day: date
    last_day: date
    zone: str
    channel: str | None = None
    place: str | None = None

    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {
            "first_day": self.first_day,
            "last_day": self.last_day,
            "since": day_begins(self.first_day, zone=self.zone),
            "until": day_begins(self.last_day + timedelta(days=1), zone=self.zone),
            "zone": self.zone,
            "channel": self.channel,
            "place": self.place,
        }

    @property
    def months(self) -> list[Month]:
        """The months that the period touches."""
        found = [Month(self.first_day.replace(day=1))]
        while found[-1].later(1).first_day <= self.last_day:
            found.append(found[-1].later(1))
        return found


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """How far people came: opened a link, joined, bought enough, were rewarded for; and what the rewards are worth.

    `acquired` are friends whose purchase stands: rewarded, or pending and not returned. Points are those of all rewards
    that the friends brought, for whatever event, less what was taken back; an advocate's advocate counts as one.
    """

    key: str = ""
    visits: int = 0
    joined: int = 0
    qualified: int = 0
    rewarded: int = 0
    acquired: int = 0
    advocate_points: int = 0
    friend_points: int = 0
    coupons: int = 0

    @property
    def points(self) -> int:
        """What both sides were given and keep."""
        return self.advocate_points + self.friend_points

    def cost_minor(self, point_value_minor: int) -> int:
        """What the points pay for, in minor units."""
        return self.points * point_value_minor

    def cost_per_customer_minor(self, point_value_minor: int) -> int | None:
        """The cost of one acquired customer, to the nearest minor unit; None while there is none."""
        if not self.acquired:
            return None
        return (2 * self.cost_minor(point_value_minor) + self.acquired) // (2 * self.acquired)


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One month of the viral coefficient.

    K = i · c, where i is how many invitations there are for an active member, and c the share of invitations that end
    in joining (D. Skok, *Lessons Learned – Viral Marketing*, 2009; A. Penenberg, *Viral Loop*, 2009). An invitation is
    one that reached somebody: a link that was opened, or a code that was typed or scanned at the till. What was said
    and never followed cannot be counted. Active is who bought in the month. Above 1 a shop would grow by invitations
    alone.
    """

    month: Month
    active: int
    invitations: int
    joined: int
    advocates: int

    @property
    def per_member(self) -> float | None:
        """i: invitations for each active member."""
        return self.invitations / self.active if self.active else None

    @property
    def conversion(self) -> float | None:
        """c: which share of invitations ended in joining."""
        return self.joined / self.invitations if self.invitations else None

    @property
    def k(self) -> float | None:
        """K = i · c, which is joins for each active member."""
        return self.joined / self.active if self.active else None


@dataclass(frozen=True, kw_only=True)
class Advocate:
    """One who invites, by what became of the friends who joined in the period."""

    member_id: UUID
    joined: int
    earned: int
    rewarded: int
    without_reward: int
    points: int


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many friends stand so, for one reason; `reason_facts` are those of one of them."""

    status: str
    reason_kind: str | None
    friends: int
    reason_facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FriendRow:
    """One friend for the staff; who it is, only ids say. Points and coupons are what both sides keep of it."""

    id: UUID
    advocate_id: UUID
    friend_id: UUID
    channel: str
    status: str
    status_at: datetime
    joined_at: datetime
    reason_kind: str | None
    reason_facts: Mapping[str, Any]
    qualified_at: datetime | None
    advocate_points: int
    friend_points: int
    coupons: int
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None


def funnels(session: Session, question: Question, *, by: str) -> list[Funnel]:
    """The funnel split by one of `KINDS`; the largest first, months in their order."""
    parts: dict[str, dict[str, int]] = {}
    for key, visits in _rows(session, statements.VISITS, question, key=_key(by, "visit"), table="visit"):
        parts.setdefault(key, {})["visits"] = visits
    for key, *counts in _rows(session, statements.JOINED, question, key=_key(by, "referral"), table="referral"):
        names = ("joined", "qualified", "rewarded", "acquired", "advocate_points", "friend_points", "coupons")
        parts.setdefault(key, {}).update(zip(names, counts, strict=True))
    found = [Funnel(key=key, **counts) for key, counts in parts.items()]
    if by == "month":
        return sorted(found, key=lambda one: one.key)
    return sorted(found, key=lambda one: (-one.joined, -one.visits, one.key))


def whole(parts: Sequence[Funnel]) -> Funnel:
    """All parts of a funnel together."""
    names = ("visits", "joined", "qualified", "rewarded", "acquired", "advocate_points", "friend_points", "coupons")
    return Funnel(**{name: sum(getattr(part, name) for part in parts) for name in names})


def growth(session: Session, question: Question) -> list[Growth]:
    """The viral coefficient month by month, of whole months, whatever channel or place is asked for."""
    months = question.months
    parameters = question.parameters() | _bounds(months, question.zone)
    connection = driver_connection(session)
    visits = dict(connection.execute(statements.VISITS_BY_MONTH, parameters).fetchall())
    active = dict(connection.execute(statements.ACTIVE_BY_MONTH, parameters).fetchall())
    joins = {row[0]: row[1:] for row in connection.execute(statements.JOINS_BY_MONTH, parameters)}
    found = []
    for number, month in enumerate(months, 1):
        joined, by_hand, advocates = joins.get(number, (0, 0, 0))
        # A link that led to joining was opened, also where its visit could not be counted.
        opened = max(visits.get(number, 0), joined - by_hand)
        found.append(
            Growth(
                month=month,
                active=active.get(number, 0),
                invitations=opened + by_hand,
                joined=joined,
                advocates=advocates,
            )
        )
    return found


def compared(session: Session, question: Question, *, currency: str) -> Comparison | None:
    """What brought members and others spend, who joined in the same months; None where no month has both."""
    months = question.months
    parameters = question.parameters() | _bounds(months, question.zone) | {"currency": currency}
    by_month: dict[int, dict[bool, Sample]] = {}
    together: dict[bool, Sample] = {}
    connection = driver_connection(session)
    connection.execute(statements.MORE_MEMORY)
    for brought, number, members, buyers, mean, median, *sums, whole_median in connection.execute(
        statements.COMPARED, parameters
    ):
        weighted = WeightedSums(**dict(zip(("w", "wx", "ww", "wwx", "wwxx"), sums, strict=True)))
        if number is None:
            together[brought] = Sample(
                members=members,
                buyers=buyers,
                mean_minor=weighted.mean,
                median_minor=whole_median,
                variance_of_mean=weighted.variance_of_mean,
            )
        else:
            sample = Sample(members=members, buyers=buyers, mean_minor=mean, median_minor=median)
            by_month.setdefault(number, {})[brought] = sample
    if not together:
        return None
    return Comparison(
        brought=together[True],
        others=together[False],
        months=[
            MonthCompared(month=months[number - 1], brought=both[True], others=both[False])
            for number, both in sorted(by_month.items())
        ],
    )


def advocates(session: Session, question: Question, *, limit: int) -> list[Advocate]:
    """Those who brought the most friends that stayed."""
    rows = _rows(session, statements.ADVOCATES, question, table="referral", limit=limit)
    names = ("member_id", "joined", "earned", "rewarded", "without_reward", "points")
    return [Advocate(**dict(zip(names, row, strict=True))) for row in rows]


def states(session: Session, question: Question) -> list[StateCount]:
    """How the friends of the period stand now, by state and reason."""
    rows = _rows(session, statements.STATES, question, table="referral")
    names = ("status", "reason_kind", "friends", "reason_facts")
    return [StateCount(**dict(zip(names, row, strict=True))) for row in rows]


def friends(
    session: Session, question: Question, *, status: str | None = None, before: UUID | None = None, limit: int
) -> list[FriendRow]:
    """Friends of the period, whoever moved last first; one more than the limit where there are more."""
    asked = _rows(
        session,
        statements.FRIENDS_MOVED_LAST,
        question,
        table="referral",
        status=status,
        before=before,
        limit=limit + 1,
    )
    return _friends(asked)


def every_friend(
    session: Session, question: Question, *, status: str | None = None, after: UUID | None = None, limit: int
) -> list[FriendRow]:
    """The next friends of the period in the order of their ids, for an export; empty at the end."""
    return _friends(
        _rows(session, statements.FRIENDS_IN_ORDER, question, table="referral", status=status, after=after, limit=limit)
    )


def _rows(
    session: Session, statement: str, question: Question, *, table: str, key: str = "", **more: Any
) -> list[tuple[Any, ...]]:
    needs_place = question.place is not None or key == statements.PLACE_KEY
    narrowed = statements.BY_CHANNEL.format(table=table) if question.channel is not None else ""
    narrowed += statements.BY_PLACE if question.place is not None else ""
    text = statement.format(key=key, place=_place(table) if needs_place else "", narrowed=narrowed)
    return driver_connection(session).execute(text.encode(), question.parameters() | more).fetchall()


def _friends(rows: list[tuple[Any, ...]]) -> list[FriendRow]:
    return [FriendRow(**dict(zip(FriendRow.__dataclass_fields__, row, strict=True))) for row in rows]


def _place(table: str) -> str:
    return statements.PLACE.format(member="code.member_id" if table == "visit" else "referral.advocate_id")


def _key(by: str, table: str) -> str:
    if by == "place":
        return statements.PLACE_KEY
    if by == "channel":
        return f"{table}.channel"
    if by == "campaign":
        return f"coalesce({table}.utm_campaign, '')"
    if table == "visit":
        return "to_char(visit.day, 'YYYY-MM')"
    return "to_char(referral.joined_at AT TIME ZONE %(zone)s, 'YYYY-MM')"


def _bounds(months: Sequence[Month], zone: str) -> dict[str, Any]:
    """Whole months: a part of one cannot be set beside the others."""
    return {
        "first_day": months[0].first_day,
        "last_day": months[-1].later(1).first_day - timedelta(days=1),
        "first_days": [datetime.combine(month.first_day, datetime.min.time()) for month in months],
        "begins": [month.begins(zone=zone) for month in months],
        "since": months[0].begins(zone=zone),
        "until": months[-1].ends(zone=zone),
    }
