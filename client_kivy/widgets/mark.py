"""Molva's mark, a word and its echo; and the tile of the shop, which comes before it."""

# mypy: disallow-subclassing-any=False
from kivy.properties import ListProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.widget import Widget

from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground


class Mark(Widget):
    """The two bubbles on one base line, on a field of 64 by 64."""

    word = ListProperty([0, 0, 0, 0])
    echo = ListProperty([0, 0, 0, 0])


class ShopTile(Ground, AnchorLayout):
    """The first letter of the shop's name."""

    name = StringProperty("")


load_rules(__file__)
