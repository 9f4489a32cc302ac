"""The app's Russian texts: `python -m client_kivy.catalogue` takes new ones into the `.po` file and compiles it.

The phone has only Python's own gettext, so the compiled file is kept beside its source. For developers: needs Babel.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).resolve().parent
SOURCE = APP / "locales" / "ru" / "LC_MESSAGES" / "app.po"
COMPILED = SOURCE.with_suffix(".mo")
KEYWORDS = {"_": None, "N_": None, "gettext": None, "tr": None, "ngettext": (1, 2), "ntr": (1, 2)}
SAID_BY_RULES = re.compile(r'\bapp\.tr\("((?:[^"\\]|\\.)*)"\)')

# What would change with every run, and what nobody fills in.
NOISE = re.compile(
    rb'^"(POT-Creation-Date|PO-Revision-Date|Project-Id|Report-Msgid|Last-Translator|Language-Team|Generated).*\n', re.M
)


def said() -> Iterator[str | tuple[str, ...]]:
    """Every text of the sources, a pair where there are two forms."""
    for _file, _line, message, _comments, _context in extract_from_dir(
        APP, [("**.py", "python")], keywords=KEYWORDS, strip_comment_tags=True
    ):
        yield tuple(message) if isinstance(message, list | tuple) else message
    for rules in sorted(APP.rglob("*.kv")):
        for text in SAID_BY_RULES.findall(rules.read_text()):
            yield text.replace('\\"', '"')


def refreshed() -> Catalog:
    """The catalogue with exactly the texts of the sources, and their translations as far as there are any."""
    template = Catalog(fuzzy=False)
    for text in sorted(set(said()), key=str):
        template.add(text)
    with SOURCE.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts without a translation."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, list | tuple) else [message.string])
    ]


def source_of(catalogue: Catalog) -> bytes:
    """The catalogue as its `.po` file."""
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_output=True, omit_header=False)
    return NOISE.sub(b"", written.getvalue())


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as its `.mo` file; without the time of the day, so that the same texts give the same bytes."""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def main() -> None:
    """Refreshes both files."""
    catalogue = refreshed()
    SOURCE.write_bytes(source_of(catalogue))
    with SOURCE.open("rb") as file:
        COMPILED.write_bytes(compiled(read_po(file, locale="ru")))


if __name__ == "__main__":
    main()
