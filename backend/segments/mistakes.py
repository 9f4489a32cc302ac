"""What is wrong with a tree: a path, a kind and its facts; the words are made for whoever reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.shared.errors import Invalid
from backend.shared.i18n import _, _l
from backend.shared.wording import N_

WORDS: Mapping[str, str] = {
    "not_a_document": N_('A tree is a mapping: {"version": 1, "rule": …}.'),
    "version_missing": N_("The version is missing: 1."),
    "version_unknown": N_("This version of trees is not known here. Known: 1."),
    "rule_missing": N_("There is no rule."),
    "unknown_key": N_("%(found)s means nothing here. Expected: %(expected)s."),
    "not_a_rule": N_("A rule is a mapping with one of: all, any, not, segment, attribute."),
    "several_rules": N_("This is several rules in one: %(found)s. Put them into all or any."),
    "not_a_list": N_("A list of rules is expected."),
    "empty_group": N_("This group has no rules."),
    "too_deep": N_("Groups are nested more than %(most)s deep."),
    "too_many": N_("There are more than %(most)s conditions."),
    "unknown_attribute": N_("Nothing called %(found)s is known of members. %(nearest)s"),
    "attribute_not_text": N_("The name of an attribute is a text."),
    "is_missing": N_("What is asked is missing. Expected under is: %(expected)s."),
    "unknown_is": N_("%(found)s cannot be asked here. Expected under is: %(expected)s."),
    "value_missing": N_("The value is missing: %(expected)s."),
    "value_not_needed": N_("This question needs no value."),
    "wrong_value": N_("This is not %(expected)s."),
    "between_reversed": N_("The first number is greater than the second: nobody can be between them."),
    "unknown_choice": N_("%(found)s is not among the values. %(nearest)s"),
    "window_not_possible": N_("This cannot be asked of a period of days."),
    "wrong_window": N_("A period is a whole number of days from 1 to %(most)s."),
    "parameter_missing": N_("What it is asked of is missing: %(expected)s."),
    "parameter_not_needed": N_("This attribute needs no parameter."),
    "wrong_parameter": N_("A parameter is a text of 1 to %(most)s characters."),
    "segment_not_text": N_("A segment is named by its code, a text."),
    "unknown_segment": N_("There is no segment with the code %(found)s. %(nearest)s"),
    "cycle": N_("The segment would be inside itself: %(way)s."),
}
EXPECTED: Mapping[str, str] = {
    "whole": N_("a whole number"),
    "money": N_("an amount in whole minor units, such as 50000"),
    "pair": N_("a list of two whole numbers"),
    "texts": N_("a list of one to a hundred texts"),
    "day": N_("a day, such as 2026-11-22"),
    "days": N_("a whole number of days from 1 to 3,660"),
}
NEAREST = N_("Did you mean %(nearest)s?")


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, at a place of the document such as `rule.all[2].value`."""

    path: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def in_words(mistake: Mistake) -> str:
    """The mistake in the current language."""
    facts = dict(mistake.facts)
    if facts.get("nearest") is not None:
        facts["nearest"] = _(NEAREST) % {"nearest": facts["nearest"]} if facts["nearest"] else ""
    expected = EXPECTED.get(facts.get("expected", ""))
    if expected is not None:
        facts["expected"] = _(expected)
    words = str(_(WORDS[mistake.kind]))
    return (words % facts).strip() if facts else words


class BadTree(Invalid):
    """The tree cannot be asked; `mistakes` says where and why."""

    slug = "bad-tree"
    title = _l("Something in the tree is wrong")

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        by_path: dict[str, list[Any]] = {}
        for mistake in mistakes:
            by_path.setdefault(f"tree.{mistake.path}" if mistake.path else "tree", []).append(in_words(mistake))
        super().__init__(errors=by_path)
        self.mistakes = tuple(mistakes)
