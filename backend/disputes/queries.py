"""Reading disputes: as their members see them, as the desk does, and the shop's promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from backend.disputes.deadlines import Promise
from backend.disputes.errors import UnknownDispute, UnknownEvidence
from backend.disputes.models import OPEN_STATES, Dispute, DisputeEvent, DisputeEvidence, DisputeSettings
from backend.disputes.pictures import MEDIA_TYPE
from backend.disputes.thread import evidence_place, key_of, texts
from backend.disputes.titles import SubjectShown, subjects_shown
from backend.members import queries as members
from backend.shared import wording
from backend.shared.wording import Reader

# What other features know of the table.
KeptDispute: TypeAlias = Dispute
# What a member reads of a thread; the rest is the shop's own.
MEMBER_SEES = ("opened", "insisted", "message", "evidence", "settled", "upheld", "refused", "withdrawn")
SIDES = {"member": "member", "staff": "shop", "rule": "rule", "worker": "shop"}
SETTLED_BY_DECISION = ("settled", "upheld", "refused")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One event of the thread, in the reader's language."""

    id: UUID
    at: datetime
    kind: str
    side: str
    """`member`, `shop` or `rule`."""
    name: str | None
    """Of the staff."""
    text: str | None
    evidence_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class DecisionShown:
    """How a dispute ended: by a person or a rule, with what words, and what it added."""

    outcome: str
    text: str
    points: int | None
    entry_id: UUID | None
    decided_at: datetime
    decided_by: str | None
    """None for a rule."""


@dataclass(frozen=True, kw_only=True)
class DisputeShown:
    """A dispute without its thread."""

    id: UUID
    member_id: UUID
    status: str
    status_at: datetime
    about: str | None
    topic: str
    opened_at: datetime
    due_on: date
    due_at: datetime
    reminded_at: datetime | None
    escalated_at: datetime | None
    ended_at: datetime | None
    subject: SubjectShown
    text: str
    """What the member wrote first; empty once they are erased."""
    decision: DecisionShown | None
    rating: int | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for one of the sides."""
        return self.status in OPEN_STATES

    @property
    def may_write(self) -> bool:
        """Whether a word of the member finds somebody: also after a rule's answer, which it does not accept."""
        return self.is_open or self.status == "settled"

    @property
    def may_rate(self) -> bool:
        """Whether the member may say how it went."""
        return not self.is_open and self.status != "withdrawn"


@dataclass(frozen=True, kw_only=True)
class WholeDispute:
    """A dispute with its thread."""

    shown: DisputeShown
    thread: list[Said]


def promise(session: Session) -> Promise:
    """How long the shop takes at most, as it is set, or as usual."""
    kept = session.get(DisputeSettings, 1, populate_existing=True)
    if kept is None:
        return Promise()
    return Promise(
        answer_within_working_days=kept.answer_within_working_days,
        remind_after_working_days=kept.remind_after_working_days,
        days_off=frozenset(date.fromisoformat(day) for day in kept.days_off),
    )


def disputes_of(
    session: Session, member_id: UUID, *, reader: Reader, before: UUID | None, limit: int
) -> list[DisputeShown]:
    """The member's disputes, newest first, from after the dispute `before`; at most `limit`."""
    listed = select(Dispute).where(Dispute.member_id == member_id)
    if before is not None:
        listed = listed.where(Dispute.id < before)
    rows = session.scalars(listed.order_by(Dispute.id.desc()).limit(limit)).all()
    return shown(session, rows, reader=reader)


def whole(
    session: Session, dispute_id: UUID, *, reader: Reader, of: UUID | None = None, for_staff: bool = False
) -> WholeDispute:
    """A dispute with its thread; `of` is the member who may read it. Staff sees what the member does not: reminders,
    proposals, and the member's rating.

    Raises:
        UnknownDispute: there is none, or it is another member's.
    """
    dispute = session.get(Dispute, dispute_id, populate_existing=True)
    if dispute is None or (of is not None and dispute.member_id != of):
        raise UnknownDispute
    events = _events(session, [dispute_id])[dispute_id]
    written = texts(session, dispute.member_id, events)
    kept = _evidence_ids(session, dispute_id)
    return WholeDispute(
        shown=_shown(session, [dispute], {dispute_id: events}, reader=reader)[0],
        thread=[_said(event, written, kept, reader) for event in events if for_staff or event.kind in MEMBER_SEES],
    )


def kept(session: Session, dispute_id: UUID) -> Dispute:
    """A dispute as it is kept.

    Raises:
        UnknownDispute: there is none.
    """
    found = session.get(Dispute, dispute_id, populate_existing=True)
    if found is None:
        raise UnknownDispute
    return found


def shown(session: Session, disputes: Sequence[Dispute], *, reader: Reader) -> list[DisputeShown]:
    """These disputes without their threads, in the reader's language."""
    return _shown(session, disputes, _events(session, [dispute.id for dispute in disputes]), reader=reader)


def photo(session: Session, *, dispute_id: UUID, evidence_id: UUID, of: UUID | None = None) -> tuple[bytes, str]:
    """A photograph of a dispute, and its media type.

    Raises:
        UnknownEvidence: it is not kept, or not the member's `of`.
    """
    kept = session.execute(
        select(DisputeEvidence, Dispute.member_id)
        .join(Dispute, Dispute.id == DisputeEvidence.dispute_id)
        .where(DisputeEvidence.id == evidence_id, DisputeEvidence.dispute_id == dispute_id)
    ).first()
    if kept is None or (of is not None and kept.member_id != of):
        raise UnknownEvidence
    key = key_of(session, kept.member_id)
    return key.open(kept.DisputeEvidence.content_ciphertext, place=evidence_place(evidence_id)), MEDIA_TYPE


