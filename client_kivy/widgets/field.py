"""What can be typed and ticked."""

# mypy: disallow-subclassing-any=False
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.hideable import Hideable


class Input(TextInput):
    """The text itself, without a ground of its own."""


class Area(Hideable, BoxLayout):
    """A field of several lines."""

    label = StringProperty("")
    text = StringProperty("")
    placeholder = StringProperty("")
    error = StringProperty("")
    room = NumericProperty("110dp")

    def on_text(self, *_changed: object) -> None:
        """Whoever types has heard what was wrong."""
        self.error = ""


class Field(Hideable, BoxLayout):
    """A label, what is typed, and under it a hint or, with an icon, what is wrong."""

    label = StringProperty("")
    text = StringProperty("")
    placeholder = StringProperty("")
    hint = StringProperty("")
    error = StringProperty("")
    style = OptionProperty("body_strong", options=("body_strong", "keyed"))
    purpose = OptionProperty("text", options=("text", "tel", "mail", "number"))
    """Which keyboard the phone offers."""

    __events__ = ("on_submit",)

    def on_text(self, *_changed: object) -> None:
        """Whoever types has heard what was wrong."""
        self.error = ""

    def on_submit(self) -> None:
        """The person pressed Enter."""


class Box(Ground):
    """The square of a tick or the circle of a choice."""

    ticked = BooleanProperty(defaultvalue=False)
    round = BooleanProperty(defaultvalue=False)


class Check(ButtonBehavior, BoxLayout):
    """A box to tick with words beside it; nothing is ever ticked beforehand."""

    text = StringProperty("")
    note = StringProperty("")
    ticked = BooleanProperty(defaultvalue=False)
    round = BooleanProperty(defaultvalue=False)
    """One of several, drawn as a circle; it is not unticked by a second press."""

    def on_release(self) -> None:
        """Ticks or unticks."""
        self.ticked = True if self.round else not self.ticked


load_rules(__file__)
