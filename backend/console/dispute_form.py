"""The form of a decision: what was typed, and what of it is wrong."""

import re
from collections.abc import Mapping

from backend.disputes.schemas import POINTS_ADDED_MAXIMUM, TEXT_LENGTH_MAXIMUM
from backend.shared.i18n import _

WRITTEN = re.compile(r"\+? ?(\d+|\d{1,3}([ \u00a0\u202f,]\d{3})+)", re.ASCII)
DIGITS_MAXIMUM = 10


class DecisionForm:
    """What the browser sent. After `read`, outcome and points are there or `errors` says what is wrong, by field."""

    def __init__(self, typed: Mapping[str, str] | None = None) -> None:
        typed = typed or {}
        self.values = {name: typed.get(name, "").strip() for name in ("outcome", "points", "text")}
        self.errors: dict[str, str] = {}
        self.points: int | None = None

    @property
    def outcome(self) -> str:
        """What was chosen."""
        return self.values["outcome"]

    def read(self) -> bool:
        """Reads what was typed; true where nothing is wrong."""
        if self.outcome not in {"upheld", "refused"}:
            self.errors["outcome"] = _("Choose who is right.")
        text = self.values["text"]
        if not text:
            self.errors["text"] = _("Write what the member reads.")
        elif len(text) > TEXT_LENGTH_MAXIMUM:
            self.errors["text"] = _("Too long: %(most)s characters at most.", most=TEXT_LENGTH_MAXIMUM)
        if self.outcome == "upheld" and self.values["points"]:
            self._read_points()
        return not self.errors

    def _read_points(self) -> None:
        typed = self.values["points"]
        digits = re.sub(r"\D", "", typed)
        if not WRITTEN.fullmatch(typed) or len(digits) > DIGITS_MAXIMUM or int(digits) > POINTS_ADDED_MAXIMUM:
            self.errors["points"] = _("A whole number of points: 30. Or 0, where nothing is to be added.")
            return
        self.points = int(digits)
