"""What of a receipt earns, what its points are worth, and when they may be spent and burn; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.programmes.engine.facts import ReceiptFacts
from backend.programmes.programme import Programme

BASIS_POINTS = 10_000
GIFT_CARD_CATEGORY = "gift-card"
"""Money that is paid in, not a purchase: it earns when it is spent."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a receipt earns points, and what does not and why; all of it together is the receipt's total."""

    counted_minor: int
    gift_cards_minor: int = 0
    excluded_goods_minor: int = 0
    paid_with_points_minor: int = 0
    excluded_payments_minor: int = 0


@dataclass(frozen=True, slots=True)
class Award:
    """Points that a rule gives, when they become available and burn, and why."""

    rule: str
    points: int
    available_at: datetime
    expires_at: datetime | None
    wording: str
    facts: dict[str, Any]


def earns(programme: Programme, category: str | None) -> bool:
    """Whether goods of this category bring points."""
    return category != GIFT_CARD_CATEGORY and category not in programme.earning_exclusions.categories


def line_weight(
    programme: Programme | None, facts: Mapping[str, Any], *, position: int, category: str | None, amount_minor: int
) -> int:
    """How much a line of a receipt, counted from 1, has brought of an award with these facts, in comparison with the
    other lines: as the award says, or else by its amount where it earns at all.
    """
    weights = facts.get("weights")
    if weights:
        return int(weights[position - 1]) if position <= len(weights) else 0
    return amount_minor if programme is None or earns(programme, category) else 0


def counted(programme: Programme, receipt: ReceiptFacts) -> Counted:
    """What of a receipt earns. Points and payments that bring none pay for every line alike, so that of the goods that
    do earn, the share counts that was paid in a way that does.
    """
    total_minor = receipt.total_minor
    excluded = [line for line in receipt.lines if not earns(programme, line.category)]
    kinds = programme.earning_exclusions.payment_kinds - {"points"}
    paid_otherwise_minor = sum(payment["amount"] for payment in receipt.payments if payment["kind"] in kinds)
    if not (excluded or paid_otherwise_minor or receipt.paid_with_points_minor) or total_minor == 0:
        return Counted(total_minor)
    excluded_minor = sum(line.amount_minor for line in excluded)
    gift_cards_minor = sum(line.amount_minor for line in excluded if line.category == GIFT_CARD_CATEGORY)
    goods_minor = total_minor - excluded_minor
    money_minor = max(0, total_minor - receipt.paid_with_points_minor - paid_otherwise_minor)
    counted_minor = goods_minor * money_minor // total_minor
    by_points_minor = goods_minor * receipt.paid_with_points_minor // total_minor
    return Counted(
        counted_minor=counted_minor,
        gift_cards_minor=gift_cards_minor,
        excluded_goods_minor=excluded_minor - gift_cards_minor,
        paid_with_points_minor=by_points_minor if paid_otherwise_minor else goods_minor - counted_minor,
        excluded_payments_minor=goods_minor - counted_minor - by_points_minor if paid_otherwise_minor else 0,
    )


def activity(programme: Programme, receipt: ReceiptFacts) -> Award | None:
    """No points, but the day until which the purchase lets open points live; None where activity prolongs nothing."""
    until = prolonged_until(programme, receipt.occurred_at, zone=receipt.shop_zone)
    if until is None:
        return None
    return Award(
        rule="activity",
        points=0,
        available_at=receipt.occurred_at,
        expires_at=until,
        wording="earning.activity",
        facts={"store": receipt.store.name, "prolonged_until": until.isoformat()},
    )


def points_of_amount(amount_minor: int, *, rate_basis_points: int, point_value_minor: int) -> int:
    """A share of an amount in whole points, rounded down."""
    return amount_minor * rate_basis_points // (BASIS_POINTS * point_value_minor)


def needs_zone(programme: Programme) -> bool:
    """Whether the shop's zone is needed, by whatever terms: to say when points burn, or in which period of a budget
    something falls.
    """
    expiries = [programme.expiry, *(rule.expiry for rule in programme.earning)]
    return (
        bool(programme.budgets)
        or any(expiry is not None and expiry.follows_calendar for expiry in expiries)
        or any(needs_zone(terms.programme) for terms in programme.terms)
    )


def may_prolong(programme: Programme) -> bool:
    """Whether purchases move the day on which open points burn, by whatever terms."""
    return programme.is_prolonged_by_activity or any(may_prolong(terms.programme) for terms in programme.terms)


def available_at(programme: Programme, occurred_at: datetime) -> datetime:
    """When points for something that happened at this moment may be spent."""
    return occurred_at + timedelta(days=programme.pending_days)


def expires_at(programme: Programme, available: datetime, *, zone: str | None) -> datetime | None:
    """When points that become available at this moment burn; None for never. `zone` is the shop's (see `expiry`)."""
    return None if programme.expiry is None else programme.expiry.burns_at(available, zone=zone)


def prolonged_until(programme: Programme, active_at: datetime, *, zone: str | None) -> datetime | None:
    """Until when a purchase or a spend at this moment lets all open points of the programme live at least; None where
    activity prolongs nothing.
    """
    return expires_at(programme, active_at, zone=zone) if programme.is_prolonged_by_activity else None
