"""Reading segments and who is in them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.programmes import queries as programmes
from backend.segments.catalogue import HAS_APP, REACH, catalogue
from backend.segments.compiling import Compiler
from backend.segments.errors import UnknownSegment
from backend.segments.models import Segment, SegmentVersion
from backend.segments.reading import read_tree
from backend.segments.tree import OPERATORS, InSegment, Moment, Tree
from backend.segments.words import Speech
from backend.shared.attributes import AttributeType, Parameter
from backend.shared.clock import business_now, system_now
from backend.shared.db import Promise, driver_connection
from backend.shared.i18n import _, current_locale
from backend.shops import queries as shops


@dataclass(frozen=True, slots=True)
class SegmentListed:
    """A segment as a list shows it."""

    id: UUID
    code: str
    name: str
    version: int
    members_count: int
    computed_at: datetime | None
    tree: dict[str, Any]
    is_computed: bool = True
    """Whether the membership is of this version already; else it is of the one before, for some moments."""
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VersionListed:
    """A tree that a segment has had."""

    version: int
    tree: dict[str, Any]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ParameterShown:
    """What an attribute is asked of; `choices` maps values to names, None for any text."""

    name: str
    label: str
    choices: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class AttributeShown:
    """An attribute as an editor needs it, in the current language."""

    name: str
    group: str
    label: str
    type: AttributeType
    operators: tuple[str, ...]
    windowed: bool
    ahead: bool
    parameter: ParameterShown | None
    choices: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class SegmentReach:
    """How many of a segment are there, can be sent offers by channel, and have the app."""

    members: int
    push: int
    email: int
    sms: int
    with_app: int


_MEMBERSHIPS = """
SELECT inside.member_id, array_agg(segment.code)
FROM segment_members AS inside JOIN segments AS segment ON segment.id = inside.segment_id
WHERE inside.member_id = ANY(%s) AND segment.code = ANY(%s) AND segment.archived_at IS NULL
GROUP BY inside.member_id
"""


def memberships(session: Session, member_ids: Collection[UUID], codes: Collection[str]) -> dict[UUID, frozenset[str]]:
    """Which of these segments each member is in; whoever is in none is left out.

    As of the last touch that was worked on: a second or two behind what just happened.
    """
    return ask_memberships(session, member_ids, codes)() if member_ids and codes else {}


def ask_memberships(
    session: Session, member_ids: Collection[UUID], codes: Collection[str]
) -> Promise[dict[UUID, frozenset[str]]]:
    """`memberships`, for `sent_together`."""
    asked = driver_connection(session).execute(_MEMBERSHIPS, (list(member_ids), list(codes)), prepare=True)
    return lambda: {member_id: frozenset(inside) for member_id, inside in asked}


def member_page(session: Session, segment_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """The members of a segment in order of id, after the one that the last page ended with."""
    rows = driver_connection(session).execute(
        """
        SELECT member_id FROM segment_members
        WHERE segment_id = %(segment_id)s
          AND member_id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
        ORDER BY member_id LIMIT %(limit)s
        """,
        {"segment_id": segment_id, "after": after, "limit": limit},
        prepare=True,
    )
    return [row[0] for row in rows]


def listed(session: Session) -> list[SegmentListed]:
    """Every segment that is not archived, by name."""
    statement = select(Segment).where(Segment.archived_at.is_(None)).order_by(Segment.name, Segment.id)
    return [_listed(found) for found in session.scalars(statement)]


def listed_page(session: Session, *, before: UUID | None, limit: int) -> list[SegmentListed]:
    """Segments that are not archived, newest first: `limit` and one more where there is one."""
    statement = select(Segment).where(Segment.archived_at.is_(None)).order_by(Segment.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(Segment.id < before)
    return [_listed(found) for found in session.scalars(statement)]


def segment(session: Session, segment_id: UUID) -> SegmentListed:
    """The segment with this id, archived or not.

    Raises:
        UnknownSegment: there is none.
    """
    found = session.get(Segment, segment_id)
    if found is None:
        raise UnknownSegment
    return _listed(found)


def versions(session: Session, segment_id: UUID) -> list[VersionListed]:
    """The trees that the segment has had, newest first."""
    statement = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id)
    found = session.scalars(statement.order_by(SegmentVersion.version.desc()))
    return [VersionListed(one.version, one.tree, one.at, one.by) for one in found]


def attributes(session: Session) -> list[AttributeShown]:
    """Everything that may be asked of members, in the current language, group by group."""
    return [
        AttributeShown(
            name=attribute.name,
            group=str(_(attribute.group)),
            label=str(_(attribute.label)),
            type=attribute.type,
            operators=OPERATORS[attribute.type],
            windowed=attribute.windowed,
            ahead=attribute.ahead,
            parameter=_parameter(session, attribute.parameter),
            choices=_choices(session, attribute.choices, attribute.choices_rows),
        )
        for attribute in catalogue().attributes.values()
    ]


def codes(session: Session) -> dict[str, str]:
    """Name by code of every segment that is not archived."""
    rows = session.execute(select(Segment.code, Segment.name).where(Segment.archived_at.is_(None)))
    return {row.code: row.name for row in rows}


def moment_now(session: Session) -> Moment:
    """Business time now, in the shop's zone."""
    return moment_of(session, business_now())


