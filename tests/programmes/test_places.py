"""Where in a text everything stands: the ways to write YAML, and conditions within them."""

import pytest

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.yaml_places import read_yaml
from tests.factories.till import DEMO_PROGRAMME


def place_of_mistake(written: str) -> tuple[str, int, int, int | None]:
    """Where the wrong tier of a condition that is written so is found, from the condition's first line on."""
    text = DEMO_PROGRAMME.replace(
        "  - {rule: base, rate_basis_points: 500}", f"  - rule: base\n    rate_basis_points: 500\n{written}"
    )
    first_line = text[: text.index(written)].count("\n")
    with pytest.raises(BadProgramme) as bad:
        read_programme(text)
    mistake = bad.value.mistakes[0]
    return mistake.path, mistake.line - first_line, mistake.column, mistake.facts.get("column_in_condition")


@pytest.mark.parametrize(
    ("written", "line", "column", "column_in_condition"),
    [
        ('    when: member.tier == "x"', 1, 26, None),
        ("    when: 'member.tier == \"x\"'", 1, 27, None),
        ('    when: "member.tier == \\"x\\""', 1, 27, None),
        ("    when: 'store.code == ''a'' && member.tier == \"x\"'", 1, 50, None),
        ('    when: "store.code == \\"\\u0430\\" && member.tier == \'x\'"', 1, 55, None),
        ('    when: |\n      true &&\n        member.tier == "x"', 3, 24, None),
        ('    when: |-\n      member.tier == "x"', 2, 22, None),
        ('    when: >\n      true &&\n      member.tier == "x"', 1, 11, 24),
        ('    when: true &&\n      member.tier == "x"', 1, 11, 24),
        ('    when:\n      member.tier == "x"', 2, 22, None),
    ],
)
def test_a_mistake_within_a_condition_is_found_however_it_is_written(
    written: str, line: int, column: int, column_in_condition: int | None
) -> None:
    assert place_of_mistake(written) == ("earning.0.when", line, column, column_in_condition)


def test_in_braces_a_condition_has_its_place_too() -> None:
    text = DEMO_PROGRAMME.replace("500}", "500, when: 'member.tier == \"x\"'}")
    with pytest.raises(BadProgramme) as bad:
        read_programme(text)
    line = text.split("\n")[6]
    assert (bad.value.mistakes[0].line, bad.value.mistakes[0].column) == (7, line.index('"x"') + 1)


def test_yaml_is_read_as_its_version_1_2_has_it() -> None:
    data, _ = read_yaml(
        "a: on\nb: no\nc: 08:30\nd: 2026-12-01\ne: true\nf: 1_000\ng: 0.5\nh: ~\ni: '5'\nj: 1e3\nk: 0o7\nl: .inf\nm:\n"
    )
    assert data == {
        "a": "on",
        "b": "no",
        "c": "08:30",
        "d": "2026-12-01",
        "e": True,
        "f": 1000,
        "g": 0.5,
        "h": None,
        "i": "5",
        "j": 1000.0,
        "k": "0o7",
        "l": ".inf",
        "m": None,
    }


def test_places_are_of_keys_and_of_values() -> None:
    _, places = read_yaml("one: 1\ntwo:\n  - three: 3\n    four: [5, {six: 6}]\n")
    assert places.of_value(("one",)) == (1, 6)
    assert places.of_key(("one",)) == (1, 1)
    assert places.of_value(("two", 0, "four", 1, "six")) == (4, 21)
    assert places.of_key(("two", 0, "four", 1, "six")) == (4, 16)
    assert places.of_value(("two", 0, "four", 9)) == (4, 11), "what is not there is looked for around it"
    assert places.of_key(("two", 0)) == (3, 5), "an item of a list has no key"


def test_a_document_of_a_windows_editor_has_the_same_places() -> None:
    text = DEMO_PROGRAMME.replace("RUB", "RUR5")
    with pytest.raises(BadProgramme) as unix:
        read_programme(text)
    with pytest.raises(BadProgramme) as windows:
        read_programme("\ufeff" + text.replace("\n", "\r\n"))
    assert windows.value.mistakes == unix.value.mistakes


def test_what_is_too_large_or_too_deep_is_refused_at_once() -> None:
    with pytest.raises(BadProgramme) as large:
        read_programme("#" * 300_000)
    assert large.value.mistakes[0].kind == "too_large"
    for bracket in ("[", "{a: ", "- "):
        with pytest.raises(BadProgramme) as deep:
            read_programme(bracket * 5_000)
        assert deep.value.mistakes[0].kind == "too_deep"


def test_switches_of_older_yaml_are_still_switches() -> None:
    assert read_programme(DEMO_PROGRAMME + "transfers: {allowed: yes}\n").transfers is not None
    assert read_programme(DEMO_PROGRAMME + "transfers: {allowed: off}\n").transfers is None
