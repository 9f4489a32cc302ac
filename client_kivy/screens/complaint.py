"""Something is wrong: the row in question, what should be different, words, a photo, and by when an answer comes."""

# mypy: disallow-subclassing-any=False
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from client_kivy.screens.page import Page
from client_kivy.screens.welcome import PanelCheck
from client_kivy.state import formatting, photos
from client_kivy.state.complaint import CHOICES, LABELS, PHOTOS_MAXIMUM, Complaint, answer_by
from client_kivy.state.disputes import Subject
from client_kivy.state.language import N_
from client_kivy.state.shop import shop_of
from client_kivy.widgets import button, field, header, load_rules, notice, speech  # noqa: F401 - rules
from client_kivy.widgets.ground import Ground, Panel
from client_kivy.widgets.rows import ActionRow

NO_SUBJECT = Subject()
SOURCES = {"camera": (N_("Take a photo"), "camera"), "gallery": (N_("From your pictures"), "photo")}


class SubjectPanel(Panel):
    """What a question is about."""

    subject = ObjectProperty(NO_SUBJECT, rebind=True)


class Choice(PanelCheck):
    """One of the things that should be different; `chosen` hears its name."""

    name = StringProperty("")
    chosen = ObjectProperty(None, allownone=True)

    def on_ticked(self, *_changed: Any) -> None:
        """This one."""
        if self.ticked and callable(self.chosen):
            self.chosen(self.name)


class PhotoTag(Ground, BoxLayout):
    """A photo that goes along; the cross takes it away."""

    number = NumericProperty(0)
    note = StringProperty("")

    __events__ = ("on_removed",)

    def on_removed(self) -> None:
        """It is not to go along."""


class PhotoSources(BoxLayout):
    """Where a photo comes from: the camera, the gallery; on a desk a list of the newest pictures."""

    def __init__(self, *, taken: Any, **properties: Any) -> None:
        self._taken = taken
        self.app = App.get_running_app()
        super().__init__(**properties)

    def on_kv_post(self, _base: object) -> None:
        """Lays the ways out."""
        platform = self.app.platform
        rows = [self._source(source) for source in platform.photo_sources()]
        if not rows:
            found = photos.found_in(platform.picture_folders(), now=self.app.now())
            rows = [self._file(picture) for picture in found]
        last = len(rows) - 1
        for place, row in enumerate(rows):
            row.first, row.last = place == 0, place == last
            self.ids.ways.add_widget(row)
        if not rows:
            self.ids.none.text = self.app.tr("There are no pictures in the usual folders.")
        if not platform.photo_sources():
            self.ids.drop.text = self.app.tr("A picture can also be dropped onto the window.")

    def _source(self, source: str) -> ActionRow:
        label, icon = SOURCES[source]
        row = ActionRow(icon=icon, text=self.app.tr(label))
        on_screen = lambda content: Clock.schedule_once(lambda _elapsed: self._taken(content))  # noqa: E731
        row.bind(on_release=lambda _row: self._close(lambda: self.app.platform.take_photo(source, on_screen)))
        return row

    def _file(self, picture: photos.FoundPicture) -> ActionRow:
        row = ActionRow(icon="photo", text=picture.name, note=picture.note, arrow="")
        row.bind(on_release=lambda _row: self._close(lambda: self._taken(Path(picture.file))))
        return row

    def _close(self, then: Any) -> None:
        self.app.root.close_sheet()
        then()


