"""Exact points: what a rule gives before it is rounded, as a fraction of whole numbers spread over the lines.

Nothing is rounded on the way: a multiplier multiplies what was not rounded yet, and each rule is rounded once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import lcm

from backend.programmes.earning import BASIS_POINTS, Counted, earns
from backend.programmes.engine.facts import ReceiptFacts
from backend.programmes.programme import EarningRule, Programme, Rounding
from backend.receipts.sale import SaleLine

THOUSANDTHS = 1_000
"""Quantities have three decimals."""


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines of a receipt that count, and how much of them does: they share what was paid in ways that do not."""

    lines: tuple[SaleLine, ...]
    positions: tuple[int, ...]
    """Where each of them stands on the receipt, from 0."""
    amounts: tuple[int, ...]
    goods_minor: int
    counted_minor: int


@dataclass(frozen=True, slots=True)
class Exact:
    """So many points, and by which lines: each line's share is its part of the weights."""

    numerator: int
    denominator: int
    weights: tuple[int, ...]
    """One for each line of the basket; 0 where the rule does not look."""


def basket_of(programme: Programme, receipt: ReceiptFacts, what_counts: Counted) -> Basket | None:
    """What of the receipt the rules look at; None where nothing of it counts."""
    lines = receipt.lines or (SaleLine("", Decimal(1), receipt.total_minor),)
    numbered = [(position, line) for position, line in enumerate(lines) if earns(programme, line.category)]
    amounts = tuple(line.amount_minor for _, line in numbered)
    goods_minor = sum(amounts)
    if goods_minor <= 0 or what_counts.counted_minor <= 0:
        return None
    return Basket(
        lines=tuple(line for _, line in numbered),
        positions=tuple(position for position, _ in numbered),
        amounts=amounts,
        goods_minor=goods_minor,
        counted_minor=what_counts.counted_minor,
    )


def exact_of(programme: Programme, rule: EarningRule, basket: Basket, chosen: Sequence[int] | None) -> Exact | None:
    """What a rule gives for these lines of the basket (None for all); None where it gives nothing for them.

    A multiplier gives nothing by itself: see `multiplied`.
    """
    amounts = basket.amounts if chosen is None else _only(basket.amounts, chosen)
    amount_minor = basket.goods_minor if chosen is None else sum(amounts)
    if rule.rate_basis_points is not None:
        numerator = amount_minor * rule.rate_basis_points
        denominator = BASIS_POINTS * programme.point_value_minor
    elif rule.points_per_amount is not None:
        numerator = amount_minor * rule.points_per_amount.points
        denominator = rule.points_per_amount.amount_minor
    elif rule.points is not None:
        return Exact(rule.points, 1, amounts) if amount_minor and rule.points else None
    elif rule.points_per_item is not None:
        amounts = _only(tuple(int(line.quantity * THOUSANDTHS) for line in basket.lines), chosen)
        numerator, denominator = sum(amounts) * rule.points_per_item, THOUSANDTHS
    else:
        return None
    if numerator <= 0:
        return None
    if basket.counted_minor != basket.goods_minor:
        numerator, denominator = numerator * basket.counted_minor, denominator * basket.goods_minor
    return Exact(numerator, denominator, amounts)


def multiplied(rule: EarningRule, base: Iterable[Exact], chosen: Sequence[int] | None) -> Exact | None:
    """What a multiplier gives on top of what base rules give for these lines; None where they give nothing."""
    more_basis_points = (rule.multiplier_basis_points or 0) - BASIS_POINTS
    parts = [
        (
            one.numerator,
            one.denominator * sum(one.weights),
            one.weights if chosen is None else _only(one.weights, chosen),
        )
        for one in base
    ]
    denominator = lcm(*(part_denominator for _, part_denominator, _ in parts))
    scaled = [(numerator * (denominator // own), weights) for numerator, own, weights in parts]
    if len(scaled) == 1:
        [(scale, only)] = scaled
        weights = only
        numerator = scale * sum(only)
    else:
        by_line = zip(*(tuple(scale * weight for weight in weights) for scale, weights in scaled), strict=True)
        weights = tuple(sum(shares) for shares in by_line)
        numerator = sum(weights)
    if more_basis_points <= 0 or numerator <= 0:
        return None
    return Exact(numerator * more_basis_points, denominator * BASIS_POINTS, weights)


def at_most(exact: Exact, maximum_points: int | None) -> Exact:
    """Not more than the rule's maximum, spread as before."""
    if maximum_points is None or exact.numerator <= maximum_points * exact.denominator:
        return exact
    return Exact(maximum_points, 1, exact.weights)


def rounded(exact: Exact, rounding: Rounding) -> int:
    """Whole points: of the sum, or of each line's share."""
    if rounding.per == "receipt":
        return _whole(exact.numerator, exact.denominator, rounding.direction)
    denominator = exact.denominator * sum(exact.weights)
    shares = (exact.numerator * weight for weight in exact.weights if weight)
    return sum(_whole(share, denominator, rounding.direction) for share in shares)


def counted_of(basket: Basket, chosen: Sequence[int] | None) -> int:
    """How much of these lines counts, in minor units, rounded down; for telling."""
    if chosen is None:
        return basket.counted_minor
    return sum(basket.amounts[place] for place in chosen) * basket.counted_minor // basket.goods_minor


def _whole(numerator: int, denominator: int, direction: str) -> int:
    if direction == "down":
        return numerator // denominator
    if direction == "up":
        return -(-numerator // denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def _only(values: tuple[int, ...], chosen: Sequence[int] | None) -> tuple[int, ...]:
    if chosen is None:
        return values
    kept = [0] * len(values)
    for place in chosen:
        kept[place] = values[place]
    return tuple(kept)
