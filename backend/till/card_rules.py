"""Rules against cashiers who show cards of their own for guests who show none; pure.

Cards are judged by how often they are rung up: no guest buys four times a day as a rule, nor three times an hour at one
till. A cashier with a linked card of their own earns nothing while they ring it up themselves.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from backend.receipts.queries import SeenCard
from backend.screening.rules import Rule, RuleSetting, Ruling, setting_of

RECEIPTS_PER_CARD_DAY = Rule(name="receipts_per_card_day", version=1, limits={"receipts": 3, "window_hours": 24})
RECEIPTS_PER_CARD_TILL_HOUR = Rule(
    name="receipts_per_card_till_hour", version=1, limits={"receipts": 2, "window_minutes": 60}
)
OWN_SHIFT = Rule(name="own_shift", version=1)
FREQUENCY_RULES = (RECEIPTS_PER_CARD_DAY, RECEIPTS_PER_CARD_TILL_HOUR)


def names_any(settings: Mapping[str, RuleSetting], *rules: Rule) -> bool:
    """Whether a programme names one of these rules; those that it does not name are not looked at here."""
    return any(rule.name in settings for rule in rules)


def longest_window(settings: Iterable[Mapping[str, RuleSetting]]) -> timedelta:
    """How far around a receipt others of its card matter."""
    return max(
        (window_of(rule, named) for named in settings for rule in FREQUENCY_RULES if rule.name in named),
        default=timedelta(0),
    )


def window_of(rule: Rule, settings: Mapping[str, RuleSetting]) -> timedelta:
    """The time in which a rule counts."""
    limits = setting_of(rule, settings).limits
    return timedelta(hours=limits.get("window_hours", 0), minutes=limits.get("window_minutes", 0))


def most_in_a_window(others: Sequence[datetime], at: datetime, window: timedelta) -> int:
    """The most receipts that any window of this length holds together with the one at `at`, which is counted.

    Receipts come late and in any order; so the window may begin before this one or with it. Two that are a whole window
    apart are in none together.
    """
    moments = sorted(moment for moment in others if abs(moment - at) < window)
    begins = [moment for moment in moments if moment <= at] + [at]
    return max(bisect_left(moments, begin + window) - bisect_left(moments, begin) + 1 for begin in begins)


def judge_frequency(seen: Sequence[SeenCard], this: SeenCard, settings: Mapping[str, RuleSetting]) -> list[Ruling]:
    """What the rules that a programme names say against a receipt of a card that was seen so often besides; nothing
    where they let it pass, which is nearly always and is not kept.
    """
    everywhere = [one.at for one in seen]
    at_this_till = [one.at for one in seen if (one.store_id, one.cashier) == (this.store_id, this.cashier)]
    rulings = []
    for rule, moments in ((RECEIPTS_PER_CARD_DAY, everywhere), (RECEIPTS_PER_CARD_TILL_HOUR, at_this_till)):
        if rule.name not in settings:
            continue
        setting = setting_of(rule, settings)
        receipts = most_in_a_window(moments, this.at, window_of(rule, settings))
        if receipts > setting.limits["receipts"]:
            rulings.append(
                Ruling(
                    rule=rule.name,
                    version=rule.version,
                    mode=setting.mode,
                    outcome="hold",
                    reason_kind=f"receipt_held_{rule.name}",
                    reason_facts=dict(setting.limits),
                    inputs={"receipts_in_window": receipts, **setting.limits},
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
