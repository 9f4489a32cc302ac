"""The rules that a programme may name: all that are declared, and none besides."""

from backend.referrals.rules import RULES
from backend.screening import known_rules
from backend.screening.known_rules import KNOWN
from backend.screening.rules import Rule


def test_whatever_is_declared_may_be_named_in_a_programme():
    declared = [rule for rule in vars(known_rules).values() if isinstance(rule, Rule)]

    assert {rule.name: rule for rule in declared} == KNOWN
    assert len(declared) == len(KNOWN)


def test_each_rule_on_referrals_may_be_named_in_a_programme():
    assert {rule.name for rule, _ in RULES} <= KNOWN.keys()
