"""Very large numbers and very long names: nothing leaves its place, and no word is torn apart."""

from typing import Any

import pytest

from client_kivy.headless import Headless
from tests.client_kivy.scripted_answers import ENTRIES, MESSAGES
from tests.client_kivy.scripted_server import Script

LONG_NAME = "Alexandra-Victoria Constantinopolskaya-Voskresenskaya"
LONG_WORD = "Kaffeespezialitätenverkostung"

pytestmark = pytest.mark.app


def of_class(widget: Any, name: str) -> list[Any]:
    return [one for one in widget.walk(restrict=True) if type(one).__name__ == name]


def edges(widget: Any) -> tuple[float, float]:
    left = widget.to_window(widget.x, widget.y)[0]
    return left, left + widget.width


@pytest.mark.parametrize(("available", "style"), [(1_240, "balance"), (2_999_999_997, "title")])
def test_a_balance_and_a_name_stay_on_their_card(at_home: Headless, script: Script, available: int, style: str) -> None:
    script.available, script.name = available, LONG_NAME
    script.spending_pause = {"text": "The shop is checking your points. " * 3, "until": None}
    at_home.resize(360, 640)
    at_home.app.page.retry()
    at_home.settle()
    card = at_home.app.page.ids.card
    assert card.figure_style == style
    left, right = edges(card)
    drawn = [one for kind in ("Word", "TextLine", "Text") for one in of_class(card, kind) if one.text and one.opacity]
    assert LONG_NAME in [one.text for one in drawn]
    for one in drawn:
        assert left <= edges(one)[0] <= edges(one)[1] <= right, one.text


def test_a_large_figure_stands_under_a_long_word_and_the_row_has_room_for_it(at_home: Headless, script: Script) -> None:
    at_home.resize(360, 640)
    script.entries = [
        {**ENTRIES[0], "title": LONG_WORD, "points": 1_000_000_000},
        {**ENTRIES[1], "title": LONG_WORD, "points": -1_000_000_000, "status": "posted"},
        {**ENTRIES[2], "title": "Grain, Pokrovka 12", "points": 5},
    ]
    at_home.app.go("history")
    at_home.app.page.retry()
    at_home.settle()
    at_home.frames(5)
    lines = of_class(at_home.app.page, "EntryLine")
    stacked = {line.entry.points: of_class(line, "RowWords")[0].stacked for line in lines}
    assert stacked == {"+1,000,000,000": True, "−1,000,000,000": True, "+5": False}
    from client_kivy.widgets.rows import entry_line_height

    for line in lines:
        words = of_class(line, "RowWords")[0]
        room = entry_line_height(line.entry, at_home.app.page.width - 32, has_arrow=False)
        assert words.height <= room - 26, line.entry.points


def test_a_moment_stands_under_a_title_whose_words_leave_it_no_room(at_home: Headless, script: Script) -> None:
    at_home.resize(360, 640)
    script.messages = [{**MESSAGES[0], "title": LONG_WORD}, {**MESSAGES[1], "title": "+5 points"}]
    at_home.app.go("inbox")
    at_home.app.page.retry()
    at_home.settle()
    at_home.frames(5)
    rows = of_class(at_home.app.page, "MessageRow")
    stacked = {row.message.title: row.stacked for row in rows}
    assert (stacked[LONG_WORD], stacked["+5 points"]) == (True, False)
    for row in rows:
        assert row.height >= of_class(row, "BoxLayout")[0].height
