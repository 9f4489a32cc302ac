"""What every screen has: what it reads from the store, and when it shows it anew."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.screenmanager import Screen

from client_kivy.state.freshness import bar_text
from client_kivy.state.store import Resource, Store


class Page(Screen):
    """A screen that shows resources of the store; it follows them while it is on."""

    reads: tuple[str, ...] = ()
    code_matters = False
    """Whether somebody without a connection should hear that the code still works."""
    ground = StringProperty("bg")
    """The colour under the screen, up to the edges of the window."""
    bar = StringProperty("")
    offline = BooleanProperty(defaultvalue=False)
    inset_bottom = NumericProperty(0)

    def __init__(self, **properties: Any) -> None:
        self.app = App.get_running_app()
        self.store: Store = self.app.store
        super().__init__(**properties)
        self._show_soon = Clock.create_trigger(self._show)

    def on_pre_enter(self, *_arguments: Any) -> None:
        """Shows what is known and asks for what is newer."""
        self._show()
        self.store.refresh(*self.reads)

    def changed(self, name: str) -> None:
        """A resource changed: shows it with the next frame, however many changed at once."""
        if name in self.reads or name.split(":")[0] in self.reads:
            self._show_soon()

    def retry(self) -> None:
        """Asks again for what this screen shows, and sends what waits."""
        self.store.refresh(*self.reads)
        self.app.letters.deliver()

    def resource(self, name: str) -> Resource:
        """What is known of a resource."""
        return self.store.get(name)

    def items(self, name: str) -> list[dict[str, Any]]:
        """The rows of a list resource."""
        return list((self.resource(name).data or {}).get("items", []))

    def show(self) -> None:
        """Puts on screen what the store knows."""

    def show_anew(self) -> None:
        """The language changed: says everything again."""
        self._show()

    def _show(self, *_elapsed: Any) -> None:
        known = [self.resource(name) for name in self.reads if name not in ("shop", "explanation")]
        self.offline = any(resource.offline for resource in known)
        self.bar = bar_text(known, now=self.app.now(), code_works=self.code_matters)
        self.show()
