"""A file of old balances, read whole before anything is done: what it says, and every line that cannot be taken.

CSV in UTF-8 with a header, separated by commas, semicolons or tabs; `.gz` too. Each row names its member in exactly one
of `external_id`, `card`, `phone`, `email`, and says how many `points`. `available_at` (absent: at once), `expires_at`
(absent: by the programme; or `never`), `note` and the row's own `id` may be there. A day alone means the whole of it in
the shop's zone: points come at its beginning and burn at its end.
"""

import csv
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Literal, cast
from zlib import error as ZlibError

from backend.members.service import Address, home_region, parse_email, parse_phone
from backend.programmes.expiry import day_begins, day_ends
from backend.shared.errors import Invalid
from backend.shared.schemas import YEARS

IDENTIFIERS = ("external_id", "card", "phone", "email")
COLUMNS = ("id", *IDENTIFIERS, "points", "available_at", "expires_at", "note")
SEPARATORS = ",;\t"
POINTS_MAXIMUM = 10**9
ID_LENGTH_MAXIMUM = 64
EXTERNAL_ID_LENGTH_MAXIMUM = 100
NOTE_LENGTH_MAXIMUM = 200
NEVER = "never"

Identifier = Literal["external_id", "card", "phone", "email"]
Who = tuple[Identifier, str | Address]
"""Whom a row names, and by what."""


