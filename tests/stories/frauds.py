"""Frauds, each after a way that referral programmes were robbed by, and the rules that ought to see it."""

from tests.stories.kinds import Fraud
from tests.stories.script import Script
from tests.stories.story import Person


def _advocate(script: Script) -> Person:
    advocate = script.someone()
    script.joins(advocate, script.at())
    return advocate


def oneself_by_another_spelling(script: Script) -> None:
    """One mailbox in two spellings: with a tag, or with dots that mean nothing."""
    name = f"{script.name.replace('_', '')}.reader"
    spellings = (f"{name}+shop@gmail.com", f"{name.replace('.', '')}@gmail.com", f"{name}@googlemail.com")
    oneself = script.someone(email=f"{name}@gmail.com")
    script.joins(oneself, script.at())
    again = script.someone(email=script.chance.choice(spellings))
    script.joins(again, script.at(1), by=oneself, truth="fraud")
    script.buys(again, script.at(2))


def oneself_on_the_same_phone(script: Script) -> None:
    """A second number, on the phone that has the first."""
    phone = script.phone()
    oneself, again = script.someone(), script.someone()
    script.joins(oneself, script.at(), device=phone)
    script.buys(oneself, script.at(1))
    script.joins(again, script.at(2), device=phone, by=oneself, truth="fraud")
    script.buys(again, script.at(3))


def oneself_on_two_phones_with_one_card(script: Script) -> None:
    """Two phones, two numbers, and one bank card for both."""
    card = script.bank_card()
    oneself, again = script.someone(), script.someone()
    script.joins(oneself, script.at())
    script.buys(oneself, script.at(1), card=card)
    script.joins(again, script.at(2), by=oneself, truth="fraud")
    script.buys(again, script.at(3), card=card)


def oneself_on_two_phones_with_cash(script: Script) -> None:
    """Two phones, two numbers, no bank card in common: nothing that a shop could see."""
    home = script.home()
    oneself, again = script.someone(), script.someone()
    script.joins(oneself, script.at(), address=home)
    script.joins(again, script.at(1), address=home, by=oneself, truth="fraud")
    script.buys(again, script.at(2))


def ring_on_shared_phones(script: Script) -> None:
    """Three to twelve cards on a few phones, each inviting the next or the first inviting all."""
    people = [script.someone() for _ in range(script.chance.randint(3, 12))]
    phones = [script.phone() for _ in range(max(1, len(people) // 3))]
    in_a_chain = script.chance.random() < 0.5
    for position, one in enumerate(people):
        phone = phones[position % len(phones)]
        by = people[position - 1 if in_a_chain else 0] if position else None
        script.joins(one, script.at(2 * position), device=phone, by=by, truth="fraud")
        script.buys(one, script.at(2 * position, hours=5))


def ring_on_one_bank_card(script: Script) -> None:
    """Three to twelve cards with phones of their own, all paid for by one bank card."""
    card = script.bank_card()
    people = [script.someone() for _ in range(script.chance.randint(3, 12))]
    for position, one in enumerate(people):
        by = people[position - 1] if position else None
        script.joins(one, script.at(2 * position), by=by, truth="fraud")
        script.buys(one, script.at(2 * position, hours=5), card=card)


def device_farm(script: Script) -> None:
    """One emulator, one card after the other, all by one code."""
    advocate, emulator = _advocate(script), script.phone("sdk_gphone64")
    for number in range(script.chance.randint(4, 10)):
        one = script.someone()
        script.joins(one, script.at(1 + number, minutes=7), device=emulator, by=advocate, truth="fraud")
        script.buys(one, script.at(1 + number, hours=1))


def leaked_code(script: Script) -> None:
    """A code on a site of coupons: ten to twenty-five strangers, most within a day, each for the points alone."""
    advocate = _advocate(script)
    for _ in range(script.chance.randint(10, 25)):
        one, day = script.someone(), 1 + min(script.chance.expovariate(2), 5)
        script.joins(one, script.at(day), by=advocate, truth="fraud")
        script.buys(one, script.at(day + script.chance.uniform(0.2, 3)))


def throwaway_mailboxes(script: Script) -> None:
    """Cards on mailboxes that live for minutes; one in five stands at a domain that no list has yet."""
    advocate = _advocate(script)
    known = ("mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "in.mailinator.com")
    for number in range(script.chance.randint(3, 6)):
        domain = "fresh-throwaway.ru" if script.chance.random() < 0.2 else script.chance.choice(known)
        one = script.someone(email=f"{script.name.replace('_', '')}.{number}@{domain}")
        script.joins(one, script.at(1 + number), by=advocate, truth="fraud")
        script.buys(one, script.at(1 + number, hours=3))


def refunder(script: Script) -> None:
    """Buys, and brings everything back: before the reward is given, or as soon as it was."""
    advocate, friend = _advocate(script), script.someone()
    script.joins(friend, script.at(1), by=advocate, truth="fraud")
    bought = script.buys(friend, script.at(2))
    script.returns(bought, script.at(2 + script.chance.choice((1, 6, 13, 16, 25))))


def refunder_of_nearly_all(script: Script) -> None:
    """Brings back nine tenths, so that the purchase stands."""
    advocate, friend = _advocate(script), script.someone()
    script.joins(friend, script.at(1), by=advocate, truth="fraud")
    bought = script.buys(friend, script.at(2))
    script.returns(bought, script.at(2 + script.chance.choice((2, 9, 17))), share=0.9)


def bringing_those_who_were_there(script: Script) -> None:
    """Names, at their first purchase, guests as friends who had their cards before the advocate had one."""
    guests = [script.someone() for _ in range(3)]
    for number, guest in enumerate(guests):
        script.joins(guest, script.at(0.1 * number))
    advocate = script.someone()
    script.joins(advocate, script.at(1))
    for number, guest in enumerate(guests):
        script.buys(guest, script.at(2 + number), by=advocate, truth="fraud")


FRAUDS_OF_REFERRALS = {
    "oneself_by_another_spelling": Fraud(write=oneself_by_another_spelling, rules=("self_referral",)),
    "oneself_on_the_same_phone": Fraud(write=oneself_on_the_same_phone, rules=("self_referral",)),
    "oneself_on_two_phones_with_one_card": Fraud(write=oneself_on_two_phones_with_one_card, rules=("self_referral",)),
    "oneself_on_two_phones_with_cash": Fraud(write=oneself_on_two_phones_with_cash, rules=()),
    "ring_on_shared_phones": Fraud(write=ring_on_shared_phones, rules=("ring_shares_device", "accounts_per_device")),
    "ring_on_one_bank_card": Fraud(write=ring_on_one_bank_card, rules=("ring_shares_device",)),
    "device_farm": Fraud(write=device_farm, rules=("accounts_per_device", "ring_shares_device")),
    "leaked_code": Fraud(write=leaked_code, rules=("joins_per_code",)),
    "throwaway_mailboxes": Fraud(write=throwaway_mailboxes, rules=("disposable_email",)),
    "bringing_those_who_were_there": Fraud(write=bringing_those_who_were_there, rules=("advocate_predates",)),
    "refunder": Fraud(write=refunder, rules=()),
    "refunder_of_nearly_all": Fraud(write=refunder_of_nearly_all, rules=()),
}
