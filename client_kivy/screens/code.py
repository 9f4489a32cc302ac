"""The member's code: as large as the screen allows, white in both themes, made on the phone."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.clock import Clock
from kivy.properties import NumericProperty, StringProperty

from client_kivy.screens.page import Page
from client_kivy.state import clock, formatting
from client_kivy.state.home import card_of
from client_kivy.theme import RADIUS, theme  # noqa: F401 - rules
from client_kivy.widgets import button, ground, header, load_rules, qr_code, text  # noqa: F401 - rules

KEY_RETRY_SECONDS = 4


class Code(Page):
    """See the module."""

    reads = ("me", "balance")
    code = StringProperty("")
    number = StringProperty("")
    seconds_left = NumericProperty(0)
    seconds_total = NumericProperty(30)
    turning = StringProperty("")
    name_line = StringProperty("")
    points = StringProperty("")
    coming = StringProperty("")
    explanation = StringProperty("")

    def on_pre_enter(self, *arguments: Any) -> None:
        """Makes the screen bright and lets the code turn."""
        super().on_pre_enter(*arguments)
        self.app.platform.keep_bright(bright=True)
        self.app.session.fetch_card_key()
        self.turn()
        Clock.schedule_interval(self.turn, 0.25)
        Clock.schedule_interval(self.ask_again, KEY_RETRY_SECONDS)

    def on_leave(self, *_arguments: Any) -> None:
        """Lets the screen be as it was."""
        self.app.platform.keep_bright(bright=False)
        Clock.unschedule(self.turn)
        Clock.unschedule(self.ask_again)

    def ask_again(self, *_elapsed: Any) -> None:
        """A phone without its key asks for it until it has it: somebody stands at the till and waits."""
        self.app.session.fetch_card_key()

    def turn(self, *_elapsed: Any) -> None:
        """Shows the code of this moment."""
        key = self.app.session.card_key()
        if key is None:
            self.code, self.explanation = "", self.app.tr("The code will be here once the phone has been online.")
            return
        now = clock.now()
        self.explanation = ""
        self.code, self.seconds_left, self.seconds_total = key.code_at(now), key.seconds_left(now), key.step_seconds
        self.turning = self.app.ntr("New code in {count} second", "New code in {count} seconds", self.seconds_left)

    def show(self) -> None:
        """See `Page`."""
        me = self.resource("me").data or {}
        card = card_of(self.resource("balance").data, self.app.known_entries(), now=self.app.now())
        self.number = formatting.card_number(me.get("card_number") or "")
        self.name_line = me.get("name") or self.app.tr("You have")
        self.points = formatting.points(card.available) if self.resource("balance").known else ""
        self.coming = card.pending


load_rules(__file__)
