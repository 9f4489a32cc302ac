"""What the app says when things are not as usual: no connection, nothing there yet, still coming, done."""

# mypy: disallow-subclassing-any=False
from kivy.animation import Animation
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.theme import EASE, theme
from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.hideable import Hideable, Layer


class OfflineBar(Hideable, BoxLayout):
    """What is shown may be old: why, and as of when it is. Takes no room while everything is fresh."""

    text = StringProperty("")
    offline = BooleanProperty(defaultvalue=True)

    __events__ = ("on_retry",)

    def on_retry(self) -> None:
        """The person wants to try again."""


class Standing(BoxLayout):
    """What fills a screen that has nothing to show: why, and what can be done."""

    icon = StringProperty("")
    """Molva's mark stands where there is no icon."""
    title = StringProperty("")
    text = StringProperty("")
    action = StringProperty("")
    action_icon = StringProperty("")

    __events__ = ("on_pressed",)

    def on_pressed(self) -> None:
        """What can be done was pressed."""


class Impasse(Layer):
    """Why nothing could be fetched, in the middle of a screen; unseen where `standing` is None."""

    standing = ObjectProperty(None, allownone=True, rebind=True)

    __events__ = ("on_retry",)

    def on_retry(self) -> None:
        """The person wants to try again."""


class Bone(Ground):
    """A still place where words will stand."""


class SkeletonRow(Ground, BoxLayout):
    """A row that is still coming."""

    first = BooleanProperty(defaultvalue=True)
    last = BooleanProperty(defaultvalue=True)
    share = NumericProperty(0.6)


class SkeletonRows(BoxLayout):
    """Rows that are still coming."""

    count = NumericProperty(3)

    def on_kv_post(self, _base: object) -> None:
        """Lays the rows out."""
        for place in range(int(self.count)):
            share = (0.6, 0.45, 0.55)[place % 3]
            self.add_widget(SkeletonRow(first=place == 0, last=place == self.count - 1, share=share))


class Toast(Ground, BoxLayout):
    """A short word about what was just done; leaves by itself."""

    icon = StringProperty("")
    text = StringProperty("")

    def show(self, icon: str, text: str) -> None:
        """Says it for five seconds."""
        Animation.cancel_all(self)
        self.icon, self.text, self.opacity = icon, text, 1
        Clock.unschedule(self.hide)
        Clock.schedule_once(self.hide, theme.seconds("toast") or 5)

    def hide(self, *_elapsed: object) -> None:
        """Leaves now."""
        Animation(opacity=0, d=theme.seconds("change"), t=EASE).start(self)


load_rules(__file__)
