"""Rules against cashiers who show cards of their own for guests who show none; pure.

Cards are judged by how often they are rung up: no guest buys four times a day as a rule, nor three times an hour at one
till. A cashier with a linked card of their own earns nothing while they ring it up themselves.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.receipts.queries import SeenCard
from backend.screening.known_rules import OWN_SHIFT, RECEIPTS_PER_CARD_DAY, RECEIPTS_PER_CARD_TILL_HOUR
from backend.screening.rules import Rule, RuleSetting, Ruling, setting_of

# A day on which clocks are put back.
LONGEST_DAY = timedelta(hours=25)
FREQUENCY_RULES = (RECEIPTS_PER_CARD_DAY, RECEIPTS_PER_CARD_TILL_HOUR)


def names_any(settings: Mapping[str, RuleSetting], *rules: Rule) -> bool:
    """Whether a programme names one of these rules; those that it does not name are not looked at here."""
    return any(rule.name in settings for rule in rules)


def most_in_a_window(others: Sequence[datetime], at: datetime, window: timedelta) -> int:
    """The most receipts that any window of this length holds together with the one at `at`, which is counted.

    Receipts come late and in any order; so the window may begin before this one or with it. Two that are a whole window
    apart are in none together.
    """
    moments = sorted(moment for moment in others if abs(moment - at) < window)
    begins = [moment for moment in moments if moment <= at] + [at]
    return max(bisect_left(moments, begin + window) - bisect_left(moments, begin) + 1 for begin in begins)


def window_around(settings: Iterable[Mapping[str, RuleSetting]]) -> timedelta:
    """How far around a receipt others of its card matter."""
    hours = [setting_of(RECEIPTS_PER_CARD_TILL_HOUR, named).limits["window_minutes"] / 60 for named in settings]
    return max([LONGEST_DAY, *(timedelta(hours=one) for one in hours)])


def judge_frequency(
    seen: Sequence[SeenCard], this: SeenCard, settings: Mapping[str, RuleSetting], *, zone: str
) -> list[Ruling]:
    """What the rules that a programme names say against a receipt of a card that was seen so often besides, its day
    being that of the zone; nothing where they let it pass, which is nearly always and is not kept.
    """
    day = this.at.astimezone(ZoneInfo(zone)).date()
    in_day = 1 + sum(one.at.astimezone(ZoneInfo(zone)).date() == day for one in seen)
    at_this_till = [one.at for one in seen if (one.store_id, one.cashier) == (this.store_id, this.cashier)]
    window = timedelta(minutes=setting_of(RECEIPTS_PER_CARD_TILL_HOUR, settings).limits["window_minutes"])
    in_window = most_in_a_window(at_this_till, this.at, window)
    rulings = []
    for rule, receipts in ((RECEIPTS_PER_CARD_DAY, in_day), (RECEIPTS_PER_CARD_TILL_HOUR, in_window)):
        setting = setting_of(rule, settings)
        if rule.name in settings and receipts > setting.limits["receipts"]:
            rulings.append(
                Ruling(
                    rule=rule.name,
                    version=rule.version,
                    mode=setting.mode,
                    outcome="hold",
                    reason_kind=f"receipt_held_{rule.name}",
                    reason_facts=dict(setting.limits),
                    inputs={"receipts_counted": receipts, **setting.limits},
                )
            )
    return rulings


def judge_own_shift(settings: Mapping[str, RuleSetting]) -> Ruling:
    """What is said of a receipt that somebody of the staff rings up for their own card."""
    return Ruling(
        rule=OWN_SHIFT.name,
        version=OWN_SHIFT.version,
        mode=setting_of(OWN_SHIFT, settings).mode,
        outcome="reject",
        reason_kind="receipt_own_shift",
    )
