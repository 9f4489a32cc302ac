"""Rows of lists: they grow together into one panel, and RecycleView reuses them."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.metrics import dp
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview import RecycleView

from client_kivy.state.disputes import Question
from client_kivy.state.entries import Entry
from client_kivy.state.friends import Friend
from client_kivy.state.inbox import Message
from client_kivy.theme import STYLES
from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.text import TextLine, text_height, text_width

NO_ENTRY = Entry("", "", "", "", "", "text", "", "", None, "")  # type: ignore[arg-type]
NO_FRIEND = Friend("", "", "", "", "", "text", "", "", "neutral", "")
NO_MESSAGE = Message("", "", "", "", unread=False, icon="", tone="neutral", family="")
NO_QUESTION = Question("", "", "receipt", "", "", "", "", "neutral", open=False)
SIDES = 17 + 16
NEAR_END = 600
REVEAL_MARGIN = 12


class Rows(RecycleView):
    """A list of any length with a handful of widgets. `view_data` items carry their `viewclass` and `row_size`."""

    gap_above = NumericProperty(0)

    __events__ = ("on_near_end",)

    def __init__(self, **properties: Any) -> None:
        self._above = 0.0
        self._keeping = False
        super().__init__(**properties)

    def on_kv_post(self, _base: object) -> None:
        """The layout is there: keeps the place while it grows."""
        self.children[0].bind(height=self._keep_place)

    def on_scroll_y(self, *_changed: Any) -> None:
        """Says when the end of what is loaded comes near."""
        if not self.children:
            return
        room = max(self.children[0].height - self.height, 0)
        if not self._keeping:
            self._above = (1 - self.scroll_y) * room
        if self.scroll_y * room < dp(NEAR_END):
            self.dispatch("on_near_end")

    def reveal(self, place: int) -> None:
        """Scrolls as little as it takes to see the row at a place in the data whole, or at least its beginning."""
        above = sum(item["row_size"][1] for item in self.data[:place]) + self.gap_above
        below = above + self.data[place]["row_size"][1]
        room = max(self.children[0].height - self.height, 0)
        least = min(below - self.height + dp(REVEAL_MARGIN), above)
        wanted = min(max(self._above, least), above)
        if room and wanted != self._above:
            self.scroll_y = 1 - min(max(wanted, 0) / room, 1)

    def _keep_place(self, _layout: Any, height: float) -> None:
        # Kivy keeps the share that is scrolled by: without this, rows that come below would push what is read away.
        room = max(height - self.height, 0)
        self._keeping = True
        self.scroll_y = 1 - min(self._above / room, 1) if room else 1
        self._keeping = False

    def on_near_end(self) -> None:
        """Little is left below what is seen."""


class Row(Ground):
    """A piece of a panel: the first rounds its top, the last its bottom, and lines of neighbours fall together."""

    first = BooleanProperty(defaultvalue=True)
    last = BooleanProperty(defaultvalue=True)


class Heading(TextLine):
    """What stands above a group of rows."""


class Pill(Ground, BoxLayout):
    """A state as icon, word and colour together."""

    icon = StringProperty("")
    text = StringProperty("")
    tone = StringProperty("neutral")


class RowWords(BoxLayout):
    """What and when, with the figure and its state beside it; under it, where the figure would tear words apart."""

    title = StringProperty("")
    note = StringProperty("")
    points = StringProperty("")
    tone = StringProperty("text")
    state = StringProperty("")
    state_icon = StringProperty("")
    stacked = BooleanProperty(defaultvalue=False)

    def on_title(self, *_changed: Any) -> None:
        """Finds out whether there is room beside it."""
        self.stacked = bool(self.width) and is_stacked(self.title, self.points, self.width)

    on_points = on_width = on_title


class EntryLine(ButtonBehavior, BoxLayout):
    """Icon, what and when, points and their state."""

    entry = ObjectProperty(NO_ENTRY, rebind=True)
    arrow = StringProperty("")
    divided = BooleanProperty(defaultvalue=False)
    """Whether a line parts it from the row above, where rows stand in one panel."""


class FriendRow(ButtonBehavior, Row, BoxLayout):
    """A friend: where they stand, what they bring, or why not; a press tells more."""

    friend = ObjectProperty(NO_FRIEND, rebind=True)
    pressed = ObjectProperty(None, allownone=True)

    def on_release(self) -> None:
        """Tells whoever listens which friend it is."""
        if callable(self.pressed) and self.friend.known:
            self.pressed(self.friend.id)


class ActionRow(ButtonBehavior, Row, BoxLayout):
    """Something that can be done: an icon, what it is and a word about it; what it leads to, or what it costs."""

    icon = StringProperty("")
    text = StringProperty("")
    note = StringProperty("")
    arrow = StringProperty("chevron-right")
    tone = StringProperty("text")


class QuestionRow(ButtonBehavior, Row, BoxLayout):
    """A question about points: what it is about and where it stands."""

    question = ObjectProperty(NO_QUESTION, rebind=True)
    pressed = ObjectProperty(None, allownone=True)

    def on_release(self) -> None:
        """Tells whoever listens which one it is."""
        if callable(self.pressed):
            self.pressed(self.question)


class MessageRow(ButtonBehavior, Row, BoxLayout):
    """A message; unread ones are bold and carry a dot."""

    message = ObjectProperty(NO_MESSAGE, rebind=True)
    stacked = BooleanProperty(defaultvalue=False)

    def on_message(self, *_changed: Any) -> None:
        """Finds out whether the moment has room beside the title."""
        self.stacked = bool(self.width) and is_message_stacked(self.message, self.width)

    on_width = on_message

    def on_release(self) -> None:
        """Tells whoever listens that it was read."""
        if callable(self.opened):
            self.opened(self.message.id)

    opened = ObjectProperty(None, allownone=True)


def is_stacked(title: str, points: str, width: float) -> bool:
    """Whether the figure stands under the title, because some word of it would not fit beside the figure."""
    room = width - text_width(points, "body_strong") - dp(12)
    return any(text_width(word, "body_strong") > room for word in title.split())


def entry_line_height(entry: Entry, width: float, *, has_arrow: bool) -> float:
    """How high an entry's line is in a list this wide."""
    words = width - dp(17 + 40 + 12 + 12 + 5) - dp(32 if has_arrow else 0)
    note = STYLES["caption"].line
    if is_stacked(entry.title, entry.points, words):
        figure = STYLES["body_strong"].line + (note if entry.state else 0)
        return float(max(dp(68), dp(28) + text_height(entry.title, "body_strong", int(words)) + figure))
    beside = text_width(entry.points, "body_strong") + dp(12)
    return float(max(dp(68), dp(28) + note + text_height(entry.title, "body_strong", int(words - beside))))


