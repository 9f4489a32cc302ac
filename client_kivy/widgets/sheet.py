"""A sheet that rises from the bottom edge over a scrim."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.animation import Animation
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from client_kivy.theme import EASE, theme
from client_kivy.widgets import load_rules


class Sheet(FloatLayout):
    """Holds one widget; a press beside it, or the cross, closes it."""

    title = StringProperty("")
    risen = NumericProperty(0)
    bottom = NumericProperty(0)
    content = ObjectProperty(None, allownone=True)
    leaving = BooleanProperty(defaultvalue=False)

    __events__ = ("on_closed",)

    def add_content(self, widget: Widget) -> None:
        """Puts in what the sheet is about."""
        self.content = widget
        self.ids.place.add_widget(widget)

    def rise(self) -> None:
        """Comes up."""
        Animation(risen=1, d=theme.seconds("sheet"), t=EASE).start(self)

    def close(self) -> None:
        """Goes down and is gone; nothing in it can be pressed on its way."""
        if self.leaving:
            return
        self.leaving = True
        leaving = Animation(risen=0, d=theme.seconds("sheet"), t=EASE)
        leaving.bind(on_complete=lambda *_: self.dispatch("on_closed"))
        leaving.start(self)

    def on_closed(self) -> None:
        """Leaves its parent."""
        if self.parent:
            self.parent.remove_widget(self)

    def on_touch_down(self, touch: Any) -> bool:
        """Takes every touch, so that nothing under the scrim is pressed."""
        if self.leaving:
            return True
        if not self.ids.panel.collide_point(*touch.pos):
            self.close()
            return True
        super().on_touch_down(touch)
        return True


load_rules(__file__)