def reader_of_member(session: Session, member_id: UUID) -> Reader | None:
    """In which language and zone the member reads; None once they are erased."""
    return members.readers(session, [member_id]).get(member_id)


def _shown(
    session: Session,
    disputes: Sequence[Dispute],
    events: dict[UUID, list[DisputeEvent]],
    *,
    reader: Reader,
) -> list[DisputeShown]:
    subjects = subjects_shown(session, disputes, reader=reader)
    found = []
    for dispute in disputes:
        told = [event for event in events[dispute.id] if event.kind in {"opened", *SETTLED_BY_DECISION}]
        written = texts(session, dispute.member_id, told)
        opened = next((written.get(event.id, "") for event in told if event.kind == "opened"), "")
        found.append(
            DisputeShown(
                id=dispute.id,
                member_id=dispute.member_id,
                status=dispute.state,
                status_at=dispute.state_at,
                about=dispute.about,
                topic=dispute.topic,
                opened_at=dispute.opened_at,
                due_on=dispute.due_on,
                due_at=dispute.due_at,
                reminded_at=dispute.reminded_at,
                escalated_at=dispute.escalated_at,
                ended_at=dispute.ended_at,
                subject=subjects[dispute.id],
                text=opened,
                decision=_decision(dispute, told, written, reader),
                rating=dispute.rating,
            )
        )
    return found


def _decision(
    dispute: Dispute, told: Sequence[DisputeEvent], written: dict[UUID, str], reader: Reader
) -> DecisionShown | None:
    last = next((event for event in reversed(told) if event.kind == dispute.state), None)
    if last is None or dispute.state not in SETTLED_BY_DECISION:
        return None
    return DecisionShown(
        outcome=dispute.state,
        text=_text(last, written, reader) or "",
        points=dispute.points,
        entry_id=dispute.transaction_id,
        decided_at=last.at,
        decided_by=last.author_name,
    )


def _said(event: DisputeEvent, written: dict[UUID, str], kept: set[UUID], reader: Reader) -> Said:
    evidence = UUID(event.facts["evidence_id"]) if "evidence_id" in event.facts else None
    return Said(
        id=event.id,
        at=event.at,
        kind=event.kind,
        side=SIDES[event.author],
        name=event.author_name,
        text=_text(event, written, reader),
        evidence_id=evidence if evidence in kept else None,
    )


def _text(event: DisputeEvent, written: dict[UUID, str], reader: Reader) -> str | None:
    if event.wording is not None:
        return wording.render_body(event.wording, event.facts, reader)
    return written.get(event.id)


def _events(session: Session, dispute_ids: Sequence[UUID]) -> dict[UUID, list[DisputeEvent]]:
    found: dict[UUID, list[DisputeEvent]] = {dispute_id: [] for dispute_id in dispute_ids}
    rows = session.scalars(
        select(DisputeEvent)
        .where(DisputeEvent.dispute_id.in_(dispute_ids))
        .order_by(DisputeEvent.dispute_id, DisputeEvent.number)
    )
    for event in rows:
        found[event.dispute_id].append(event)
    return found


def _evidence_ids(session: Session, dispute_id: UUID) -> set[UUID]:
    return set(session.scalars(select(DisputeEvidence.id).where(DisputeEvidence.dispute_id == dispute_id)))


# The desk --------------------------------------------------------------------------------------------------------

STAFF_LISTS = {
    "open": OPEN_STATES,
    "by_rule": ("settled",),
    "closed": ("upheld", "refused", "withdrawn"),
}
"""What the desk shows as one list."""


def listed(
    session: Session, name: str, *, reader: Reader, before: UUID | None = None, limit: int
) -> list[DisputeShown]:
    """A list of the desk: what is open by deadline, escalated ones first; what is over, newest first. It goes on after
    the dispute `before`; at most `limit`.
    """
    rows = select(Dispute).where(Dispute.state.in_(STAFF_LISTS.get(name, (name,)))).limit(limit)
    if set(STAFF_LISTS.get(name, (name,))) <= set(OPEN_STATES):
        urgency = (Dispute.escalated_at.is_(None), Dispute.due_at, Dispute.id)
        rows = rows.order_by(*urgency)
        if before is not None:
            place = select(*urgency).where(Dispute.id == before)
            rows = rows.where(tuple_(*urgency) > place.scalar_subquery())
    else:
        rows = rows.order_by(Dispute.id.desc())
        if before is not None:
            rows = rows.where(Dispute.id < before)
    return shown(session, session.scalars(rows).all(), reader=reader)


def counts(session: Session) -> dict[str, int]:
    """How many disputes each list of the desk has."""
    rows = session.execute(select(Dispute.state, func.count()).group_by(Dispute.state)).all()
    by_state = {row[0]: row[1] for row in rows}
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in STAFF_LISTS.items()}


def open_count(session: Session) -> int:
    """How many wait for the shop's word."""
    waiting = select(func.count()).select_from(Dispute).where(Dispute.state.in_(OPEN_STATES))
    return session.scalar(waiting) or 0


def escalated_count(session: Session) -> int:
    """How many are open beyond their deadline."""
    late = (
        select(func.count())
        .select_from(Dispute)
        .where(Dispute.state.in_(OPEN_STATES), Dispute.escalated_at.is_not(None))
    )
    return session.scalar(late) or 0
