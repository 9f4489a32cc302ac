"""What differs between a phone and a desk, behind one interface."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from client_kivy.state.session import Secrets


@dataclass(frozen=True)
class Insets:
    """What the system draws over the edges of the window, in dp."""

    top: int = 0
    bottom: int = 0


class Platform(Protocol):
    """The phone or desk that the app runs on."""

    @property
    def name(self) -> str:
        """The platform as the server knows it."""

    @property
    def secrets(self) -> Secrets:
        """Where texts are kept that only this app may read."""

    def data_folder(self) -> Path:
        """Where the app keeps its files; exists and is private to the app."""

    def language(self) -> str:
        """The language the device speaks, as `ru` or `en`."""

    def prefers_dark(self) -> bool:
        """Whether the device is set to a dark theme."""

    def reduced_motion(self) -> bool:
        """Whether the person asked the device for less motion."""

    def insets(self) -> Insets:
        """What the system's bars cover."""

    def push_token(self) -> str | None:
        """Where Firebase delivers pushes for this installation, once it has said so."""

    def share(self, text: str) -> bool:
        """Opens the device's share sheet; False where there is none, and the caller copies instead."""

    def copy(self, text: str) -> None:
        """Puts a text on the clipboard."""

    def photo_sources(self) -> tuple[str, ...]:
        """Where a picture can come from: `camera`, `gallery`; none where it is chosen from a list of files."""

    def take_photo(self, source: str, taken: Callable[[bytes | None], None]) -> None:
        """Lets the person make or choose a picture; `taken` hears its bytes on any thread, or None if there is none."""

    def picture_folders(self) -> tuple[Path, ...]:
        """Where pictures lie that can be chosen from a list of files."""

    def paste(self) -> str:
        """What is on the clipboard. Ask only when the person wants it pasted: phones say that an app has looked."""

    def on_install_referrer(self, take: Callable[[str], None]) -> None:
        """Hands over, once and later, what the store kept of the link that led to it (an empty text where that is
        nothing), on whatever thread. Never, where there is no store to ask or it does not answer.
        """

    def open_link(self, link: str) -> None:
        """Shows a page in the browser."""

    def keep_bright(self, *, bright: bool) -> None:
        """Makes the screen bright and keeps it on while a code is shown."""

    def ask_to_notify(self) -> None:
        """Asks the person whether notifications may be shown, where the device wants them asked."""

    def start_link(self) -> str:
        """The link that the app was opened by, or an empty text."""

    def on_link(self, take: Callable[[str], None]) -> None:
        """Hands over each further link that the app is opened by while it runs, on whatever thread."""


def this_platform() -> Platform:
    """The platform that the app runs on."""
    if hasattr(sys, "getandroidapilevel"):
        from client_kivy.platform.android import Android

        return Android()
    from client_kivy.platform.desktop import Desktop

    return Desktop()
