"""The why bubble: hangs from its row, and says step by step where the number comes from."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from client_kivy.state.entries import Entry
from client_kivy.state.why import Why
from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.rows import Row, entry_line_height
from client_kivy.widgets.text import text_height, text_width

SIDE = 16
FIGURE_GAP = 12
STEP_GAP = 14
BELOW = 12
ACTION_HEIGHT = 49


class Step(BoxLayout):
    """One line of the sum; a rule above it where it is the sum itself."""

    text = StringProperty("")
    figure = StringProperty("")
    is_sum = BooleanProperty(defaultvalue=False)


class WhyBubble(Ground, BoxLayout):
    """Speaks from its row: the corner under the icon is tight."""

    why = ObjectProperty(None, allownone=True, rebind=True)

    __events__ = ("on_action",)

    def on_action(self) -> None:
        """What can be done about it was pressed."""

    def on_why(self, _bubble: "WhyBubble", why: Why | None) -> None:
        """Lays out the steps."""
        place = self.ids.steps
        place.clear_widgets()
        if why is None:
            return
        for text, figure in why.steps:
            place.add_widget(Step(text=text, figure=figure))
        if why.sum_label:
            place.add_widget(Step(text=why.sum_label, figure=why.sum_figure, is_sum=True))


class BubbleAction(ButtonBehavior, BoxLayout):
    """What can be done about it, at the end of the bubble."""

    text = StringProperty("")


class EntryRow(Row, BoxLayout):
    """A row that opens in place."""

    entry = ObjectProperty(None, allownone=True)
    why = ObjectProperty(None, allownone=True, rebind=True)
    pressed = ObjectProperty(None, allownone=True, rebind=True)
    asked = ObjectProperty(None, allownone=True)

    def __init__(self, **properties: Any) -> None:
        self._bubble: WhyBubble | None = None
        super().__init__(**properties)

    def on_entry(self, *_changed: Any) -> None:
        """Shows the entry in the line."""
        self.ids.line.entry = self.entry

    def on_why(self, *_changed: Any) -> None:
        """Hangs the bubble under the line, or takes it away; most rows never need one."""
        if self._bubble is not None:
            self.remove_widget(self._bubble)
            self._bubble = None
        if self.why is not None:
            self._bubble = WhyBubble()
            self._bubble.why = self.why
            self._bubble.bind(on_action=self._ask)
            self.add_widget(self._bubble)

    def press(self) -> None:
        """Opens or closes."""
        if callable(self.pressed):
            self.pressed(self.entry.id)

    def _ask(self, _bubble: WhyBubble) -> None:
        if callable(self.asked):
            self.asked(self.entry.id)


def entry_row_height(entry: Entry, why: Why | None, width: float) -> float:
    """How high a row is in a list this wide, with its bubble if it is open."""
    bubble = 0.0 if why is None else bubble_height(why, width - dp(26)) + dp(BELOW + 1)
    return entry_line_height(entry, width, has_arrow=why is not None) + bubble


def bubble_height(why: Why, width: float) -> float:
    """How high a bubble of this width becomes."""
    inner = width - 2 * dp(SIDE)
    height = dp(14) + text_height(why.question, "body_strong", int(inner)) + dp(8 + 10)
    for text, figure in why.steps:
        height += step_height(text, figure, inner, is_sum=False)
    if why.sum_label:
        height += step_height(why.sum_label, why.sum_figure, inner, is_sum=True)
    if why.coming:
        height += dp(48)
    if why.note:
        icon = dp(26) if why.note_icon else 0
        height += text_height(why.note, "label_regular", int(inner - icon)) + dp(14)
    if why.rule:
        height += text_height(why.rule, "caption", int(inner)) + dp(10)
    if why.action:
        height += dp(ACTION_HEIGHT) - dp(10)
    return float(height)


def step_height(text: str, figure: str, width: float, *, is_sum: bool) -> float:
    """How high one step becomes."""
    style = "label" if is_sum else "label_regular"
    words = width - text_width(figure, "label") - dp(FIGURE_GAP)
    return float(text_height(text, style, int(words)) + dp(STEP_GAP) + (dp(4) if is_sum else 0))


load_rules(__file__)
