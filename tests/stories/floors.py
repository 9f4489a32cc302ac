"""The figures that are promised; the report prints what they are now."""

HELD_MAXIMUM = {
    "couple_with_one_bank_card": 1.0,
    "parent_pays_for_children": 0.5,
    "children_on_one_tablet": 1.0,
    "handed_down_phone": 1.0,
    "influencer": 0.75,
    "coffee_for_the_office": 0.25,
    "new_phone_at_the_counter": 1.0,
}
"""Of honest people of a kind, the share that may be made to wait; of those not named nobody waits.

Two people with one payment card or one device, a crowd by one code within a day, four receipts within the hour: that is
what the rules look for, and a person decides there. Of a crowd, those who come after the code was replaced count too.
"""

RECALL = {
    "oneself_by_another_spelling": 1.0,
    "oneself_on_the_same_phone": 1.0,
    "oneself_on_two_phones_with_one_card": 1.0,
    "oneself_on_two_phones_with_cash": 0.0,
    "ring_on_shared_phones": 0.7,
    "ring_on_one_bank_card": 1.0,
    "device_farm": 0.8,
    "leaked_code": 0.4,
    "throwaway_mailboxes": 0.7,
    "bringing_those_who_were_there": 1.0,
    "refunder": 1.0,
    "refunder_of_nearly_all": 1.0,
    "stolen_account": 0.6,
    "cashiers_own_card": 0.55,
    "careful_cashier": 0.0,
    "cashier_with_a_card_on_record": 1.0,
    "cashier_brings_everyone": 1.0,
}
"""Of the frauds of a kind, the share from which points are kept. Nothing that a shop sees tells cash from cash: 0."""

PRECISION = {
    "self_referral": 0.8,
    "disposable_email": 1.0,
    "staff_is_advocate": 1.0,
    "accounts_per_device": 1.0,
    "ring_shares_device": 0.8,
    "joins_per_code": 0.5,
    "receipts_per_card_day": 0.8,
    "receipts_per_card_till_hour": 0.6,
    "own_shift": 1.0,
    "cashier_outlier": 1.0,
    "new_device_pause": 0.3,
}
"""Of what a rule spoke against, the share that was fraud."""
