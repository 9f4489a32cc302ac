"""Looking through a document for whoever is writing it."""

from typing import Any

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.mistakes import Mistake, in_words


def checked(text: str, *, locale: str) -> dict[str, Any]:
    """Whether the text is a programme, its name and currency where it is, and its mistakes where not."""
    try:
        programme = read_programme(text)
    except BadProgramme as bad:
        return {"correct": False, "mistakes": [as_data(mistake, locale) for mistake in bad.mistakes]}
    return {"correct": True, "mistakes": [], "programme": programme.programme, "currency": programme.currency}


def as_data(mistake: Mistake, locale: str) -> dict[str, Any]:
    """A mistake for programs and for editors."""
    return {
        "line": mistake.line,
        "column": mistake.column,
        "path": mistake.path,
        "kind": mistake.kind,
        "text": in_words(mistake, locale),
    }
