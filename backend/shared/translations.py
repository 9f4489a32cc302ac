"""Keeping the Russian catalogues true to the code: extracting texts, merging them, and finding what is missing."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from backend.shared.i18n import SOURCE_ROOT

LOCALE = "ru"
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "_n": (1, 2), "N_": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
JINJA_OPTIONS = {"**/templates/**.html": {"silent": "false", "trimmed": "true", "newstyle_gettext": "true"}}


def features() -> list[Path]:
    """The folders that keep a catalogue: every one of the source with a text to translate."""
    folders = (folder for folder in SOURCE_ROOT.iterdir() if (folder / "__init__.py").is_file())
    return sorted(folder for folder in folders if len(extracted(folder)))


def catalogue_path(feature: Path) -> Path:
    """Where a feature keeps its Russian texts."""
    return feature / "locales" / LOCALE / "LC_MESSAGES" / "messages.po"


def extracted(feature: Path) -> Catalog:
    """The texts that a feature's code and templates hold."""
    catalogue = Catalog(locale=LOCALE, project="Molva", fuzzy=False)
    found = extract_from_dir(feature, METHODS, JINJA_OPTIONS, keywords=KEYWORDS)
    for filename, _line, message, _comments, context in found:
        catalogue.add(message, locations=[(filename, 0)], context=context)
    return catalogue


def refreshed(feature: Path) -> Catalog:
    """The feature's catalogue with new texts added, empty, and those that are gone left out."""
    path = catalogue_path(feature)
    kept = Catalog(locale=LOCALE)
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=LOCALE)
    kept.update(extracted(feature), no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def as_text(catalogue: Catalog) -> str:
    """A catalogue as its file: sorted, without dates and line numbers, so that only texts make differences."""
    written = io.BytesIO()
    write_po(written, catalogue, sort_output=True, omit_header=True, include_lineno=False, width=120)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: ru\\n"\n'
    plural = f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    return header + plural + written.getvalue().decode()


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts that Russian readers would see in English."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and (not all(message.string if isinstance(message.string, tuple) else [message.string]))
    ]


def problems() -> list[str]:
    """What is wrong with the catalogues, a line each: texts without a translation, files behind the code."""
    found = []
    for feature in features():
        catalogue = refreshed(feature)
        found += [f"{feature.name}: no Russian for {text!r}" for text in untranslated(catalogue)]
        path = catalogue_path(feature)
        if not path.exists() or path.read_text(encoding="utf-8") != as_text(catalogue):
            found.append(f"{feature.name}: its catalogue is behind the code; run `molva translations`.")
    return found


def refresh() -> None:
    """Writes every catalogue anew."""
    for feature in features():
        path = catalogue_path(feature)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(refreshed(feature)), encoding="utf-8")
