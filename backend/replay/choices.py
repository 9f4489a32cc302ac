"""The programmes that may be judged by: stored versions, and those of the gallery."""

from pathlib import Path

from sqlalchemy.orm import Session

import backend.programmes

GALLERY = Path(backend.programmes.__file__).parent / "gallery"
OF_GALLERY = "gallery:"


def all_of_them(session: Session) -> list[tuple[str, str]]:  # noqa: ARG001
    """What can be chosen, with what to call it."""
    return [(f"{OF_GALLERY}{file.stem}", file.stem) for file in sorted(GALLERY.glob("*.yaml"))]


def text_of(session: Session, chosen: str) -> tuple[str, int] | None:  # noqa: ARG001
    """The text of what was chosen, and its version; None where there is no such thing."""
    files = {file.stem: file for file in GALLERY.glob("*.yaml")}
    file = files.get(chosen.removeprefix(OF_GALLERY)) if chosen.startswith(OF_GALLERY) else None
    return (file.read_text(encoding="utf-8"), 0) if file else None
