"""Welcome: who invited and for what, the phone or e-mail, offers apart, the data apart."""

# mypy: disallow-subclassing-any=False
from kivy.properties import BooleanProperty, DictProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from client_kivy.api.errors import ApiError
from client_kivy.screens.page import Page
from client_kivy.state.arrival import arrival_of
from client_kivy.state.joining import OFFER_CHANNELS, said_of
from client_kivy.state.shop import shop_of
from client_kivy.widgets import button, field, ground, header, load_rules, mark  # noqa: F401 - rules
from client_kivy.widgets.rows import Row
from client_kivy.widgets.text import Text


class HintLink(ButtonBehavior, Text):
    """A hint of which the last words lead somewhere; all of it can be pressed."""


class PanelCheck(Row, BoxLayout):
    """A tick inside a panel."""

    text = StringProperty("")
    note = StringProperty("")
    ticked = BooleanProperty(defaultvalue=False)
    round = BooleanProperty(defaultvalue=False)


class Agreement(BoxLayout):
    """A tick, and beside it words that lead to what is agreed to. `text` has a place for `linked`, named `name`."""

    text = StringProperty("")
    name = StringProperty("")
    linked = StringProperty("")
    ticked = BooleanProperty(defaultvalue=False)


class Welcome(Page):
    """See the module."""

    reads = ("shop",)
    shop_name = StringProperty("")
    invited = StringProperty("")
    promise = StringProperty("")
    condition = StringProperty("")
    by_email = BooleanProperty(defaultvalue=False)
    with_code = BooleanProperty(defaultvalue=False)
    busy = BooleanProperty(defaultvalue=False)
    agreement_error = StringProperty("")
    offers = DictProperty({})

    def show(self) -> None:
        """See `Page`."""
        draft = self.app.draft
        shop = shop_of(self.resource("shop").data)
        self.shop_name = shop.name
        self.offers = {channel: shop.offer_text(channel) for channel in OFFER_CHANNELS}
        if draft.referral_code and not self.with_code:
            self.ids.friend.text = draft.referral_code
            self.with_code = True
        tr = self.app.tr
        if self.with_code and shop.referral:
            self.invited = tr("You are invited")
            self.promise = self.app.ntr(
                "{count} point for your first purchase",
                "{count} points for your first purchase",
                shop.referral.friend_points,
            )
            self.condition = tr("They come after a purchase of {amount} or more.").format(amount=shop.referral.minimum)
        else:
            self.invited = tr("Your card")
            self.promise = tr("Points for every purchase")
            self.condition = tr("And each of them says where it came from.")

    def be_invited(self, code: str) -> None:
        """A friend's link was opened: its code stands in the place of whatever was typed."""
        self.ids.friend.text, self.with_code = code, True
        self.show_anew()

    def paste_code(self) -> None:
        """Takes the invitation from the clipboard, which is looked at only now that the person asked for it."""
        arrival = arrival_of(self.app.platform.paste())
        if not arrival.code:
            self.ids.friend.error = self.app.tr("There is no invitation on the clipboard.")
            return
        self.app.draft.arrival = arrival
        self.ids.friend.text = arrival.code

    def switch_contact(self) -> None:
        """A phone in the place of an e-mail, or the other way round."""
        self.by_email = not self.by_email
        self.ids.contact.text = ""

    def ask_code(self) -> None:
        """Has the code sent, once what is needed is there."""
        draft = self.app.draft
        draft.by_email, draft.typed = self.by_email, self.ids.contact.text
        draft.referral_code = self.ids.friend.text if self.with_code else ""
        draft.offers = {channel for channel in OFFER_CHANNELS if self.ids[channel].ticked}
        draft.data_agreed = self.ids.data.ticked
        self.ids.contact.error = draft.fault_of_contact()
        agreed = self.ids.rules.ticked and draft.data_agreed
        self.agreement_error = "" if agreed else self.app.tr("Without both of these there can be no card.")
        wrong = self.ids.contact if self.ids.contact.error else self.ids.data if self.agreement_error else None
        if wrong is not None:
            self.ids.scroll.scroll_to(wrong, animate=False)
        if wrong is not None or self.busy:
            return
        self.busy = True
        self.app.session.request_code(draft.contact, self._sent, self._refused)

    def _sent(self, digits: int | None) -> None:
        self.busy = False
        self.app.draft.code_digits = digits or self.app.draft.code_digits
        self.app.go("confirm")

    def _refused(self, error: ApiError) -> None:
        self.busy = False
        self.ids.contact.error = said_of(error, "phone", "email")


load_rules(__file__)
