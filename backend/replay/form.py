"""The form of a new replay: what is judged by what, and what is assumed."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.receipts.online_retail import COLUMNS as UCI_COLUMNS
from backend.replay import choices
from backend.replay.reading import NEEDED
from backend.replay.service import ChosenPast, Document
from backend.shared.i18n import _

PASTED = "pasted"
NOTHING = ""
RECEIPTS_MAXIMUM = 1_000_000
DAYS = ("", "90", "365")
FILE_BYTES_MAXIMUM = 15 * 1024 * 1024
HEADER_BYTES = 4_096
DEFAULTS = {
    "programme": "",
    "against": NOTHING,
    "document": "",
    "past": "own",
    "days": "",
    "receipts": "100000",
    "spending_share": "50",
    "margin": "30",
}


@dataclass
class ReplayForm:
    """What was typed and what is wrong with it."""

    typed: dict[str, str] = field(default_factory=lambda: dict(DEFAULTS))
    errors: dict[str, str] = field(default_factory=dict)
    document: Document | None = None
    against: Document | None = None
    past: ChosenPast | None = None

    def read(self, session: Session, form: Mapping[str, Any], file: FileStorage | None) -> bool:
        """Whether all is there and right."""
        self.typed = DEFAULTS | {name: str(form.get(name, default)) for name, default in DEFAULTS.items()}
        self.document = self._document(session, self.typed["programme"], "programme")
        if self.typed["against"] != NOTHING:
            self.against = self._document(session, self.typed["against"], "against")
        self._same_currency()
        self.past = self._past(file)
        for name, least in (("spending_share", 0), ("margin", 1)):
            self._whole(name, least, 100)
        return not self.errors

    def number(self, name: str) -> int:
        """A whole number that was typed and found right."""
        return int(self.typed[name])

    def _document(self, session: Session, chosen: str, place: str) -> Document | None:
        if chosen == PASTED:
            place, stored = "document", (self.typed["document"], 0)
        else:
            found = choices.text_of(session, chosen)
            if found is None:
                self.errors[place] = _("Choose a programme.")
                return None
            stored = found
        text, version = stored
        try:
            return Document(text, read_programme(text, version=version))
        except BadProgramme as problem:
            self.errors[place] = " ".join(str(text) for texts in problem.errors.values() for text in texts)
            return None

    def _same_currency(self) -> None:
        if self.document and self.against and self.document.programme.currency != self.against.programme.currency:
            self.errors["against"] = _("The two are of different currencies and cannot be compared.")

    def _past(self, file: FileStorage | None) -> ChosenPast | None:
        chosen = self.typed["past"]
        if chosen == "synthetic":
            receipts = self._whole("receipts", 1, RECEIPTS_MAXIMUM)
            return ChosenPast("synthetic", receipts=receipts)
        if chosen == "file":
            return self._file(file)
        return ChosenPast("own", days=int(self.typed["days"]) if self.typed["days"] in DAYS[1:] else None)

    def _file(self, file: FileStorage | None) -> ChosenPast | None:
        if file is None or not file.filename:
            self.errors["file"] = _("Choose a file of receipts.")
            return None
        content = file.stream.read(FILE_BYTES_MAXIMUM + 1)
        name = PurePath(file.filename).name[:200]
        if len(content) > FILE_BYTES_MAXIMUM:
            self.errors["file"] = _("The file is larger than 15 MB: compress it, or judge it by the command.")
        elif not set(NEEDED) <= (columns := set(_columns(name, content))) and not set(UCI_COLUMNS) <= columns:
            self.errors["file"] = _(
                "Its first line names no columns that we know: it needs %(needed)s.", needed=", ".join(NEEDED)
            )
        else:
            return ChosenPast("file", name=name, file=content)
        return None

    def _whole(self, name: str, least: int, most: int) -> int:
        typed = self.typed[name].strip()
        if typed.isascii() and typed.isdigit() and len(typed) < 10 and least <= int(typed) <= most:
            return int(typed)
        self.errors[name] = _("A whole number from %(least)s to %(most)s.", least=least, most=most)
        return least


def _columns(name: str, content: bytes) -> Iterator[str]:
    try:
        text = gzip.GzipFile(fileobj=BytesIO(content)).read(HEADER_BYTES) if name.endswith(".gz") else content
        first = text[:HEADER_BYTES].decode("utf-8", errors="ignore").splitlines()
    except (OSError, EOFError, zlib.error):
        return
    yield from (column.strip().strip('"') for column in (first[0] if first else "").split(","))
