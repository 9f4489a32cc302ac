"""What a feature tells of members that a segment may ask for: columns and sums of its own tables, in SQL.

A feature says its attributes in `segment_attributes.py`; `app.py` brings them to `segments`, which knows no feature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Source:
    """Rows that several attributes are counted from in one pass."""

    name: str
    rows: str
    """A from-clause with its alias."""
    member: str
    """The column of the member's id."""
    at: str | None = None
    """The column of the moment, where rows may be taken from a window."""


@dataclass(frozen=True)
class Parameter:
    """What an attribute asks for besides: the category of `bought category`, the purpose of a consent."""

    name: str
    label: str
    choices: Mapping[str, str] | None = None
    """Value to label; None for any text."""


@dataclass(frozen=True)
class Attribute:
    """One thing that may be asked of a member. `value` is an aggregate or a column; it may hold `{window}`."""

    name: str
    group: str
    label: str
    type: Literal["flag", "whole", "money", "text", "choice", "day"]
    source: Source
    value: str
    windowed: bool = False
    parameter: Parameter | None = None
    choices: Mapping[str, str] | None = None
    said: str = ""
    """The wording that says why somebody is in or not."""


@dataclass(frozen=True)
class Touches:
    """Rows whose appearance may move a member between segments: `SELECT id, member_id FROM … WHERE id >= %(floor)s`.

    Ids are UUIDv7, so that the key is the time.
    """

    rows: str


@dataclass(frozen=True)
class SegmentFacts:
    """What a feature tells."""

    attributes: tuple[Attribute, ...]
    touches: tuple[Touches, ...] = ()
