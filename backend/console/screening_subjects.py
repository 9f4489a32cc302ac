"""What a case is about, put together for the desk: the people, what the rules saw, the way so far, the circle drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.console.circle_drawing import Drawing, draw
from backend.console.member_page import CHANNEL_NAMES, REFERRAL_NAMES
from backend.console.screening_words import Input, inputs_in_words, rule_name
from backend.members import finding as members
from backend.members.finding import FoundMember
from backend.receipts import finding as receipts
from backend.referrals import queries as referrals
from backend.referrals.circle import circle_around
from backend.referrals.states import State, states_of
from backend.screening.queries import Case, rulings_of
from backend.shared import formatting
from backend.shared.i18n import _, current_locale
from backend.shared.wording import Reader, render_body
from backend.shops.queries import store, the_shop
from backend.staff import queries as staff

OTHER_FRIENDS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one rule said of the subject."""

    rule: str
    name: str
    version: int
    mode: str
    outcome: str
    inputs: Sequence[Input]

    @property
    def is_worth_reading(self) -> bool:
        """Whether it speaks against the subject, or has seen what might."""
        return self.outcome != "allow" or any(one.is_remarkable for one in self.inputs)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Everything that whoever decides may look at. What does not belong to this kind of subject is empty."""

    title: str
    reason: str
    facts: Sequence[tuple[str, str]] = ()
    said: Sequence[Said] = ()
    timeline: Sequence[tuple[State, str]] = ()
    drawing: Drawing | None = None
    roles: Mapping[UUID, str] = field(default_factory=dict)
    people: Mapping[UUID, FoundMember] = field(default_factory=dict)
    other_friends: Sequence[Any] = ()
    receipt_id: UUID | None = None


def title_of(session: Session, cases: Sequence[Case]) -> dict[UUID, str]:
    """What each case is called in a list, by the case's id."""
    found = members.found(session, {case.member_id for case in cases if case.member_id})
    return {case.id: found[case.member_id].label if case.member_id else _staff_name(session, case) for case in cases}


def subject_of(session: Session, case: Case) -> Subject:
    """The case's subject as it is now."""
    reader = Reader(current_locale(), the_shop(session).zone)
    reason = render_body(case.reason_kind, case.reason_facts, reader) if case.reason_kind else ""
    said = _said(session, case)
    if case.subject_kind == "referral":
        return _referral(session, case, reason, said, reader)
    if case.subject_kind == "receipt":
        return _receipt(session, case, reason, said)
    if case.member_id is not None:
        member = members.found_one(session, case.member_id)
        return Subject(title=member.label, reason=reason, said=said, people={member.id: member})
    return Subject(title=_staff_name(session, case), reason=reason, said=said)


def _referral(session: Session, case: Case, reason: str, said: Sequence[Said], reader: Reader) -> Subject:
    referral = referrals.referrals_by_ids(session, [case.subject_id])[case.subject_id]
    circle = circle_around(session, [referral.advocate_id, referral.friend_id])
    others = [
        friend
        for friend in referrals.referrals_of_advocate(session, referral.advocate_id, limit=OTHER_FRIENDS_SHOWN)
        if friend.id != referral.id
    ][:OTHER_FRIENDS_SHOWN]
    people = members.found(session, {*circle.member_ids, *(friend.friend_id for friend in others)})
    advocate, friend = people[referral.advocate_id], people[referral.friend_id]
    locale = current_locale()
    return Subject(
        title=_("%(friend)s, invited by %(advocate)s", friend=friend.label, advocate=advocate.label),
        reason=reason,
        facts=[
            (_("Invited by"), advocate.label),
            (_("Friend"), friend.label),
            (_("Came by"), str(CHANNEL_NAMES.get(referral.channel) or referral.channel)),
            (_("Now"), str(REFERRAL_NAMES[referral.status])),
            (_("For the one who invited"), formatting.points(referral.advocate_points or 0, locale=locale)),
            (_("For the friend"), formatting.points(referral.friend_points or 0, locale=locale)),
        ],
        said=said,
        timeline=[
            (state, _state_in_words(state, reader)) for state in states_of(session, [referral.id]).get(referral.id, ())
        ],
        drawing=draw(circle),
        roles={referral.advocate_id: "advocate", referral.friend_id: "friend"},
        people=people,
        other_friends=others,
        receipt_id=referral.qualifying_receipt_id,
    )


def _state_in_words(state: State, reader: Reader) -> str:
    if state.reason_kind:
        return render_body(state.reason_kind, state.reason_facts, reader)
    return str(REFERRAL_NAMES[state.status])


def _receipt(session: Session, case: Case, reason: str, said: Sequence[Said]) -> Subject:
    head, _lines, _returns = receipts.receipt(session, case.subject_id)
    sold_at, locale = store(session, head.store_id), current_locale()
    member = members.found_one(session, case.member_id) if case.member_id else None
    return Subject(
        title=_("Receipt %(number)s", number=head.external_id),
        reason=reason,
        facts=[
            (_("Store"), sold_at.name.get(locale) or sold_at.code),
            (_("Sold"), formatting.date_and_time(head.occurred_at, locale=locale, zone=sold_at.zone)),
            (_("Sum"), formatting.money(head.total_minor, head.currency, locale=locale)),
            (_("Rung up by"), head.cashier or "–"),
        ],
        said=said,
        people={member.id: member} if member else {},
        receipt_id=head.id,
    )


def _said(session: Session, case: Case) -> list[Said]:
    rulings = rulings_of(session, subject_kind=case.subject_kind, subject_ids=[case.subject_id])
    said = [
        Said(
            rule=ruling.rule,
            name=rule_name(ruling.rule),
            version=ruling.version,
            mode=ruling.mode,
            outcome=ruling.outcome,
            inputs=inputs_in_words(ruling.inputs),
        )
        for ruling in rulings
    ]
    if not any(one.rule == case.rule for one in said):
        inputs = inputs_in_words(case.inputs)
        said.insert(
            0,
            Said(
                rule=case.rule,
                name=rule_name(case.rule),
                version=case.rule_version,
                mode="active",
                outcome=case.outcome,
                inputs=inputs,
            ),
        )
    # What holds first, what refuses or would before what has nothing to say.
    return sorted(said, key=lambda one: (one.rule != case.rule, one.outcome == "allow"))


def _staff_name(session: Session, case: Case) -> str:
    """Other software names its own cashiers, who have no account here."""
    named = case.reason_facts.get("cashier")
    return str(named) if named else staff.staff_member(session, case.subject_id).name
