"""A desk: files in the home folder, the clipboard in the place of a share sheet."""

import locale
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from client_kivy.platform import Insets
from client_kivy.state.session import Secrets

SECRET_MODE = 0o600


class FileSecrets:
    """Secrets as files that only their owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str | None:
        """See `Secrets`."""
        try:
            return (self._folder / name).read_text()
        except FileNotFoundError:
            return None

    def write(self, name: str, text: str) -> None:
        """See `Secrets`. The new text takes the place of the old one whole or not at all."""
        new = self._folder / f"{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, SECRET_MODE)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / name)

    def delete(self, name: str) -> None:
        """See `Secrets`."""
        (self._folder / name).unlink(missing_ok=True)


class Desktop:
    """See `Platform`."""

    name = "desktop"

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _default_folder()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.secrets: Secrets = FileSecrets(self._folder)

    def data_folder(self) -> Path:
        """See `Platform`."""
        return self._folder

    def language(self) -> str:
        """See `Platform`."""
        spoken = os.environ.get("LANG") or locale.getlocale()[0] or ""
        return "ru" if spoken.lower().startswith("ru") else "en"

    def prefers_dark(self) -> bool:
        """See `Platform`; a desk has no one place where this is written."""
        return False

    def reduced_motion(self) -> bool:
        """See `Platform`."""
        return os.environ.get("MOLVA_REDUCED_MOTION") == "1"

    def insets(self) -> Insets:
        """See `Platform`."""
        return Insets()

    def push_token(self) -> str | None:
        """See `Platform`: a desk has none of its own, but can stand in for a phone in a demonstration."""
        return os.environ.get("MOLVA_PUSH_TOKEN") or None

    def share(self, text: str) -> bool:  # noqa: ARG002 - the interface's argument
        """See `Platform`."""
        return False

    def copy(self, text: str) -> None:
        """See `Platform`."""
        from kivy.core.clipboard import Clipboard

        Clipboard.copy(text)

    def photo_sources(self) -> tuple[str, ...]:
        """See `Platform`."""
        return ()

    def take_photo(self, source: str, taken: Callable[[bytes | None], None]) -> None:  # noqa: ARG002 - the interface's
        """See `Platform`."""
        taken(None)

    def picture_folders(self) -> tuple[Path, ...]:
        """See `Platform`: where a desk usually puts them."""
        home = Path.home()
        return tuple(home / name for name in ("Pictures", "Downloads", "Desktop"))

    def paste(self) -> str:
        """See `Platform`."""
        from kivy.core.clipboard import Clipboard

        return str(Clipboard.paste() or "")

    def on_install_referrer(self, take: Callable[[str], None]) -> None:
        """See `Platform`; a desk has no store, but can stand in for a phone in a demonstration."""
        referrer = os.environ.get("MOLVA_INSTALL_REFERRER")
        if referrer is not None:
            take(referrer)

    def open_link(self, link: str) -> None:
        """See `Platform`."""
        webbrowser.open(link)

    def keep_bright(self, *, bright: bool) -> None:
        """See `Platform`; a desk's screen is left alone."""

    def ask_to_notify(self) -> None:
        """See `Platform`; a desk does not ask."""

    def on_link(self, take: Callable[[str], None]) -> None:
        """See `Platform`; a desk starts the app anew for each link."""

    def start_link(self) -> str:
        """See `Platform`: the first argument of the command."""
        return sys.argv[1] if len(sys.argv) > 1 else ""


def _default_folder() -> Path:
    if named := os.environ.get("MOLVA_APP_DATA"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "molva"
