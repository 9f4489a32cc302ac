"""What belongs to this installation of the app and not to the person: its id, language and theme."""

import json
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Preferences:
    """`language` is empty until somebody chose one: then the phone's own counts."""

    install_id: str
    language: str = ""
    theme: str = "system"
    asked_to_notify: bool = False
    asked_the_store: bool = False
    """Whether the store has said by which link the app was installed; it is asked at the first start alone."""


class PreferencesFile:
    """The preferences in a small file; a broken or missing one gives a new installation."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.current = self._read()

    def change(self, **values: Any) -> None:
        """Changes and keeps some of them."""
        self.current = replace(self.current, **values)
        self._write()

    def _read(self) -> Preferences:
        try:
            return Preferences(**json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            self.current = Preferences(install_id=str(uuid.uuid4()))
            self._write()
            return self.current

    def _write(self) -> None:
        self._file.write_text(json.dumps(asdict(self.current)))
