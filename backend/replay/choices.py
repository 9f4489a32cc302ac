"""The programmes that may be judged by: stored versions, drafts too, and those of the gallery."""

from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

import backend.programmes
from backend.programmes import queries as programmes
from backend.programmes.document import read_programme
from backend.programmes.errors import UnknownVersion
from backend.programmes.queries import StoredVersion
from backend.shared.clock import business_now
from backend.shared.i18n import _, current_locale

GALLERY = Path(backend.programmes.__file__).parent / "gallery"
OF_GALLERY = "gallery:"
OF_VERSION = "version:"


def all_of_them(session: Session) -> list[tuple[str, str]]:
    """What can be chosen, with what to call it: our own versions first, those in force before others."""
    stored = sorted(programmes.versions(session, at=business_now()), key=lambda one: one.state != "in_force")
    own = [(f"{OF_VERSION}{one.id}", _called(one)) for one in stored if one.state != "withdrawn"]
    return own + [(f"{OF_GALLERY}{file.stem}", _called_in_gallery(file)) for file in sorted(GALLERY.glob("*.yaml"))]


def text_of(session: Session, chosen: str) -> tuple[str, int] | None:
    """The text of what was chosen, and its version; None where there is no such thing."""
    if chosen.startswith(OF_GALLERY):
        files = {file.stem: file for file in GALLERY.glob("*.yaml")}
        file = files.get(chosen.removeprefix(OF_GALLERY))
        return (file.read_text(encoding="utf-8"), 0) if file else None
    try:
        stored = programmes.version(session, UUID(chosen.removeprefix(OF_VERSION)), at=business_now())
    except (ValueError, UnknownVersion):
        return None
    return stored.document, stored.version


def _called(stored: StoredVersion) -> str:
    title = stored.read().title[current_locale()]
    state = {
        "draft": _("draft"),
        "scheduled": _("to come"),
        "in_force": _("in force"),
        "replaced": _("replaced"),
    }[stored.state]
    return f"{title}, {_('version %(version)s', version=stored.version)} · {state}"


def _called_in_gallery(file: Path) -> str:
    title = read_programme(file.read_text(encoding="utf-8")).title[current_locale()]
    return str(_("%(title)s · from the gallery", title=title))
