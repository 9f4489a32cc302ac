"""What the person says when something is wrong: about a row, about a friend, or about a receipt that is missing."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from client_kivy.state import formatting
from client_kivy.state.disputes import ABOUT, Subject
from client_kivy.state.entries import entry_of
from client_kivy.state.friends import friend_of
from client_kivy.state.language import N_
from client_kivy.state.language import gettext as _
from client_kivy.state.letters import Letter

PHOTOS_MAXIMUM = 5
ANSWER_WORKING_DAYS, SATURDAY = 10, 5
OTHER = "other"
CHOICES = {
    "entry": ("too_few", "not_mine", "taken_twice", OTHER),
    "referral": ("too_few", "not_yet", OTHER),
}
LABELS = {**ABOUT, OTHER: N_("Something else")}
RECEIPT_NUMBER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
NUMERIC_DAY = re.compile(r"(\d{1,2})[./ -](\d{1,2})(?:[./ -](\d{4}|\d{2}))?")
CURRENCIES_WITHOUT_MINOR_UNITS = formatting.CURRENCIES_WITHOUT_MINOR_UNITS


@dataclass
class Complaint:
    """What is being written. `kind` is `entry`, `referral` or `receipt`; `item` is the row it is about."""

    kind: str = "receipt"
    item: Mapping[str, Any] = field(default_factory=dict)
    choice: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()
    number: str = ""
    day: str = ""
    amount: str = ""
    insists: bool = False

    def mistakes(self, *, today: date) -> dict[str, str]:
        """What is missing or cannot be read, by the name of the field."""
        found = {}
        if self.kind == "receipt":
            if not RECEIPT_NUMBER.fullmatch(self.number.strip()):
                found["number"] = _("Write the number as it is printed: letters, digits and . _ : -")
            day = day_of(self.day, today=today)
            if day is None:
                found["day"] = _("Write the day like 22.11.")
            elif day > today:
                found["day"] = _("This day has not come yet.")
            if self.amount.strip() and amount_minor_of(self.amount, "RUB") is None:
                found["amount"] = _("Write the sum like 450 or 450.50.")
        elif not self.choice:
            found["choice"] = _("Choose what should be different.")
        if self.choice == OTHER and not self.text.strip():
            found["text"] = _("Say in a few words what is wrong.")
        return found

    def letter(self, *, now: datetime, currency: str) -> Letter:
        """What is kept and sent; `now` is in the member's zone."""
        opening: dict[str, Any]
        if self.kind == "receipt":
            opening = {"receipt": self._receipt(today=now.date(), currency=currency)}
        else:
            opening = {f"{self.kind}_id": self.item["id"], "about": self.choice}
        if self.insists:
            opening["insists"] = True
        subject = self.subject(now=now, currency=currency)
        return Letter(
            key="",
            opening=opening,
            subject={name: str(value) for name, value in asdict(subject).items()},
            text=self._words(),
            photos=self.photos,
        )

    def subject(self, *, now: datetime, currency: str) -> Subject:
        """What it is about, as a row."""
        if self.kind == "entry":
            entry = entry_of(self.item, now=now, with_day=True)
            note = entry.when
            if self.item.get("amount_minor") is not None:
                money = formatting.money(self.item["amount_minor"], self.item.get("currency") or currency)
                note = f"{note} · {money}"
            return Subject(entry.icon, entry.title, note, entry.points, entry.tone, entry.state, entry.state_icon)
        if self.kind == "referral":
            friend = friend_of(self.item, now=now)
            return Subject("users", friend.name, friend.pill, friend.points, friend.points_tone)
        day = day_of(self.day, today=now.date())
        amount = amount_minor_of(self.amount, currency)
        parts = [
            _("No. {number}").format(number=self.number.strip()) if self.number.strip() else "",
            formatting.money(amount, currency) if amount is not None else "",
        ]
        title = _("A receipt is missing")
        if day is not None:
            title = _("Receipt of {day}").format(day=formatting.day(day, today=now.date()))
        return Subject("receipt", title, " · ".join(part for part in parts if part))

    def _receipt(self, *, today: date, currency: str) -> dict[str, Any]:
        day = day_of(self.day, today=today)
        receipt: dict[str, Any] = {"number": self.number.strip(), "on": day.isoformat() if day else ""}
        amount = amount_minor_of(self.amount, currency)
        if amount is not None:
            receipt |= {"amount": amount, "currency": currency}
        return receipt

    def _words(self) -> str:
        chosen = LABELS.get(self.choice, N_("This receipt is not in my history."))
        return self.text.strip() or _(chosen)


def answer_by(today: date) -> date:
    """The tenth working day after today where only weekends are free; the server's own day stands in its answer."""
    day = today
    for _working_day in range(ANSWER_WORKING_DAYS):
        day += timedelta(days=1)
        while day.weekday() >= SATURDAY:
            day += timedelta(days=1)
    return day


def day_of(text: str, *, today: date) -> date | None:
    """The day that was typed as 22.11 or 22.11.2026; without a year the last one that has been."""
    found = NUMERIC_DAY.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year = found.groups()
    whole_year = today.year if year is None else int(year) if len(year) == 4 else 2000 + int(year)
    try:
        typed = date(whole_year, int(month), int(day))
        return typed.replace(year=typed.year - 1) if year is None and typed > today else typed
    except ValueError:
        return None


def amount_minor_of(text: str, currency: str) -> int | None:
    """The sum that was typed, in minor units; None where it is none."""
    typed = re.sub(r"[\s\u00a0₽$€£]", "", text).replace(",", ".")
    try:
        amount = Decimal(typed)
    except InvalidOperation:
        return None
    scaled = amount * (1 if currency in CURRENCIES_WITHOUT_MINOR_UNITS else 100)
    if not amount.is_finite() or amount <= 0 or scaled != scaled.to_integral_value():
        return None
    return int(scaled)
