"""Which segment comes before which: whoever is nested is computed first. Pure."""

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter


def in_order(nested: Mapping[str, Collection[str]]) -> list[str]:
    """The codes such that each comes after those that it nests."""
    return list(
        TopologicalSorter(
            {code: [one for one in inner if one in nested] for code, inner in nested.items()}
        ).static_order()
    )


def way_back(code: str, nests: Iterable[str], nested: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """How a segment that nests these would come to be inside itself: the codes on the way; none where it would not."""
    waiting: list[tuple[str, ...]] = [(one,) for one in sorted(nests)]
    seen = set[str]()
    while waiting:
        way = waiting.pop(0)
        if way[-1] == code:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [(*way, inner) for inner in sorted(nested.get(way[-1], ()))]
    return ()
