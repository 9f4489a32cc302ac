"""The inbox behind the bell."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty

from client_kivy.screens.page import Page
from client_kivy.state.freshness import standstill
from client_kivy.state.inbox import FILTERS, message_of
from client_kivy.widgets import button, header, load_rules, notice  # noqa: F401 - rules
from client_kivy.widgets.rows import message_row_height


class Inbox(Page):
    """See the module. What was seen unread counts as read when the screen is left."""

    reads = ("messages", "me")
    choices = DictProperty({})
    chosen = StringProperty("all")
    coming = BooleanProperty(defaultvalue=True)
    nothing = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)

    def on_leave(self, *_arguments: Any) -> None:
        """The person has seen what was new."""
        unread = [item["id"] for item in self.items("messages") if not item.get("read_at")]
        if unread:
            self.store.mark_read(unread)

    def on_chosen(self, *_changed: Any) -> None:
        """Shows the messages of the chosen family, from the newest."""
        self._show()
        self.ids.rows.scroll_y = 1

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def show(self) -> None:
        """See `Page`."""
        self.choices = {value: self.app.tr(label) for value, label in FILTERS.items()}
        resource = self.resource("messages")
        self.standing = standstill(resource)
        self.coming = not resource.known and self.standing is None
        now, width = self.app.now(), self.width - dp(32)
        messages = [message_of(item, now=now) for item in self.items("messages")]
        shown = [message for message in messages if self.chosen in ("all", message.family)]
        self.nothing = resource.known and not shown
        last = len(shown) - 1
        self.ids.rows.data = [
            {
                "viewclass": "MessageRow",
                "message": message,
                "opened": self._open,
                "first": place == 0,
                "last": place == last,
                "row_size": (0, message_row_height(message, width)),
            }
            for place, message in enumerate(shown)
        ]

    def _open(self, message_id: str) -> None:
        self.store.mark_read([message_id])
        kind = next((item["kind"] for item in self.items("messages") if item["id"] == message_id), "")
        if kind.startswith("dispute"):
            self.app.go("disputes")


load_rules(__file__)