@dataclass(frozen=True, slots=True)
class Burning:
    """When a row says that its points burn; `at` None means never."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """A row that can be taken, as far as the file alone can tell."""

    line: int
    who: Who
    key: str
    """Tells the row from the member's others; the same in any file that has the same row."""
    points: int
    available_at: datetime | None
    burning: Burning | None
    """None leaves it to the programme."""
    note: str | None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be taken, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class BalancesFile:
    """All that a file says."""

    rows: list[BalanceRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    rows_without_points: int = 0
    """They say zero, and there is nothing to bring."""

    @property
    def points(self) -> int:
        """The sum of the rows that can be taken."""
        return sum(row.points for row in self.rows)


class NotABalancesFile(Exception):  # noqa: N818 - the sentence for whoever brought the file
    """The file is not of this format; the text says why."""


class _WrongError(Exception):
    """What is wrong with one row."""


def read(path: Path, *, zone: str) -> BalancesFile:
    """Reads a file of balances; `zone` is the shop's.

    Raises:
        NotABalancesFile: it cannot be read at all.
    """
    found, seen_ids, same = BalancesFile(), dict[str, int](), Counter[str]()
    try:
        with _open(path) as file:
            for line, cells in _rows(file):
                try:
                    row = _row(line, cells, zone, seen_ids, same)
                except _WrongError as wrong:
                    found.bad.append(BadRow(line, str(wrong)))
                    continue
                if row is None:
                    found.rows_without_points += 1
                else:
                    found.rows.append(row)
    except UnicodeDecodeError as error:
        raise NotABalancesFile(f"{path.name} is not UTF-8 text.") from error
    except (csv.Error, OSError, EOFError, ZlibError) as error:
        raise NotABalancesFile(f"{path.name} cannot be read to its end: {error}.") from error
    return found


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return TextIOWrapper(cast(IO[bytes], gzip.open(path)), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(file: IO[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Each row with the number of its last line; None where it has not as many cells as there are columns."""
    header = file.readline()
    separator = max(SEPARATORS, key=header.count)
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown or "points" not in columns or not set(columns) & set(IDENTIFIERS) or len(set(columns)) < len(columns):
        known = ", ".join(COLUMNS)
        raise NotABalancesFile(
            f"The first line names the columns: points, one of {', '.join(IDENTIFIERS)} or several, and of {known} what"
            f" is needed, each once." + (f" Not known: {', '.join(unknown)[:200]}." if unknown else "")
        )
    reader = csv.reader(file, delimiter=separator, strict=True)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        whole = len(cells) == len(columns)
        yield reader.line_num + 1, dict(zip(columns, map(str.strip, cells), strict=True)) if whole else None


def _row(
    line: int, cells: Mapping[str, str] | None, zone: str, seen_ids: dict[str, int], same: Counter[str]
) -> BalanceRow | None:
    """The row, None where it says zero points.

    Raises:
        _WrongError: it cannot be taken.
    """
    if cells is None:
        raise _WrongError("it has not as many cells as there are columns")
    if any(ord(sign) < 32 or sign == "\x7f" for cell in cells.values() for sign in cell):
        raise _WrongError("there are control characters in it")
    points = _points(cells["points"])
    who = _who(cells, zone)
    available_at = _moment(cells, "available_at", day_begins, zone)
    burning = _burning(cells, zone)
    if burning is not None and burning.at is not None and available_at is not None and burning.at <= available_at:
        raise _WrongError("its points would burn before they come")
    if points == 0:
        return None
    return BalanceRow(
        line=line,
        who=who,
        key=_key(line, cells, who, seen_ids, same),
        points=points,
        available_at=available_at,
        burning=burning,
        note=_bounded(cells, "note", NOTE_LENGTH_MAXIMUM),
    )


def _points(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(POINTS_MAXIMUM))):
        raise _WrongError("`points` is a whole number, zero or more")
    points = int(text)
    if points > POINTS_MAXIMUM:
        raise _WrongError(f"`points` is more than {POINTS_MAXIMUM:,}")
    return points


def _who(cells: Mapping[str, str], zone: str) -> Who:
    named = [name for name in IDENTIFIERS if cells.get(name)]
    if len(named) != 1:
        raise _WrongError(f"exactly one of {', '.join(IDENTIFIERS)} names the member, here {len(named)} do")
    identifier = cast(Identifier, named[0])
    text = cells[identifier]
    try:
        if identifier == "phone":
            return identifier, parse_phone(text, region=home_region(zone))
        if identifier == "email":
            return identifier, parse_email(text)
    except Invalid as problem:
        raise _WrongError(" ".join(str(text) for texts in problem.errors.values() for text in texts)) from problem
    if identifier == "external_id" and len(text) > EXTERNAL_ID_LENGTH_MAXIMUM:
        raise _WrongError(f"`external_id` is longer than {EXTERNAL_ID_LENGTH_MAXIMUM} characters")
    return identifier, "".join(text.split()).replace("-", "") if identifier == "card" else text


def _burning(cells: Mapping[str, str], zone: str) -> Burning | None:
    text = cells.get("expires_at", "")
    if not text:
        return None
    return Burning(None if text.lower() == NEVER else _moment(cells, "expires_at", day_ends, zone))


def _moment(cells: Mapping[str, str], name: str, of_day: Callable[..., datetime], zone: str) -> datetime | None:
    text = cells.get(name, "")
    if not text:
        return None
    try:
        moment = of_day(date.fromisoformat(text), zone=zone) if len(text) == 10 else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None or not YEARS[0] < moment.year < YEARS[1]:
        raise _WrongError(f"`{name}` is a day (2026-12-31) or a time with its offset (2026-12-31T12:00:00+03:00)")
    return moment.astimezone(UTC)


def _bounded(cells: Mapping[str, str], name: str, maximum: int) -> str | None:
    text = cells.get(name) or None
    if text is not None and len(text) > maximum:
        raise _WrongError(f"`{name}` is longer than {maximum} characters")
    return text


def _key(
    line: int,
    cells: Mapping[str, str],
    who: Who,
    seen_ids: dict[str, int],
    same: Counter[str],
) -> str:
    """The row's own id; without one, a mark of what it says, and the how-manieth of the member that says so it is."""
    own = _bounded(cells, "id", ID_LENGTH_MAXIMUM)
    if own is not None:
        if own in seen_ids:
            raise _WrongError(f"its id stands on line {seen_ids[own]} too")
        seen_ids[own] = line
        return own
    identifier, named = who
    content: list[Any] = [identifier, *(cells.get(name, "") for name in COLUMNS[-4:])]
    mark = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]
    one_member = f"{mark}:{named.value if isinstance(named, Address) else named}"
    same[one_member] += 1
    return f"row:{mark}:{same[one_member]}"
