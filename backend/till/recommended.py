"""What the receipts of friends bring by their referrals, entered and told as what they earn themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.budgets.service import OpenBudgets
from backend.ledger import service as ledger
from backend.programmes import earning
from backend.programmes.conditions.condition import Sight
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.engine.facts import ReceiptFacts
from backend.programmes.programme import Programme
from backend.programmes.referral import REFERRAL, ReferralReward
from backend.receipts.sale import Sale
from backend.referrals import plans, progress, rewarding
from backend.referrals import service as referrals
from backend.referrals.coupons import give_coupons
from backend.referrals.facts import OpenReferral
from backend.referrals.plans import DueReward
from backend.referrals.progress import HELD, Concerned, Progress, Purchase
from backend.referrals.qualification import PROGRAMME_RULE, Decision, is_before_joining
from backend.referrals.rewarding import NewReward, Occasion
from backend.shared.clock import business_now
from backend.till.batch import Batch

GIVEN = "given"
STATES = {"hold": "withheld", HELD: "withheld", "reject": "refused"}
"""What becomes of a reward by the verdict on its purchase, or else by how the referral stands."""


@dataclass(slots=True)
class Recommended:
    """The referrals of a batch's buyers, how far their plans have come, and what its receipts bring by them."""

    referrals: Mapping[UUID, OpenReferral]
    """By friend: those that are open, and those whose friends' later purchases count."""
    decisions: Mapping[UUID, Decision]
    """By receipt."""
    progress: Progress
    rows: list[NewReward] = field(default_factory=list)
    """What is still to be stored."""
    coupons: list[tuple[NewReward, Programme]] = field(default_factory=list)
    given: list[NewReward] = field(default_factory=list)
    """What members are told of: all but the two rewards of the qualifying purchase, which the decision tells."""
    decided_points: dict[tuple[UUID, str], int] = field(default_factory=dict)
    """Of those two, by referral and side, the points that budgets let through."""

    def enter(self, batch: Batch, position: int, sale: Sale, opened: OpenBudgets) -> list[dict[str, Any]]:
        """Enters what a receipt brings by its buyer's referral; what the till is told of it."""
        referral, terms = self.referrals[sale.buyer_id], batch.terms[position]
        if terms.referral is None:
            return []
        decision = self.decisions.get(sale.id)
        outcome = decision.verdict.outcome if decision else None
        is_early = is_before_joining(sale.occurred_at, joined_at=referral.joined_at)
        if is_early and outcome is None and referral.id not in batch.bound:
            return []
        basket = _basket(batch, position, sale)
        purchase = Purchase(
            at=sale.occurred_at,
            currency=sale.currency,
            amount_minor=sale.total_minor,
            counted_minor=basket.counted_minor,
            point_value_minor=terms.point_value_minor,
        )
        facts = self.progress.purchase(
            referral, terms.referral.plan, purchase, outcome=outcome, holds=lambda one: _holds(one, basket)
        )
        occasion = _occasion(batch, position, sale)
        is_suspect = decision is not None and decision.verdict.rule != PROGRAMME_RULE
        state = STATES.get(outcome or self.progress.status(referral), GIVEN)
        due = [(occasion, one, state) for one in plans.due(terms.referral.plan, facts)]
        if referral.id in batch.bound:
            batch.bound.discard(referral.id)
            to_join = replace(occasion, receipt_id=None, friend_facts={})
            joined = plans.due(terms.referral.plan, replace(facts, event="join"))
            due = [*((to_join, one, state if is_suspect else GIVEN) for one in joined), *due]
        said = []
        for of, one, state_of_one in due:
            row = self._enter(of, referral, one, batch=batch, opened=opened, state=state_of_one)
            if row is not None and row.state == GIVEN and not row.is_coupon:
                said += _said(row)
        self.progress.bought_one(sale.buyer_id, purchase)
        if outcome is not None:
            self.progress.decided(referral, outcome)
        return said

    def take_rows(self) -> list[NewReward]:
        """The rows that are to be stored now."""
        rows, self.rows = self.rows, []
        return rows

    def _enter(
        self,
        occasion: Occasion,
        referral: OpenReferral,
        one: DueReward,
        *,
        batch: Batch,
        opened: OpenBudgets,
        state: str,
    ) -> NewReward | None:
        terms = occasion.terms
        member_id = referral.member_id(one.reward.to)
        if member_id is None or member_id not in batch.books:
            return None
        if state != GIVEN:
            row: NewReward | None = rewarding.new_reward(occasion, referral, one, state=state)
        else:
            view = opened.view(terms, member_id, at=occasion.at) if terms.budgets else UNLIMITED
            row = rewarding.give(occasion, referral, one, book=batch.books[member_id], view=view)
        if row is None:
            return None
        self.progress.brought(referral, one.reward, at=occasion.at, points=row.points or 0, state=row.state)
        if row.is_coupon and state == GIVEN:
            self.coupons.append((row, terms))
        else:
            self.rows.append(row)
        if state == GIVEN and one.reward.is_classical:
            self.decided_points[referral.id, one.reward.to] = row.points or 0
        elif state == GIVEN:
            self.given.append(row)
        return row