def moment_of(session: Session, at: datetime) -> Moment:
    """A business moment in the shop's zone."""
    shop = shops.find_shop(session)
    return Moment(at, shop.zone if shop is not None else "UTC")


def in_words(session: Session, document: Mapping[str, Any]) -> str:
    """A tree as a sentence in the current language.

    Raises:
        BadTree: it cannot be asked.
    """
    tree = read_tree(document, catalogue(), known_segments=codes(session))
    return speech(session, tree, moment=moment_now(session)).tree(tree.rule)


def speech(session: Session, tree: Tree, *, moment: Moment) -> Speech:
    """What is needed to speak of this tree: the names of what it asks for."""
    names: dict[str, dict[str, str]] = {}
    for leaf in tree.leaves:
        attribute = leaf.attribute
        if attribute.choices_rows and attribute.name not in names:
            names[attribute.name] = _choices(session, None, attribute.choices_rows) or {}
        place = f"{attribute.name}:parameter"
        if attribute.parameter is not None and attribute.parameter.choices_rows and place not in names:
            names[place] = _choices(session, None, attribute.parameter.choices_rows) or {}
    programme = programmes.main_programme(session, at=moment.at)
    return Speech(
        moment=moment,
        currency=programme.currency if programme is not None else None,
        names=names,
        segments=codes(session) if tree.segments else {},
    )


def reach(session: Session, segment_id: UUID) -> SegmentReach:
    """How many of a segment's members there are now, and can be told what.

    Raises:
        UnknownSegment: there is none.
    """
    code = segment(session, segment_id).code
    compiler = Compiler(moment=moment_now(session), system_now=system_now())
    condition = compiler.condition(InSegment("rule", code))
    known = catalogue().attributes
    told = [f"{compiler.value(known[name])} IS TRUE" for name in (*REACH.values(), HAS_APP)]
    counts = "".join(f", count(*) FILTER (WHERE {one})" for one in told)
    tables, members = compiler.from_clause()
    text = f"WITH {tables} SELECT count(*){counts} {members} AND {condition}"  # noqa: S608
    row = driver_connection(session).execute(text.encode(), compiler.parameters).fetchone()
    return SegmentReach(*row) if row else SegmentReach(0, 0, 0, 0, 0)


def _listed(found: Segment) -> SegmentListed:
    return SegmentListed(
        id=found.id,
        code=found.code,
        name=found.name,
        version=found.version,
        members_count=found.members_count,
        computed_at=found.computed_at,
        tree=found.tree,
        is_computed=found.computed_version == found.version,
        archived_at=found.archived_at,
    )


def _parameter(session: Session, parameter: Parameter | None) -> ParameterShown | None:
    if parameter is None:
        return None
    choices = _choices(session, parameter.choices, parameter.choices_rows)
    return ParameterShown(parameter.name, str(_(parameter.label)), choices)


def _choices(session: Session, choices: Mapping[str, str] | None, rows: str) -> dict[str, str] | None:
    if choices is not None:
        return {value: str(_(label)) for value, label in choices.items()}
    if not rows:
        return None
    found = driver_connection(session).execute(rows.encode()).fetchall()
    return {value: _name(name) for value, name in found} or None


def _name(name: Any) -> str:
    if isinstance(name, Mapping):
        return str(name.get(current_locale()) or name.get("en") or next(iter(name.values()), ""))
    return str(name)
