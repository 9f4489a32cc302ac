"""Precision and recall are what they are said to be."""

from tests.stories.judgement import score_kinds, score_rules
from tests.stories.outcomes import Outcome

RULE = "self_referral"


def a(truth, *, spoke=(), said="hold", kind="ring", fate="paid", asked=(RULE,), points=0):
    return Outcome(
        story="a-0",
        kind=kind,
        subject_kind="referral",
        truth=truth,
        fate=fate,
        reason="",
        spoke=dict.fromkeys(spoke, said),
        asked=frozenset(asked),
        has_case=False,
        points=points,
    )


def scored(*told, meant_for):
    (score,) = score_rules(told, meant_for=meant_for)
    return score


def test_precision_is_the_share_of_fraud_in_what_a_rule_spoke_against():
    score = scored(
        a("fraud", spoke=[RULE]),
        a("fraud", spoke=[RULE], said="reject"),
        a("honest", spoke=[RULE]),
        a("honest", spoke=[RULE], said="reject"),
        a("honest"),
        meant_for={},
    )

    assert (score.right, score.held, score.refused) == (2, 1, 1)
    assert score.precision == 0.5


def test_recall_is_the_share_that_a_rule_saw_of_the_frauds_that_it_is_made_against():
    told = [a("fraud", spoke=[RULE]), a("fraud"), a("fraud"), a("fraud"), a("fraud", kind="farm", spoke=[RULE])]
    score = scored(*told, meant_for={"ring": [RULE]})

    assert (score.seen, score.meant_for) == (1, 4)
    assert score.recall == 0.25


def test_a_fraud_of_which_a_rule_was_not_asked_does_not_count_against_it():
    score = scored(a("fraud", spoke=[RULE]), a("fraud", asked=()), meant_for={"ring": [RULE]})

    assert score.recall == 1


def test_a_rule_that_never_spoke_has_no_precision_and_one_without_frauds_no_recall():
    score = scored(a("honest"), meant_for={})

    assert score.precision is None
    assert score.recall is None


def test_held_refused_and_taken_back_are_caught_and_the_programmes_own_terms_are_not():
    fates = ["held", "refused", "taken_back", "not_bound", "paid", "terms", "open"]
    (score,) = score_kinds([a("fraud", fate=fate, points=7) for fate in fates])

    assert score.caught == 4
    assert score.caught_share == 4 / 7
    assert score.points == 49
