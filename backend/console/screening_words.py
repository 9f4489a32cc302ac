"""The rules against fraud in words: what each looks for, what it saw, what it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

from backend.console.member_page import Look
from backend.shared import formatting
from backend.shared.i18n import _, _l, _n, current_locale

SUBJECT_NAMES = {
    "referral": _l("Invitation"),
    "receipt": _l("Receipt"),
    "member": _l("Member"),
    "staff": _l("Staff member"),
}
RULE_NAMES: Mapping[str, Any] = {
    "self_referral": _l("One person with two cards"),
    "same_address": _l("Joined from one network"),
    "advocate_predates": _l("The friend was a guest first"),
    "disposable_email": _l("Temporary mailbox"),
    "staff_is_advocate": _l("The cashier brought the friend"),
    "accounts_per_device": _l("Many cards on one phone"),
    "ring_shares_device": _l("A ring that shares phones or cards"),
    "joins_per_code": _l("A crowd by one code"),
    "referral_terms": _l("The programme's own terms"),
    "receipts_per_card_day": _l("Many receipts of one card in a day"),
    "receipts_per_card_till_hour": _l("Many receipts of one card at one till in an hour"),
    "own_shift": _l("A cashier's own card"),
    "cashier_outlier": _l("A cashier unlike the others"),
    "new_device_pause": _l("A new phone, a day without spending"),
}
RULE_TEXTS: Mapping[str, Any] = {
    "self_referral": _l(
        "Refuses where both cards stand on one phone number or mailbox, or are used on one phone. Holds where the phone"
        " went from one to the other, or both pay with one payment card: families do that too."
    ),
    "same_address": _l("Only notes that both joined from one network with one browser. It holds nobody."),
    "advocate_predates": _l("Refuses where the friend was a guest before the one who invited."),
    "disposable_email": _l("Refuses where the friend can be reached by a mailbox for minutes alone."),
    "staff_is_advocate": _l("Holds where whoever rang up the first purchase is rewarded for it."),
    "accounts_per_device": _l("Holds where more cards were opened on one phone than a household has."),
    "ring_shares_device": _l("Holds where several of one circle of invitations share phones or payment cards."),
    "joins_per_code": _l("Holds whoever comes with a crowd, tells the one who invited, and replaces the code."),
    "receipts_per_card_day": _l("Holds the points of a card that is rung up too often in a day."),
    "receipts_per_card_till_hour": _l("Holds the points of a card that is rung up too often at one till in an hour."),
    "own_shift": _l("Gives no points for what staff rings up on their own card."),
    "cashier_outlier": _l("Points at a cashier who rings up far more receipts per card than the others."),
    "new_device_pause": _l("Lets nothing be spent for a day after a further phone or another number."),
}
INPUT_NAMES: Mapping[str, Any] = {
    "same_contact": _l("One phone number or mailbox behind both cards"),
    "same_device": _l("Both cards on one phone"),
    "handed_down_device": _l("The phone went from one to the other"),
    "same_payment": _l("Both paid with one payment card"),
    "same_address": _l("Joined from one network with one browser"),
    "advocate_joined_later": _l("The friend was a guest first"),
    "only_disposable_email": _l("Reached by a temporary mailbox alone"),
    "cashier_is_advocate": _l("Rung up by the one who invited"),
    "accounts_on_device": _l("Cards opened on the phone within the window"),
    "accounts": _l("Limit: cards"),
    "ring_people": _l("People in the ring"),
    "people_minimum": _l("Held from, people"),
    "joins_in_window": _l("Friends who joined within the window"),
    "friends": _l("Limit: friends"),
    "window_hours": _l("Window, hours"),
    "window_days": _l("Window, days"),
    "receipts_counted": _l("Receipts counted"),
    "window_minutes": _l("Window, minutes"),
    "receipts": _l("Receipts"),
    "receipts_per_card": _l("Receipts per card"),
    "cashier": _l("Cashier"),
    "cards": _l("Different cards"),
    "cashiers": _l("Cashiers to compare"),
    "score": _l("Score"),
    "robust_z_hundredths": _l("Robust z-score"),
    "median_percent": _l("Per cent of the median"),
    "change": _l("What was changed"),
    "hours": _l("Hours"),
}
HUNDREDTHS = "_hundredths"
OUTCOME_LOOKS = {
    "allow": Look(_l("Allows"), "circle-check", "rewarded"),
    "hold": Look(_l("Holds"), "hand-stop", "pending"),
    "reject": Look(_l("Refuses"), "circle-x", "rejected"),
}
NOTES = Look(_l("Notes"), "info-circle", "info")
STATE_LOOKS = {
    "open": Look(_l("Waits"), "hourglass", "pending"),
    "released": Look(_l("Released after review"), "circle-check", "rewarded"),
    "refused": Look(_l("Refused after review"), "circle-x", "rejected"),
}
MODE_LOOKS = {
    "active": Look(_l("Acts"), "shield-check", "rewarded"),
    "shadow": Look(_l("Watches"), "eye", "neutral"),
}
TIE_ICONS = {"device": "device-mobile", "payment": "wallet", "contact": "mail", "address": "wifi"}


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a rule looked at, in words; `is_remarkable` where it speaks against the subject."""

    name: str
    value: str
    is_remarkable: bool = False


def rule_name(rule: str) -> str:
    """What a rule is called; its own name where nobody has called it yet."""
    return str(RULE_NAMES.get(rule) or rule)


def outcome_look(outcome: str, is_worth_reading: bool) -> Look:  # noqa: FBT001 - templates have positions alone
    """How what a rule said looks; one that allows and has seen something all the same notes it."""
    return NOTES if outcome == "allow" and is_worth_reading else OUTCOME_LOOKS[outcome]


def inputs_in_words(inputs: Mapping[str, Any]) -> list[Input]:
    """What a rule looked at, line by line."""
    return [_input(name, value) for name, value in inputs.items()]


def tie_in_words(kinds: Mapping[str, int]) -> str:
    """What people share, for the table and for whoever hears the picture."""
    return ", ".join(_kind(kind, count) for kind, count in kinds.items())


def _input(name: str, value: Any) -> Input:
    words = str(INPUT_NAMES.get(name) or name.replace("_", " "))
    if isinstance(value, bool):
        return Input(words, str(_("yes") if value else _("no")), value)
    if isinstance(value, int) and name.endswith(HUNDREDTHS):
        return Input(words, format_decimal(value / 100, locale=current_locale()))
    if isinstance(value, float):
        return Input(words, format_decimal(value, locale=current_locale()))
    if isinstance(value, int):
        return Input(words, formatting.count(value, locale=current_locale()))
    return Input(words, str(value))


def _kind(kind: str, count: int) -> str:
    words = {
        "device": _n("one phone", "%(num)s phones", count),
        "payment": _n("one payment card", "%(num)s payment cards", count),
        "contact": _("one phone number or mailbox"),
        "address": _("one network and browser at joining"),
    }
    return str(words[kind])
