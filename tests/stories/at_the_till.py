"""What happens at tills and to accounts: regulars beside cashiers who scan their own card, owners beside thieves."""

from tests.stories.kinds import Fraud
from tests.stories.script import STAFF, Script
from tests.stories.story import Person

PATIENT_THIEVES = 0.2
"""So many of them wait longer than the pause."""


def regular(script: Script) -> None:
    """A regular: a cup in the morning, often one at noon, sometimes one before going home, ten days long."""
    guest = script.someone()
    script.joins(guest, script.at())
    for day in range(1, 11):
        for hours, chance in ((0, 1), (4, 0.7), (8, 0.4)):
            if script.chance.random() < chance:
                script.coffee(guest, script.at(day, hours=hours, minutes=script.chance.randint(-40, 40)))


def coffee_for_the_office(script: Script) -> None:
    """Whoever fetches for the others: on two days of ten four receipts in a quarter of an hour, each paid by itself."""
    guest = script.someone()
    script.joins(guest, script.at())
    for day in range(1, 11):
        cashier = script.chance.choice(STAFF[script.store])
        for cup in range(4 if day in {3, 8} else 1):
            script.coffee(guest, script.at(day, minutes=4 * cup), cashier=cashier)


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
    """A cashier scans the own card for guests who have none: four to nine times a day, for four days."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    for day in range(1, 5):
        for number in range(script.chance.randint(4, 9)):
            at = script.at(day, minutes=number * script.chance.randint(15, 50))
            script.buys(cashier, at, cashier=f"{script.name}", truth="fraud")


def careful_cashier(script: Script) -> None:
    """A cashier who scans the own card three times a day, hours apart: under every limit of a day."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    for day in range(1, 8):
        for number in range(3):
            script.buys(cashier, script.at(day, hours=2 * number), cashier=f"{script.name}", truth="fraud")


def cashier_with_a_card_on_record(script: Script) -> None:
    """A cashier whose own card the shop knows: rung up by a colleague it is a guest's; rung up alone, a fraud's."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    name = script.hires(cashier, script.at(0.5))
    for day in range(1, 6):
        script.coffee(cashier, script.at(day))
        script.coffee(cashier, script.at(day, hours=5), cashier=name, truth="fraud")


def cashier_brings_everyone(script: Script) -> None:
    """A cashier names himself the advocate of whoever has no card yet, and rings the purchase up."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    name = script.hires(cashier, script.at(0.5))
    for number in range(script.chance.randint(3, 8)):
        guest, day = script.someone(), 1 + number * 2
        script.enrols(guest, script.at(day), by=cashier, truth="fraud")
        script.buys(guest, script.at(day, minutes=2), cashier=name)


def cashier_with_friends(script: Script) -> None:
    """A cashier's real friends, who buy from colleagues."""
    cashier = script.someone()
    script.joins(cashier, script.at())
    script.hires(cashier, script.at(0.5))
    for number in range(3):
        friend = script.someone()
        script.joins(friend, script.at(1 + number), by=cashier)
        script.buys(friend, script.at(2 + number))


def _with_points(script: Script) -> Person:
    """A member who has points to spend from the sixteenth day on."""
    owner = script.someone()
    script.joins(owner, script.at(), device=script.phone())
    script.buys(owner, script.at(1))
    return owner


HONEST_AT_THE_TILL = {
    "regular": regular,
    "coffee_for_the_office": coffee_for_the_office,
    "cashier_with_friends": cashier_with_friends,
    "old_phone": old_phone,
    "new_phone": new_phone,
    "new_phone_at_the_counter": new_phone_at_the_counter,
}

FRAUDS_AT_THE_TILL = {
    "stolen_account": Fraud(write=stolen_account, rules=("new_device_pause",)),
    "cashiers_own_card": Fraud(
        write=cashiers_own_card, rules=("receipts_per_card_day", "receipts_per_card_till_hour", "cashier_outlier")
    ),
    "careful_cashier": Fraud(write=careful_cashier, rules=("cashier_outlier",)),
    "cashier_with_a_card_on_record": Fraud(write=cashier_with_a_card_on_record, rules=("own_shift",)),
    "cashier_brings_everyone": Fraud(write=cashier_brings_everyone, rules=("staff_is_advocate",)),
}
