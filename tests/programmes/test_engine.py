"""The engine: what rules give, alone and together, against a slow and obvious reference."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.programmes import earning
from backend.programmes.engine.budgeting import UNLIMITED, MemoryBudgets
from backend.programmes.engine.earned import Earned, NotApplied
from backend.programmes.engine.evaluation import evaluate, evaluate_action
from backend.programmes.engine.facts import NOBODY_ASKED, History, MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.expiry import Expiry
from backend.programmes.programme import (
    Action,
    Budget,
    EarningExclusions,
    EarningRule,
    PointsPerAmount,
    Programme,
    Rounding,
    Stack,
    Terms,
)
from backend.receipts.sale import SaleLine
from tests.programmes import conditions
from tests.programmes.conditions import condition
from tests.programmes.reference import reckon

NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
STORE = StoreFacts(code="pokrovka", name={"en": "Pokrovka", "ru": "Покровка"}, region="moscow", country="RU")
TITLE = {"en": "Grain", "ru": "Зерно"}


def a_programme(*rules: EarningRule, **sections: Any) -> Programme:
    terms: dict[str, Any] = {"point_value_minor": 100, "pending_days": 14, "expiry": Expiry(days=365)} | sections
    return Programme(
        programme="grain", title=TITLE, currency="RUB", earning=rules, referral=None, screening=(), **terms
    )


def a_receipt(*lines: SaleLine, **facts: Any) -> ReceiptFacts:
    total_minor = sum(line.amount_minor for line in lines)
    return ReceiptFacts(occurred_at=NOON, total_minor=total_minor, lines=lines, **({"store": STORE} | facts))


def beans(amount_minor: int, *, quantity: int = 1) -> SaleLine:
    return SaleLine("BEANS", Decimal(quantity), amount_minor, "beans")


def coffee(amount_minor: int, *, quantity: int = 1) -> SaleLine:
    return SaleLine("FLAT-WHITE", Decimal(quantity), amount_minor, "coffee")


def judged(programme: Programme, receipt: ReceiptFacts, member: MemberFacts = NOBODY_ASKED) -> Earned:
    return evaluate(programme, receipt, member, UNLIMITED)


def points(earned: Earned) -> dict[str, int]:
    return {rule.rule: rule.points for rule in earned.rules}


def reasons(earned: Earned) -> dict[str, str]:
    return {one.rule: one.reason.kind for one in earned.not_applied}


BASE = EarningRule("base", rate_basis_points=500)
FOR_BEANS = condition('line.category == "beans"', "line")


def test_one_plain_rate_explains_itself_as_ever() -> None:
    [award] = judged(a_programme(BASE), a_receipt(coffee(70_990))).awards
    assert (award.rule, award.points, award.wording) == ("base", 35, "earning.receipt")
    assert award.facts == {
        "store": STORE.name,
        "total": {"amount_minor": 70_990, "currency": "RUB"},
        "rate_basis_points": 500,
        "points": 35,
        "available_at": (NOON + timedelta(days=14)).isoformat(),
    }


def test_rules_add_up_to_one_award_that_names_them() -> None:
    autumn = EarningRule("autumn", rate_basis_points=200, title={"en": "Autumn", "ru": "Осень"})
    [award] = judged(a_programme(BASE, autumn), a_receipt(coffee(70_000))).awards
    assert (award.rule, award.points, award.wording) == ("base+autumn", 49, "earning.rules")
    assert [rule["points"] for rule in award.facts["rules"]] == [35, 14]
    assert award.available_at == NOON + timedelta(days=14)
    assert award.expires_at == NOON + timedelta(days=379)


def test_what_counts_and_what_does_not_make_the_total() -> None:
    exclusions = EarningExclusions(frozenset({"tobacco"}), frozenset({"gift_card"}))
    programme = a_programme(BASE, earning_exclusions=exclusions)
    lines = [SaleLine("A", Decimal(1), 33_333, name) for name in ("gift-card", "tobacco", "beans")]
    payments = [{"kind": "gift_card", "amount": 20_000}, {"kind": "card", "amount": 69_999}]
    receipt = a_receipt(*lines, paid_with_points_minor=10_000, payments=payments)
    found = earning.counted(programme, receipt)
    assert found.counted_minor == 33_333 * 69_999 // 99_999
    assert (found.gift_cards_minor, found.excluded_goods_minor, found.paid_with_points_minor) == (33_333, 33_333, 3_333)
    assert sum(getattr(found, name) for name in found.__slots__) == 99_999


@pytest.mark.parametrize(
    ("rule", "given_points"),
    [
        (EarningRule("rule", points=100), 100),
        (EarningRule("rule", points_per_item=3), 9),
        (EarningRule("rule", points_per_amount=PointsPerAmount(1, 1_000)), 75),
        (EarningRule("rule", rate_basis_points=1_000, maximum_points=50), 50),
        (EarningRule("rule", rate_basis_points=1_000, lines=FOR_BEANS), 40),
        (EarningRule("rule", points_per_item=3, lines=FOR_BEANS), 6),
        (EarningRule("rule", points=100, from_day=date(2026, 11, 22), until_day=date(2026, 11, 22)), 100),
        (EarningRule("rule", points=100, from_day=date(2026, 11, 23)), 0),
        (EarningRule("rule", points=100, until_day=date(2026, 11, 21)), 0),
    ],
)
def test_every_way_of_giving_points(rule: EarningRule, given_points: int) -> None:
    receipt = a_receipt(coffee(35_000), beans(40_000, quantity=2))
    assert judged(a_programme(rule), receipt).points == given_points


def test_days_of_a_rule_are_those_of_the_store() -> None:
    rule = EarningRule("night", points=10, from_day=date(2026, 11, 23))
    late = replace(
        a_receipt(coffee(1_000), store=replace(STORE, zone="Asia/Vladivostok")), occurred_at=NOON.replace(hour=15)
    )
    assert judged(a_programme(rule), late).points == 10
    assert judged(a_programme(rule), replace(late, store=STORE)).points == 0


def test_two_multipliers_add_up_on_the_lines_that_they_look_at() -> None:
    double = EarningRule("double", multiplier_basis_points=20_000, lines=FOR_BEANS)
    triple = EarningRule("triple", multiplier_basis_points=30_000, lines=FOR_BEANS)
    earned = judged(a_programme(BASE, double, triple), a_receipt(coffee(50_000), beans(20_000)))
    assert points(earned) == {"base": 35, "double": 10, "triple": 20}


def test_a_multiplier_multiplies_what_was_not_rounded_yet() -> None:
    tenfold = EarningRule("tenfold", multiplier_basis_points=100_000)
    assert points(judged(a_programme(BASE, tenfold), a_receipt(coffee(1_900)))) == {"tenfold": 8}


def test_the_best_of_a_stack_wins_and_the_others_say_to_whom_they_lost() -> None:
    rules = [EarningRule("small", points=10, stack="promotions"), EarningRule("large", points=30, stack="promotions")]
    earned = judged(a_programme(BASE, *rules, stacking={"promotions": Stack("best")}), a_receipt(coffee(10_000)))
    assert points(earned) == {"base": 5, "large": 30}
    assert reasons(earned) == {"small": "earning.lost_to_better"}


def test_the_first_of_a_stack_is_the_one_of_greatest_priority() -> None:
    rules = [EarningRule("one", points=10, stack="s"), EarningRule("two", points=3, stack="s", priority=7)]
    earned = judged(a_programme(*rules, stacking={"s": Stack("first")}), a_receipt(coffee(10_000)))
    assert points(earned) == {"two": 3}
    assert reasons(earned) == {"one": "earning.lost_to_earlier"}


def test_a_stack_gives_no_more_than_its_maximum() -> None:
    rules = [EarningRule("one", points=10, stack="s"), EarningRule("two", points=30, stack="s")]
    earned = judged(a_programme(*rules, stacking={"s": Stack("sum", 25)}), a_receipt(coffee(10_000)))
    assert points(earned) == {"one": 10, "two": 15}
    assert reasons(earned) == {"two": "earning.cut_by_stack"}


def test_a_condition_that_fails_is_named_by_the_part_that_failed() -> None:
    rule = EarningRule("treat", points=10, when=condition("receipt.total > money(50) && member.purchases >= 3"))
    [not_applied] = judged(a_programme(BASE, rule), a_receipt(coffee(10_000))).not_applied
    assert not_applied.reason.kind == "earning.condition_failed"
    assert not_applied.reason.facts["condition"]["en"] == "the number of earlier purchases is at least 3"


def test_rules_about_others_are_not_looked_at() -> None:
    rule = EarningRule("gold", points=10, when=condition('receipt.total > money(50) && member.tier == "gold"'))
    earned = judged(a_programme(BASE, rule), a_receipt(coffee(10_000)))
    assert (earned.not_applied, earned.others_count) == ((), 1)


def test_rules_with_own_dates_make_an_award_of_their_own() -> None:
    birthday = EarningRule("birthday", points=100, pending_days=0, expiry=Expiry(days=30))
    first, second = judged(a_programme(BASE, birthday), a_receipt(coffee(10_000))).awards
    assert (first.rule, first.points, second.rule, second.points) == ("base", 5, "birthday", 100)
    assert (second.available_at, second.expires_at) == (NOON, NOON + timedelta(days=30))


def test_rounding_may_be_by_line() -> None:
    receipt = a_receipt(coffee(1_000), beans(1_000), beans(1_000))
    by_line = a_programme(BASE, rounding=Rounding("nearest", "line"))
    assert judged(by_line, receipt).points == 3
    assert judged(a_programme(BASE, rounding=Rounding("nearest")), receipt).points == 2
    assert judged(a_programme(BASE, rounding=Rounding("up")), receipt).points == 2
    assert judged(a_programme(BASE), receipt).points == 1


def test_lines_take_their_own_points_with_them() -> None:
    double = EarningRule("double", multiplier_basis_points=20_000, lines=FOR_BEANS)
    gift = SaleLine("CARD", Decimal(1), 10_000, "gift-card")
    [award] = judged(a_programme(BASE, double), a_receipt(coffee(20_000), gift, beans(20_000))).awards
    assert award.points == 30
    assert award.facts["weights"] == (1, 0, 2)


class TestBudgets:
    """What a budget lets through, and what happens at its end."""

    @pytest.mark.parametrize(("at_end", "given_points"), [("partial", 30), ("skip", 0), ("stop", 30)])
    def test_its_end(self, at_end: str, given_points: int) -> None:
        programme = a_programme(EarningRule("rule", points=100), budgets=(Budget("promo", 30, "month", at_end=at_end),))
        budgets = MemoryBudgets({"promo": 30})
        earned = evaluate(programme, a_receipt(coffee(10_000)), NOBODY_ASKED, budgets)
        assert (earned.points, budgets.left("promo")) == (given_points, 30 - given_points)
        assert reasons(earned) == {"rule": "earning.cut_by_budget" if given_points else "earning.budget_is_over"}

    def test_one_that_stops_ends_all_earning(self) -> None:
        programme = a_programme(BASE, budgets=(Budget("promo", 30, "month", ("other",), at_end="stop"),))
        earned = evaluate(programme, a_receipt(coffee(10_000)), NOBODY_ASKED, MemoryBudgets({"promo": 0}))
        assert (earned.awards, reasons(earned)) == ((), {"base": "earning.stopped"})

    def test_the_best_that_gets_nothing_lets_the_next_try(self) -> None:
        rules = [EarningRule("small", points=10, stack="s"), EarningRule("large", points=30, stack="s")]
        programme = a_programme(
            *rules, stacking={"s": Stack("best")}, budgets=(Budget("b", 5, "all", ("large",), at_end="skip"),)
        )
        earned = evaluate(programme, a_receipt(coffee(10_000)), NOBODY_ASKED, MemoryBudgets({"b": 5}))
        assert points(earned) == {"small": 10}
        assert reasons(earned) == {"large": "earning.budget_is_over"}

    def test_the_member_s_own_is_asked_first_and_all_are_taken_from(self) -> None:
        budgets = (
            Budget("everything", 1_000, "year"),
            Budget("promo", 40, "month", ("rule",)),
            Budget("each", 25, "year", ("rule",), scope="member"),
        )
        left = MemoryBudgets({"everything": 1_000, "promo": 40, "each": 25})
        earned = evaluate(
            a_programme(EarningRule("rule", points=100), budgets=budgets), a_receipt(coffee(1_000)), NOBODY_ASKED, left
        )
        assert earned.points == 25
        assert [left.left(name) for name in ("everything", "promo", "each")] == [975, 15, 0]
        assert earned.awards[0].facts["budgets"] == {"everything": 25, "promo": 25, "each": 25}


class TestActions:
    """What is no purchase."""

    SURVEY = Action("survey", {"en": "A survey", "ru": "Опрос"}, 50)

    def test_it_earns_its_points(self) -> None:
        award = evaluate_action(
            a_programme(BASE, actions=(self.SURVEY,)), "survey", NOON, NOBODY_ASKED, UNLIMITED, shop_zone=None
        )
        assert isinstance(award, earning.Award)
        assert (award.points, award.wording, award.facts["title"]) == (50, "actions.done", self.SURVEY.title)

    def test_it_takes_from_the_budgets_of_all(self) -> None:
        programme = a_programme(BASE, actions=(self.SURVEY,), budgets=(Budget("all", 20, "year"),))
        budgets = MemoryBudgets({"all": 20})
        award = evaluate_action(programme, "survey", NOON, NOBODY_ASKED, budgets, shop_zone=None)
        assert isinstance(award, earning.Award)
        assert (award.points, budgets.left("all"), award.facts["budgets"]) == (20, 0, {"all": 20})
        again = evaluate_action(programme, "survey", NOON, NOBODY_ASKED, budgets, shop_zone=None)
        assert isinstance(again, NotApplied)
        assert again.reason.kind == "earning.budget_is_over"


# --- random programmes and receipts -------------------------------------------------------------------------------

_amounts = st.integers(0, 30_000)
_ways = st.one_of(
    st.fixed_dictionaries({"rate_basis_points": st.integers(1, 5_000)}),
    st.fixed_dictionaries({"points": st.integers(1, 300)}),
    st.fixed_dictionaries({"points_per_item": st.integers(1, 50)}),
    st.fixed_dictionaries({"points_per_amount": st.builds(PointsPerAmount, st.integers(1, 5), st.integers(1, 5_000))}),
    st.fixed_dictionaries({"multiplier_basis_points": st.integers(10_001, 50_000)}),
)


@st.composite
def _rules(draw: st.DrawFn, name: str) -> EarningRule:
    days = st.none() | st.dates(date(2026, 11, 18), date(2026, 11, 26))
    return EarningRule(
        name,
        **draw(_ways),
        when=draw(st.none() | conditions.receipt_conditions),
        lines=draw(st.none() | conditions.line_conditions),
        from_day=draw(days),
        until_day=draw(days),
        stack=draw(st.sampled_from(("base", "base", "promotions", "extras"))),
        priority=draw(st.integers(0, 2)),
        maximum_points=draw(st.none() | st.integers(1, 200)),
        pending_days=draw(st.none() | st.integers(0, 2)),
    )


@st.composite
def _programmes(draw: st.DrawFn, *, with_terms: bool = True) -> Programme:
    rules = [draw(_rules(f"rule_{number}")) for number in range(draw(st.integers(1, 6)))]
    names = [rule.rule for rule in rules]
    budgets = [
        Budget(
            f"budget_{number}",
            draw(st.integers(0, 400)),
            "month",
            draw(st.lists(st.sampled_from(names), unique=True, max_size=3).map(tuple)),
            scope=draw(st.sampled_from(("all", "member"))),
            at_end=draw(st.sampled_from(("partial", "skip", "stop"))),
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    stacks = st.builds(Stack, st.sampled_from(("best", "sum", "first")), st.none() | st.integers(1, 300))
    programme = a_programme(
        *rules,
        point_value_minor=draw(st.sampled_from((1, 50, 100))),
        stacking={name: draw(stacks) for name in ("promotions", "extras")},
        rounding=draw(
            st.builds(Rounding, st.sampled_from(("down", "nearest", "up")), st.sampled_from(("receipt", "line")))
        ),
        budgets=tuple(budgets),
        earning_exclusions=EarningExclusions(
            draw(st.sampled_from((frozenset(), frozenset({"tobacco"})))),
            draw(st.sampled_from((frozenset(), frozenset({"gift_card"})))),
        ),
    )
    if with_terms and draw(st.booleans()):
        other = replace(draw(_programmes(with_terms=False)), variant="elsewhere", budgets=programme.budgets)
        return replace(programme, terms=(Terms("elsewhere", draw(conditions.store_conditions), other),))
    return programme


@st.composite
def _receipts(draw: st.DrawFn) -> ReceiptFacts:
    quantities = st.integers(1, 4_000).map(lambda thousandths: Decimal(thousandths) / 1_000)
    lines = draw(
        st.lists(
            st.builds(
                SaleLine,
                st.sampled_from(conditions.SKUS),
                quantities,
                _amounts,
                st.sampled_from(conditions.CATEGORIES).map(lambda name: name or None),
            ),
            min_size=1,
            max_size=6,
        )
    )
    total_minor = sum(line.amount_minor for line in lines)
    by_points_minor = draw(st.just(0) | st.integers(0, total_minor))
    by_gift_card_minor = draw(st.just(0) | st.integers(0, total_minor - by_points_minor))
    payments = [{"kind": "gift_card", "amount": by_gift_card_minor}] if by_gift_card_minor else []
    return a_receipt(
        *lines,
        store=replace(STORE, region=draw(st.sampled_from(conditions.REGIONS))),
        paid_with_points_minor=by_points_minor,
        payments=payments,
    )


_members = st.builds(
    MemberFacts,
    tier=st.sampled_from((None, "silver", "gold")),
    segments=st.frozensets(st.sampled_from(conditions.SEGMENTS)),
    history=st.builds(History, st.integers(0, 3)),
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programme=_programmes(), receipts=st.lists(_receipts(), min_size=1, max_size=3), member=_members)
def test_the_engine_gives_what_the_reference_gives(
    programme: Programme, receipts: list[ReceiptFacts], member: MemberFacts
) -> None:
    budgets = MemoryBudgets({budget.budget: budget.points for budget in programme.budgets})
    left = {budget.budget: budget.points for budget in programme.budgets}
    for receipt in receipts:
        reckoned = reckon(programme, receipt, member, left, judge=conditions.holds)
        earned = evaluate(programme, receipt, member, budgets)
        left = reckoned.left
        assert points(earned) == reckoned.points
        assert earned.points == sum(reckoned.points.values())
        assert {name: budgets.left(name) for name in left} == left
        for rule in earned.rules:
            if rule.weights:
                whole = sum(rule.weights)
                found = [weight / whole for weight in rule.weights]
                assert found == pytest.approx([float(share) for share in reckoned.shares[rule.rule]], abs=1e-9)
