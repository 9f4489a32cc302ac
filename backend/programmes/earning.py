"""What a receipt earns: pure, on the receipt and the facts that it is given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.programmes.document import EarningRule, Programme

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the rules may look at."""

    occurred_at: datetime
    total_minor: int
    store: dict[str, str]
    """The store's name by language, for the explanation."""
    zone: str | None = None
    """The shop's; only a programme whose expiry follows the calendar needs it."""


@dataclass(frozen=True, slots=True)
class Award:
    """Points that a rule gives, when they become available and burn, and why."""

    rule: str
    points: int
    available_at: datetime
    expires_at: datetime | None
    wording: str
    facts: dict[str, Any]


def judge(programme: Programme, receipt: ReceiptFacts) -> list[Award]:
    """What each rule of the programme gives for this receipt; rules that give nothing are left out."""
    awards = (_award(programme, rule, receipt) for rule in programme.earning)
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


def _award(programme: Programme, rule: EarningRule, receipt: ReceiptFacts) -> Award:
    points = points_of_amount(
        receipt.total_minor,
        rate_basis_points=rule.rate_basis_points,
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
        | ({"prolonged_until": prolonged.isoformat()} if prolonged else {}),
    )
