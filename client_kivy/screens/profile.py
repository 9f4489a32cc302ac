"""Profile: who one is here, language, theme, what one agreed to, signing out, about the app."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.properties import BooleanProperty, DictProperty, StringProperty

from client_kivy import __version__
from client_kivy.api.errors import ApiError
from client_kivy.screens import welcome  # noqa: F401 - its tick in a panel
from client_kivy.screens.giving import GivePoints
from client_kivy.screens.links import NameAdvocate
from client_kivy.screens.page import Page
from client_kivy.state import formatting
from client_kivy.state.giving import terms_of
from client_kivy.state.invitation import invitation_of
from client_kivy.state.joining import OFFER_CHANNELS, said_of
from client_kivy.state.language import N_
from client_kivy.state.shop import shop_of
from client_kivy.widgets import button, field, ground, header, load_rules, mark, rows  # noqa: F401 - rules

THEMES = {"system": N_("As on the device"), "light": N_("Light"), "dark": N_("Dark")}
LANGUAGES = {"ru": "Русский", "en": "English"}


class Profile(Page):
    """See the module."""

    reads = ("me", "shop", "referral", "balance")
    may_name_advocate = BooleanProperty(defaultvalue=False)
    giving = StringProperty("")
    """What there is to know of giving points; empty where they cannot be given."""
    name_line = StringProperty("")
    contacts = StringProperty("")
    number = StringProperty("")
    themes = DictProperty({})
    languages = DictProperty(LANGUAGES)
    about = StringProperty("")
    offers = DictProperty({})

    def show(self) -> None:
        """See `Page`."""
        me, tr = self.resource("me").data or {}, self.app.tr
        self.name_line = me.get("name") or tr("Your profile")
        self.contacts = " · ".join(text for text in (me.get("phone_masked"), me.get("email_masked")) if text)
        self.number = formatting.card_number(me.get("card_number") or "")
        shop = shop_of(self.resource("shop").data)
        self.may_name_advocate = invitation_of(self.resource("referral").data, shop).may_name_advocate
        terms = terms_of(self.resource("shop").data)
        self.giving = terms.note if terms else ""
        self.offers = {channel: shop.offer_text(channel) for channel in OFFER_CHANNELS}
        self.themes = {value: tr(label) for value, label in THEMES.items()}
        self.about = tr("Version {version}. Font Onest under OFL, icons by Tabler and Kivy under MIT.").format(
            version=__version__
        )
        given = {consent["channel"]: consent["given"] for consent in self._offers()}
        for channel in OFFER_CHANNELS:
            self.ids[channel].ticked = bool(given.get(channel))

    def set_offer(self, channel: str, *, given: bool) -> None:
        """Gives or takes back one consent; what the server did not take is shown as it was."""
        known = {consent["channel"]: consent["given"] for consent in self._offers()}
        if bool(known.get(channel)) == given or not self.resource("me").known:
            return
        consent = {"purpose": "marketing", "channel": channel, "given": given}
        self.app.session.update({"consents": [consent]}, lambda: None, self._not_set)

    def name_advocate(self) -> None:
        """Lets the person say who invited them."""
        self.app.root.open_sheet(self.app.tr("Who invited you?"), NameAdvocate())

    def give(self) -> None:
        """Lets points be given to somebody."""
        terms = terms_of(self.resource("shop").data)
        available = (self.resource("balance").data or {}).get("available") or 0
        if terms:
            sheet = GivePoints(terms=terms, available=available)
            self.app.root.open_sheet(self.app.tr("Give points"), sheet)

    def _not_set(self, error: ApiError) -> None:
        self.show()
        self.app.say("alert-circle", said_of(error, "consents"))

    def _offers(self) -> list[dict[str, Any]]:
        consents = (self.resource("me").data or {}).get("consents") or []
        return [consent for consent in consents if consent["purpose"] == "marketing"]


load_rules(__file__)
