"""What is promised of the rules: whom they never refuse, how much of each fraud they see, how often they are right.

Shares are asked of the whole corpus; of the few stories that every run tells, what must hold for each one.
"""

from collections import defaultdict

import pytest

from tests.stories.corpus import HONEST
from tests.stories.floors import HELD_MAXIMUM, PRECISION, RECALL
from tests.stories.honest import FAMILIES
from tests.stories.judgement import score_rules
from tests.stories.report import MEANT_FOR
from tests.stories.telling import COLLEAGUES


def referrals(told, truth):
    return [one for one in told if one.subject_kind == "referral" and one.truth == truth]


def by_kind(outcomes):
    groups = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.kind].append(outcome)
    return groups


def test_no_family_is_refused(told):
    refused = [one for one in referrals(told, "honest") if one.kind in FAMILIES and one.fate == "refused"]

    assert refused == []


def test_nobody_honest_is_refused_by_a_rule_that_calls_it_fraud(told):
    refused = [one for one in told if one.truth == "honest" and "reject" in one.spoke.values()]

    assert [one for one in refused if one.subject_kind != "spending"] == []


def test_whatever_is_held_has_a_case_at_the_desk_and_nothing_else_has(told):
    assert [one for one in told if one.has_case != (one.fate == "held")] == []


def test_honest_people_are_held_no_more_often_than_is_promised(told):
    troubled = {
        kind: sum(one.caught for one in group) / len(group)
        for kind, group in by_kind(
            one for one in told if one.kind in {*HONEST, COLLEAGUES} and (one.asked or one.caught)
        ).items()
    }

    assert {kind: share for kind, share in troubled.items() if share > HELD_MAXIMUM.get(kind, 0)} == {}


@pytest.mark.long
def test_as_much_of_each_fraud_is_caught_as_is_promised(whole):
    caught = {
        kind: sum(one.caught for one in group) / len(group)
        for kind, group in by_kind(one for one in whole if one.truth == "fraud").items()
    }

    assert {kind: share for kind, share in caught.items() if share < RECALL[kind]} == {}


def test_no_fraud_goes_wholly_unseen_that_a_rule_is_made_against(told):
    caught = {kind: any(one.caught for one in group) for kind, group in by_kind(referrals(told, "fraud")).items()}

    assert {kind for kind, seen in caught.items() if not seen} == {kind for kind in caught if RECALL[kind] == 0}


@pytest.mark.long
def test_rules_are_right_as_often_as_is_promised(whole):
    scores = {score.rule: score.precision for score in score_rules(whole, meant_for=MEANT_FOR)}

    assert {rule: share for rule, share in scores.items() if share is not None and share < PRECISION[rule]} == {}
