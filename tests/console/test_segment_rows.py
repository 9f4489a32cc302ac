"""The rows of the segments' editor: a tree as a form shows it, and the form read back as the same tree."""

import pytest
from werkzeug.datastructures import MultiDict

from backend.console import segment_examples, segment_rows
from backend.console.segment_rows import Group, changed, from_form, from_tree, to_tree
from backend.segments.queries import AttributeShown, ParameterShown
from backend.segments.tree import OPERATORS


def asked(name, type_, *, windowed=False, choices=None, parameter=None):
    return AttributeShown(name, "Group", name, type_, OPERATORS[type_], windowed, False, parameter, choices)


KNOWN = {
    one.name: one
    for one in (
        asked("purchases", "whole", windowed=True),
        asked("campaigns_received", "whole", windowed=True),
        asked("points_burning", "whole", windowed=True),
        asked("friends_rewarded", "whole", windowed=True),
        asked("spend", "money", windowed=True),
        asked("joined", "day"),
        asked("has_app", "flag"),
        asked("favourite_store", "choice", choices={"pokrovka": "Pokrovka 12", "arbat": "Arbat 28"}),
        asked("bought_sku", "whole", windowed=True, parameter=ParameterShown("sku", "Article", None)),
    )
}


def shown(tree):
    return from_tree(tree, KNOWN, currency="RUB")


def written(form, *, known=KNOWN):
    return to_tree(from_form(MultiDict(form)).numbered(), known, currency="RUB").tree["rule"]


def as_typed(group: Group):
    """What a browser sends of these rows."""
    typed = MultiDict({f"{group.place}.kind": group.kind})
    for row in group.rows:
        fields = {"attribute": row.attribute, "is": row.way, "until": row.until, "days": row.window_days}
        for name, value in (fields | {"parameter": row.parameter}).items():
            typed.add(f"{row.place}.{name}", value)
        for value in row.values:
            typed.add(f"{row.place}.value", value)
    for inner in group.groups:
        typed.update(as_typed(inner))
    return typed


TREES = [
    {"all": [{"attribute": "purchases", "is": "at_least", "value": 3, "window_days": 90}]},
    {"any": [{"attribute": "spend", "is": "between", "value": [10050, 200000]}]},
    {
        "all": [
            {"attribute": "joined", "is": "within_days", "value": 30},
            {"attribute": "joined", "is": "before", "value": "2026-11-01"},
            {"attribute": "has_app", "is": "false"},
            {"segment": "regulars"},
            {"not": {"segment": "staff"}},
            {"not": {"any": [{"attribute": "favourite_store", "is": "one_of", "value": ["pokrovka", "arbat"]}]}},
            {
                "not": {
                    "all": [{"attribute": "bought_sku", "is": "at_least", "value": 1, "parameter": "BEANS"}],
                }
            },
        ]
    },
]


@pytest.mark.parametrize("rule", TREES)
def test_a_tree_comes_back_from_its_rows_as_it_was(rule):
    root = shown({"version": 1, "rule": rule})
    assert to_tree(root, KNOWN, currency="RUB").tree == {"version": 1, "rule": rule}
    assert written(as_typed(root)) == rule


@pytest.mark.parametrize("example", segment_examples.EXAMPLES, ids=lambda one: one.name)
def test_every_example_comes_back_as_it_was(example):
    assert to_tree(shown(example.tree), KNOWN, currency="RUB").tree == example.tree


def test_a_tree_of_one_condition_gets_a_group_around_it():
    root = shown({"version": 1, "rule": {"attribute": "has_app", "is": "true"}})
    assert [row.attribute for row in root.rows] == ["has_app"]


def test_money_is_typed_in_major_units_and_kept_in_minor_ones():
    row = {"rule.kind": "all", "rule.0.attribute": "spend", "rule.0.is": "at_least"}
    for typed, kept in (("1500", 150000), ("99,90", 9990), ("1 000.5", 100050), ("99.999", "99.999"), ("soon", "soon")):
        assert written(row | {"rule.0.value": typed})["all"][0]["value"] == kept


def test_a_way_that_does_not_fit_the_attribute_any_more_is_its_first_one():
    rule = written({"rule.kind": "all", "rule.0.attribute": "has_app", "rule.0.is": "at_least", "rule.0.value": "3"})
    assert rule == {"all": [{"attribute": "has_app", "is": "true"}]}


def test_what_is_empty_is_left_out_for_the_reader_of_trees_to_name():
    rule = written({"rule.kind": "all", "rule.0.attribute": "purchases", "rule.0.is": "at_least", "rule.0.value": " "})
    assert rule == {"all": [{"attribute": "purchases", "is": "at_least"}]}


def test_buttons_add_and_remove_and_say_where_to_go_on():
    root = Group("rule")
    assert changed(root, "condition:rule") == "rule.0.attribute"
    assert changed(root, "group:rule") == "rule.1.kind"
    assert changed(root, "condition:rule.1") == "rule.1.1.attribute"
    # Conditions come before groups, so that the group moves on.
    assert changed(root, "condition:rule") == "rule.1.attribute"
    assert [group.place for group in root.every_group()] == ["rule", "rule.2"]
    assert changed(root, "remove:rule.0") == "condition:rule"
    assert changed(root, "remove:rule.1") == "condition:rule"
    assert (len(root.rows), root.groups) == (1, [])


@pytest.mark.parametrize("act", ["", "condition:nowhere", "remove:rule", "explode:rule", "condition:rule.9"])
def test_a_button_that_is_not_there_changes_nothing(act):
    root = shown({"version": 1, "rule": TREES[2]})
    before = to_tree(root, KNOWN, currency="RUB").tree
    changed(root, act)
    assert to_tree(root, KNOWN, currency="RUB").tree == before


def test_groups_end_at_the_depth_that_trees_may_have():
    root, place = Group("rule"), "rule"
    for _ in range(20):
        changed(root, f"group:{place}")
        place = max((group.place for group in root.every_group()), key=len)
    assert max(group.depth for group in root.every_group()) == segment_rows.DEPTH_MAXIMUM


def test_a_place_of_the_tree_is_found_in_the_form():
    written_tree = to_tree(shown({"version": 1, "rule": TREES[2]}), KNOWN, currency="RUB")
    assert written_tree.place_of("rule.all[1].value") == "rule.1"
    assert written_tree.place_of("rule.all[4].not.segment") == "rule.4"
    assert written_tree.place_of("rule.all[5].not.any[0].value[1]") == "rule.5.0"
    assert written_tree.place_of("rule.all[5].not") == "rule.5"
    assert written_tree.place_of("elsewhere") == "rule"
