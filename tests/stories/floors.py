"""The figures that are promised; the report prints what they are now."""

HELD_MAXIMUM = {
    "influencer": 0.5,
    "children_on_one_tablet": 1.0,
    "handed_down_phone": 1.0,
    "new_phone_at_the_counter": 1.0,
}
"""Of honest people of a kind, the share that may be made to wait; of those not named nobody waits.

A crowd by one code in a day and two people on one device are what the rules look for: a person decides there.
"""

RECALL = {
    "oneself_by_another_spelling": 1.0,
    "oneself_on_the_same_phone": 1.0,
    "oneself_on_two_phones_with_one_card": 0.0,
    "oneself_on_two_phones_with_cash": 0.0,
    "ring_on_shared_phones": 0.6,
    "ring_on_one_bank_card": 0.0,
    "device_farm": 0.7,
    "leaked_code": 0.3,
    "throwaway_mailboxes": 0.7,
    "refunder": 1.0,
    "refunder_of_nearly_all": 1.0,
    "stolen_account": 0.6,
    "cashiers_own_card": 0.0,
    "careful_cashier": 0.0,
}
"""Of the frauds of a kind, the share from which points are kept. Nothing that a shop sees tells cash from cash: 0."""

PRECISION = {
    "self_referral": 0.75,
    "disposable_email": 1.0,
    "accounts_per_device": 1.0,
    "ring_shares_device": 0.8,
    "joins_per_code": 0.5,
    "new_device_pause": 0.3,
}
"""Of what a rule spoke against, the share that was fraud."""
