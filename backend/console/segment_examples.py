"""Segments to begin from: trees that ask what shops ask most."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.shared.i18n import _l


@dataclass(frozen=True)
class SegmentExample:
    """A ready tree, with a name and a word on what it is for."""

    name: str
    title: Any
    words: Any
    icon: str
    rule: Mapping[str, Any]

    @property
    def tree(self) -> dict[str, Any]:
        """The tree as it would be kept."""
        return {"version": 1, "rule": dict(self.rule)}


def _asked(attribute: str, way: str, value: Any = None, days: int | None = None, **more: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"attribute": attribute, "is": way} | more
    if value is not None:
        rule["value"] = value
    if days is not None:
        rule["window_days"] = days
    return rule


EXAMPLES = (
    SegmentExample(
        "gone-quiet",
        _l("Regulars gone quiet"),
        _l("Bought three times and more in 90 days, and nothing in the last 30."),
        "moon",
        {
            "all": [
                _asked("purchases", "at_least", 3, 90),
                _asked("purchases", "equals", 0, 30),
                {"not": {"any": [_asked("campaigns_received", "at_least", 1, 7)]}},
            ]
        },
    ),
    SegmentExample(
        "best",
        _l("The best guests"),
        _l("Spent ₽10,000 and more in 90 days."),
        "chart-bar",
        {"all": [_asked("spend", "at_least", 1_000_000, 90)]},
    ),
    SegmentExample(
        "one-purchase",
        _l("Bought once and did not come back"),
        _l("One purchase in all, longer than 14 days ago."),
        "receipt",
        {"all": [_asked("purchases", "equals", 1), _asked("purchases", "equals", 0, 14)]},
    ),
    SegmentExample(
        "burning",
        _l("Points are about to burn"),
        _l("At least 100 points burn in the next 30 days."),
        "flame",
        {"all": [_asked("points_burning", "at_least", 100, 30)]},
    ),
    SegmentExample(
        "advocates",
        _l("They bring friends"),
        _l("At least one rewarded friend in a year."),
        "users",
        {"all": [_asked("friends_rewarded", "at_least", 1, 365)]},
    ),
    SegmentExample(
        "new",
        _l("New this month"),
        _l("Joined within the last 30 days."),
        "user-plus",
        {"all": [_asked("joined", "within_days", 30)]},
    ),
)


def example(name: str) -> SegmentExample | None:
    """The example of this name."""
    return next((one for one in EXAMPLES if one.name == name), None)
