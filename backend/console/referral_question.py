"""What the reports on referrals are asked for, as it stands in their addresses. No database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from backend.console.member_page import CHANNEL_NAMES, REFERRAL_NAMES, channel_name, day
from backend.referrals.analytics import KINDS, Question
from backend.referrals.months import Month
from backend.shared.i18n import _, _l

MONTHS_SHOWN = 12
MONTHS_MAXIMUM = 60
LENGTH_MAXIMUM = 64
KIND_NAMES = {
    "channel": _l("Channel"),
    "place": _l("Region"),
    "month": _l("Month"),
    "campaign": _l("Campaign of the link"),
}


@dataclass(frozen=True, kw_only=True)
class ReportQuestion:
    """Days of the shop, both included, one channel or all, one place or all, one state or all, and how to split."""

    question: Question
    by: str
    status: str
    is_narrowed: bool

    @classmethod
    def read(cls, asked: Mapping[str, str], *, today: date, zone: str) -> "ReportQuestion":
        """The question in an address; what cannot be read is left at what it is without it: the last twelve months."""
        last = min(day(asked.get("until")) or today, today)
        first = day(asked.get("since")) or Month(last.replace(day=1)).later(1 - MONTHS_SHOWN).first_day
        first = min(max(first, Month(last.replace(day=1)).later(1 - MONTHS_MAXIMUM).first_day), last)
        channel, place = _name(asked.get("channel")), _name(asked.get("place"))
        by, status = asked.get("by", ""), asked.get("status", "")
        return cls(
            question=Question(first_day=first, last_day=last, zone=zone, channel=channel, place=place),
            by=by if by in KINDS else KINDS[0],
            status=status if status in REFERRAL_NAMES else "",
            is_narrowed=any(asked.get(name) for name in ("since", "until", "channel", "place", "status")),
        )

    def arguments(self, **changes: str) -> dict[str, str]:
        """What goes into the address of another page with the same question; what it is without it is left out."""
        question = self.question
        asked = {
            "since": question.first_day.isoformat() if self.is_narrowed else "",
            "until": question.last_day.isoformat() if self.is_narrowed else "",
            "channel": question.channel or "",
            "place": question.place or "",
            "status": self.status,
            "by": self.by if self.by != KINDS[0] else "",
        }
        return {name: value for name, value in (asked | changes).items() if value}


def channels() -> list[tuple[str, str]]:
    """The channels to choose from, in words."""
    return [("", str(_("Every channel"))), *((channel, channel_name(channel)) for channel in CHANNEL_NAMES)]


def statuses() -> list[tuple[str, str]]:
    """The states to choose from, in words."""
    return [("", str(_("Every state"))), *((status, str(name)) for status, name in REFERRAL_NAMES.items())]


def kinds() -> list[tuple[str, str]]:
    """What a funnel can be split by, in words."""
    return [(kind, str(KIND_NAMES[kind])) for kind in KINDS]


def _name(text: str | None) -> str | None:
    """A name in an address; None where there is none, or what no name can be."""
    return text if text and text.isprintable() and len(text) <= LENGTH_MAXIMUM else None
