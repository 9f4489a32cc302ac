"""The member's code, a code of their choice, and links with names of their own, each with its visits."""

# mypy: disallow-subclassing-any=False
from datetime import date
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError, Problem
from client_kivy.screens.page import Page
from client_kivy.state import formatting
from client_kivy.state.freshness import standstill
from client_kivy.state.invitation import NO_INVITATION, OwnLink, invitation_of, own_links_of, suggestions_of
from client_kivy.state.joining import said_of
from client_kivy.state.shop import shop_of
from client_kivy.widgets import button, field, header, load_rules, notice  # noqa: F401 - rules
from client_kivy.widgets.button import Chip
from client_kivy.widgets.rows import Row

LINKS_MAXIMUM = 20
NO_LINK = OwnLink("", "", "", "", "")
AFTERWARDS = ("referral", "links")


class OwnLinkRow(ButtonBehavior, Row, BoxLayout):
    """A link of the member's own: its name, how many opened it."""

    own_link = ObjectProperty(NO_LINK, rebind=True)


class Suggestions(BoxLayout):
    """Free codes in the place of the one that is taken."""

    codes = ListProperty([])

    __events__ = ("on_chosen",)

    def on_codes(self, *_changed: Any) -> None:
        """Lays them out."""
        self.clear_widgets()
        for code in self.codes:
            chip = Chip(text=code, value=code)
            chip.bind(on_release=lambda chip: self.dispatch("on_chosen", chip.value))
            self.add_widget(chip)

    def on_chosen(self, code: str) -> None:
        """One was chosen."""


class LinkAction(BoxLayout):
    """A sheet that changes something: it stays open until the server has answered."""

    busy = BooleanProperty(defaultvalue=False)
    error = StringProperty("")

    def __init__(self, **properties: Any) -> None:
        self.app = App.get_running_app()
        super().__init__(**properties)

    def send(self, method: str, path: str, body: Any) -> None:
        """Sends it; once, however often it is pressed."""
        if not self.busy:
            self.busy, self.error = True, ""
            self.app.store.act(method, path, body, done=self._done, failed=self._failed)

    def done(self) -> None:
        """It is done."""

    def failed(self, error: ApiError) -> None:
        """It was not done."""
        self.error = said_of(error, "code", "label")

    def _done(self, _answer: Any) -> None:
        # It stays busy: what is done is not sent again from a sheet that is about to go.
        self.app.store.refresh(*AFTERWARDS)
        self.app.root.close_sheet(self)
        self.done()

    def _failed(self, error: ApiError) -> None:
        self.busy = False
        self.failed(error)


class ChooseCode(LinkAction):
    """A code of one's choice; `locked` says until when none can be chosen."""

    suggestions = ListProperty([])
    locked = StringProperty("")

    def choose(self) -> None:
        """This one is wished for."""
        code = self.ids.code.text.strip()
        if not code:
            self.error = self.app.tr("Type a code of 4 to 16 letters and digits.")
            return
        self.suggestions = []
        self.send("PUT", "/me/referral/code", {"code": code})

    def failed(self, error: ApiError) -> None:
        """What is taken comes with what is free."""
        super().failed(error)
        if isinstance(error, Problem):
            self.suggestions = list(suggestions_of(error.document))

    def done(self) -> None:
        """Says so."""
        self.app.say("circle-check", self.app.tr("The code is yours. Your links carry it from now on."))


class NameAdvocate(LinkAction):
    """Who invited the member: once, for ever."""

    def name(self) -> None:
        """By this code."""
        code = self.ids.code.text.strip()
        if code:
            self.send("POST", "/me/referral/advocate", {"code": code})
        else:
            self.error = self.app.tr("Type the code or the link of your friend.")

    def done(self) -> None:
        """Says so."""
        self.app.say("user-check", self.app.tr("Noted. The points come after your first purchase."))


class RotateQuestion(LinkAction):
    """A new code in the place of one that got around."""

    def rotate(self) -> None:
        """Yes."""
        self.send("POST", "/me/referral/code/rotation", None)

    def done(self) -> None:
        """Says so."""
        self.app.say("refresh", self.app.tr("You have a new code. The old one leads nowhere now."))


class NewLink(LinkAction):
    """A link with a name."""

    def make(self) -> None:
        """Under this name."""
        label = self.ids.label.text.strip()
        if label:
            self.send("POST", "/me/referral/links", {"label": label})
        else:
            self.error = self.app.tr("Give it a name, so that you know it again.")


class OneLink(LinkAction):
    """A link of one's own, to be shared, copied, or ended."""

    own_link = ObjectProperty(NO_LINK, rebind=True)

    def end(self) -> None:
        """It is of no use any more."""
        self.send("DELETE", f"/me/referral/links/{self.own_link.id}", None)


class Links(Page):
    """See the module."""

    reads = ("referral", "links", "me", "shop")
    invitation = ObjectProperty(NO_INVITATION, rebind=True)
    coming = BooleanProperty(defaultvalue=True)
    empty = BooleanProperty(defaultvalue=False)
    full = BooleanProperty(defaultvalue=False)
    standing = ObjectProperty(None, allownone=True, rebind=True)

    def show(self) -> None:
        """See `Page`."""
        self.invitation = invitation_of(self.resource("referral").data, shop_of(self.resource("shop").data))
        links = self.resource("links")
        self.standing = standstill(self.resource("referral")) or standstill(links)
        self.coming = not (links.known and self.resource("referral").known) and self.standing is None
        own = own_links_of(links.data)
        self.empty = links.known and not own
        self.full = len(own) >= (links.data or {}).get("maximum", LINKS_MAXIMUM)
        self._lay_out(own)

    def choose_code(self) -> None:
        """Lets a code be chosen."""
        locked, today = "", self.app.now().date()
        free_on = self.invitation.choosable_from
        if free_on and date.fromisoformat(free_on) > today:
            day = formatting.day(date.fromisoformat(free_on), today=today)
            locked = self.app.tr("You chose your code within a year. It can be changed on {day}.").format(day=day)
        self.app.root.open_sheet(self.app.tr("A code of your choice"), ChooseCode(locked=locked))

    def ask_rotate(self) -> None:
        """Asks before the code ends."""
        self.app.root.open_sheet(self.app.tr("Get a new code?"), RotateQuestion())

    def new_link(self) -> None:
        """Lets a link be named."""
        self.app.root.open_sheet(self.app.tr("A new link"), NewLink())

    def open_link(self, own_link: OwnLink) -> None:
        """What can be done with a link."""
        self.app.root.open_sheet(own_link.label, OneLink(own_link=own_link))

    def _lay_out(self, own: tuple[OwnLink, ...]) -> None:
        place = self.ids.own
        place.clear_widgets()
        last = len(own) - 1
        for number, own_link in enumerate(own):
            row = OwnLinkRow(own_link=own_link, first=number == 0, last=number == last)
            row.bind(on_release=lambda row: self.open_link(row.own_link))
            place.add_widget(row)


load_rules(__file__)
