"""Documents with a mistake: each is told where it is and what was expected there, and none stops the reader itself."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.programmes import mistake_words
from backend.programmes.cli import programme as commands
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.mistakes import Mistake, in_words
from backend.programmes.programme import Programme
from backend.programmes.speaking import say
from backend.programmes.yaml_places import read_yaml

FOLDER = Path(__file__).parent / "broken"
BROKEN = sorted(FOLDER.glob("*.yaml"))
GALLERY = sorted((Path(__file__).parents[2] / "backend/programmes/gallery").glob("*.yaml"))
TEXTS = [path.read_text(encoding="utf-8") for path in GALLERY]
PIECES = ["{", "}", "[", "]", ":", "-", "'", '"', "\t", "#", "&a ", "*a", "!x ", "|", ">", "~", "- - ", "? ", "\x00"]

MISPLACED = [None, True, 5, -1, 1.5, "x", "", [], {}, [1], [[]], {"a": 1}, {"en": 1}, "true", 10**20, {"tier": []}]


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_each_is_told_where_and_what_was_expected(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = re.match(r"# (\d+):(\d+) (.+)\n", text)
    assert expected is not None
    with pytest.raises(BadProgramme) as bad:
        read_programme(text)
    first = bad.value.mistakes[0]
    assert (first.line, first.column) == (int(expected[1]), int(expected[2]))
    assert in_words(first, "en") == expected[3]
    assert re.search("[а-яё]{3}", in_words(first, "ru"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_the_place_is_within_the_text(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    with pytest.raises(BadProgramme) as bad:
        read_programme("\n".join(lines))
    for mistake in bad.value.mistakes:
        assert 1 <= mistake.line <= len(lines)
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1


def test_every_kind_has_words_in_both_languages() -> None:
    for kind, text in mistake_words.WORDS.items():
        assert re.search("[а-яё]", say("ru", text)), kind
        assert set(re.findall(r"\{\w+", say("ru", text))) == set(re.findall(r"\{\w+", text)), kind


def test_several_mistakes_are_told_at_once_in_order() -> None:
    text = (FOLDER / "condition-tier-unknown.yaml").read_text(encoding="utf-8")
    text = text.replace("programme: cafe", "programme: cafe").replace("from_minor: 10000000", "from_minor: 1")
    with pytest.raises(BadProgramme) as bad:
        read_programme(text)
    assert [mistake.kind for mistake in bad.value.mistakes] == ["unknown_choice", "not_rising"]


def test_mistakes_in_sections_and_in_conditions_are_told_at_once() -> None:
    text = (FOLDER / "condition-money-with-number.yaml").read_text(encoding="utf-8")
    with pytest.raises(BadProgramme) as bad:
        read_programme(text.replace("pending_days: 14", "pending_days: soon"))
    assert [mistake.kind for mistake in bad.value.mistakes] == ["money_with_number", "not_whole"]


def test_the_command_line_tells_places_in_the_language_that_is_asked_for() -> None:
    file = str(FOLDER / "condition-money-with-number.yaml")
    refused = CliRunner().invoke(commands, ["check", file, "--lang", "ru"])
    assert refused.exit_code == 65
    assert "earning.0.when: Строка 9, столбец 28: Деньги сравнивают с деньгами" in refused.output
    as_json = CliRunner().invoke(commands, ["check", file, "--json"], env={"LANG": "en_GB.UTF-8", "LC_ALL": ""})
    found = json.loads(as_json.output)
    assert found["correct"] is False
    assert found["mistakes"][0] | {"text": ""} == {
        "line": 9,
        "column": 28,
        "path": "earning.0.when",
        "kind": "money_with_number",
        "text": "",
    }
    assert found["errors"]["earning.0.when"] == ["Line 9, column 28: " + found["mistakes"][0]["text"]]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A programme of the gallery in which something was struck out, doubled, moved or typed over."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 40)))
        what = draw(st.one_of(st.just(""), st.sampled_from(PIECES), st.text(max_size=8), st.just(text[begin:end] * 2)))
        text = text[:begin] + what + text[end:]
    return text


def outcome(text: str) -> Programme | list[Mistake]:
    """The programme, or the mistakes; any other end fails the test."""
    try:
        return read_programme(text)
    except BadProgramme as bad:
        return bad.mistakes


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_whatever_is_typed_is_a_programme_or_has_mistakes_with_places(text: str) -> None:
    found = outcome(text)
    assert isinstance(found, Programme) or found
    for mistake in found if isinstance(found, list) else []:
        assert min(mistake.line, mistake.column) >= 1
        assert in_words(mistake, "en")
        assert in_words(mistake, "ru")


def _paths(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [found for key, inner in items for found in [(*path, key), *_paths(inner, (*path, key))]]


@st.composite
def misplaced(draw: st.DrawFn) -> str:
    """A programme of the gallery, as JSON, in which something stands that does not belong there."""
    document, _ = read_yaml(draw(st.sampled_from(TEXTS)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_paths(document)))
        part = document
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = draw(st.sampled_from(MISPLACED).map(copy.deepcopy))
    return json.dumps(document, ensure_ascii=False)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(misplaced())
def test_whatever_stands_in_a_section_is_taken_or_has_a_place(text: str) -> None:
    found = outcome(text)
    for mistake in found if isinstance(found, list) else []:
        assert mistake.line == 1
        assert in_words(mistake, "ru")
