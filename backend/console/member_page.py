"""What the page of one member shows, put together from the books. No database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.ledger.book import KINDS
from backend.ledger.journal import Coming, JournalFilter, JournalTransaction, Standing
from backend.ledger.queries import Balance
from backend.shared import formatting
from backend.shared.i18n import _, _l, current_locale
from backend.shared.typed_days import typed_day
from backend.shared.wording import Reader


@dataclass(frozen=True)
class Look:
    """Words with the icon and the colour that go with them."""

    words: Any
    icon: str
    colour: str = "neutral"


KIND_LOOKS = {
    "accrual": Look(_l("Earned"), "shopping-bag"),
    "release": Look(_l("Released"), "lock-open"),
    "reserve": Look(_l("Set aside"), "hourglass"),
    "spend": Look(_l("Spent"), "receipt"),
    "cancel": Look(_l("Put back"), "arrow-back-up"),
    "return": Look(_l("Return"), "receipt-refund"),
    "expiry": Look(_l("Burnt"), "flame"),
    "adjustment": Look(_l("Adjusted"), "plus-minus"),
    "transfer": Look(_l("Transferred"), "arrows-exchange"),
    "import": Look(_l("Brought over"), "database-import"),
}
ACCOUNT_NAMES = {
    "available": _l("To spend"),
    "pending": _l("Pending"),
    "reserved": _l("Set aside"),
    "debt": _l("Owed"),
    "issued": _l("Programme: given"),
    "redeemed": _l("Programme: paid with"),
    "expired": _l("Programme: burnt"),
    "reversed": _l("Programme: taken back"),
    "adjusted": _l("Programme: adjusted"),
    "imported": _l("Programme: brought over"),
    "transferred": _l("Programme: transferred"),
}
REFERRAL_NAMES = {
    "joined": _l("Joined, no purchase yet"),
    "qualified": _l("Held for review"),
    "pending": _l("Pending"),
    "rewarded": _l("Rewarded"),
    "rejected": _l("No reward"),
    "reversed": _l("Taken back"),
}
CHANNEL_NAMES = {
    "link": _l("Link"),
    "qr": _l("QR code"),
    "messenger": _l("Messenger"),
    "social": _l("Social network"),
    "email": _l("E-mail"),
    "print": _l("Paper"),
    "own": _l("A link of their own"),
    "typed": _l("Typed code"),
    "till": _l("At the till"),
}
ADJUSTMENT_LOOKS = {
    "waiting": Look(_l("Waits for a second person"), "hourglass", "pending"),
    "posted": Look(_l("Done"), "circle-check", "rewarded"),
    "refused": Look(_l("Not approved"), "circle-x", "rejected"),
    "expired": Look(_l("Nobody decided in time"), "clock", "neutral"),
}


@dataclass(frozen=True, kw_only=True)
class LedgerQuestion:
    """What of the ledger is asked for: one kind or all, and days of the shop, both included."""

    kind: str
    since: date | None
    until: date | None

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "LedgerQuestion":
        """The question in an address; what cannot be read asks for nothing."""
        kind = asked.get("kind", "")
        return cls(kind=kind if kind in KINDS else "", since=day(asked.get("since")), until=day(asked.get("until")))

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out."""
        return bool(self.kind or self.since or self.until)

    def filter(self, *, zone: str) -> JournalFilter:
        """As the ledger understands it."""
        return JournalFilter(
            kinds=(self.kind,) if self.kind else (),
            since=beginning(self.since, zone=zone) if self.since else None,
            until=beginning(self.until + timedelta(days=1), zone=zone) if self.until else None,
        )

    def arguments(self) -> dict[str, str]:
        """What goes into the address of the list's other pages."""
        asked = {
            "kind": self.kind,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One of the figures over the ledger."""

    label: Any
    value: str
    note: str = ""
    colour: str | None = None


def day(text: str | None) -> date | None:
    """The day in a field of a form or an address; None where there is none."""
    return typed_day(text or "")


def beginning(of: date, *, zone: str) -> datetime:
    """The first moment of a day in the zone."""
    return datetime.combine(of, time(), ZoneInfo(zone))


def end(of: date, *, zone: str) -> datetime:
    """The last moment of a day in the zone."""
    return beginning(of + timedelta(days=1), zone=zone) - timedelta(microseconds=1)


def figures(balance: Balance, standing: Standing, *, worth: str | None, zone: str, now: datetime) -> list[Figure]:
    """The six figures: what can be spent, what is coming, set aside, owed, was earned in all, and burns next."""
    reader = Reader(current_locale(), zone)
    owed = standing.debt_reason
    return [
        Figure(label=_("To spend"), value=_count(balance.available), note=worth or ""),
        Figure(
            label=_("Pending"),
            value=_count(balance.pending),
            note=_on_day(_("%(count)s of it on %(day)s"), standing.next_release, zone=zone, now=now),
            colour="pending" if balance.pending else None,
        ),
        Figure(
            label=_("Set aside"),
            value=_count(balance.reserved),
            note=_("for a sale at a till") if balance.reserved else _("no open till"),
        ),
        Figure(
            label=_("Owed"),
            value=_count(balance.debt),
            note=owed.transaction.title(reader) if owed else _("nothing"),
            colour="rejected" if balance.debt else None,
        ),
        Figure(label=_("Earned in all"), value=_count(standing.earned), note=_("net of returns")),
        Figure(
            label=_("Burn next"),
            value=_count(standing.next_expiry.points if standing.next_expiry else 0),
            note=_on_day(_("on %(day)s"), standing.next_expiry, zone=zone, now=now) or _("nothing burns"),
            colour="expiring" if standing.next_expiry else None,
        ),
    ]


def state_of(transaction: JournalTransaction, *, zone: str, now: datetime) -> Look | None:
    """Where the points stand that a transaction credited; None where it credited none."""
    if transaction.state == "pending" and transaction.available_at is not None:
        return Look(_short_day(transaction.available_at, zone=zone, now=now), "clock", "pending")
    if transaction.state == "available":
        return Look(_("Can be spent"), "circle-check", "rewarded")
    return Look(_("Nothing left"), "minus", "neutral") if transaction.state == "gone" else None


def kinds() -> list[tuple[str, str]]:
    """The kinds of transactions to choose from, in words."""
    return [("", str(_("Every kind"))), *((kind, str(KIND_LOOKS[kind].words)) for kind in KINDS)]


def channel_name(channel: str) -> str:
    """The way by which a friend came; a channel of the shop's own keeps its name."""
    return str(CHANNEL_NAMES.get(channel, channel.title()))


def _on_day(text: str, coming: Coming | None, *, zone: str, now: datetime) -> str:
    if coming is None:
        return ""
    return text % {"count": _count(coming.points), "day": _short_day(coming.at, zone=zone, now=now)}


def _short_day(moment: datetime, *, zone: str, now: datetime) -> str:
    today = formatting.day_in(now, zone)
    return formatting.short_date(moment, locale=current_locale(), zone=zone, today=today)


def _count(points: int) -> str:
    return formatting.count(points, locale=current_locale())
