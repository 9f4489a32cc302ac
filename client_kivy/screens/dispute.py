"""One question: how far it is, what it is about, what was said, how it ended, and writing more."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError
from client_kivy.screens.complaint import PhotoSources
from client_kivy.screens.page import Page
from client_kivy.state import photos
from client_kivy.state.disputes import NO_THREAD, Decision, Thread, thread_of, thread_of_letter
from client_kivy.state.freshness import Standstill, standstill
from client_kivy.state.joining import said_of
from client_kivy.state.letters import Letter
from client_kivy.state.store import Resource
from client_kivy.widgets import button, field, header, load_rules, notice, speech  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground, Panel
from client_kivy.widgets.speech import SpeechBubble

NO_DECISION = Decision()


class DecisionPanel(Ground, BoxLayout):
    """How it ended: the shop speaks."""

    decision = ObjectProperty(NO_DECISION, rebind=True)


class RatingPanel(Panel):
    """How it went, from one to five, with a word if one likes."""

    score = NumericProperty(0)
    rated = NumericProperty(0)
    busy = BooleanProperty(defaultvalue=False)
    error = StringProperty("")

    __events__ = ("on_rated",)

    def begin(self) -> None:
        """Nothing is given beforehand, neither are the stars of another question."""
        self.score, self.busy, self.ids.text.text, self.error = 0, False, "", ""

    def on_rated(self, score: int, text: str) -> None:
        """It was given."""


class WithdrawQuestion(BoxLayout):
    """Asks before a question is withdrawn."""

    busy = BooleanProperty(defaultvalue=False)
    error = StringProperty("")
    yes = ObjectProperty(None)

    def withdraw(self) -> None:
        """Yes."""
        if not self.busy:
            self.busy, self.error = True, ""
            self.yes(self)


class Dispute(Page):
    """See the module. `dispute_id` names a question; until the server has opened it, `key` names its letter."""

    reads = ("dispute", "disputes", "me", "shop")
    dispute_id = StringProperty("")
    key = StringProperty("")
    thread = ObjectProperty(NO_THREAD, rebind=True)
    coming = BooleanProperty(defaultvalue=True)
    standing = ObjectProperty(None, allownone=True, rebind=True)
    unsent = BooleanProperty(defaultvalue=False)
    attached = ListProperty([])

    def begin(self, *, dispute_id: str = "", key: str = "") -> None:
        """Another question is shown."""
        self.dispute_id, self.key, self.attached = dispute_id, key, []
        self.thread, self.ids.words.text = NO_THREAD, ""
        self.ids.rating.begin()
        self.retry()
        self._show()
        Clock.schedule_once(lambda _elapsed: setattr(self.ids.scroll, "scroll_y", 1))

    def on_pre_enter(self, *_arguments: Any) -> None:
        """See `Page`; what is shown is asked for when it is known which."""
        self._show()

    def retry(self) -> None:
        """See `Page`."""
        if self.dispute_id:
            self.store.refresh(f"dispute:{self.dispute_id}")
        self.app.letters.deliver()

    def resource(self, name: str) -> Resource:
        """See `Page`: of the questions, the one that is shown."""
        if name == "dispute":
            return self.store.get(f"dispute:{self.dispute_id}") if self.dispute_id else Resource(data={})
        return super().resource(name)

    def show(self) -> None:
        """See `Page`."""
        letters, now = self.app.letters, self.app.now()
        if not self.dispute_id and (opened := letters.opened(self.key)):
            self.dispute_id = opened
            self.store.refresh(f"dispute:{opened}")
        under_way = next((letter.key for letter in letters.waiting if letters.under_way(letter.key)), "")
        letter = letters.find(self.key) if not self.dispute_id else None
        self.unsent = letter is not None
        self.standing = None
        if letter is not None:
            thread = thread_of_letter(letter, now=now, under_way=under_way)
        elif self.dispute_id:
            known = self._known()
            self.standing = standstill(self.resource("dispute")) if known is None else None
            thread = thread_of(known, letters.waiting, now=now, under_way=under_way) if known else NO_THREAD
        else:
            thread = NO_THREAD
            self.standing = _gone(self.app.tr)
        self.coming = thread is NO_THREAD and self.standing is None
        self._tell(thread)

    def write(self) -> None:
        """Adds to what was said."""
        text = self.ids.words.text.strip()
        if not text and not self.attached:
            return
        self.ids.words.text = ""
        attached, self.attached = tuple(self.attached), []
        self.app.letters.write(Letter(key="", dispute_id=self.dispute_id, text=text, photos=attached))
        self._show()
        Clock.schedule_once(lambda _elapsed: setattr(self.ids.scroll, "scroll_y", 0))

    def add_photo(self) -> None:
        """Asks where it comes from."""
        self.app.root.open_sheet(self.app.tr("Add a photo"), PhotoSources(taken=self._take_photo))

    def ask_withdraw(self) -> None:
        """Asks before the question is taken back; what was not sent is simply forgotten."""
        if self.unsent:
            letter = self.app.letters.give_up(self.key)
            if letter is not None:
                self.app.back()
            return
        self.app.root.open_sheet(self.app.tr("Withdraw the question?"), WithdrawQuestion(yes=self._withdraw))

    def give_up(self, key: str) -> None:
        """What the server did not accept is put back into the field."""
        letter = self.app.letters.give_up(key)
        if letter is not None and not letter.said:
            # The words were refused, so that the photos have not gone yet either.
            self.ids.words.text = self.ids.words.text or letter.text
            self.attached = [*self.attached, *letter.photos]

    def rate(self, score: int, text: str) -> None:
        """How it went."""
        panel, asked_about = self.ids.rating, self.dispute_id
        if panel.busy:
            return
        panel.busy, panel.error = True, ""
        body = {"rating": score, **({"text": text} if text else {})}

        def failed(error: ApiError) -> None:
            if self.dispute_id == asked_about:
                panel.busy, panel.error = False, said_of(error, "rating", "text")

        def done(answer: Any) -> None:
            if self.dispute_id == asked_about:
                panel.busy = False
            self._took(answer)
            self.app.say("star", self.app.tr("Thank you."))

        self.store.act("POST", f"/me/disputes/{self.dispute_id}/rating", body, done=done, failed=failed)

    def _known(self) -> dict[str, Any] | None:
        data: dict[str, Any] | None = self.resource("dispute").data
        if data is None:
            # The list knows it too, until the answer is there.
            data = next((item for item in self.items("disputes") if str(item["id"]) == self.dispute_id), None)
        return data

    def _withdraw(self, sheet: WithdrawQuestion) -> None:
        def failed(error: ApiError) -> None:
            sheet.busy, sheet.error = False, said_of(error)

        def done(answer: Any) -> None:
            self.app.root.close_sheet(sheet)
            self._took(answer)

        self.store.act("POST", f"/me/disputes/{self.dispute_id}/withdrawal", None, done=done, failed=failed)

    def _took(self, answer: Any) -> None:
        if isinstance(answer, dict) and "status" in answer:
            self.store.put(f"dispute:{answer['id']}", answer)
        else:
            self.store.refresh(f"dispute:{self.dispute_id}")
        self.store.refresh("disputes")

    def _take_photo(self, source: Any) -> None:
        if source is None:
            return
        target = self.app.letters.new_photo_file()
        try:
            photos.keep(source, target)
        except photos.NotAPicture:
            self.app.say("alert-circle", self.app.tr("This is not a picture that can be read. Try another one."))
            return
        self.attached = [*self.attached, str(target)]

    def _tell(self, thread: Thread) -> None:
        told, self.thread = self.thread, thread
        if told.sayings == thread.sayings and self.ids.sayings.children:
            return
        place = self.ids.sayings
        place.clear_widgets()
        for saying in thread.sayings:
            place.add_widget(SpeechBubble(saying=saying, pressed=self.give_up))


def _gone(tr: Any) -> Standstill:
    return Standstill("message-question", tr("This question is not here any more"), "")


load_rules(__file__)
