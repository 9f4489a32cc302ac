"""The top of a screen, and the tabs at its bottom."""

# mypy: disallow-subclassing-any=False
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.relativelayout import RelativeLayout

from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.hideable import Hideable


class Bell(ButtonBehavior, RelativeLayout):
    """The bell with the number of unread messages."""

    unread = NumericProperty(0)


class Header(BoxLayout):
    """The name of the screen; the way back, or the bell."""

    title = StringProperty("")
    back_icon = StringProperty("")
    tone = StringProperty("text")
    with_bell = BooleanProperty(defaultvalue=False)
    unread = NumericProperty(0)

    __events__ = ("on_back", "on_bell")

    def on_back(self) -> None:
        """The way back was pressed."""

    def on_bell(self) -> None:
        """The bell was pressed."""


class ShopHeader(BoxLayout):
    """The shop's tile and name, and what stands opposite."""

    name = StringProperty("")


class Tab(ButtonBehavior, BoxLayout):
    """One tab."""

    screen = StringProperty("")
    icon = StringProperty("")
    text = StringProperty("")
    chosen = BooleanProperty(defaultvalue=False)
    filled = BooleanProperty(defaultvalue=False)


class TabBar(Hideable, Ground, BoxLayout):
    """The tabs; `chosen` is the screen that is shown."""

    chosen = StringProperty("home")
    bottom = NumericProperty(0)

    __events__ = ("on_tab",)

    def on_tab(self, screen: str) -> None:
        """A tab was pressed."""


load_rules(__file__)
