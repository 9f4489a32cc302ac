"""Texts made of kinds and facts: steps of a list, and what is said inside a text."""

from collections.abc import Iterator

import pytest
from flask import Flask

from backend.shared import wording
from backend.shared.wording import Reader, register, render_steps, render_title

ENGLISH, RUSSIAN = Reader("en"), Reader("ru")


@pytest.fixture(autouse=True)
def kinds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Kinds of this test alone, and a request to render them in."""
    monkeypatch.setattr(wording, "_wordings", {})
    with app.test_request_context():
        yield


def test_a_step_of_three_texts_stands_once_for_each_of_its_list() -> None:
    register("sum", title="", steps=(("All", "{points:signed}"), ("{title:text}", "{points:signed}", "rules")))
    rules = [{"title": {"en": "One", "ru": "Раз"}, "points": 1}, {"title": {"en": "Two", "ru": "Два"}, "points": 2}]
    steps = render_steps("sum", {"points": 3, "rules": rules}, ENGLISH)
    assert steps == [("All", "+3"), ("One", "+1"), ("Two", "+2")]
    assert [text for text, _ in render_steps("sum", {"points": 3, "rules": rules}, RUSSIAN)][1:] == ["Раз", "Два"]


def test_a_list_that_is_missing_or_empty_is_no_step() -> None:
    register("sum", title="", steps=(("{title:text}", "{points:signed}", "rules"),))
    assert render_steps("sum", {}, ENGLISH) == render_steps("sum", {"rules": []}, ENGLISH) == []


def test_one_of_a_list_whose_facts_are_missing_is_left_out() -> None:
    register("sum", title="", steps=(("{title:text}", "{points:signed}", "rules"),))
    rules = [{"title": {"en": "One", "ru": "Раз"}}, {"title": {"en": "Two", "ru": "Два"}, "points": 2}]
    assert render_steps("sum", {"rules": rules}, ENGLISH) == [("Two", "+2")]


def test_what_is_said_is_filled_with_its_own_facts_in_the_reader_s_language() -> None:
    register("reason", title="{winner:text} gave {points:count}")
    register("sum", title="No: {reason:said}.")
    facts = {"reason": {"kind": "reason", "facts": {"winner": {"en": "Beans", "ru": "Зерно"}, "points": 1_240}}}
    assert render_title("sum", facts, ENGLISH) == "No: Beans gave 1,240."
    assert render_title("sum", facts, RUSSIAN) == "No: Зерно gave 1\xa0240."
