"""A conversation: bubbles with their tight corner on the side of who speaks, the steps over it, stars at its end."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.state.disputes import Saying, Stage
from client_kivy.widgets import load_rules
from client_kivy.widgets.button import IconButton
from client_kivy.widgets.text import text_width

NO_SAYING = Saying("", "", own=False)
NO_STAGE = Stage("", "", "ahead")
STARS = 5
BUBBLE_SIDES = 32
BUBBLE_SHARE = 0.82


class SpeechBubble(BoxLayout):
    """What somebody said, and under it who and when."""

    saying = ObjectProperty(NO_SAYING, rebind=True)
    pressed = ObjectProperty(None, allownone=True)

    @staticmethod
    def natural_width(text: str, photos: str, room: float, side: float) -> float:
        """As wide as the words, at most its share of the room."""
        widest = max((text_width(line, "body") for line in text.splitlines()), default=0)
        photo = text_width(photos, "label") + side if photos else 0
        return float(min(max(widest, photo) + side, room * BUBBLE_SHARE))


class StageMark(BoxLayout):
    """One of the steps over a conversation."""

    stage = ObjectProperty(NO_STAGE, rebind=True)
    first = BooleanProperty(defaultvalue=False)
    last = BooleanProperty(defaultvalue=False)


class Stages(BoxLayout):
    """Where a question stands: three steps joined by a line."""

    stages = ObjectProperty(())

    def on_stages(self, *_changed: Any) -> None:
        """Lays the steps out."""
        self.clear_widgets()
        last = len(self.stages) - 1
        for place, stage in enumerate(self.stages):
            mark = StageMark(stage=stage, first=place == 0, last=place == last)
            mark.bind(height=self._fit)
            self.add_widget(mark)
        self._fit()

    def _fit(self, *_changed: Any) -> None:
        self.height = max((mark.height for mark in self.children), default=0)


class Star(IconButton):
    """One of five."""

    number = NumericProperty(0)
    lit = BooleanProperty(defaultvalue=False)


class Stars(BoxLayout):
    """A judgement from one to five; none is given beforehand."""

    score = NumericProperty(0)
    words = StringProperty("")
    fixed = BooleanProperty(defaultvalue=False)
    """Given once: it can be seen and not changed."""

    def on_kv_post(self, _base: object) -> None:
        """Lays the five out."""
        for number in range(1, STARS + 1):
            star = Star(number=number)
            star.bind(on_release=self._choose)
            self.ids.row.add_widget(star)
        self.bind(score=self._light)
        self._light()

    def _choose(self, star: Star) -> None:
        if not self.fixed:
            self.score = star.number

    def _light(self, *_changed: Any) -> None:
        for star in self.ids.row.children:
            star.lit = star.number <= self.score


load_rules(__file__)
