"""What a receipt earns: pure, on the receipt and the facts that it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.programmes.programme import EarningRule, Programme
from backend.receipts.sale import SaleLine

BASIS_POINTS = 10_000
GIFT_CARD_CATEGORY = "gift-card"
"""Money that is paid in, not a purchase: it earns when it is spent."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the rules may look at."""

    occurred_at: datetime
    total_minor: int
    store: dict[str, str]
    """The store's name by language, for the explanation."""
    zone: str | None = None
    """The shop's; only a programme whose expiry follows the calendar needs it."""
    lines: Sequence[SaleLine] = ()
    paid_with_points_minor: int = 0
    payments: Sequence[Mapping[str, Any]] = ()


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


def judge(programme: Programme, receipt: ReceiptFacts) -> list[Award]:
    """What each rule of the programme gives for this receipt; rules that give nothing are left out."""
    what_counts = counted(programme, receipt)
    awards = (_award(programme, rule, receipt, what_counts) for rule in programme.earning)
    return [award for award in awards if award.points > 0]


def activity(programme: Programme, receipt: ReceiptFacts) -> Award | None:
    """No points, but the day until which the purchase lets open points live; None where activity prolongs nothing."""
    until = prolonged_until(programme, receipt.occurred_at, zone=receipt.zone)
    if until is None:
        return None
    return Award(
        rule="activity",
        points=0,
        available_at=receipt.occurred_at,
        expires_at=until,
        wording="earning.activity",
        facts={"store": receipt.store, "prolonged_until": until.isoformat()},
    )


def points_of_amount(amount_minor: int, *, rate_basis_points: int, point_value_minor: int) -> int:
    """A share of an amount in whole points, rounded down."""
    return amount_minor * rate_basis_points // (BASIS_POINTS * point_value_minor)


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


def _award(programme: Programme, rule: EarningRule, receipt: ReceiptFacts, what_counts: Counted) -> Award:
    points = points_of_amount(
        what_counts.counted_minor,
        rate_basis_points=rule.rate_basis_points or 0,
        point_value_minor=programme.point_value_minor,
    )
    available = available_at(programme, receipt.occurred_at)
    prolonged = prolonged_until(programme, receipt.occurred_at, zone=receipt.zone)
    return Award(
        rule=rule.rule,
        points=points,
        available_at=available,
        expires_at=expires_at(programme, available, zone=receipt.zone),
        wording="earning.receipt",
        facts={
            "store": receipt.store,
            "total": {"amount_minor": receipt.total_minor, "currency": programme.currency},
            "rate_basis_points": rule.rate_basis_points,
            "points": points,
            "available_at": available.isoformat(),
        }
        | _left_out(programme, what_counts)
        | ({"prolonged_until": prolonged.isoformat()} if prolonged else {}),
    )


def _left_out(programme: Programme, what_counts: Counted) -> dict[str, Any]:
    """What did not count, by reason, for the explanation; nothing where everything did."""
    reasons = {
        "gift_cards": what_counts.gift_cards_minor,
        "excluded_goods": what_counts.excluded_goods_minor,
        "paid_with_points": what_counts.paid_with_points_minor,
        "excluded_payments": what_counts.excluded_payments_minor,
    }
    left_out = {reason: -amount_minor for reason, amount_minor in reasons.items() if amount_minor}
    amounts = left_out | ({"counted": what_counts.counted_minor} if left_out else {})
    return {
        name: {"amount_minor": amount_minor, "currency": programme.currency} for name, amount_minor in amounts.items()
    }
