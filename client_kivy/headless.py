"""The real app without a display: frames one by one, touches, pictures. For the tour and for tests."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from client_kivy.main import MolvaApp

PATIENCE_SECONDS = 20
PRESS_SECONDS = 0.35


def prepare(width: int = 412, height: int = 915) -> None:
    """Fixes everything about Kivy that depends on the machine; before Kivy is imported for the first time."""
    os.environ.pop("DISPLAY", None)
    os.environ.pop("WAYLAND_DISPLAY", None)
    os.environ.update(
        KIVY_NO_ARGS="1",
        KIVY_NO_CONFIG="1",
        KIVY_NO_ENV_CONFIG="1",
        KIVY_NO_FILELOG="1",
        KIVY_CLIPBOARD="dummy",
        KIVY_METRICS_DENSITY="1",
        KIVY_METRICS_FONTSCALE="1",
        KIVY_DPI="96",
    )
    os.environ.setdefault("KIVY_HOME", tempfile.mkdtemp(prefix="kivy-"))
    from client_kivy.start import configure

    configure(width, height)


class Headless:
    """Drives one running app."""

    def __init__(self, app: "MolvaApp") -> None:
        from kivy.base import EventLoop, runTouchApp

        self.app = app
        self._loop = EventLoop
        EventLoop.ensure_window()
        app._run_prepare()  # noqa: SLF001 - Kivy's own way to run an app inside another loop
        runTouchApp(embedded=True)
        self.frames(2)

    def frames(self, count: int) -> None:
        """Draws this many frames."""
        for _frame in range(count):
            self._loop.idle()

    def until(
        self, condition: Callable[[], Any], what: str = "", *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Draws frames until something has come about.

        Raises:
            TimeoutError: it did not in time.
        """
        deadline = time.monotonic() + patience_seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(what or "what was waited for did not happen")
            self.frames(1)
            time.sleep(0.002)
        self.frames(2)

    def settle(self) -> None:
        """Draws frames until nothing moves and nothing is asked of the server."""
        from kivy.animation import Animation

        self.frames(3)
        self.until(lambda: not Animation._instances and not self._moving() and not self._asking())  # noqa: SLF001
        self.frames(3)

    def touch(self, widget: Any) -> None:
        """A finger on the middle of a widget."""
        self.touch_at(*widget.to_window(*widget.center))

    def touch_at(self, x: float, y: float) -> None:
        """A finger on a place of the window."""
        from kivy.tests.common import UnitTestTouch

        touch = UnitTestTouch(x, y)
        touch.touch_down()
        self.frames(1)
        touch.touch_up()
        # A list waits a moment to know whether a finger scrolls or presses.
        deadline = time.monotonic() + PRESS_SECONDS
        while time.monotonic() < deadline:
            self.frames(1)

    def resize(self, width: int, height: int) -> None:
        """Gives the window another size."""
        from kivy.core.window import Window

        Window.size = (width, height)
        self.frames(4)

    def picture(self, file: Path) -> None:
        """Writes what is seen as a PNG."""
        from kivy.core.window import Window
        from PIL import Image

        self.frames(2)
        width, height = Window.size
        from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels

        pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
        image = Image.frombytes("RGBA", (width, height), pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        file.parent.mkdir(parents=True, exist_ok=True)
        image.convert("RGB").save(file)

    def close(self) -> None:
        """Ends the app and leaves nothing of it behind."""
        from kivy.animation import Animation
        from kivy.app import App
        from kivy.base import stopTouchApp
        from kivy.core.window import Window
        from kivy.uix.recycleview import views

        Animation.cancel_all(None)
        self.app.stop()
        stopTouchApp()
        for child in list(Window.children):
            Window.remove_widget(child)
        # Rows that lists keep for reuse belong to this app.
        views._cached_views.clear()  # noqa: SLF001 - Kivy has no other way to empty it
        App._running_app = None  # noqa: SLF001 - what App.run would do at its end

    def _moving(self) -> bool:
        return bool(self.app.root.ids.pages.transition.is_active)

    def _asking(self) -> bool:
        return self.app.store.busy
