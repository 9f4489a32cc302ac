"""Giving points to another member: whom, how many, a question, and the word of the server."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError, NoConnection
from client_kivy.screens import reward_sheets  # noqa: F401 - the error in a sheet
from client_kivy.state import formatting
from client_kivy.state.giving import Keys, Order, Terms, faults_of, order_of
from client_kivy.widgets import button, field, load_rules  # noqa: F401 - rules

AFTERWARDS = ("balance", "entries", "messages")
# They outlive the sheet: whoever heard nothing, closes it and types the same again, does not give twice.
KEYS = Keys()


class GivePoints(BoxLayout):
    """It asks once more before it sends; what was typed may be changed until then."""

    terms = ObjectProperty(Terms(), rebind=True)
    available = NumericProperty(0)
    order = ObjectProperty(None, allownone=True)
    """What is asked about; None while it is typed."""
    question = StringProperty("")
    action = StringProperty("")
    busy = BooleanProperty(defaultvalue=False)
    error = StringProperty("")

    def __init__(self, **properties: Any) -> None:
        self.app = App.get_running_app()
        super().__init__(**properties)
        self.rethink()

    def rethink(self) -> None:
        """What was typed has changed, or begins."""
        if not self.busy:
            self.order, self.question, self.error = None, "", ""
            self.action = self.app.tr("Give points")

    def press(self) -> None:
        """Asks, and with the second press sends; once, however often it is pressed."""
        if self.busy:
            return
        to, points = self.ids.to, self.ids.points
        order, faults = order_of(to.text, points.text, terms=self.terms, available=int(self.available))
        if order is None:
            to.error, points.error = faults.get("to", ""), faults.get("points", "")
        elif order == self.order:
            self._send(order)
        else:
            spoken = formatting.points(order.points)
            self.order, self.error = order, ""
            self.question = self.app.tr("{points} to {recipient}? This cannot be taken back.").format(
                points=spoken, recipient=order.to
            )
            self.action = self.app.tr("Yes, give {points}").format(points=spoken)

    def _send(self, order: Order) -> None:
        self.busy, self.error = True, ""
        body = {"to": order.to, "points": order.points}
        self.app.store.act(
            "POST",
            "/me/transfers",
            body,
            key=KEYS.of(order),
            done=lambda _answer: self._done(order),
            failed=lambda error: self._failed(order, error),
        )

    def _done(self, order: Order) -> None:
        # It stays busy: what is given is not given again from a sheet that is about to go.
        KEYS.answered(order)
        self.app.store.refresh(*AFTERWARDS)
        self.app.root.close_sheet(self)
        self.app.say("send", self.app.tr("Given: {points}").format(points=formatting.points(order.points)))

    def _failed(self, order: Order, error: ApiError) -> None:
        self.busy = False
        if not isinstance(error, NoConnection):
            KEYS.answered(order)
            self.rethink()
        faults = faults_of(error)
        self.ids.to.error, self.ids.points.error = faults.get("to", ""), faults.get("points", "")
        self.error = faults.get("order", "")


load_rules(__file__)
