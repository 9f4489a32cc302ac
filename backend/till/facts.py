"""The facts that receipts are judged on, gathered for a whole batch, and only where a programme asks for them.

At most one statement a kind, sent together with what locks the members: whatever is asked after the locks sees what
they waited for. A programme that asks for nothing costs nothing.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.members.queries import Profile
from backend.programmes.engine.facts import NOBODY_ASKED, History, MemberFacts, StoreFacts
from backend.programmes.programme import Needs, Programme
from backend.receipts import queries as receipts
from backend.receipts.queries import Bought
from backend.receipts.sale import Sale
from backend.referrals import queries as referrals
from backend.segments import queries as segments
from backend.shared.db import Promise, sent_together
from backend.shops import queries as shops
from backend.shops.queries import Place
from backend.tiers import queries as tiers
from backend.till.receipt_request import Store

Span = tuple[datetime, datetime]
"""A member's first receipt of the batch, and the last one."""


@dataclass(slots=True)
class Known:
    """What is known of a buyer in a programme; it moves on from receipt to receipt."""

    facts: MemberFacts
    ahead: deque[tuple[datetime, int]] = field(default_factory=deque)
    """Recorded purchases that the history has not come to yet, in order of time."""

    def as_of(self, at: datetime) -> MemberFacts:
        """The facts at this moment, which is not before the last one that was asked for."""
        history = self.facts.history
        while history is not None and self.ahead and self.ahead[0][0] <= at:
            history.add(*self.ahead.popleft())
        return self.facts

    def bought(self, at: datetime, amount_minor: int) -> None:
        """Remembers a purchase that was judged."""
        if self.facts.history is not None:
            self.facts.history.add(at, amount_minor)


@dataclass(slots=True)
class Gathered:
    """What is known of a batch's buyers, by programme and member, and of its stores."""

    known: dict[tuple[str, UUID], Known] = field(default_factory=dict)
    places: Mapping[UUID, StoreFacts] = field(default_factory=dict)

    def member(self, programme: Programme, member_id: UUID) -> MemberFacts:
        """The facts of a member, the history as far as it has come."""
        known = self.known.get((programme.programme, member_id))
        return NOBODY_ASKED if known is None else known.facts

    def buyer(self, programme: Programme, sale: Sale) -> MemberFacts:
        """The facts of a buyer at the moment of the sale, which is not before the last one that was judged."""
        known = self.known.get((programme.programme, sale.buyer_id))
        return NOBODY_ASKED if known is None else known.as_of(sale.occurred_at)

    def store(self, store: Store) -> StoreFacts:
        """The facts of a store: its name alone, where nobody asks for more."""
        return self.places.get(store.id) or StoreFacts(name=store.name)

    def bought(self, programme: Programme, sale: Sale) -> None:
        """Remembers that a receipt was judged."""
        known = self.known.get((programme.programme, sale.buyer_id))
        if known is not None:
            known.bought(sale.occurred_at, sale.total_minor)

    def move_tiers(self, programme: Programme, tiers_now: Mapping[UUID, str | None]) -> None:
        """Remembers where members stand after what they have bought so far."""
        for member_id, tier in tiers_now.items():
            known = self.known.get((programme.programme, member_id))
            if known is not None:
                known.facts.tier = tier


NOTHING_KNOWN = Gathered()
"""For batches whose programmes ask for nothing; shared, never changed."""


def ask(
    session: Session, programmes: Iterable[Programme], sales: Iterable[tuple[Programme, Sale]]
) -> Promise[Gathered]:
    """The facts that these programmes ask for of the sales judged by them, for `sent_together`."""
    asking = [programme for programme in programmes if programme.needs]
    if not asking:
        return lambda: NOTHING_KNOWN
    needs: dict[str, Needs] = {}
    for programme in asking:
        needs[programme.programme] = needs.get(programme.programme, Needs()) | programme.needs
    spans: dict[str, dict[UUID, Span]] = {name: {} for name in needs}
    stores: set[UUID] = set()
    for programme, sale in sales:
        if programme.programme not in needs:
            continue
        if needs[programme.programme].store:
            stores.add(sale.store_id)
        if sale.member_id is not None:
            of_programme, at = spans[programme.programme], sale.occurred_at
            first, last = of_programme.get(sale.member_id, (at, at))
            of_programme[sale.member_id] = min(first, at), max(last, at)
    by_name = {programme.programme: programme for programme in asking}
    asked = [_ask_of_members(session, by_name[name], needs[name], of) for name, of in spans.items()]
    places = shops.ask_places(session, stores) if stores else _no_answer

    def answer() -> Gathered:
        known = reduce(or_, (promise() for promise in asked))
        return Gathered(known, {store_id: _store_facts(place) for store_id, place in places().items()})

    return answer


