"""How disputes are called on the desk: topics, states, deadlines, and what happened. No database."""

from datetime import datetime
from typing import Any

from backend.console.member_page import Look
from backend.disputes.queries import DisputeShown
from backend.shared import formatting
from backend.shared.i18n import _, _l, current_locale

TOPIC_NAMES: dict[str, Any] = {
    "entry_too_few": _l("Too few points"),
    "entry_not_yet": _l("Points that cannot be spent yet"),
    "entry_not_mine": _l("A purchase of somebody else"),
    "entry_taken_twice": _l("Points taken twice"),
    "entry_other": _l("Something about an entry"),
    "entry_pending": _l("Points that wait"),
    "receipt_attached": _l("Receipt found and attached"),
    "receipt_yours": _l("Receipt is theirs already"),
    "receipt_returned": _l("Receipt was returned"),
    "receipt_too_late": _l("Receipt is older than can be claimed"),
    "receipt_elsewhere": _l("Receipt belongs to somebody else"),
    "receipt_not_matching": _l("Receipt does not match"),
    "receipt_unknown": _l("Receipt not found"),
    "referral_not_bought": _l("Friend has not bought yet"),
    "referral_pending": _l("Reward that waits"),
    "referral_cap": _l("Reward over the cap"),
    "referral_below_minimum": _l("First purchase too small"),
    "referral_held": _l("Friend held for review"),
    "referral_refused": _l("Friend refused"),
    "referral_reversed": _l("Reward taken back"),
    "referral_rewarded": _l("Reward that was given"),
}
STATE_LOOKS = {
    "open": Look(_l("Waits for us"), "hourglass", "pending"),
    "answered": Look(_l("Waits for the member"), "messages", "info"),
    "upheld": Look(_l("Upheld"), "circle-check", "rewarded"),
    "refused": Look(_l("Not upheld"), "circle-x", "rejected"),
    "settled": Look(_l("Settled by rule"), "check", "neutral"),
    "withdrawn": Look(_l("Withdrawn by the member"), "arrow-back-up", "neutral"),
}
LIST_NAMES = {"open": _l("Open ones"), "by_rule": _l("By rule"), "closed": _l("Closed")}
HAPPENED: dict[str, Any] = {
    "settled": _l("Settled by rule"),
    "insisted": _l("Not accepted: a person looks at it"),
    "withdrawn": _l("Withdrawn"),
    "reminded": _l("Three working days are left"),
    "escalated": _l("Beyond its deadline: an administrator sees it first"),
    "proposed": _l("Proposed, waits for a second person"),
    "not_approved": _l("The second person did not approve it"),
    "upheld": _l("Decided: the member is right"),
    "refused": _l("Decided: refused"),
    "rated": _l("The member says how it went"),
    "evidence": _l("A photo"),
}
SUBJECT_ICONS = {"entry": "receipt", "referral": "user-plus", "receipt": "search"}
SOON_DAYS = 3


def due_look(dispute: DisputeShown, *, now: datetime, zone: str) -> Look:
    """By when it is to be decided, and how near that is."""
    today = formatting.day_in(now, zone)
    left = (dispute.due_on - today).days
    words = formatting.short_date(dispute.due_on, locale=current_locale(), today=today)
    if left < 0:
        return Look(_("overdue, %(day)s", day=words), "alert-triangle", "rejected")
    if left == 0:
        return Look(_("today"), "alert-triangle", "rejected")
    return Look(words, "clock", "expiring" if left <= SOON_DAYS else "neutral")
