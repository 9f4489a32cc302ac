"""What can be said of a dispute at once, and what a person has to look at. Pure; kept with version and inputs.

Nobody learns here whether a receipt exists that is not theirs: whatever does not match in all that stands on the paper
looks the same from outside, and goes to a person.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

RULES_VERSION = 1

ABOUT = ("too_few", "not_yet", "not_mine", "taken_twice", "other")
"""What a member may say should be different."""
RECEIPT_TOPICS = (
    "receipt_attached",
    "receipt_yours",
    "receipt_returned",
    "receipt_too_late",
    "receipt_elsewhere",
    "receipt_not_matching",
    "receipt_unknown",
)
REFERRAL_TOPICS = (
    "referral_not_bought",
    "referral_pending",
    "referral_cap",
    "referral_below_minimum",
    "referral_held",
    "referral_refused",
    "referral_reversed",
    "referral_rewarded",
)
ENTRY_TOPICS = ("entry_pending", "entry_too_few", "entry_not_yet", "entry_not_mine", "entry_taken_twice", "entry_other")
TOPICS = (*RECEIPT_TOPICS, *REFERRAL_TOPICS, *ENTRY_TOPICS)

# Refusals that follow from the programme's terms alone: there is nothing in them to look into.
ROUTINE_REFUSALS = {"referral_refused_cap": "referral_cap", "referral_refused_below_minimum": "referral_below_minimum"}


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What the rules say: the topic, and whether a person looks at it, it is explained, or the receipt is attached.

    `wording` and `facts` are what the member reads, where it is settled.
    """

    topic: str
    outcome: Literal["person", "explain", "attach"]
    wording: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EntryFacts:
    """An entry as the rules see it: where its points stand, and from when on they can be spent."""

    kind: str
    points: int
    state: str
    """`pending`, `available`, `gone`; empty where it credited none."""
    available_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ReferralFacts:
    """A referral as the rules see it."""

    status: str
    reason_kind: str | None
    reason_facts: Mapping[str, Any]
    available_at: datetime | None
    points: int
    """Of the side that asks."""


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts:
    """What became of looking for a missing receipt."""

    owner: Literal["none", "nobody", "asker", "another"]
    """Whose the receipt with this number is: there is no such receipt, nobody's yet, the asker's, somebody else's."""
    same_day: bool = False
    same_total: bool = False
    """False also where the member named no total."""
    total_named: bool = False
    returned_whole: bool = False
    claim_is_open: bool = False
    """Whether it was sold within the programme's window for claims."""
    occurred_at: datetime | None = None


def judge_entry(facts: EntryFacts, *, about: str | None, insists: bool) -> Ruling:
    """Points that only wait for the end of the return window are explained with the date; all else is for a person."""
    inputs = _plain(asdict(facts)) | {"about": about, "insists": insists}
    waits = facts.kind == "accrual" and facts.state == "pending" and facts.available_at is not None
    if waits and about in {None, "not_yet"} and not insists and facts.available_at is not None:
        said = {"points": facts.points, "available_at": facts.available_at.isoformat()}
        return Ruling(
            topic="entry_pending", outcome="explain", wording="dispute.window_open", facts=said, inputs=inputs
        )
    return Ruling(topic=f"entry_{about or 'other'}", outcome="person", inputs=inputs)


def judge_referral(facts: ReferralFacts, *, about: str | None, insists: bool) -> Ruling:
    """A friend who has not bought, a window that is not over, the cap and the minimum are explained; the rest is for a
    person, and so is everything if the member insists.
    """
    inputs = _plain(asdict(facts)) | {"about": about, "insists": insists}
    topic, wording, said = _of_referral(facts)
    # That it has to wait is no answer to whoever says that something else is wrong.
    only_waits = facts.status in {"joined", "pending"}
    if wording is None or insists or (only_waits and about not in {None, "not_yet"}):
        return Ruling(topic=topic, outcome="person", inputs=inputs)
    return Ruling(topic=topic, outcome="explain", wording=wording, facts=said, inputs=inputs)


def judge_receipt(facts: ReceiptFacts, *, insists: bool) -> Ruling:
    """A receipt of nobody's that matches in number, day and total is attached; one of the asker's own is explained."""
    inputs = _plain(asdict(facts)) | {"insists": insists}
    matches = facts.same_day and (facts.same_total or (facts.owner == "asker" and not facts.total_named))
    if facts.owner == "none":
        return Ruling(topic="receipt_unknown", outcome="person", inputs=inputs)
    if not matches:
        return Ruling(topic="receipt_not_matching", outcome="person", inputs=inputs)
    if facts.owner == "another":
        return Ruling(topic="receipt_elsewhere", outcome="person", inputs=inputs)
    if facts.owner == "asker":
        said = {"bought_at": facts.occurred_at.isoformat() if facts.occurred_at else None}
        return _explained("receipt_yours", "dispute.receipt_yours", said, inputs, insists=insists)
    if facts.returned_whole:
        return _explained("receipt_returned", "dispute.receipt_returned", {}, inputs, insists=insists)
    if not facts.claim_is_open:
        return Ruling(topic="receipt_too_late", outcome="person", inputs=inputs)
    return Ruling(topic="receipt_attached", outcome="attach", wording="dispute.receipt_attached", inputs=inputs)


def _of_referral(facts: ReferralFacts) -> tuple[str, str | None, Mapping[str, Any]]:
    if facts.status == "joined":
        return "referral_not_bought", "dispute.not_bought_yet", {}
    if facts.status == "pending" and facts.available_at is not None:
        said = {"points": facts.points, "available_at": facts.available_at.isoformat()}
        return "referral_pending", "dispute.window_open", said
    if facts.status == "rejected" and facts.reason_kind in ROUTINE_REFUSALS:
        return ROUTINE_REFUSALS[facts.reason_kind], facts.reason_kind, facts.reason_facts
    topics = {"qualified": "referral_held", "rejected": "referral_refused", "reversed": "referral_reversed"}
    return topics.get(facts.status, "referral_rewarded"), None, {}


def _explained(
    topic: str, wording: str, said: Mapping[str, Any], inputs: Mapping[str, Any], *, insists: bool
) -> Ruling:
    if insists:
        return Ruling(topic=topic, outcome="person", inputs=inputs)
    return Ruling(topic=topic, outcome="explain", wording=wording, facts=said, inputs=inputs)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a document keeps them."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
