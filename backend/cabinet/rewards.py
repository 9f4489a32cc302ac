"""The caller's rewards: the catalogue with what is missing, orders, and what became of them."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.errors import SpendingFrozen
from backend.programmes.engine.facts import MemberFacts
from backend.programmes.needs import NO_NEEDS, Needs
from backend.programmes.programme import Programme
from backend.rewards import catalogue, service
from backend.rewards import queries as rewards
from backend.rewards.catalogue import Offer
from backend.rewards.order import Order
from backend.shared.clock import business_now
from backend.shared.formatting import day_in
from backend.shops.queries import the_shop
from backend.till.facts import facts_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """All offers, and what the caller has to spend in each programme that offers something."""

    offers: list[Offer]
    spendable: dict[str, int]
    today: date


def the_catalogue(session: Session, member_id: UUID) -> Catalogue:
    """What the caller may have, and what stands in the way of the rest."""
    now = business_now()
    offered = rewards.offered(session, at=now)
    programmes = {one.programme.programme: one.programme for one in offered}
    facts = _facts(session, member_id, programmes, offered, at=now)
    offers = catalogue.catalogue(session, at=now, member_id=member_id, facts=facts)
    if ledger.is_frozen(session, member_id):
        offers = [replace(offer, reason_not=offer.reason_not or SpendingFrozen()) for offer in offers]
    return Catalogue(
        offers=offers,
        spendable={name: ledger.spendable(session, member_id, programme=name) or 0 for name in programmes},
        today=day_in(now, the_shop(session).zone),
    )


def order(session: Session, member_id: UUID, *, reward_id: str, key: str | None) -> tuple[Order, bool]:
    """Orders a reward; the order, and whether the same key had made it before. Without a key nothing is a repetition.

    Raises:
        UnknownReward: no programme in force offers it.
        DomainError: it cannot be ordered (see `rewards.service.order`).
    """
    now = business_now()
    offered = rewards.find(session, reward_id, at=now)
    needs = offered.reward.when.needs if offered.reward.when else NO_NEEDS
    facts = facts_of(session, offered.programme, needs, [member_id], at=now)[member_id]
    return service.order(session, member_id=member_id, offered=offered, facts=facts, key=key or str(uuid4()))


def _facts(
    session: Session,
    member_id: UUID,
    programmes: dict[str, Programme],
    offered: list[rewards.Offered],
    *,
    at: datetime,
) -> dict[str, MemberFacts]:
    needs: defaultdict[str, Needs] = defaultdict(Needs)
    for one in offered:
        if one.reward.when is not None:
            needs[one.programme.programme] |= one.reward.when.needs
    return {
        name: facts_of(session, programmes[name], asked, [member_id], at=at)[member_id] for name, asked in needs.items()
    }
