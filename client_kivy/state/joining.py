"""The draft of somebody who is about to sign in: what was typed so far, and what of it is not right yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from client_kivy.api.errors import ApiError, NoConnection, Problem
from client_kivy.state.arrival import NO_ARRIVAL, Arrival
from client_kivy.state.contact import grouped_phone, plausible_email, plausible_phone, referral_code_of
from client_kivy.state.language import gettext as _
from client_kivy.state.session import Joining

OFFER_CHANNELS = ("push", "email", "sms")
RESEND_SECONDS = 60


@dataclass
class Draft:
    """What was typed and ticked; nothing is ticked beforehand."""

    by_email: bool = False
    typed: str = ""
    referral_code: str = ""
    arrival: Arrival = NO_ARRIVAL
    name: str = ""
    offers: set[str] = field(default_factory=set)
    data_agreed: bool = False
    code_digits: int = 6

    @classmethod
    def invited(cls, arrival: Arrival) -> "Draft":
        """The draft of somebody whom a friend's link brought, or nobody's."""
        return cls(referral_code=arrival.code, arrival=arrival)

    @property
    def contact(self) -> Mapping[str, str]:
        """`{"email"}` or `{"phone"}`."""
        return {"email": self.typed.strip()} if self.by_email else {"phone": self.typed.strip()}

    @property
    def spoken_contact(self) -> str:
        """The contact as a person reads it."""
        return self.typed.strip() if self.by_email else grouped_phone(self.typed)

    def fault_of_contact(self) -> str:
        """What is wrong with the typed contact; empty where nothing is."""
        if self.by_email:
            return "" if plausible_email(self.typed) else _("This does not look like an e-mail address.")
        return "" if plausible_phone(self.typed) else _("A phone number has 10 to 15 digits.")

    def joining(self, code: str, *, locale: str) -> Joining:
        """What is sent with the code."""
        consents: list[Mapping[str, Any]] = [
            {"purpose": "marketing", "channel": channel} for channel in OFFER_CHANNELS if channel in self.offers
        ]
        if self.data_agreed:
            consents.append({"purpose": "personal_data", "channel": "any"})
        return Joining(
            contact=self.contact,
            code=code.strip(),
            locale=locale,
            name=self.name.strip(),
            referral_code=referral_code_of(self.referral_code),
            arrival=self.arrival.facts(self.referral_code),
            consents=tuple(consents),
        )


def said_of(error: ApiError, *fields: str) -> str:
    """What went wrong, in words: of the first of these fields that is to blame, or in general."""
    if isinstance(error, NoConnection):
        return _("No connection. Try again when there is one.")
    if isinstance(error, Problem):
        for name in fields:
            if said := error.of_field(name):
                return said
        return error.title or _("It did not go through. Try again.")
    return _("It did not go through. Try again.")
