"""What happens at tills and to accounts: regulars beside cashiers who scan their own card, owners beside thieves."""

from tests.stories.kinds import Fraud
from tests.stories.script import Script
from tests.stories.story import Person

PATIENT_THIEVES = 0.2
"""So many of them wait longer than the pause."""


def regular(script: Script) -> None:
    """A regular: one to three cups a day for ten days, hours apart, at any of the store's cashiers."""
    guest = script.someone()
    script.joins(guest, script.at())
    for day in range(1, 11):
        for cup in range(script.chance.randint(1, 3)):
            script.coffee(guest, script.at(day, hours=2.5 * cup))


def coffee_for_the_office(script: Script) -> None:
    """Whoever fetches for the others: on two days of ten four receipts within the hour, each paid by itself."""
    guest = script.someone()
    script.joins(guest, script.at())
    for day in range(1, 11):
        for cup in range(4 if day in {3, 8} else 1):
            script.coffee(guest, script.at(day, minutes=4 * cup))


def new_phone(script: Script) -> None:
    """An owner gets a new phone, and pays with points two to five days later."""
    owner = _with_points(script)
    script.opens(owner, script.at(25), device=script.phone())
    script.spends(owner, script.at(25 + script.chance.uniform(2, 5)))


def new_phone_at_the_counter(script: Script) -> None:
    """An owner sets the new phone up in the café, and wants to pay with points at once: asked to wait a day."""
    owner = _with_points(script)
    script.opens(owner, script.at(25), device=script.phone())
    script.spends(owner, script.at(25, minutes=script.chance.randint(5, 600)))


def old_phone(script: Script) -> None:
    """An owner pays with points from the phone of always."""
    owner = _with_points(script)
    script.spends(owner, script.at(20 + script.chance.uniform(0, 8)))


def stolen_account(script: Script) -> None:
    """A thief gets hold of the number, signs in on a phone of his own and pays with the owner's points."""
    owner = _with_points(script)
    script.opens(owner, script.at(25), device=script.phone(), address=script.home())
    is_patient = script.chance.random() < PATIENT_THIEVES
    hours = script.chance.uniform(26, 40) if is_patient else script.chance.uniform(0.1, 12)
    script.spends(owner, script.at(25, hours=hours), truth="fraud")


def cashiers_own_card(script: Script) -> None:
    """A cashier scans the own card for guests who have none: four to nine times a day, for a week."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    for day in range(1, 8):
        for number in range(script.chance.randint(4, 9)):
            at = script.at(day, minutes=number * script.chance.randint(15, 50))
            script.buys(cashier, at, cashier=f"{script.name}", truth="fraud")


def careful_cashier(script: Script) -> None:
    """A cashier who scans the own card three times a day, hours apart: under every limit of a day."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    for day in range(1, 15):
        for number in range(3):
            script.buys(cashier, script.at(day, hours=2 * number), cashier=f"{script.name}", truth="fraud")


def _with_points(script: Script) -> Person:
    """A member who has points to spend from the sixteenth day on."""
    owner = script.someone()
    script.joins(owner, script.at(), device=script.phone())
    script.buys(owner, script.at(1))
    return owner


HONEST_AT_THE_TILL = {
    "regular": regular,
    "coffee_for_the_office": coffee_for_the_office,
    "old_phone": old_phone,
    "new_phone": new_phone,
    "new_phone_at_the_counter": new_phone_at_the_counter,
}

FRAUDS_AT_THE_TILL = {
    "stolen_account": Fraud(write=stolen_account, rules=("new_device_pause",)),
    "cashiers_own_card": Fraud(write=cashiers_own_card, rules=("receipts_per_card_day", "receipts_per_card_till_hour")),
    "careful_cashier": Fraud(write=careful_cashier, rules=()),
}