def facts_of(
    session: Session, programme: Programme, needs: Needs, member_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, MemberFacts]:
    """What is asked of members at this moment, where there is no receipt."""
    if not needs or not member_ids:
        return dict.fromkeys(member_ids, NOBODY_ASKED)
    with sent_together(session):
        asked = _ask_of_members(session, programme, needs, dict.fromkeys(member_ids, (at, at)))
    return {member_id: known.as_of(at) for (_, member_id), known in asked().items()}


def terms_at(
    session: Session, programme: Programme, asked: Sequence[tuple[Store, UUID]], *, at: datetime
) -> list[Programme]:
    """The programme as it is for each of these members in each of these stores, where there is no receipt yet."""
    if not programme.terms:
        return [programme] * len(asked)
    needs = reduce(or_, (terms.where.needs for terms in programme.terms))
    with sent_together(session):
        places = shops.ask_places(session, {store.id for store, _ in asked})
        members_asked = _ask_of_members(session, programme, needs, {member_id: (at, at) for _, member_id in asked})
    where = {store_id: _store_facts(place) for store_id, place in places().items()}
    known = members_asked()
    return [
        programme.terms_for(where[store.id], known[programme.programme, member_id].as_of(at))
        for store, member_id in asked
    ]


def _ask_of_members(
    session: Session, programme: Programme, needs: Needs, spans: Mapping[UUID, Span]
) -> Promise[dict[tuple[str, UUID], Known]]:
    name, member_ids = programme.programme, list(spans)
    bought, profiles, tiers_of, inside, friends = _no_answer, _no_answer, _no_answer, _no_answer, _no_answer
    if needs.history:
        days = needs.window_days
        bought = receipts.ask_histories(session, spans, currency=programme.currency, window_days=days)
    if needs.profile:
        profiles = members.ask_profiles(session, member_ids)
    if needs.tier:
        tiers_of = tiers.ask_tiers_of(session, member_ids, programme=name)
    if needs.segments:
        inside = segments.ask_memberships(session, member_ids, needs.segments)
    if needs.referrals:
        friends = referrals.ask_rewarded_counts(session, member_ids)

    def answer() -> dict[tuple[str, UUID], Known]:
        answers = _Answers(bought(), profiles(), tiers_of(), inside(), friends())
        return {(name, member_id): answers.known(member_id, needs) for member_id in spans}

    return answer


@dataclass(frozen=True, slots=True)
class _Answers:
    """What was asked of members; empty where it was not."""

    bought: Mapping[UUID, Bought]
    profiles: Mapping[UUID, Profile]
    tiers: Mapping[UUID, str | None]
    segments: Mapping[UUID, frozenset[str]]
    referrals: Mapping[UUID, int]

    def known(self, member_id: UUID, needs: Needs) -> Known:
        profile, bought = self.profiles.get(member_id), self.bought.get(member_id)
        facts = MemberFacts(
            tier=self.tiers.get(member_id),
            segments=self.segments.get(member_id, frozenset()),
            referrals=self.referrals.get(member_id, 0),
        )
        if profile is not None:
            facts.joined_at, facts.birthday, facts.language = profile.joined_at, profile.birthday, profile.language
        if not needs.history:
            return Known(facts)
        facts.history = History(bought.purchases, bought.spent_minor) if bought else History()
        return Known(facts, deque(bought.singly if bought else ()))


def _no_answer() -> dict[UUID, Any]:
    return {}


def _store_facts(place: Place) -> StoreFacts:
    return StoreFacts(
        code=place.code,
        name=place.name,
        region=place.region or "",
        country=place.country or "",
        zone=place.zone,
    )
