"""How rules are set, and how several rulings become one decision."""

from backend.screening.rules import Rule, RuleSetting, Ruling, deciding, setting_of

RULE = Rule(name="many_joins", version=2, limits={"friends": 5, "window_hours": 24})


def a_ruling(outcome, *, rule="many_joins", mode="active") -> Ruling:
    return Ruling(rule=rule, version=1, mode=mode, outcome=outcome)


def test_a_rule_that_the_programme_does_not_name_only_watches():
    assert setting_of(RULE, {}) == RuleSetting(mode="shadow", limits={"friends": 5, "window_hours": 24})


def test_a_limit_that_the_programme_names_takes_the_place_of_the_default():
    setting = setting_of(RULE, {"many_joins": RuleSetting(mode="active", limits={"friends": 7})})

    assert setting == RuleSetting(mode="active", limits={"friends": 7, "window_hours": 24})


def test_a_refusal_decides_over_a_hold_wherever_it_stands():
    hold, reject = a_ruling("hold"), a_ruling("reject", rule="self_referral")

    assert deciding([hold, a_ruling("allow"), reject]) is reject


def test_of_two_holds_the_first_decides():
    first, second = a_ruling("hold"), a_ruling("hold", rule="ring")

    assert deciding([first, second]) is first


def test_what_only_watches_decides_nothing():
    assert deciding([a_ruling("reject", mode="shadow"), a_ruling("allow")]) is None
