"""The published JSON Schema: it is the document's own, and every programme that ships is one by it."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from backend.programmes.cli import programme as commands
from backend.programmes.json_schema import FILE, json_schema, json_schema_text

ROOT = Path(__file__).parents[2]
SHIPPED = [*ROOT.glob("backend/programmes/gallery/*.yaml"), *ROOT.glob("backend/demo/programmes/*.yaml")]


class PlainLoader(yaml.SafeLoader):
    """Days stay texts, as they are in JSON; of yes and no, only what YAML 1.2 knows: `on` is a word."""


PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile("true|false") if tag.endswith("bool") else pattern)
        for tag, pattern in resolvers
        if not tag.endswith("timestamp") and (not tag.endswith("bool") or first in "tf")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def document(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=PlainLoader)


def test_the_committed_file_is_what_the_document_is_read_by() -> None:
    assert FILE.read_text(encoding="utf-8") == json_schema_text(), (
        "molva programme schema > backend/programmes/programme.schema.json"
    )


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_command_prints_it() -> None:
    assert CliRunner().invoke(commands, ["schema"]).output == json_schema_text()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_programme_that_ships_is_one_by_it(path: Path) -> None:
    assert list(Draft202012Validator(json_schema()).iter_errors(document(path))) == []


BREAKS = {
    "unknown section": lambda cafe: cafe.update(levels={}),
    "missing currency": lambda cafe: cafe.pop("currency"),
    "unknown key in a rule": lambda cafe: cafe["earning"][0].update(colour="red"),
    "rate as a text": lambda cafe: cafe["earning"][0].update(rate_basis_points="500"),
    "name with capitals": lambda cafe: cafe["earning"][0].update(rule="Base"),
    "unknown policy": lambda cafe: cafe["stacking"]["promotions"].update(policy="most"),
    "no such period": lambda cafe: cafe["budgets"][0].update(period="fortnight"),
    "price of nothing": lambda cafe: cafe["rewards"][0].update(price_points=0),
    "unknown rule against fraud": lambda cafe: cafe.update(screening=[{"rule": "own_shif", "mode": "active"}]),
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS.keys())
def test_an_editor_sees_mistakes_by_it(change: Any) -> None:
    cafe = copy.deepcopy(document(ROOT / "backend/programmes/gallery/cafe.yaml"))
    change(cafe)
    assert list(Draft202012Validator(json_schema()).iter_errors(cafe))


def test_every_section_is_closed_to_unknown_keys() -> None:
    def sections(node: Any) -> list[Any]:
        if isinstance(node, list):
            return [found for item in node for found in sections(item)]
        if not isinstance(node, dict):
            return []
        own = [node] if "properties" in node and node.get("type") == "object" else []
        return own + [found for value in node.values() for found in sections(value)]

    found = sections(json_schema())
    assert len(found) > 20
    assert all(section["additionalProperties"] is False for section in found)
