"""Broken trees: each mistake names its place, in both languages, and nothing is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from backend.segments import service
from backend.segments.catalogue import catalogue
from backend.segments.mistakes import BadTree, in_words
from backend.segments.models import Segment
from backend.segments.reading import read_tree
from backend.segments.tree import Tree
from backend.shared.i18n import force_locale
from tests.factories.segments import MARAT, a_segment, all_of, leaf, tree

BUYS = leaf("purchases", "at_least", 1)
DEEP = BUYS
for _ in range(8):
    DEEP = {"not": DEEP}

BROKEN = {
    "nothing": (None, "", "A tree is a mapping"),
    "a list": ([BUYS], "", "A tree is a mapping"),
    "no version": ({"rule": BUYS}, "version", "The version is missing"),
    "version of tomorrow": ({"version": 2, "rule": BUYS}, "version", "not known here"),
    "version as a truth": ({"version": True, "rule": BUYS}, "version", "not known here"),
    "no rule": ({"version": 1}, "rule", "There is no rule"),
    "something besides": (tree(BUYS) | {"name": "x"}, "name", "name means nothing here. Expected: version, rule"),
    "rule is a text": (tree("purchases"), "rule", "one of: all, any, not, segment, attribute"),
    "rule is empty": (tree({}), "rule", "one of: all, any, not, segment, attribute"),
    "rule is null": (tree(None), "rule", "one of: all, any, not, segment, attribute"),
    "two rules in one": (tree({"all": [BUYS], "any": [BUYS]}), "rule", "several rules in one: all, any"),
    "more beside a group": (tree({"all": [BUYS], "value": 1}), "rule.value", "value means nothing here"),
    "all of no list": (tree({"all": BUYS}), "rule.all", "A list of rules is expected"),
    "all of nothing": (tree({"all": []}), "rule.all", "This group has no rules"),
    "not of a list": (tree({"not": [BUYS]}), "rule.not", "A rule is a mapping"),
    "too deep": (tree(DEEP), "rule" + ".not" * 8, "nested more than 8 deep"),
    "too many": (tree({"any": [{"any": [BUYS] * 60}] * 2}), "rule.any[1].any[40]", "more than 100 conditions"),
    "a long list": (tree({"any": [BUYS] * 101}), "rule.any", "more than 100 conditions"),
    "unknown attribute": (
        tree(leaf("purchase", "at_least", 1)),
        "rule.attribute",
        "Nothing called purchase is known of members. Did you mean purchases?",
    ),
    "nothing like it": (tree(leaf("zzz", "at_least", 1)), "rule.attribute", "Nothing called zzz is known of members."),
    "attribute is a number": (tree({"attribute": 7, "is": "true"}), "rule.attribute", "is a text"),
    "what is asked is missing": (tree({"attribute": "purchases", "value": 1}), "rule.is", "at_least, at_most, equals"),
    "asked of another type": (tree(leaf("has_app", "at_least", 1)), "rule.is", "at_least cannot be asked here"),
    "asked in no way": (tree(leaf("purchases", "exactly", 1)), "rule.is", "exactly cannot be asked here"),
    "asked by a list": (tree({"attribute": "purchases", "is": ["at_least"], "value": 1}), "rule.is", "cannot be asked"),
    "no value": (tree(leaf("purchases", "at_least")), "rule.value", "The value is missing: a whole number"),
    "null for a value": (tree(leaf("purchases", "at_least") | {"value": None}), "rule.value", "not a whole number"),
    "value as a text": (tree(leaf("purchases", "at_least", "3")), "rule.value", "This is not a whole number"),
    "value as a truth": (tree(leaf("purchases", "at_least", True)), "rule.value", "This is not a whole number"),
    "half a purchase": (tree(leaf("purchases", "at_least", 1.5)), "rule.value", "This is not a whole number"),
    "more than there is": (tree(leaf("purchases", "at_least", 10**30)), "rule.value", "This is not a whole number"),
    "a value too much": (tree(leaf("has_app", "true", True)), "rule.value", "This question needs no value"),
    "between one": (tree(leaf("spend", "between", [1])), "rule.value", "not a list of two whole numbers"),
    "between reversed": (tree(leaf("spend", "between", [5, 1])), "rule.value", "greater than the second"),
    "one of a text": (tree(leaf("favourite_store", "one_of", "a")), "rule.value", "a list of one to a hundred texts"),
    "one of none": (tree(leaf("favourite_store", "one_of", [])), "rule.value", "a list of one to a hundred texts"),
    "one of numbers": (tree(leaf("favourite_store", "one_of", [1])), "rule.value", "a list of one to a hundred texts"),
    "a text no database takes": (tree(leaf("favourite_store", "one_of", ["a\0"])), "rule.value", "a list of one"),
    "half a character": (tree(leaf("favourite_store", "one_of", ["\ud800"])), "rule.value", "a list of one"),
    "unknown choice": (
        tree(leaf("language", "one_of", ["en", "rus"])),
        "rule.value[1]",
        "rus is not among the values. Did you mean ru?",
    ),
    "no day": (tree(leaf("joined", "before", "22.11.2026")), "rule.value", "a day, such as 2026-11-22"),
    "30 February": (tree(leaf("joined", "after", "2026-02-30")), "rule.value", "a day, such as 2026-11-22"),
    "the end of the calendar": (tree(leaf("joined", "after", "9999-12-31")), "rule.value", "a day, such as"),
    "within no days": (tree(leaf("joined", "within_days", 0)), "rule.value", "from 1 to 3,660"),
    "window too long": (tree(BUYS | {"window_days": 5000}), "rule.window_days", "from 1 to 3,660"),
    "window as a text": (tree(BUYS | {"window_days": "30"}), "rule.window_days", "from 1 to 3,660"),
    "window of a balance": (tree(leaf("points", "at_least", 1, window_days=30)), "rule.window_days", "cannot be asked"),
    "category is missing": (tree(leaf("bought_category", "at_least", 1)), "rule.parameter", "missing: category"),
    "category is a number": (
        tree(leaf("bought_category", "at_least", 1, parameter=1)),
        "rule.parameter",
        "a text of 1 to 200 characters",
    ),
    "a parameter too much": (tree(BUYS | {"parameter": "x"}), "rule.parameter", "needs no parameter"),
    "a key too much": (tree(BUYS | {"window": 3}), "rule.window", "window means nothing here"),
    "segment by a number": (tree({"segment": 1}), "rule.segment", "named by its code"),
    "unknown segment": (
        tree(all_of(BUYS, {"segment": "gues"})),
        "rule.all[1].segment",
        "There is no segment with the code gues. Did you mean guests?",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_names_its_place_and_says_what_is_expected(session, clock, name):
    document, path, words = BROKEN[name]
    with pytest.raises(BadTree) as raised:
        read_tree(document, catalogue(), known_segments={"guests"})
    told = {mistake.path: in_words(mistake) for mistake in raised.value.mistakes}
    assert list(told) == [path]
    assert words in told[path]
    with force_locale("ru"):
        russian = in_words(raised.value.mistakes[0])
    assert any("а" <= letter <= "я" for letter in russian)
    assert "%(" not in russian + told[path]


def test_all_mistakes_are_told_at_once(session):
    with pytest.raises(BadTree) as raised:
        service.count(session, tree(all_of(leaf("purchse", "at_least", 1), leaf("spend", "at_least", "x"), {"not": 1})))
    assert set(raised.value.errors) == {
        "tree.rule.all[0].attribute",
        "tree.rule.all[1].value",
        "tree.rule.all[2].not",
    }


def test_a_segment_is_not_inside_itself(session, clock):
    a_segment(session, "a", BUYS)
    a_segment(session, "b", {"segment": "a"})
    a_segment(session, "c", all_of(BUYS, {"not": {"segment": "b"}}))
    with pytest.raises(BadTree) as raised:
        a_segment(session, "a", {"any": [BUYS, {"segment": "c"}]})
    (mistake,) = raised.value.mistakes
    assert mistake.path == "rule.any[1].segment"
    assert in_words(mistake) == "The segment would be inside itself: a → c → b → a."
    with pytest.raises(BadTree):
        a_segment(session, "b", {"segment": "b"})


def test_one_from_the_archive_is_not_there_any_more(session, clock):
    old = a_segment(session, "old", BUYS)
    service.archive(session, segment_id=old.id, by=MARAT)
    with pytest.raises(BadTree):
        a_segment(session, "new", {"segment": "old"})


def test_nothing_of_a_broken_tree_is_kept(session, clock):
    for document, _path, _words in BROKEN.values():
        with pytest.raises(BadTree):
            service.save(session, code="broken", name="Broken", tree=document, by=MARAT)
    assert session.scalars(select(Segment)).all() == []


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["purchases", "at_least", "language", "one_of", "2026-01-01", "guests"]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["version", "rule", "all", "any", "not", "segment", "attribute", "is", "value"])
            | st.text(),
            inner,
        )
    ),
    max_leaves=20,
)


@given(rule=ANYTHING)
def test_whatever_is_sent_is_a_tree_or_a_list_of_mistakes(app, rule):
    with app.app_context():
        read, mistakes = tree_or_mistakes({"version": 1, "rule": rule})
        assert isinstance(read, Tree) or mistakes
        assert all(in_words(mistake) for mistake in mistakes)


def tree_or_mistakes(document):
    try:
        return read_tree(document, catalogue(), known_segments={"guests"}), ()
    except BadTree as bad:
        return None, bad.mistakes
