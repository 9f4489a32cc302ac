"""What a member sees of inviting: the own code with its links and the offer, and the friends with how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes import queries as programmes
from backend.referrals import codes, queries, service
from backend.referrals.choosing import may_choose_from
from backend.referrals.models import Referral
from backend.referrals.naming import may_name_advocate
from backend.referrals.offering import BroughtReward, Milestone, PlannedReward, brought, milestones, plan_in_words
from backend.referrals.rules import SUBJECT_KIND
from backend.referrals.states import State, in_words, states_of
from backend.referrals.terms import ReferralTerms, terms_of
from backend.screening.queries import Case, cases_of
from backend.shared.clock import business_now
from backend.shared.formatting import day_in
from backend.shared.pagination import page, read_cursor
from backend.shared.wording import Reader, render_body
from backend.shops.queries import the_shop

PENDING_OR_PAID = ("pending", "rewarded")


@dataclass(frozen=True, kw_only=True)
class ChosenCode:
    """The code that a member chose, the links that carry it, and from when on another one may be chosen."""

    code: str
    written: str
    link: str
    links: Mapping[str, str]
    may_change_on: date


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A member's own code, the links that carry it, how often they were opened, and what inviting brings.

    `visits` are those of all the member's codes together, by channel. `may_name_advocate` says whether the member may
    still name by whom they came themselves.
    """

    code: str
    written: str
    link: str
    links: Mapping[str, str]
    vanity: ChosenCode | None
    poster: str
    visits: Mapping[str, int]
    offer: ReferralTerms | None
    plan: Sequence[PlannedReward]
    milestones: Sequence[Milestone]
    may_name_advocate: bool


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A state that a friend's invitation came to, with its time and a line of words."""

    status: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Friend:
    """One friend as the advocate may see it: no contacts, no purchases, the first name and an initial at most.

    `points` are the advocate's: what is pending or was rewarded, less what was taken back; otherwise 0.
    `decision_by`: while it is held, until when a person decides.
    """

    id: UUID
    label: str
    status: str
    status_at: datetime
    joined_at: datetime
    available_at: datetime | None
    points: int
    reason: str | None
    decision_by: datetime | None
    timeline: Sequence[Moment]
    rewards: Sequence[BroughtReward]

    @property
    def may_dispute(self) -> bool:
        """Whether the advocate may ask about it; of what was rewarded, the entry in the history is asked about."""
        return self.status != "rewarded"


def invitation(session: Session, *, member_id: UUID, at: datetime, public_url: str, locale: str) -> Invitation:
    """The member's code with all that belongs to it; makes the code at the first call."""
    programme, reader = programmes.main_programme(session, at=at), Reader(locale)
    code = service.own_code(session, member_id=member_id, at=at)
    offer = terms_in_force(session, at=at)
    return Invitation(
        code=code,
        written=codes.written(code),
        link=codes.link(public_url, code),
        links=_links(public_url, code),
        vanity=chosen_code(session, member_id=member_id, public_url=public_url),
        poster=f"{codes.link(public_url, queries.leading_code(session, member_id) or code)}/poster",
        visits=queries.visits_by_channel(session, member_id),
        plan=plan_in_words(programme, reader=reader),
        milestones=milestones(session, programme, member_id=member_id, reader=reader),
        offer=offer,
        may_name_advocate=may_name_advocate(session, member_id=member_id, terms=offer),
    )


def chosen_code(session: Session, *, member_id: UUID, public_url: str) -> ChosenCode | None:
    """The code that the member chose, with its links; None where none was chosen."""
    chosen, again_from = queries.chosen_code(session, member_id), may_choose_from(session, member_id)
    if chosen is None or again_from is None:
        return None
    return ChosenCode(
        code=chosen.code,
        written=codes.written(chosen.code),
        link=codes.link(public_url, chosen.code),
        links=_links(public_url, chosen.code),
        may_change_on=day_in(again_from, the_shop(session).zone),
    )


def _links(public_url: str, code: str) -> dict[str, str]:
    return {channel: codes.link(public_url, code, channel=channel) for channel in codes.CHANNELS}


def terms_in_force(session: Session, *, at: datetime) -> ReferralTerms | None:
    """The terms of the shop's own programme; None where nothing is offered for inviting."""
    programme = programmes.main_programme(session, at=at)
    return terms_of(programme) if programme else None


def friends_page(session: Session, *, advocate_id: UUID, cursor: str | None, limit: int, locale: str) -> dict[str, Any]:
    """A page of the member's friends, newest first, with reasons in the reader's language.

    Raises:
        Invalid: the cursor is not one that Molva gave.
    """
    rows = queries.referrals_of_advocate(session, advocate_id, before=read_cursor(cursor), limit=limit)
    labels = members.labels(session, [row.friend_id for row in rows])
    reader = members.readers(session, [advocate_id]).get(advocate_id, Reader(locale))
    reader = Reader(locale, reader.zone)
    answer = page(rows, limit=limit, id_of=lambda row: row.id)
    shown = [row.id for row in answer["items"]]
    states = states_of(session, shown)
    cases = cases_of(session, subject_kind=SUBJECT_KIND, subject_ids=shown)
    rewards = brought(session, member_id=advocate_id, referral_ids=shown, at=business_now(), reader=reader)
    answer["items"] = [
        _friend(row, labels.get(row.friend_id), reader, states[row.id], cases.get(row.id), rewards[row.id])
        for row in answer["items"]
    ]
    return answer


def _friend(
    referral: Referral,
    label: members.MemberLabel | None,
    reader: Reader,
    states: Sequence[State],
    case: Case | None,
    rewards: Sequence[BroughtReward],
) -> Friend:
    return Friend(
        id=referral.id,
        label=label.label if label and label.first_name else _("A friend"),
        status=referral.status,
        status_at=referral.status_at,
        joined_at=referral.joined_at,
        available_at=referral.available_at if referral.status == "pending" else None,
        points=_points(referral),
        reason=render_body(referral.reason_kind, referral.reason_facts, reader) if referral.reason_kind else None,
        decision_by=case.due_at if case and referral.status == "qualified" else None,
        timeline=[Moment(status=state.status, at=state.at, text=in_words(state, reader)) for state in states],
        rewards=rewards,
    )


def _points(referral: Referral) -> int:
    if referral.status not in PENDING_OR_PAID:
        return 0
    return (referral.advocate_points or 0) - referral.advocate_points_taken_back
