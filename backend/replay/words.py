"""What a report says in sentences: in which currency, on what assumptions, and what it does not know."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from backend.shared import formatting
from backend.shared.wording import N_

LEFT_OUT = {
    "guest": N_("without a member"),
    "without_price": N_("without a price"),
    "stock_correction": N_("stock corrections"),
    "unmatched_cancellation": N_("cancellations of nothing that was sold"),
    "unmatched_return": N_("returns of nothing that was sold"),
    "unreadable": N_("unreadable"),
}


class Say(Protocol):
    """gettext in the reader's language."""

    def __call__(self, text: str, **facts: Any) -> str:
        """The text with its facts."""


def notes(report: Mapping[str, Any], say: Say, *, locale: str) -> Iterator[str]:
    """What has to be known before the figures are believed, a sentence each."""
    past, assumptions = report["past"], report["assumptions"]
    yield say(
        N_("Amounts are read as they stand, in the programme's currency: %(currency)s. Nothing is converted."),
        currency=report["currency"],
    )
    yield say(
        N_("Assumed: %(share)s of the members pay with all the points they may at each purchase, the others never."),
        share=formatting.percent(assumptions["spending_share_percent"] * 100, locale=locale),
    )
    if past["source"] == "synthetic":
        yield say(N_("These receipts are made up: they show size and speed, not this shop's guests."))
    if past["left_out"]:
        parts = (
            f"{say(LEFT_OUT.get(reason, reason))}: {formatting.count(count, locale=locale)}"
            for reason, count in past["left_out"].items()
        )
        yield say(N_("Rows left out: %(parts)s."), parts=", ".join(parts))
    yield say(N_("What recommendations and actions would give stands in no receipt, and is not counted."))
    yield from _unknown(report, say)


def _unknown(report: Mapping[str, Any], say: Say) -> Iterator[str]:
    outcomes = [one for one in (report["outcome"], report["against"]) if one]
    segments = sorted({name for one in outcomes for name in one["segments_asked"]})
    if segments and report["assumptions"]["segments_known"]:
        yield say(N_("Segments are taken as they are known now, for the whole time."))
    elif segments:
        yield say(
            N_("Segments are not known here: rules that ask for them (%(segments)s) did not fire."),
            segments=", ".join(segments),
        )
    if any(one["profile_asked"] for one in outcomes) and not report["assumptions"]["profiles_known"]:
        yield say(N_("Birthdays and languages are not known here; members joined with their first purchase."))
    if any(one["referrals_asked"] for one in outcomes):
        yield say(N_("Nobody has brought friends here: rules that ask for them did not fire."))


def title_of(titles: Mapping[str, str], name: str, *, locale: str) -> str:
    """A title in the reader's language, or the name where there is none."""
    return titles.get(locale) or titles.get("en") or name


def uplift(outcome: Mapping[str, Any], *, locale: str) -> str:
    """By how much turnover has to grow, to a tenth of a percent."""
    basis_points = outcome["break_even_uplift_basis_points"]
    if basis_points is None:
        return "\u2013"
    return formatting.percent((basis_points + 5) // 10 * 10, locale=locale)
