"""What is asked before points are spent on a reward, and before an order is cancelled."""

# mypy: disallow-subclassing-any=False
from typing import Any
from uuid import uuid4

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError, NoConnection, Problem
from client_kivy.state.rewards import NO_COUPON, left_over
from client_kivy.widgets import button, load_rules  # noqa: F401 - rules

AFTERWARDS = ("rewards", "redemptions", "balance", "entries")


class RewardQuestion(BoxLayout):
    """A question whose yes is sent to the server; it stays open until that has answered."""

    busy = BooleanProperty(defaultvalue=False)
    error = StringProperty("")

    def __init__(self, **properties: Any) -> None:
        self.app = App.get_running_app()
        super().__init__(**properties)

    def send(self, path: str, body: Any, *, key: str = "") -> None:
        """Sends the yes; once, however often it is pressed."""
        if self.busy:
            return
        self.busy, self.error = True, ""
        self.app.store.act("POST", path, body, key=key, done=self._done, failed=self._failed)

    def done(self, order: dict[str, Any], *, awaited: bool) -> None:
        """It is done. `awaited` says whether the person has stayed until it was."""

    def _done(self, order: dict[str, Any]) -> None:
        # It stays busy: what is done is not sent again from a sheet that is about to go.
        self.app.store.refresh(*AFTERWARDS)
        self.done(order, awaited=self.app.root.close_sheet(self))

    def _failed(self, error: ApiError) -> None:
        self.busy = False
        self.app.store.refresh(*AFTERWARDS)
        if isinstance(error, NoConnection):
            self.error = self.app.tr("No connection. Try again: nothing is taken twice.")
        else:
            said = error.title if isinstance(error, Problem) else ""
            if isinstance(error, Problem) and error.status == 403 and error.detail:
                # Until when spending is paused stands in the second sentence.
                said = f"{said.rstrip('.')}. {error.detail}"
            self.error = said or self.app.tr("It did not go through. Try again.")


class OrderQuestion(RewardQuestion):
    """What it takes, what to know, and the yes. One key for as long as it is open: repeated, it is the same order."""

    offer = ObjectProperty(None, rebind=True)
    available = NumericProperty(0)
    takes = StringProperty("")

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._key = str(uuid4())
        self.takes = left_over(self.offer.price_points, int(self.available))

    def order(self) -> None:
        """Yes."""
        self.send("/me/redemptions", {"reward_id": self.offer.id}, key=self._key)

    def done(self, order: dict[str, Any], *, awaited: bool) -> None:
        """Shows what was ordered; whoever went on to something else is only told."""
        if order.get("code") and awaited:
            self.app.show_coupon(order["id"])
        elif order.get("code"):
            self.app.say("gift", f"{self.app.tr('Your coupon')} · {self.offer.title}")
        else:
            self.app.say("gift", self.app.tr("Ordered. We will tell you when it is ready."))


class CancelQuestion(RewardQuestion):
    """What comes back, and the yes."""

    coupon = ObjectProperty(NO_COUPON, rebind=True)

    def cancel(self) -> None:
        """Yes."""
        self.send(f"/me/redemptions/{self.coupon.id}/cancel", None)

    def done(self, _order: dict[str, Any], *, awaited: bool) -> None:
        """Back to the rewards."""
        if awaited and self.app.page.name == "coupon":
            self.app.go("rewards")
        self.app.say("arrow-back-up", self.app.tr("Cancelled. Your points are back."))


load_rules(__file__)
