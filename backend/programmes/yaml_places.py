"""YAML text into plain data, and where in the text each part of it stands.

Read as YAML 1.2 has it: `on`, `no`, `08:30` and `2026-12-01` are texts. What makes a document read otherwise than it
looks is refused: keys that stand twice, anchors and aliases, tags. Nothing that is written can raise anything but
`BadProgramme`.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import yaml

from backend.programmes.errors import BadProgramme
from backend.programmes.mistakes import Mistake

DOCUMENT_BYTES_MAXIMUM = 256 * 1024
DEPTH_MAXIMUM = 20
NUMBER_CHARACTERS_MAXIMUM = 30
Path = tuple[str | int, ...]

NULL, BOOL, INT, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
TEXT = "tag:yaml.org,2002:str"
# What PyYAML says, by words that its sentences hold, first match first; what is not here is `yaml_other`.
PROBLEMS = (
    ("character '\\t'", "yaml_tab"),
    ("mapping values are not allowed", "yaml_colon_in_value"),
    ("could not find expected ':'", "yaml_no_colon"),
    ("unexpected end of stream", "yaml_unterminated_quote"),
    ("unexpected document separator", "yaml_unterminated_quote"),
    ("unknown escape character", "yaml_escape"),
    ("expected escape sequence", "yaml_escape"),
    ("but found '<stream end>'", "yaml_end"),
    ("expected ',' or ']'", "yaml_list_open"),
    ("expected ',' or '}'", "yaml_mapping_open"),
    ("expected <block end>", "yaml_indentation"),
    ("cannot start any token", "yaml_character"),
    ("but found another document", "yaml_two_documents"),
    ("expected the node content", "yaml_nothing_here"),
    ("sequence entries are not allowed", "yaml_item_here"),
    ("block sequence entries", "yaml_item_here"),
    ("special characters are not allowed", "yaml_control_character"),
)


class _Loader(yaml.SafeLoader):
    """PyYAML's reader with the types of YAML 1.2, without anchors, of bounded depth."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """One node, with what it holds."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused("yaml_anchor", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _Refused("yaml_tag", event.start_mark)
        self._depth += 1
        if self._depth > DEPTH_MAXIMUM:
            raise _Refused("too_deep", event.start_mark, maximum=DEPTH_MAXIMUM)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_Loader.add_implicit_resolver(NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
# Underscores between digits are not YAML 1.2, but make 1_000_000 readable, and were always taken.
_Loader.add_implicit_resolver(INT, re.compile(r"^[-+]?[0-9][0-9_]*$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    FLOAT, re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")
)


class _Refused(Exception):  # noqa: N818 - becomes a mistake
    def __init__(self, kind: str, mark: Any, **facts: Any) -> None:
        super().__init__(kind)
        self.kind, self.mark, self.facts = kind, mark, facts


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value and its key stand, from 1; a value in a list, and the document itself, have no key."""

    line: int
    column: int
    key: tuple[int, int] | None = None
    node: yaml.ScalarNode | None = None


@dataclass(slots=True)
class Places:
    """Where everything in a text stands."""

    text: str
    spots: dict[Path, Spot] = field(default_factory=dict)

    def of_value(self, path: Path) -> tuple[int, int]:
        """Where a value stands, or the nearest thing around it."""
        spot = self._nearest(path)[1]
        return spot.line, spot.column

    def of_key(self, path: Path) -> tuple[int, int]:
        """Where a key stands; of what is missing, the key of the section that it is missing in."""
        spot = self._nearest(path)[1]
        return spot.key or (spot.line, spot.column)

    def within(self, path: Path, line: int, column: int) -> tuple[int, int, bool]:
        """Where in the document a place within a scalar stands, and whether that is exact: a folded text has no lines
        of its own, so that only its beginning is known.
        """
        found, spot = self._nearest(path)
        if found != path or spot.node is None:
            return spot.line, spot.column, False
        if spot.node.style == "|":
            return self._within_block(spot, line, column)
        offsets = _offsets(self.text[spot.node.start_mark.index : spot.node.end_mark.index], spot.node)
        if offsets is None or line != 1:
            return spot.line, spot.column, False
        return spot.line, spot.column + offsets[min(column - 1, len(offsets) - 1)], True

    def _within_block(self, spot: Spot, line: int, column: int) -> tuple[int, int, bool]:
        lines = self.text.split("\n")
        stated = (spot.node.value if spot.node else "").split("\n")
        if line > len(stated) or spot.line + line > len(lines):
            return spot.line, spot.column, False
        written = lines[spot.line + line - 1].rstrip("\r")
        return spot.line + line, column + max(0, len(written) - len(stated[line - 1])), True

    def _nearest(self, path: Path) -> tuple[Path, Spot]:
        while path not in self.spots and path:
            path = path[:-1]
        return path, self.spots.get(path, Spot(1, 1))


def read_yaml(text: str) -> tuple[Any, Places]:
    """The data of a document, and its places.

    Raises:
        BadProgramme: it cannot be read.
    """
    if len(text.encode("utf-8", errors="surrogatepass")) > DOCUMENT_BYTES_MAXIMUM:
        raise BadProgramme([Mistake(1, 1, "", "too_large", {"kibibytes": DOCUMENT_BYTES_MAXIMUM // 1024})])
    try:
        root = yaml.compose(text, Loader=_Loader)
    except _Refused as refused:
        mark = refused.mark
        raise BadProgramme([Mistake(mark.line + 1, mark.column + 1, "", refused.kind, refused.facts)]) from refused
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadProgramme([_mistake_in_yaml(error, text)]) from error
    if root is None:
        raise BadProgramme([Mistake(1, 1, "", "empty_document")])
    places, mistakes = Places(text), list[Mistake]()
    data = _plain(root, (), None, places, mistakes)
    if mistakes:
        raise BadProgramme(mistakes)
    return data, places


def _plain(node: yaml.Node, path: Path, key: tuple[int, int] | None, places: Places, found: list[Mistake]) -> Any:
    """A node as plain data; notes its place."""
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    places.spots[path] = Spot(line, column, key, node if isinstance(node, yaml.ScalarNode) else None)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, number), None, places, found) for number, item in enumerate(node.value)]
    data: dict[str, Any] = {}
    for name, key_node, value in _entries(node, path, found):
        here = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if name in data:
            first = places.spots[(*path, name)].key or (0, 0)
            found.append(Mistake(*here, _as_text(path), "key_twice", {"key": name, "first_line": first[0]}))
            continue
        data[name] = _plain(value, (*path, name), here, places, found)
    return data


def _entries(node: yaml.Node, path: Path, found: list[Mistake]) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and (key.tag == TEXT or key.style):
            yield key.value, key, value
        else:
            shown = key.value if isinstance(key, yaml.ScalarNode) else "[…]"
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            found.append(Mistake(*place, _as_text(path), "key_not_text", {"key": shown}))


def _scalar(node: yaml.ScalarNode) -> Hashable:
    text = str(node.value)
    if node.tag == TEXT or node.style or len(text) > NUMBER_CHARACTERS_MAXIMUM:
        return text
    if node.tag == NULL:
        return None
    if node.tag == BOOL:
        return text.lower() == "true"
    return int(text.replace("_", "")) if node.tag == INT else float(text)


def _offsets(raw: str, node: yaml.ScalarNode) -> list[int] | None:
    """Where in its notation each character of a text on one line stands, and its end; None where it has several."""
    if "\n" in raw:
        return None
    if not node.style:
        return list(range(len(raw) + 1)) if raw == node.value else None
    offsets, place = [], 1
    while place < len(raw) - 1:
        offsets.append(place)
        place += _written_length(raw, place, node.style)
    return [*offsets, place] if len(offsets) == len(node.value) else None


def _written_length(raw: str, place: int, style: str) -> int:
    """How many characters the notation takes for one of the text."""
    if style == "'":
        return 2 if raw[place] == "'" else 1
    if raw[place] != "\\":
        return 1
    return {"x": 4, "u": 6, "U": 10}.get(raw[place + 1], 2)


def _mistake_in_yaml(error: Exception, text: str) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', None) or error}"
    kind = next((kind for words, kind in PROBLEMS if words in said), "yaml_other")
    if mark is not None:
        # A quote that nobody closes is noticed at the end of the file; it is wrong where it opens.
        opened = getattr(error, "context_mark", None) if kind == "yaml_unterminated_quote" else None
        place = opened or mark
        return Mistake(place.line + 1, place.column + 1, "", kind)
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line = before.count("\n") + 1
        return Mistake(line, error.position - (before.rfind("\n") + 1) + 1, "", "yaml_control_character")
    return Mistake(1, 1, "", kind)


def _as_text(path: Path) -> str:
    return ".".join(str(part) for part in path)
