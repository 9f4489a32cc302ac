"""What comes and goes. In Kivy a disabled widget still swallows every touch over it, seen or not."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from client_kivy.widgets import load_rules


class Hideable(Widget):
    """While it is not shown, it is not seen, and touches go to what lies under it."""

    shown = BooleanProperty(defaultvalue=True)

    def on_touch_down(self, touch: Any) -> bool:
        """Only while it is shown."""
        return self.shown and bool(super().on_touch_down(touch))


class Layer(Hideable, AnchorLayout):
    """Something in the middle of a screen, over the rest."""


class Fold(Hideable, BoxLayout):
    """Lines that take no room while they are not shown."""


load_rules(__file__)
