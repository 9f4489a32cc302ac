"""Bars for a page: where each stands and how high it is, in units of the picture; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, TOP, BOTTOM = 8, 12, 24
STEPS = (1, 2, 5, 10)
LINES_MAXIMUM = 4
GAP_SHARE = 0.28
LABEL_WIDTH = 46
GROUP_WIDTH_MAXIMUM = 72


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `series` is 0 for the programme itself and 1 for the one beside it."""

    x: float
    y: float
    width: float
    height: float
    series: int
    value: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the scale with its value."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Label:
    """What stands under a group of bars; left out where there is no room for all."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of groups of bars, one for each series."""

    width: int
    height: int
    right: float
    bars: Sequence[Bar]
    lines: Sequence[Line]
    labels: Sequence[Label]


def bars(labels: Sequence[str], *series: Sequence[int]) -> Plot:
    """Groups of bars from zero upwards, one bar for each series. What is below zero is drawn as nothing."""
    scale = _scale(max((value for values in series for value in values), default=0))
    top_value = scale[-1] or 1
    room = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT) / max(1, len(labels))
    group = min(step * (1 - GAP_SHARE), GROUP_WIDTH_MAXIMUM)
    width = group / max(1, len(series))
    drawn = []
    for number, values in enumerate(series):
        for place, value in enumerate(values):
            height = room * max(0, value) / top_value
            x = LEFT + step * place + (step - group) / 2 + width * number
            drawn.append(
                Bar(round(x, 2), round(TOP + room - height, 2), round(width, 2), round(height, 2), number, value)
            )
    every = max(1, -(-len(labels) * LABEL_WIDTH // WIDTH))
    return Plot(
        width=WIDTH,
        height=HEIGHT,
        right=WIDTH,
        bars=drawn,
        lines=[Line(round(TOP + room - room * value / top_value, 2), value) for value in scale],
        labels=[
            Label(round(LEFT + step * (place + 0.5), 2), text)
            for place, text in enumerate(labels)
            if place % every == 0
        ],
    )


def _scale(most: int) -> list[int]:
    """Round values from zero to what is at least the greatest, few enough to be read."""
    if most <= 0:
        return [0, 1]
    power = 1
    while True:
        for step in STEPS:
            size = step * power
            count = -(-most // size)
            if count <= LINES_MAXIMUM:
                return [size * place for place in range(count + 1)]
        power *= 10
