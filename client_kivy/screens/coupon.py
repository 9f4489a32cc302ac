"""A coupon to be scanned: its code in white, large, with the words of it underneath."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.properties import ObjectProperty, StringProperty

from client_kivy.screens.page import Page
from client_kivy.state.rewards import NO_COUPON, coupon_of
from client_kivy.widgets import button, header, load_rules, qr_code  # noqa: F401 - rules


class Coupon(Page):
    """See the module. `coupon_id` says which."""

    reads = ("redemptions", "me")
    coupon_id = StringProperty("")
    coupon = ObjectProperty(NO_COUPON, rebind=True)

    def on_pre_enter(self, *arguments: Any) -> None:
        """Makes the screen bright."""
        super().on_pre_enter(*arguments)
        self.app.platform.keep_bright(bright=True)

    def on_leave(self, *_arguments: Any) -> None:
        """Lets the screen be as it was."""
        self.app.platform.keep_bright(bright=False)

    def on_coupon_id(self, *_changed: Any) -> None:
        """Another one is shown."""
        self._show()

    def show(self) -> None:
        """See `Page`."""
        item = next((item for item in self.items("redemptions") if item["id"] == self.coupon_id), None)
        self.coupon = coupon_of(item, today=self.app.now().date()) if item else NO_COUPON


load_rules(__file__)
