"""The screening rules that referrals own: each judges one referral on gathered facts; pure.

Every rule is asked and what it says is recorded; it acts only when the programme makes it `active`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from backend.referrals.facts import QualificationFacts
from backend.referrals.terms import ReferralTerms
from backend.screening.known_rules import (
    ACCOUNTS_PER_DEVICE,
    ADVOCATE_PREDATES,
    DISPOSABLE_EMAIL,
    JOINS_PER_CODE,
    RING_SHARES_DEVICE,
    SAME_ADDRESS,
    SELF_REFERRAL,
    STAFF_IS_ADVOCATE,
)
from backend.screening.rules import Outcome, Rule, Ruling, setting_of

Judgement = tuple[Outcome, str, Mapping[str, Any], Mapping[str, Any]]
"""Outcome, kind of the reason ("" when it allows), the reason's facts, the inputs."""

SUBJECT_KIND = "referral"
"""What rulings and cases call a referral."""


def _self_referral(facts: QualificationFacts, _limits: Mapping[str, int]) -> Judgement:
    """One person with two cards: both stand on one phone number or mailbox, or are used on one device.

    A device that went from one hand to the next, and a payment card that both pay with, are what families share too:
    they hold, and a person looks.
    """
    inputs = {
        "same_contact": facts.same_contact,
        "same_device": facts.same_device,
        "handed_down_device": facts.handed_down_device,
        "same_payment": facts.same_payment,
    }
    if facts.same_contact:
        return "reject", "referral_refused_same_contact", {}, inputs
    if facts.same_device and not facts.handed_down_device:
        return "reject", "referral_refused_same_device", {}, inputs
    if facts.same_device:
        return "hold", "referral_held_handed_down_device", {}, inputs
    if facts.same_payment:
        return "hold", "referral_held_same_payment", {}, inputs
    return "allow", "", {}, inputs


def _same_address(facts: QualificationFacts, _limits: Mapping[str, int]) -> Judgement:
    """Only noted, for whoever looks at a case: a family on one network looks just the same."""
    return "allow", "", {}, {"same_address": facts.same_address, "score": int(facts.same_address)}


def _advocate_predates(facts: QualificationFacts, _limits: Mapping[str, int]) -> Judgement:
    """A friend who was a guest before the advocate was not brought by the advocate."""
    inputs = {"advocate_joined_later": facts.advocate_joined_later}
    if facts.advocate_joined_later:
        return "reject", "referral_refused_advocate_predates", {}, inputs
    return "allow", "", {}, inputs


def _disposable_email(facts: QualificationFacts, _limits: Mapping[str, int]) -> Judgement:
    """Fake accounts: the friend's only way to be reached is a mailbox made for minutes."""
    inputs = {"only_disposable_email": facts.only_disposable_email}
    if facts.only_disposable_email:
        return "reject", "referral_refused_disposable_email", {}, inputs
    return "allow", "", {}, inputs


def _staff_is_advocate(facts: QualificationFacts, _limits: Mapping[str, int]) -> Judgement:
    """A cashier who brings friends to the own till may as well invent them."""
    inputs = {"cashier_is_advocate": facts.cashier_is_advocate}
    if facts.cashier_is_advocate:
        return "hold", "referral_held_staff_is_advocate", {}, inputs
    return "allow", "", {}, inputs


def _accounts_per_device(facts: QualificationFacts, limits: Mapping[str, int]) -> Judgement:
    """Fake accounts: one device in the hands of more people than a household phone would be."""
    inputs = {"accounts_on_device": facts.accounts_on_device, **limits}
    if facts.accounts_on_device > limits["accounts"]:
        return "hold", "referral_held_accounts_per_device", dict(limits), inputs
    return "allow", "", {}, inputs


def _ring_shares_device(facts: QualificationFacts, limits: Mapping[str, int]) -> Judgement:
    """A ring: several of one circle of invitations, who share devices or payment cards among them."""
    inputs = {"ring_people": facts.ring_people, **limits}
    if facts.ring_people >= limits["people_minimum"]:
        return "hold", "referral_held_ring_shares_device", {}, inputs
    return "allow", "", {}, inputs


def _joins_per_code(facts: QualificationFacts, limits: Mapping[str, int]) -> Judgement:
    """A leaked code: the friend came with a crowd. The first ones, who came before it was one, pass.

    All codes of the advocate count together, so that a fresh code is no fresh start.
    """
    inputs = {"joins_in_window": facts.joins_in_window, **limits}
    if facts.joins_in_window > limits["friends"]:
        return "hold", "referral_held_joins_per_code", dict(limits), inputs
    return "allow", "", {}, inputs


RULES: tuple[tuple[Rule, Callable[[QualificationFacts, Mapping[str, int]], Judgement]], ...] = (
    (SELF_REFERRAL, _self_referral),
    (SAME_ADDRESS, _same_address),
    (ADVOCATE_PREDATES, _advocate_predates),
    (DISPOSABLE_EMAIL, _disposable_email),
    (STAFF_IS_ADVOCATE, _staff_is_advocate),
    (ACCOUNTS_PER_DEVICE, _accounts_per_device),
    (RING_SHARES_DEVICE, _ring_shares_device),
    (JOINS_PER_CODE, _joins_per_code),
)


def screen(facts: QualificationFacts, *, terms: ReferralTerms) -> tuple[Ruling, ...]:
    """What every rule says of this referral, in the order of `RULES`."""
    rulings = []
    for rule, judgement in RULES:
        setting = setting_of(rule, terms.screening)
        outcome, reason_kind, reason_facts, inputs = judgement(facts, setting.limits)
        rulings.append(
            Ruling(
                rule=rule.name,
                version=rule.version,
                mode=setting.mode,
                outcome=outcome,
                reason_kind=reason_kind,
                reason_facts=reason_facts,
                inputs=inputs,
            )
        )
    return tuple(rulings)
