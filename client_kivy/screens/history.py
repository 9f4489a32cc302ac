"""The history: every row by day, and under each the reason of its number."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.properties import BooleanProperty, DictProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.screens.page import Page
from client_kivy.state.complaint import Complaint
from client_kivy.state.disputes import open_question_about, open_summary, questions_of
from client_kivy.state.entries import FILTERS, Day, days_of
from client_kivy.state.freshness import standstill
from client_kivy.state.inbox import unread_count
from client_kivy.state.why import Why, why_of
from client_kivy.widgets import button, ground, header, load_rules, notice, text  # noqa: F401 - rules
from client_kivy.widgets.why_bubble import entry_row_height

HEADING_HEIGHT = 42
FIRST_HEADING_HEIGHT = 44
ROW_HEIGHT = 68
QUESTIONS_HEIGHT = 80


class FirstHeading(BoxLayout):
    """The first day, and beside it the way to say that a receipt is missing."""

    text = StringProperty("")
    pressed = ObjectProperty(None, allownone=True)

    def press(self) -> None:
        """A receipt is missing."""
        if callable(self.pressed):
            self.pressed()


class QuestionsRow(BoxLayout):
    """The way to the questions that were asked."""

    note = StringProperty("")


class History(Page):
    """See the module. `opened` is the id of the row whose reason is shown."""

    reads = ("entries", "messages", "explanation", "disputes", "me")
    choices = DictProperty({})
    chosen = StringProperty("all")
    opened = StringProperty("")
    unread = NumericProperty(0)
    coming = BooleanProperty(defaultvalue=True)
    standing = ObjectProperty(None, allownone=True, rebind=True)
    empty = StringProperty("")

    def on_pre_enter(self, *_arguments: Any) -> None:
        """See `Page`; reasons are asked for when a row is opened."""
        self._show()
        self.store.refresh("entries", "messages", "disputes")

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._revealed: tuple[str, float] = ("", 0)
        self._reveal_soon = Clock.create_trigger(self._reveal, 0)

    def retry(self) -> None:
        """See `Page`."""
        self.store.refresh("entries", "messages", "disputes")
        self.app.letters.deliver()
        if self.opened:
            self.store.explain(self.opened)

    def open(self, entry_id: str) -> None:
        """Opens a row, or closes it if it is the open one."""
        self.opened = "" if self.opened == entry_id else entry_id
        self._revealed = ("", 0)
        if self.opened:
            self.store.explain(self.opened)
        self._show()

    def ask(self, entry_id: str) -> None:
        """Something is wrong with a row; or there is a question about it already."""
        item = next((item for item in self.items("entries") if item["id"] == entry_id), None)
        question_id = self._question_about(entry_id)
        if question_id:
            self.app.open_question(dispute_id=question_id)
        elif item is not None:
            self.app.complain(Complaint(kind="entry", item=item))

    def ask_for_receipt(self) -> None:
        """A receipt is missing."""
        self.app.complain(Complaint(kind="receipt"))

    def on_chosen(self, *_changed: Any) -> None:
        """Shows the rows of the chosen family, from the newest."""
        self.opened = ""
        self._show()
        self.ids.rows.scroll_y = 1

    def on_width(self, *_changed: Any) -> None:
        """Texts wrap anew."""
        self._show_soon()

    def show(self) -> None:
        """See `Page`."""
        self.choices = {value: self.app.tr(label) for value, label in FILTERS.items()}
        self.unread = unread_count(self.resource("messages").data)
        resource = self.resource("entries")
        self.standing = standstill(resource)
        self.coming = not resource.known and self.standing is None
        days = days_of(self.items("entries"), chosen=self.chosen, now=self.app.now())
        more = bool((resource.data or {}).get("next_cursor"))
        self.empty = "" if days or not resource.known or more else self._emptiness()
        self.ids.rows.data = self._rows(days, more=more)
        if self.opened:
            # The list has its new height only after the next frame.
            self._reveal_soon()
        if more and len(self.ids.rows.data) < 20:
            self.store.load_more("entries")

    def load_more(self) -> None:
        """The end of what is loaded comes near."""
        if not self.resource("entries").offline:
            self.store.load_more("entries")

    def _emptiness(self) -> str:
        if self.chosen == "all":
            return str(self.app.tr("Here every purchase will say how many points it brought, and why."))
        return str(self.app.tr("There are no such rows yet."))

    def _rows(self, days: list[Day], *, more: bool) -> list[dict[str, Any]]:
        data: list[dict[str, Any]] = []
        width = self.width - dp(32)
        questions = questions_of(self.items("disputes"), self.app.letters.waiting, now=self.app.now())
        if questions and self.chosen == "all":
            note = open_summary(questions)
            data.append({"viewclass": "QuestionsRow", "note": note, "row_size": (0, dp(QUESTIONS_HEIGHT))})
        for day in days:
            if day is days[0]:
                first = {"text": day.label, "pressed": self.ask_for_receipt}
                data.append({"viewclass": "FirstHeading", **first, "row_size": (0, dp(FIRST_HEADING_HEIGHT))})
            else:
                data.append({"viewclass": "Heading", "text": day.label, "row_size": (0, dp(HEADING_HEIGHT))})
            last = len(day.entries) - 1
            for place, entry in enumerate(day.entries):
                why = self._why(entry.id) if entry.id == self.opened else None
                data.append(
                    {
                        "viewclass": "EntryRow",
                        "entry": entry,
                        "why": why,
                        "pressed": self.open,
                        "asked": self.ask,
                        "first": place == 0,
                        "last": place == last,
                        "row_size": (0, entry_row_height(entry, why, width)),
                    }
                )
        if more:
            data.append(
                {
                    "viewclass": "Heading",
                    "text": self.app.tr("Loading earlier rows"),
                    "row_size": (0, dp(HEADING_HEIGHT)),
                }
            )
            data.extend(
                {
                    "viewclass": "SkeletonRow",
                    "first": place == 0,
                    "last": place == 1,
                    "share": 0.6 - 0.15 * place,
                    "row_size": (0, dp(ROW_HEIGHT)),
                }
                for place in range(2)
            )
        return data

    def _reveal(self, *_elapsed: Any) -> None:
        rows = self.ids.rows
        for place, item in enumerate(rows.data):
            if item.get("why") is not None:
                # Once for each height: whoever scrolls on while it is open is left alone.
                if self._revealed != (self.opened, item["row_size"][1]):
                    self._revealed = (self.opened, item["row_size"][1])
                    rows.reveal(place)
                return

    def _why(self, entry_id: str) -> Why | None:
        item = next((item for item in self.items("entries") if item["id"] == entry_id), None)
        if item is None:
            return None
        asked = bool(self._question_about(entry_id))
        return why_of(item, self.resource(f"explanation:{entry_id}"), asked=asked)

    def _question_about(self, entry_id: str) -> str:
        return open_question_about(self.items("disputes"), "entry", entry_id)


load_rules(__file__)
