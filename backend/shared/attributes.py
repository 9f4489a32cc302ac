"""What a feature tells of members that a segment may ask for: columns and sums of its own tables, in SQL.

A feature says its attributes in `segment_attributes.py`; `app.py` brings them to `segments`, which knows no feature.
The SQL may hold `%(at)s`, the business moment of the question, `%(today)s`, its day where the shop is, and
`%(system_now)s`. In `Attribute.value`, `{window}`
becomes a condition on `Source.at` (`true` where no window is asked for) and `{parameter}` the parameter's value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["flag", "whole", "money", "text", "choice", "day"]


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
    single: bool = False
    """Whether a member has one row at most: then values are columns, else aggregates."""


MEMBERS = Source(name="members", rows="members AS member", member="member.id", single=True)
"""The members themselves, of whom every question is asked: values are their columns."""


@dataclass(frozen=True)
class Parameter:
    """What an attribute asks for besides: the category of `bought category`, the purpose of a consent."""

    name: str
    label: str
    choices: Mapping[str, str] | None = None
    """Value to label; None for any text."""
    choices_rows: str = ""
    """A statement of the values that exist now with their names, each a text or a text by language."""


@dataclass(frozen=True)
class Attribute:
    """One thing that may be asked of a member. `value` is an aggregate or a column; it may hold `{window}`.

    A whole number is `bigint`, money `bigint` in minor units, a day a moment (`timestamptz`), a flag `boolean`, a
    choice `text`.
    """

    name: str
    group: str
    label: str
    type: AttributeType
    source: Source
    value: str
    windowed: bool = False
    ahead: bool = False
    """Whether the window lies ahead: what burns in the days to come."""
    may_lack: bool = False
    """Whether a number may be missing, as the average of no receipt is; else whoever has no rows has 0."""
    parameter: Parameter | None = None
    choices: Mapping[str, str] | None = None
    choices_rows: str = ""
    """A statement of the values that exist now with their names, each a text or a text by language."""
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