class ComplaintPage(Page):
    """See the module. What is typed stays until it is sent or the person begins another one."""

    reads = ("me", "shop")
    complaint = ObjectProperty(Complaint())
    subject = ObjectProperty(NO_SUBJECT, rebind=True)
    about_receipt = BooleanProperty(defaultvalue=True)
    choices = ListProperty([])
    errors = ObjectProperty({}, rebind=True)
    photos = ListProperty([])
    promise = StringProperty("")
    may_add_photo = BooleanProperty(defaultvalue=True)

    def begin(self, complaint: Complaint) -> None:
        """Something else is wrong now."""
        self.complaint, self.errors, self.photos = complaint, {}, []
        for name in ("number", "day", "amount", "text"):
            self.ids[name].text = getattr(complaint, name)
        self._show()
        self.ids.scroll.scroll_y = 1

    def on_pre_enter(self, *arguments: Any) -> None:
        """See `Page`; a picture may be dropped here."""
        super().on_pre_enter(*arguments)
        Window.bind(on_drop_file=self._dropped)

    def on_leave(self, *_arguments: Any) -> None:
        """No pictures any more."""
        Window.unbind(on_drop_file=self._dropped)

    def show(self) -> None:
        """See `Page`."""
        complaint = self.complaint
        self.about_receipt = complaint.kind == "receipt"
        self.subject = complaint.subject(now=self.app.now(), currency=self._currency())
        by = formatting.day(answer_by(self.app.now().date()), today=self.app.now().date())
        self.promise = self.app.tr(
            "A person answers within 10 working days, as a rule by {day}. "
            "If you are right, the missing points arrive at once."
        ).format(day=by)
        self.choices = [(name, self.app.tr(LABELS[name])) for name in CHOICES.get(complaint.kind, ())]

    def choose(self, name: str) -> None:
        """This should be different."""
        self.complaint.choice = name
        self.errors = {key: text for key, text in self.errors.items() if key != "choice"}
        for choice in self.ids.choices.children:
            choice.ticked = choice.name == name

    def on_choices(self, *_changed: Any) -> None:
        """Lays the choices out."""
        place = self.ids.choices
        place.clear_widgets()
        last = len(self.choices) - 1
        for number, (name, label) in enumerate(self.choices):
            place.add_widget(
                Choice(
                    name=name,
                    text=label,
                    first=number == 0,
                    last=number == last,
                    round=True,
                    ticked=name == self.complaint.choice,
                    chosen=self.choose,
                )
            )

    def add_photo(self) -> None:
        """Asks where it comes from."""
        self.app.root.open_sheet(self.app.tr("Add a photo"), PhotoSources(taken=self.take_photo))

    def take_photo(self, source: bytes | Path | None) -> None:
        """A picture was made or chosen."""
        if source is None or len(self.photos) >= PHOTOS_MAXIMUM:
            return
        target = self.app.letters.new_photo_file()
        try:
            photos.keep(source, target)
        except photos.NotAPicture:
            self.app.say("alert-circle", self.app.tr("This is not a picture that can be read. Try another one."))
            return
        self.photos = [*self.photos, str(target)]

    def on_photos(self, *_changed: Any) -> None:
        """Lays the tags out."""
        # Rules name their widgets by weak references: what is taken out for a moment has to be held meanwhile.
        place, add = self.ids.photos, self.ids.add_photo.__self__
        place.clear_widgets()
        for number, file in enumerate(self.photos, start=1):
            tag = PhotoTag(number=number, note=photos.size_words(Path(file).stat().st_size))
            tag.bind(on_removed=lambda _tag, file=file: self._remove_photo(file))
            place.add_widget(tag)
        place.add_widget(add)
        self.may_add_photo = len(self.photos) < PHOTOS_MAXIMUM

    def send(self) -> None:
        """Keeps it and sends it as soon as it can be sent."""
        complaint = self.complaint
        for name in ("number", "day", "amount", "text"):
            setattr(complaint, name, self.ids[name].text)
        complaint.photos = tuple(self.photos)
        now, currency = self.app.now(), self._currency()
        self.errors = complaint.mistakes(today=now.date())
        if self.errors:
            self.ids.scroll.scroll_y = 1
            return
        key = self.app.letters.write(complaint.letter(now=now, currency=currency))
        self.photos = []
        self.app.open_question(key=key)

    def _remove_photo(self, file: str) -> None:
        Path(file).unlink(missing_ok=True)
        self.photos = [kept for kept in self.photos if kept != file]

    def _dropped(self, _window: Any, name: bytes, *_place: Any) -> None:
        self.take_photo(Path(name.decode()))

    def _currency(self) -> str:
        return shop_of(self.resource("shop").data).currency


load_rules(__file__)
