"""The form of a new campaign: what was typed, and what of it is wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from marshmallow import ValidationError

from backend.campaigns.queries import CampaignView
from backend.campaigns.schemas import (
    BODY_LENGTH_MAXIMUM,
    HOLDOUT_PERCENT_MAXIMUM,
    NAME_LENGTH_MAXIMUM,
    RATE_PER_SECOND_MAXIMUM,
    TITLE_LENGTH_MAXIMUM,
    NewCampaignSchema,
)
from backend.shared import formatting
from backend.shared.i18n import LOCALES, _, current_locale

FIELDS = (
    "name",
    "kind",
    "title_ru",
    "body_ru",
    "title_en",
    "body_en",
    "rate_per_second",
    "holdout_percent",
    "starts_at",
    "segment_id",
)
# Where the schema's errors are shown.
PLACES: Mapping[tuple[str, ...], str] = {
    ("message", "ru", "title"): "title_ru",
    ("message", "ru", "body"): "body_ru",
    ("message", "en", "title"): "title_en",
    ("message", "en", "body"): "body_en",
}

LENGTHS = {
    "name": NAME_LENGTH_MAXIMUM,
    **{f"title_{locale}": TITLE_LENGTH_MAXIMUM for locale in LOCALES},
    **{f"body_{locale}": BODY_LENGTH_MAXIMUM for locale in LOCALES},
}
RANGES = {"rate_per_second": (1, RATE_PER_SECOND_MAXIMUM), "holdout_percent": (0, HOLDOUT_PERCENT_MAXIMUM)}


class CampaignForm:
    """What the browser sent. After `read`, either `campaign` is there or `errors` says what is wrong, by field."""

    def __init__(self, typed: Mapping[str, str] | None = None) -> None:
        self.values = {name: (typed or {}).get(name, "").strip() for name in FIELDS}
        self.values["kind"] = self.values["kind"] or "marketing"
        self.errors: dict[str, str] = {}
        self.campaign: dict[str, Any] | None = None

    @classmethod
    def of(cls, campaign: CampaignView, *, zone: str) -> Self:
        """The form as it was when this campaign was written; moments in the shop's `zone`."""
        texts = {f"{part}_{locale}": campaign.message[locale][part] for locale in LOCALES for part in ("title", "body")}
        starts_at = campaign.starts_at.astimezone(ZoneInfo(zone)) if campaign.starts_at else None
        return cls(
            {
                **texts,
                "name": campaign.name,
                "kind": campaign.kind,
                "rate_per_second": str(campaign.rate_per_second or ""),
                "holdout_percent": str(campaign.holdout_percent or ""),
                "starts_at": f"{starts_at:%Y-%m-%dT%H:%M}" if starts_at else "",
                "segment_id": str(campaign.segment_id or ""),
            }
        )

    @property
    def segment_id(self) -> UUID | None:
        """The segment that is chosen; None for everybody."""
        try:
            return UUID(self.values["segment_id"])
        except ValueError:
            return None

    def read(self, *, zone: str) -> bool:
        """Reads what was typed; moments are in the shop's `zone`. True where nothing is wrong."""
        document = {
            "name": self.values["name"] or self.values["title_ru"],
            "kind": self.values["kind"],
            "segment_id": self.values["segment_id"] or None,
            "message": {
                locale: {"title": self.values[f"title_{locale}"], "body": self.values[f"body_{locale}"]}
                for locale in LOCALES
            },
            "rate_per_second": self._whole_number("rate_per_second"),
            "holdout_percent": self._whole_number("holdout_percent") or 0,
            "starts_at": self._moment("starts_at", zone),
        }
        try:
            loaded = NewCampaignSchema().load(document)
        except ValidationError as error:
            for path, text in _leaves(error.messages):
                place = PLACES.get(path, path[0])
                self.errors.setdefault(place, self._what_is_wrong(place) or text)
            return False
        if not self.errors:
            self.campaign = loaded
        return not self.errors

    def refuse_segment(self) -> None:
        """Says at the field that the segment is not there any more."""
        self.errors["segment_id"] = self._what_is_wrong("segment_id") or ""

    def _what_is_wrong(self, place: str) -> str | None:
        """The schema's refusal in words for a person, where its field has a limit of its own."""
        if place == "segment_id":
            return str(_("There is no such segment any more."))
        if place in RANGES:
            least, most = RANGES[place]
            most_words = formatting.count(most, locale=current_locale())
            return str(_("A whole number from %(least)s to %(most)s.", least=least, most=most_words))
        if place not in LENGTHS:
            return None
        if not self.values[place]:
            return str(_("Nothing is written here."))
        if len(self.values[place]) > LENGTHS[place]:
            return str(_("Too long: %(most)s characters at most.", most=LENGTHS[place]))
        return None

    def _whole_number(self, name: str) -> int | None:
        typed = self.values[name]
        if not typed:
            return None
        if typed.isascii() and typed.isdigit() and len(typed) < 10:
            return int(typed)
        self.errors[name] = self._what_is_wrong(name) or ""
        return None

    def _moment(self, name: str, zone: str) -> str | None:
        typed = self.values[name]
        if not typed:
            return None
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(zone)).isoformat()
        except ValueError:
            self.errors[name] = _("A day and a time, please.")
            return None


def _leaves(messages: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Each text of marshmallow's nested errors with the path to its field."""
    if isinstance(messages, Mapping):
        return [leaf for name, inner in messages.items() for leaf in _leaves(inner, (*path, str(name)))]
    return [(path, _(str(text))) for text in messages[:1]]