def begin(
    session: Session,
    batch: Batch,
    open_referrals: Mapping[UUID, OpenReferral],
    decisions: Sequence[Decision],
) -> Recommended:
    """The batch's referrals before its receipts are entered."""
    known = {**batch.followed, **open_referrals}
    concerned = [
        Concerned(referral=known[sale.buyer_id], terms=batch.terms[position], at=sale.occurred_at)
        for position, sale in batch.sales.items()
        if sale.buyer_id in known and batch.terms[position].referral is not None
    ]
    receipt_ids = [sale.id for sale in batch.sales.values()]
    loaded = progress.load(session, concerned, receipt_ids=receipt_ids) if concerned else Progress()
    return Recommended(known, {one.candidate.receipt_id: one for one in decisions}, loaded)


def finish(session: Session, batch: Batch, recommended: Recommended, opened: OpenBudgets) -> None:
    """Gives the coupons that the batch brought, and tells members what they got besides the points of a decision."""

    def instead(row: NewReward, terms: Programme) -> bool:
        view = opened.view(terms, row.member_id, at=row.at) if terms.budgets else UNLIMITED
        return rewarding.enter(row, terms, book=batch.books[row.member_id], view=view, at=row.at, zone=batch.zone)

    if recommended.coupons:
        if give_coupons(session, recommended.coupons, instead=instead):
            ledger.write(session, batch.books.values())
            budgets.write(session, opened)
        rewarding.store(session, [row for row, _terms in recommended.coupons])
    refused = [
        one.candidate.referral.id
        for one in recommended.decisions.values()
        if one.verdict.outcome == "reject" and one.verdict.rule != PROGRAMME_RULE
    ]
    if refused:
        referrals.take_joining_back(session, batch.books, refused, at=business_now())
        ledger.write(session, batch.books.values())
    if recommended.given:
        referrals.tell_rewards(session, recommended.given)


def _basket(batch: Batch, position: int, sale: Sale) -> Sight:
    """What conditions look at, and how much of the receipt counts."""
    terms, programme = batch.terms[position], batch.programmes[position]
    receipt = receipt_facts(batch, position, sale)
    return Sight(
        store=receipt.store,
        member=batch.facts.buyer(programme, sale),
        receipt=receipt,
        counted_minor=earning.counted(terms, receipt).counted_minor,
    )


def _holds(reward: ReferralReward, basket: Sight) -> bool:
    return reward.when is None or reward.when.holds(basket)


def receipt_facts(batch: Batch, position: int, sale: Sale) -> ReceiptFacts:
    """A receipt as programmes judge it."""
    return ReceiptFacts(
        occurred_at=sale.occurred_at,
        total_minor=sale.total_minor,
        store=batch.facts.store(batch.requests[position].store),
        shop_zone=batch.zone,
        lines=sale.lines,
        paid_with_points_minor=sale.paid_with_points_minor,
        payments=sale.payments,
        source=sale.source,
    )


def _occasion(batch: Batch, position: int, sale: Sale) -> Occasion:
    return Occasion(
        terms=batch.terms[position],
        at=sale.occurred_at,
        zone=batch.zone,
        receipt_id=sale.id,
        friend_facts={
            "store": batch.requests[position].store.name,
            "total": {"amount_minor": sale.total_minor, "currency": sale.currency},
        },
    )


def _said(row: NewReward) -> list[dict[str, Any]]:
    """What a till tells of a reward: its guest's own, and that whoever recommended the shop gets points too."""
    if row.reward == REFERRAL:
        return [{"kind": f"till.referral_{row.side}", "facts": rewarding.facts_of(row)}]
    return [{"kind": "till.referral_more", "facts": {"points": row.points}}] if row.side == "friend" else []