def friend_row_height(friend: Friend, width: float) -> float:
    """How high a friend's row is in a list this wide."""
    words = width - dp(SIDES + 52 + 1)
    if friend.reason:
        return float(dp(61)) + text_height(friend.reason, "caption", int(words))
    pill = text_width(friend.pill, "caption_strong") + dp(16 + 4 + 18)
    beside = max(pill, text_width(friend.points, "body_strong")) + dp(12)
    return float(max(dp(73), dp(46) + text_height(friend.note, "caption", int(words - beside))))


def question_row_height(question: Question, width: float) -> float:
    """How high a question's row is in a list this wide."""
    words = width - dp(SIDES + 52 + 32 + 1)
    return float(dp(28 + 22 + 34) + text_height(question.note, "caption", int(words)))


def action_row_height(note: str, width: float) -> float:
    """How high a row with something to do is in a list this wide."""
    return float(max(dp(68), dp(50) + text_height(note, "caption", int(width - dp(SIDES + 52 + 32)))))


def is_message_stacked(message: Message, width: float) -> bool:
    """Whether the moment stands under the title, because some word of it would not fit beside the moment."""
    room = width - dp(SIDES + 52 + 1) - _beside(message)
    return any(text_width(word, title_style(message)) > room for word in message.title.split())


def message_row_height(message: Message, width: float) -> float:
    """How high a message's row is in a list this wide."""
    words = width - dp(SIDES + 52 + 1)
    stacked = is_message_stacked(message, width)
    when = STYLES["caption"].line + dp(4)
    title = text_height(message.title, title_style(message), int(words if stacked else words - _beside(message)))
    title = title + when if stacked else max(title, when)
    body = text_height(message.body, "label_regular", int(words))
    return float(max(dp(28) + title + body + (dp(3) if body else 0), dp(68)))


def _beside(message: Message) -> float:
    return float(text_width(message.when, "caption") + dp(8 + 16 if message.unread else 8))


def title_style(message: Message) -> str:
    """Unread is bold."""
    return "body_strong" if message.unread else "body"


load_rules(__file__)
