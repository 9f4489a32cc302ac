"""What a member can have for points, what stands in the way of the rest, and the terms in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.conditions.condition import Sight
from backend.programmes.conditions.words import in_words
from backend.programmes.engine.facts import NOBODY_ASKED, MemberFacts, ReceiptFacts, StoreFacts
from backend.rewards import queries
from backend.rewards.errors import (
    MemberLimitReached,
    NotForThisMember,
    RewardOver,
    RewardPaused,
    SoldOut,
    SoldOutToday,
)
from backend.rewards.order import midnight_after
from backend.rewards.queries import Offered, Stock
from backend.shared.errors import DomainError
from backend.shared.formatting import date as written_date
from backend.shared.formatting import money, percent
from backend.shared.i18n import _, _n, current_locale
from backend.shops.queries import the_shop


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A reward as a member meets it; `reason_not` is None where it can be ordered by whoever has the points."""

    offered: Offered
    stock: Stock
    reason_not: DomainError | None


def catalogue(session: Session, *, at: datetime, member_id: UUID, facts: Mapping[str, MemberFacts]) -> list[Offer]:
    """All that the programmes in force offer; `facts` of the member by the programme's name, where conditions ask."""
    zone = the_shop(session).zone
    all_offered = queries.offered(session, at=at)
    stocks = queries.stocks(session, all_offered, at=at)
    held = queries.held_by(session, member_id) if all_offered else {}
    return [
        Offer(
            offered=one,
            stock=stocks[one.key],
            reason_not=reason_not(
                one,
                stocks[one.key],
                facts=facts.get(one.programme.programme, NOBODY_ASKED),
                held=held.get(one.key, 0),
                at=at,
                zone=zone,
            ),
        )
        for one in all_offered
    ]


def reason_not(
    offered: Offered, stock: Stock, *, facts: MemberFacts, held: int, at: datetime, zone: str
) -> DomainError | None:
    """Why a member with these facts, who had `held` of it, cannot order a reward; nothing is said of points."""
    reward = offered.reward
    if stock.is_paused:
        return RewardPaused()
    if reward.valid_until is not None and at >= midnight_after(reward.valid_until, zone=zone):
        return RewardOver()
    if reward.when is not None:
        # Conditions on a member ask what day it is, which a receipt tells elsewhere.
        moment = ReceiptFacts(occurred_at=at, total_minor=0)
        failing = reward.when.first_failing(Sight(store=StoreFacts(zone=zone), member=facts, receipt=moment))
        if failing is not None:
            return NotForThisMember(condition=in_words(failing, current_locale()))
    if reward.limits.per_member is not None and held >= reward.limits.per_member:
        return MemberLimitReached(maximum=reward.limits.per_member)
    if stock.left_in_all == 0:
        return SoldOut()
    return SoldOutToday() if stock.left_today == 0 else None


def terms_in_words(offered: Offered, *, today: date) -> list[str]:
    """What somebody should know before they order, in the caller's language."""
    reward, currency, locale = offered.reward, offered.programme.currency, current_locale()
    words = []
    if reward.rate_basis_points is not None:
        words.append(_("%(percent)s off one purchase.", percent=percent(reward.rate_basis_points, locale=locale)))
    if reward.minimum_receipt_minor is not None:
        least = money(reward.minimum_receipt_minor, currency, locale=locale)
        words.append(_("For a purchase of at least %(amount)s.", amount=least))
    if reward.limits.per_member is not None:
        most = reward.limits.per_member
        words.append(_n("One for each person.", "At most %(num)d for each person.", most))
    if reward.issue == "by_staff":
        words.append(_("The shop gets it ready and tells you."))
    if reward.valid_until is not None:
        last = written_date(reward.valid_until, locale=locale, today=today)
        words.append(_("Valid until %(day)s. Then the points do not come back.", day=last))
    elif reward.valid_days is not None:
        words.append(
            _n(
                "Valid for one day. Then the points do not come back.",
                "Valid for %(num)d days. Then the points do not come back.",
                reward.valid_days,
            )
        )
    return words
