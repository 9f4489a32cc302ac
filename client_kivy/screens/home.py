"""Home: the card with the balance and the way to the code, inviting a friend, the last rows."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.animation import Animation
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.screens.page import Page
from client_kivy.state import formatting
from client_kivy.state.entries import entry_of
from client_kivy.state.home import card_of
from client_kivy.state.inbox import unread_count
from client_kivy.state.invitation import invitation_of
from client_kivy.state.shop import shop_of
from client_kivy.state.tier import NO_PROGRESS, progress_of
from client_kivy.theme import EASE, theme
from client_kivy.widgets import button, ground, header, load_rules, mark, notice, rows, text  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground
from client_kivy.widgets.rows import EntryLine
from client_kivy.widgets.text import text_width

LATEST_ROWS = 3
UNKNOWN = "\u2013"
SIDE = 20
FIGURE_STYLES = ("balance", "title", "heading")


class Card(Ground, BoxLayout):
    """The member's card: speaks, so its bottom-left corner is tight."""

    name = StringProperty("")
    tier = StringProperty("")
    known = BooleanProperty(defaultvalue=False)
    coming = BooleanProperty(defaultvalue=True)
    points = NumericProperty(0)
    name_width = NumericProperty(0)
    figure = StringProperty("")
    figure_style = StringProperty("balance")
    """The largest one in which the figure and its word have room."""
    word = StringProperty("")
    pending = StringProperty("")
    burning = StringProperty("")
    reserved = StringProperty("")
    debt = StringProperty("")
    pause = StringProperty("")

    def on_name(self, *_changed: Any) -> None:
        """How wide it is when nothing of it is cut."""
        self.name_width = text_width(self.name, "body_strong") + dp(1)

    def on_figure(self, *_changed: Any) -> None:
        """A large balance is written smaller, never cut."""
        room = self.width - dp(2 * SIDE + 8) - text_width(self.word, "body")
        fitting = (style for style in FIGURE_STYLES if text_width(self.figure, style) <= room)
        self.figure_style = next(fitting, FIGURE_STYLES[-1])

    on_width = on_word = on_figure


class Latest(BoxLayout):
    """The last rows, each of which leads into the history."""

    entries = ListProperty([])

    def on_entries(self, *_changed: Any) -> None:
        """Lays out the rows, reusing those that stand."""
        lines = list(reversed(self.ids.panel.children))
        for entry, line in zip(self.entries, lines, strict=False):
            line.entry = entry
        for entry in self.entries[len(lines) :]:
            line = EntryLine(entry=entry, divided=entry is not self.entries[0])
            line.bind(on_release=lambda line: self.dispatch("on_entry", line.entry.id))
            self.ids.panel.add_widget(line)
        for line in lines[len(self.entries) :]:
            self.ids.panel.remove_widget(line)

    __events__ = ("on_entry",)

    def on_entry(self, entry_id: str) -> None:
        """A row was pressed."""


class Home(Page):
    """See the module."""

    reads = ("balance", "entries", "messages", "referral", "me", "shop")
    code_matters = True
    shop_name = StringProperty("")
    unread = NumericProperty(0)
    both = StringProperty("")
    link = StringProperty("")
    entries = ListProperty([])
    nothing_yet = BooleanProperty(defaultvalue=False)
    coming = BooleanProperty(defaultvalue=True)
    latest = BooleanProperty(defaultvalue=True)
    progress = ObjectProperty(NO_PROGRESS, rebind=True)

    def show(self) -> None:
        """See `Page`."""
        now = self.app.now()
        shop = shop_of(self.resource("shop").data)
        self.shop_name = shop.name
        self.both = shop.referral.for_both if shop.referral else ""
        self.link = invitation_of(self.resource("referral").data, shop).link
        items = self.items("entries")
        self.entries = [entry_of(item, now=now, with_day=True) for item in items[:LATEST_ROWS]]
        history = self.resource("entries")
        self.coming = not history.known and (history.loading or history.failure is None)
        self.latest = history.known or self.coming
        self.nothing_yet = self.resource("entries").known and not items
        self.unread = unread_count(self.resource("messages").data)
        self._show_card(items)

    def _show_card(self, items: list[dict[str, Any]]) -> None:
        card, view = card_of(self.resource("balance").data, items, now=self.app.now()), self.ids.card
        me = self.resource("me").data or {}
        view.name = me.get("name") or ""
        now = self.app.now()
        self.progress = progress_of(
            (self.resource("balance").data or {}).get("tier"), today=now.date(), zone=now.tzinfo
        )
        view.tier = self.progress.tier
        balance = self.resource("balance")
        was_known, view.known = view.known, balance.known
        view.coming = not balance.known and (balance.loading or balance.failure is None)
        view.pending, view.burning, view.reserved = card.pending, card.burning, card.reserved
        view.debt, view.pause = card.debt, card.pause
        Animation.cancel_all(view, "points")
        if was_known and card.available > view.points:
            Animation(points=card.available, d=theme.seconds("count"), t=EASE).start(view)
        else:
            view.points = card.available
        self._count()

    def _count(self) -> None:
        view = self.ids.card
        view.figure = formatting.number(round(view.points)) if view.known else UNKNOWN
        view.word = formatting.points_word(round(view.points) if view.known else 0)


load_rules(__file__)
