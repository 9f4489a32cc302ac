"""Whether a friend's purchase earns the reward; pure: no database, no clock.

The order is that of the reasons: what the purchase itself lacks, then what refuses, then the cap, then what holds. So a
friend over the cap is refused at once, and nobody waits for a review whose outcome would be a refusal.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from backend.referrals.facts import OpenReferral, QualificationFacts
from backend.referrals.rules import screen
from backend.referrals.terms import ReferralTerms
from backend.screening.rules import Ruling, deciding

VerdictOutcome = Literal["reward", "hold", "reject", "not_yet"]

PROGRAMME_RULE = "referral_terms"
PROGRAMME_RULE_VERSION = 1
# Clocks of tills differ by minutes: what is dated so little before the friend joined is taken for a purchase after it.
TILL_CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a referral after a receipt.

    `reward`: post the points, pending. `hold`: a person looks at it first; post nothing. `reject`: never.
    `not_yet`: this receipt decides nothing, the referral stays open. Where it holds or rejects, `reason_kind` names a
    registered wording, filled with `reason_facts`; `rule` and `rule_version` say what decided.
    `rulings` is all that screening said, in every mode.
    """

    outcome: VerdictOutcome
    reason_kind: str = ""
    reason_facts: Mapping[str, Any] = field(default_factory=dict)
    rule: str = PROGRAMME_RULE
    rule_version: int = PROGRAMME_RULE_VERSION
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A receipt of a friend whose referral is open.

    `cashier_member_id`: the member's card of the person who rang it up, where that is known.
    """

    referral: OpenReferral
    receipt_id: UUID
    receipt_amount_minor: int
    at: datetime
    cashier_member_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A referral with the receipt that decided it and the verdict, which is never `not_yet`."""

    candidate: Candidate
    verdict: Verdict


def is_before_joining(at: datetime, *, joined_at: datetime) -> bool:
    """Whether a purchase of this moment was made by somebody who was no friend yet, as a till that was away tells late:
    rewards are for new guests.
    """
    return at < joined_at - TILL_CLOCK_TOLERANCE


def judge(facts: QualificationFacts, *, terms: ReferralTerms, receipt_amount_minor: int) -> Verdict:
    """The verdict on one receipt of one friend.

    `receipt_amount_minor` is what was bought, in the programme's currency, before points are paid with.
    """
    if facts.bought_before_joining:
        return Verdict(outcome="reject", reason_kind="referral_refused_bought_before")
    if receipt_amount_minor < terms.minimum_amount_minor:
        return _below_minimum(terms)
    rulings = screen(facts, terms=terms)
    decided = deciding(rulings)
    if decided is not None and decided.outcome == "reject":
        return _by_ruling("reject", decided, rulings)
    if terms.cap_friends is not None and facts.rewards_in_cap_window >= terms.cap_friends:
        return Verdict(
            outcome="reject",
            reason_kind="referral_refused_cap",
            reason_facts={"limit": terms.cap_friends, "window_days": terms.cap_window_days},
            rulings=rulings,
        )
    if decided is not None:
        return _by_ruling("hold", decided, rulings)
    return Verdict(outcome="reward", rulings=rulings)


def decide(
    candidates: Iterable[Candidate], facts: Mapping[UUID, QualificationFacts], *, terms: ReferralTerms
) -> list[Decision]:
    """The decisions on a batch's candidates, which come in the order of their receipts' times.

    `facts` is what `service.gather` gave, by the referral's id; candidates without facts are no longer open and are
    passed over. A referral is decided once: later receipts of the same friend are passed over too. Rewards earlier in
    the batch count towards the advocate's cap.
    """
    counted: Counter[UUID] = Counter()
    decisions: dict[UUID, Decision] = {}
    for candidate in candidates:
        referral = candidate.referral
        known = facts.get(referral.id)
        if known is None or referral.id in decisions:
            continue
        current = replace(
            known,
            rewards_in_cap_window=known.rewards_in_cap_window + counted[referral.advocate_id],
            cashier_is_advocate=candidate.cashier_member_id == referral.advocate_id,
            bought_before_joining=is_before_joining(candidate.at, joined_at=referral.joined_at),
        )
        verdict = judge(current, terms=terms, receipt_amount_minor=candidate.receipt_amount_minor)
        if verdict.outcome == "not_yet":
            continue
        if verdict.outcome in {"reward", "hold"}:
            counted[referral.advocate_id] += 1
        decisions[referral.id] = Decision(candidate=candidate, verdict=verdict)
    return list(decisions.values())


def _below_minimum(terms: ReferralTerms) -> Verdict:
    if terms.qualifying_receipt == "first_qualifying":
        return Verdict(outcome="not_yet")
    return Verdict(
        outcome="reject",
        reason_kind="referral_refused_below_minimum",
        reason_facts={"minimum": terms.minimum},
    )


def _by_ruling(outcome: Literal["hold", "reject"], ruling: Ruling, rulings: tuple[Ruling, ...]) -> Verdict:
    return Verdict(
        outcome=outcome,
        reason_kind=ruling.reason_kind,
        reason_facts=ruling.reason_facts,
        rule=ruling.rule,
        rule_version=ruling.version,
        rulings=rulings,
    )
