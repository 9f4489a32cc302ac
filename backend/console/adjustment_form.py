"""The form of an adjustment: what was typed, and what of it is wrong."""

import re
import secrets
from collections.abc import Mapping

from backend.ledger.adjusting import FOR_DISPUTE, POINTS_MAXIMUM, REASONS
from backend.shared import formatting
from backend.shared.i18n import _, _l, current_locale

NOTE_LENGTH_MAXIMUM = 500
REASON_NAMES = {
    "goodwill": _l("A sign of goodwill"),
    "correction": _l("A correction"),
    "complaint": _l("A complaint"),
    "migration": _l("From an earlier card"),
    "promotion": _l("A promotion"),
    FOR_DISPUTE: _l("The answer to a question"),
}
# As people write a number: with a sign of any kind, and thousands apart.
MINUS_SIGNS = str.maketrans(dict.fromkeys("\u2212\u2013\u2014", "-"))
WRITTEN = re.compile(r"[+-]? ?(\d+|\d{1,3}([ \u00a0\u202f,]\d{3})+)", re.ASCII)
DIGITS_MAXIMUM = 12


class AdjustmentForm:
    """What the browser sent. After `read`, `points` are there or `errors` says what is wrong, by field."""

    def __init__(self, typed: Mapping[str, str] | None = None) -> None:
        typed = typed or {}
        self.values = {name: typed.get(name, "").strip() for name in ("points", "reason", "note")}
        # The form's own number: sent twice, it is the same adjustment.
        self.key = typed.get("key", "")[:64] or secrets.token_urlsafe(16)
        self.errors: dict[str, str] = {}
        self.points = 0

    def read(self) -> bool:
        """Reads what was typed; true where nothing is wrong."""
        self._read_points()
        if self.values["reason"] not in REASONS:
            self.errors["reason"] = _("Choose what the participant is told.")
        note = self.values["note"]
        if not note:
            self.errors["note"] = _("Write down why; only staff reads it.")
        elif len(note) > NOTE_LENGTH_MAXIMUM:
            self.errors["note"] = _("Too long: %(most)s characters at most.", most=NOTE_LENGTH_MAXIMUM)
        return not self.errors

    def refuse_more_than(self, available: int) -> None:
        """Says at the field that so many points cannot be taken."""
        most = formatting.points(available, locale=current_locale())
        self.errors["points"] = _("No more than %(most)s can be taken: that is what is available.", most=most)

    def _read_points(self) -> None:
        typed = self.values["points"].translate(MINUS_SIGNS)
        digits = re.sub(r"\D", "", typed)
        if WRITTEN.fullmatch(typed) and len(digits) <= DIGITS_MAXIMUM:
            self.points = -int(digits) if typed.startswith("-") else int(digits)
        if self.points == 0 or abs(self.points) > POINTS_MAXIMUM:
            self.errors["points"] = _("A whole number of points: 300 to add, −300 to take.")  # noqa: RUF001


def reasons() -> list[tuple[str, str]]:
    """The reasons to choose from, in words."""
    return [("", str(_("Choose…"))), *((reason, str(REASON_NAMES[reason])) for reason in REASONS)]
