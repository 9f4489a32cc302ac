"""Every screening rule there is; each is judged by the feature that owns it.

They stand together because a programme's document names them and their limits, and is refused where it names others.
"""

from collections.abc import Mapping

from backend.screening.rules import Rule

SELF_REFERRAL = Rule(name="self_referral", version=2)
SAME_ADDRESS = Rule(name="same_address", version=1)
ADVOCATE_PREDATES = Rule(name="advocate_predates", version=1)
DISPOSABLE_EMAIL = Rule(name="disposable_email", version=1)
STAFF_IS_ADVOCATE = Rule(name="staff_is_advocate", version=1)
ACCOUNTS_PER_DEVICE = Rule(name="accounts_per_device", version=1, limits={"accounts": 2, "window_days": 30})
RING_SHARES_DEVICE = Rule(name="ring_shares_device", version=2, limits={"people_minimum": 3})
JOINS_PER_CODE = Rule(name="joins_per_code", version=2, limits={"friends": 5, "window_hours": 24})

RECEIPTS_PER_CARD_DAY = Rule(name="receipts_per_card_day", version=1, limits={"receipts": 3})
RECEIPTS_PER_CARD_TILL_HOUR = Rule(
    name="receipts_per_card_till_hour", version=1, limits={"receipts": 2, "window_minutes": 60}
)
OWN_SHIFT = Rule(name="own_shift", version=1)
CASHIER_OUTLIER = Rule(
    name="cashier_outlier",
    version=1,
    # The least receipts of a cashier and the fewest cashiers of whom anything can be said. Honest cashiers are so alike
    # that a little is far out already: besides, it must be so many per cent of what the middle one has.
    limits={"receipts": 20, "cashiers": 3, "window_days": 28, "robust_z_hundredths": 350, "median_percent": 200},
)

NEW_DEVICE_PAUSE = Rule(name="new_device_pause", version=1, limits={"hours": 24})

KNOWN: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        SELF_REFERRAL,
        SAME_ADDRESS,
        ADVOCATE_PREDATES,
        DISPOSABLE_EMAIL,
        STAFF_IS_ADVOCATE,
        ACCOUNTS_PER_DEVICE,
        RING_SHARES_DEVICE,
        JOINS_PER_CODE,
        RECEIPTS_PER_CARD_DAY,
        RECEIPTS_PER_CARD_TILL_HOUR,
        OWN_SHIFT,
        CASHIER_OUTLIER,
        NEW_DEVICE_PAUSE,
    )
}
