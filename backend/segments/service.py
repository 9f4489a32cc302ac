"""Asking trees, and keeping segments: counting before saving, checking one person, versions, the archive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes import queries as programmes
from backend.segments import queries
from backend.segments.catalogue import REACH, catalogue
from backend.segments.codes import code_of
from backend.segments.compiling import Compiler, each_counted, measured
from backend.segments.errors import CodeTaken, SegmentInUse, UnknownPerson, UnknownSegment
from backend.segments.judging import judge
from backend.segments.living import living
from backend.segments.mistakes import BadTree, Mistake
from backend.segments.models import Segment, SegmentProgress, SegmentVersion
from backend.segments.ordering import way_back
from backend.segments.reading import read_tree
from backend.segments.tree import InSegment, MeasureKey, Moment, Tree
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.ids import id_floor, new_id
from backend.staff import service as staff
from backend.staff.queries import StaffIdentity

SAMPLE_MEMBERS = 10
WORK_MEMORY = "64MB"
"""For one question: a million members fit into it without going to the disk."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Somebody who is in; `why` is the lines as one text."""

    id: UUID
    label: str
    why: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members a tree holds for, of how many; `reachable` by channel, with consent to offers.

    `leaf_counts` tells of each condition, by its path, of how many members it is true by itself.
    """

    count: int
    of: int
    reachable: dict[str, int]
    sample: list[Sampled]
    leaf_counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A condition that decided: what was found, and whether it holds by itself."""

    path: str
    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether somebody is in, and what decided it."""

    label: str
    holds: bool
    lines: tuple[CheckedLine, ...]


def count(
    session: Session,
    document: Mapping[str, Any],
    *,
    at: datetime | None = None,
    sample: int = SAMPLE_MEMBERS,
    sample_number: int = 0,
) -> Counted:
    """Who a tree holds for at a business moment, by default now; exact. Another `sample_number` shows other people.

    Raises:
        BadTree: it cannot be asked.
    """
    tree = _read(session, document)
    moment = queries.moment_of(session, at or business_now())
    session.execute(text("SELECT set_config('work_mem', :memory, true)"), {"memory": WORK_MEMORY})
    found, reachable, sampled = _matched(session, tree, moment, sample=sample, sample_number=sample_number)
    questions = tree.questions
    counted = each_counted(questions, moment=moment, system_now=system_now())
    of, *counts = _one_row(session, counted.text, counted.parameters)
    return Counted(
        count=found,
        of=of,
        reachable=reachable,
        sample=_explained(session, tree, sampled, moment),
        leaf_counts={question.path: one for question, one in zip(questions, counts, strict=True)},
    )


def check_person(session: Session, document: Mapping[str, Any], member_id: UUID) -> Checked:
    """Whether a tree holds for one member now, and why.

    Raises:
        BadTree: it cannot be asked.
        UnknownPerson: there is no such member, or not any more.
    """
    tree, moment = _read(session, document), queries.moment_now(session)
    values = values_of(session, [tree], [member_id], moment)
    if member_id not in values:
        raise UnknownPerson
    inside = queries.memberships(session, [member_id], tree.segments).get(member_id, frozenset())
    why = judge(tree.rule, values[member_id], inside, moment)
    speech = queries.speech(session, tree, moment=moment)
    return Checked(
        label=members.labels(session, [member_id])[member_id].label,
        holds=why.holds,
        lines=tuple(CheckedLine(line.question.path, speech.line(line), line.holds) for line in why.lines),
    )


def save(
    session: Session, *, code: str | None = None, name: str, tree: Mapping[str, Any], by: StaffIdentity
) -> queries.SegmentListed:
    """The segment with this code as it is written now; without a code a new one, whose code is made of its name.

    A tree that differs is a new version; members are computed by the worker within moments, and until then the
    membership of the version before stays whole.

    Raises:
        BadTree: it cannot be asked, names a segment that is not there, or would be inside itself.
        UnknownSegment: the segment with this code is archived.
    """
    _one_writer(session)
    found = session.scalar(select(Segment).where(Segment.code == code)) if code is not None else None
    if found is not None:
        return _rewrite(session, found, name=name, tree=tree, by=by)
    _read(session, tree)
    _begin_collecting(session)
    now = business_now()
    taken = set(session.scalars(select(Segment.code)))
    made = Segment(
        id=new_id(),
        code=code if code is not None else code_of(name, taken=taken),
        name=name,
        tree=dict(tree),
        version=1,
        computed_version=0,
        members_count=0,
        recompute_at=now,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _keep_version(session, made, by=by)
    return queries.segment(session, made.id)


def create(
    session: Session, *, code: str | None, name: str, tree: Mapping[str, Any], by: StaffIdentity
) -> queries.SegmentListed:
    """A new segment.

    Raises:
        BadTree: it cannot be asked, or names a segment that is not there.
        CodeTaken: another segment has this code.
    """
    _one_writer(session)
    if code is not None and session.scalar(select(Segment.id).where(Segment.code == code)) is not None:
        raise CodeTaken
    return save(session, code=code, name=name, tree=tree, by=by)


def rewrite(
    session: Session, *, segment_id: UUID, name: str, tree: Mapping[str, Any], by: StaffIdentity
) -> queries.SegmentListed:
    """Gives a segment another name or tree.

    Raises:
        UnknownSegment: there is none, or it is archived.
        BadTree: it cannot be asked, names a segment that is not there, or would be inside itself.
    """
    _one_writer(session)
    return _rewrite(session, session.get(Segment, segment_id), name=name, tree=tree, by=by)


def archive(session: Session, *, segment_id: UUID, by: StaffIdentity) -> queries.SegmentListed:
    """Puts a segment away: it is kept up no more, and nothing new may name it. Archiving again changes nothing.

    Raises:
        UnknownSegment: there is none.
        SegmentInUse: another segment or a programme names it.
    """
    _one_writer(session)
    found = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownSegment
    if found.archived_at is None:
        users = [*_nesting(session, found.code), *_naming(session, found.code)]
        if users:
            raise SegmentInUse(users=", ".join(users))
        found.archived_at = business_now()
        session.flush()
        staff.audit(session, who=by.who, action="archived", subject=f"segment:{found.id}", before={"code": found.code})
    return queries.segment(session, segment_id)


def values_of(
    session: Session, trees: Sequence[Tree], member_ids: Sequence[UUID], moment: Moment
) -> dict[UUID, dict[MeasureKey, Any]]:
    """Everything that these trees look at, for each of the members who is there: one statement, indexed reads."""
    leaves = [leaf for tree in trees for leaf in tree.leaves]
    statement, keys = measured(leaves, member_ids=member_ids, moment=moment, system_now=system_now())
    rows = driver_connection(session).execute(statement.text.encode(), statement.parameters)
    return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows}


def _read(session: Session, document: Mapping[str, Any]) -> Tree:
    return read_tree(document, catalogue(), known_segments=queries.codes(session))


def _matched(
    session: Session, tree: Tree, moment: Moment, *, sample: int, sample_number: int
) -> tuple[int, dict[str, int], list[UUID]]:
    compiler = Compiler(moment=moment, system_now=system_now())
    condition, known = compiler.condition(tree.rule), catalogue().attributes
    told = ", ".join(f"{compiler.value(known[name])} IS TRUE AS {channel}" for channel, name in REACH.items())
    counts = ", ".join(f"count(*) FILTER (WHERE {channel})" for channel in REACH)
    tables, there = compiler.from_clause()
    statement = f"""
        WITH {tables}, matched AS MATERIALIZED (SELECT member.id, {told} {there} AND {condition})
        SELECT count(*), {counts}, (
            SELECT array_agg(drawn.id) FROM (
                SELECT id FROM matched ORDER BY uuid_hash_extended(id, %(sample_number)s), id LIMIT %(sample)s
            ) AS drawn
        ) FROM matched
    """  # noqa: S608 - what a person typed is among the parameters
    found, *reached, sampled = _one_row(
        session, statement, compiler.parameters | {"sample": sample, "sample_number": sample_number}
    )
    return found, dict(zip(REACH, reached, strict=True)), sampled or []


def _explained(session: Session, tree: Tree, member_ids: Sequence[UUID], moment: Moment) -> list[Sampled]:
    if not member_ids:
        return []
    values, labels = values_of(session, [tree], member_ids, moment), members.labels(session, member_ids)
    inside = queries.memberships(session, member_ids, tree.segments)
    speech = queries.speech(session, tree, moment=moment)
    sample = []
    for member_id in member_ids:
        why = judge(tree.rule, values.get(member_id, {}), inside.get(member_id, frozenset()), moment)
        lines = tuple(speech.line(line) for line in why.lines)
        sample.append(Sampled(member_id, labels[member_id].label, " · ".join(lines), lines))
    return sample


def _one_row(session: Session, statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
    row = driver_connection(session).execute(statement.encode(), parameters).fetchone()
    if row is None:
        raise AssertionError("An aggregate has one row.")
    return tuple(row)


def _one_writer(session: Session) -> None:
    """Two who write at once wait for each other: else two trees might each nest the other."""
    session.execute(text("LOCK TABLE segment_versions IN SHARE ROW EXCLUSIVE MODE"))


def _rewrite(
    session: Session, found: Segment | None, *, name: str, tree: Mapping[str, Any], by: StaffIdentity
) -> queries.SegmentListed:
    if found is None:
        raise UnknownSegment
    session.refresh(found, with_for_update=True)
    if found.archived_at is not None:
        raise UnknownSegment
    read = _read(session, tree)
    _refuse_cycle(session, found.code, read)
    found.name = name
    if found.tree != dict(tree):
        found.tree, found.version, found.recompute_at = dict(tree), found.version + 1, business_now()
        session.flush()
        _keep_version(session, found, by=by)
    session.flush()
    return queries.segment(session, found.id)


def _keep_version(session: Session, kept: Segment, *, by: StaffIdentity) -> None:
    session.add(SegmentVersion(segment_id=kept.id, version=kept.version, tree=kept.tree, at=business_now(), by=by.name))
    session.flush()
    after = {"code": kept.code, "version": kept.version}
    staff.audit(session, who=by.who, action="saved", subject=f"segment:{kept.id}", after=after)


def _refuse_cycle(session: Session, code: str, tree: Tree) -> None:
    way = way_back(code, tree.segments, _nested_by_code(session))
    if way:
        place = next((part.path for part in tree.questions if isinstance(part, InSegment) and part.code == way[0]), "")
        raise BadTree([Mistake(f"{place}.segment", "cycle", {"way": " → ".join((code, *way))})])


def _nested_by_code(session: Session) -> dict[str, frozenset[str]]:
    return {one.code: one.tree.segments if one.tree is not None else frozenset() for one in living(session)}


def _nesting(session: Session, code: str) -> list[str]:
    return sorted(other for other, nested in _nested_by_code(session).items() if code in nested)


def _naming(session: Session, code: str) -> list[str]:
    naming = {
        programme.programme
        for _currency, _since, programme in programmes.programmes(session).versions
        if code in programme.named_segments
    }
    return sorted(naming)


def _begin_collecting(session: Session) -> None:
    """From the first segment on, touches are collected; what came before is in its first computation."""
    if session.scalar(select(Segment.id).where(Segment.archived_at.is_(None)).limit(1)) is not None:
        return
    now = id_floor()
    progress = session.get(SegmentProgress, 1, with_for_update=True)
    if progress is None:
        session.add(SegmentProgress(id=1, collected=now, looked_back=now, busy=now))
    else:
        progress.collected = progress.looked_back = progress.busy = now
    session.flush()
