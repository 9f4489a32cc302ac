"""The shop whose app this is: its name, its colours, what it gives for a friend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from client_kivy.state import formatting, language
from client_kivy.state.language import N_
from client_kivy.state.language import gettext as _

OFFERS = {"push": N_("In the app, by push"), "email": N_("By e-mail"), "sms": N_("By SMS")}


@dataclass(frozen=True)
class Referral:
    """What both sides get, and for what."""

    advocate_points: int
    friend_points: int
    minimum_amount_minor: int
    currency: str

    @property
    def for_both(self) -> str:
        """One line that says what both get."""
        return _("{own} for you, {friends} for them").format(
            own=formatting.points(self.advocate_points), friends=formatting.number(self.friend_points)
        )

    @property
    def condition(self) -> str:
        """For which purchase."""
        if not self.minimum_amount_minor:
            return _("after the first purchase")
        return _("after the first purchase of {amount} or more").format(amount=self.minimum)

    @property
    def minimum(self) -> str:
        """The smallest purchase that counts."""
        return formatting.money(self.minimum_amount_minor, self.currency)


@dataclass(frozen=True)
class Shop:
    """The shop as the app shows it."""

    name: str
    accent: str | None
    spark: str | None
    currency: str
    referral: Referral | None
    offer_texts: Mapping[str, str]
    """The words that a person agrees to when offers may come, by channel."""

    def offer_text(self, channel: str) -> str:
        """The words for a channel; the app's own until the shop's are known."""
        return self.offer_texts.get(channel) or _(OFFERS[channel])


def shop_of(data: Mapping[str, Any] | None) -> Shop:
    """The shop in the answer of `/shop`; before there is one, a shop without a name."""
    data = data or {}
    name = data.get("name") or ""
    if isinstance(name, Mapping):
        name = name.get(language.current()) or name.get("en") or ""
    currency = data.get("currency") or "RUB"
    terms = data.get("referral")
    referral = None
    if terms:
        referral = Referral(
            terms["advocate_points"], terms["friend_points"], terms.get("minimum_amount_minor") or 0, currency
        )
    return Shop(
        name=name,
        accent=data.get("accent"),
        spark=data.get("spark"),
        currency=currency,
        referral=referral,
        offer_texts={
            consent["channel"]: consent["text"]
            for consent in data.get("consent_texts") or ()
            if consent["purpose"] == "marketing"
        },
    )


def consent_text_of(data: Mapping[str, Any] | None, purpose: str) -> str:
    """The words that a person agrees to for a purpose; empty until the shop's are known."""
    texts = (data or {}).get("consent_texts") or ()
    return next((consent["text"] for consent in texts if consent["purpose"] == purpose), "")
