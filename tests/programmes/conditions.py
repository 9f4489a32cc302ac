"""Random conditions: made by hand from closures, so that the engine is tried without the language."""

from collections.abc import Callable

from hypothesis import strategies as st

from backend.programmes.conditions.condition import Condition, Narrowing, Sight
from backend.programmes.conditions.tree import Literal, Place, Type
from backend.programmes.needs import NO_NEEDS, Needs

NOTHING = Literal(Place(1, 1), Type("bool"), True)
CATEGORIES = ("coffee", "beans", "tobacco", "gift-card", "")
SKUS = ("A", "B", "C", "D")
TIERS = ("none", "silver", "gold")
SEGMENTS = ("regulars", "vip")
REGIONS = ("moscow", "kazan")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def made(
    text: str,
    holds: Callable[[Sight], bool],
    *,
    narrows: tuple[str, frozenset[str]] | None = None,
    needs: Needs = NO_NEEDS,
) -> Condition:
    """A condition that was never written down."""
    narrowing = Narrowing(dict([narrows])) if narrows else Narrowing()
    return Condition(text, NOTHING, holds, needs=needs, narrowing=narrowing)


def both(left: Condition, right: Condition) -> Condition:
    """Both of two."""
    return Condition(
        f"{left.text} && {right.text}",
        NOTHING,
        lambda sight: left.holds(sight) and right.holds(sight),
        needs=left.needs | right.needs,
        narrowing=left.narrowing & right.narrowing,
        parts=(left, right),
    )


def _some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), min_size=1, max_size=2)


def _category(sight: Sight) -> str:
    assert sight.line is not None
    return sight.line.category or ""


def _tier(sight: Sight) -> str:
    return sight.member.tier or "none"


_receipt_conditions = st.one_of(
    st.integers(0, 40_000).map(lambda n: made(f"total >= {n}", lambda s: s.receipt.total_minor >= n)),
    _some(TIERS).map(lambda v: made(f"tier in {sorted(v)}", lambda s: _tier(s) in v, narrows=("tier", v))),
    _some(REGIONS).map(lambda v: made(f"region in {sorted(v)}", lambda s: s.store.region in v, narrows=("region", v))),
    st.sampled_from(SEGMENTS).map(
        lambda v: made(f"{v} in segments", lambda s: v in s.member.segments, narrows=("segment", frozenset({v})))
    ),
    st.sampled_from(SKUS).map(
        lambda v: made(
            f"{v} in skus", lambda s: any(line.sku == v for line in s.receipt.lines), narrows=("sku", frozenset({v}))
        )
    ),
    _some(WEEKDAYS).map(
        lambda v: made(f"day in {sorted(v)}", lambda s: WEEKDAYS[s.at.weekday()] in v, narrows=("weekday", v))
    ),
    st.integers(0, 3).map(lambda n: made(f"purchases == {n}", lambda s: s.member.history.purchases == n)),
)
receipt_conditions = st.one_of(_receipt_conditions, st.builds(both, _receipt_conditions, _receipt_conditions))
"""Conditions for `when`."""

_line_conditions = st.one_of(
    _some(CATEGORIES).map(
        lambda v: made(f"category in {sorted(v)}", lambda s: _category(s) in v, narrows=("category", v))
    ),
    _some(SKUS).map(lambda v: made(f"sku in {sorted(v)}", lambda s: s.line.sku in v, narrows=("sku", v))),
    st.integers(0, 20_000).map(lambda n: made(f"amount >= {n}", lambda s: s.line.amount_minor >= n)),
)
line_conditions = st.one_of(_line_conditions, st.builds(both, _line_conditions, _line_conditions))
"""Conditions for `lines`."""

store_conditions = _some(REGIONS).map(
    lambda v: made(f"region in {sorted(v)}", lambda s: s.store.region in v, narrows=("region", v))
)
"""Conditions for `where`."""
