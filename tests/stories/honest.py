"""Honest people, who look like frauds in one thing or another: those whom no rule may refuse."""

from tests.stories.script import MODELS, Script


def family_on_one_wifi(script: Script) -> None:
    """Parents and children at home: one address, sometimes one model of phone, each with a phone and a card of their
    own. Each invites the next, or the mother invites all."""
    home, model = script.home(), script.chance.choice(MODELS)
    alike, in_a_chain = script.chance.random() < 0.5, script.chance.random() < 0.5
    family = [script.someone() for _ in range(script.chance.randint(3, 5))]
    for position, one in enumerate(family):
        by = family[position - 1 if in_a_chain else 0] if position else None
        script.joins(one, script.at(position), device=script.phone(model if alike else None), address=home, by=by)
        script.buys(one, script.at(position + script.chance.uniform(0.5, 4)))


def flat_mates(script: Script) -> None:
    """Three to five who share a flat and its router: one invites the others on the same evening."""
    flat = script.home()
    first, *others = (script.someone() for _ in range(script.chance.randint(3, 5)))
    script.joins(first, script.at(), address=flat)
    script.buys(first, script.at(0.5))
    for number, one in enumerate(others):
        script.joins(one, script.at(1, minutes=5 * number), address=flat, by=first)
        script.buys(one, script.at(script.chance.uniform(2, 6)))


def couple_with_one_bank_card(script: Script) -> None:
    """Two people with one account at the bank; one invites the other."""
    home, card = script.home(), script.bank_card()
    one, other = script.someone(), script.someone()
    script.joins(one, script.at(), address=home)
    script.buys(one, script.at(1), card=card)
    script.joins(other, script.at(2), address=home, by=one)
    script.buys(other, script.at(3), card=card)
    script.coffee(one, script.at(5))


def parent_pays_for_children(script: Script) -> None:
    """A friend of the family invites two children, whose first purchases their mother pays for."""
    card = script.bank_card()
    friend, *children = (script.someone() for _ in range(3))
    script.joins(friend, script.at())
    for number, child in enumerate(children):
        script.joins(child, script.at(1, hours=number), by=friend)
        script.buys(child, script.at(2, hours=number), card=card)


def children_on_one_tablet(script: Script) -> None:
    """A mother with a phone of her own invites two children, who have one tablet between them."""
    home, tablet = script.home(), script.phone("SM-X210")
    mother, *children = (script.someone() for _ in range(3))
    script.joins(mother, script.at(), address=home)
    for number, child in enumerate(children):
        script.joins(child, script.at(1 + number), device=tablet, address=home, by=mother)
        script.buys(child, script.at(4 + number))


def two_phones_of_one_person(script: Script) -> None:
    """One member with a phone for work and one for home, and honest friends."""
    advocate, friend = script.someone(), script.someone()
    script.joins(advocate, script.at())
    script.opens(advocate, script.at(1), device=script.phone())
    script.joins(friend, script.at(2), by=advocate)
    script.buys(friend, script.at(3))
    script.opens(friend, script.at(4), device=script.phone())


def handed_down_phone(script: Script) -> None:
    """A mother buys a new phone and signs in there; weeks later her daughter signs in on the old one, which still has
    the app, by her mother's code."""
    home, old, new = script.home(), script.phone(), script.phone()
    mother, daughter = script.someone(), script.someone()
    script.joins(mother, script.at(), device=old, address=home)
    script.buys(mother, script.at(1))
    script.opens(mother, script.at(6), device=new, address=home)
    script.coffee(mother, script.at(9))
    script.joins(daughter, script.at(script.chance.uniform(10, 20)), device=old, address=home, by=mother)
    script.opens(mother, script.at(21), device=new, address=home)
    script.buys(daughter, script.at(22))


def second_hand_phone(script: Script) -> None:
    """A stranger buys a used phone that still has the app, and joins by a friend's code: the device knew somebody else,
    who has nothing to do with either of them."""
    used = script.phone()
    seller, advocate, friend = (script.someone() for _ in range(3))
    script.joins(seller, script.at(), device=used)
    script.joins(advocate, script.at(1))
    script.joins(friend, script.at(script.chance.uniform(5, 15)), device=used, by=advocate)
    script.buys(friend, script.at(16))


def office(script: Script) -> None:
    """Colleagues with phones of the company, behind one address: one invites four others in two weeks."""
    address, model = script.home(), script.chance.choice(MODELS)
    first, *others = (script.someone() for _ in range(5))
    script.joins(first, script.at(), device=script.phone(model), address=address)
    for number, one in enumerate(others):
        day = 1 + 3 * number
        script.joins(one, script.at(day), device=script.phone(model), address=address, by=first)
        script.buys(one, script.at(day, hours=2))


def neighbours_of_an_operator(script: Script) -> None:
    """Two friends whose phones are of one model and leave for the world by one operator's address."""
    operator, model = script.operator(), script.chance.choice(MODELS)
    advocate, friend = script.someone(), script.someone()
    script.joins(advocate, script.at(), device=script.phone(model), address=operator)
    script.joins(friend, script.at(3), device=script.phone(model), address=operator, by=advocate)
    script.buys(friend, script.at(5))


def influencer(script: Script) -> None:
    """Somebody with an audience: twelve to twenty people of flesh and blood come by one code, most on the first day."""
    advocate = script.someone()
    script.joins(advocate, script.at())
    for _ in range(script.chance.randint(12, 20)):
        one, day = script.someone(), 1 + min(script.chance.expovariate(0.8), 9)
        script.joins(one, script.at(day), by=advocate)
        script.buys(one, script.at(day + script.chance.uniform(0.2, 5)))


def friends_at_the_till(script: Script) -> None:
    """Guests without the app, enrolled by the cashier, who scans the code of the friend that came with them."""
    advocate = script.someone()
    script.joins(advocate, script.at())
    for number in range(script.chance.randint(2, 4)):
        one = script.someone()
        script.enrols(one, script.at(1 + number), by=advocate)
        script.buys(one, script.at(1 + number, minutes=3))


def friend_named_at_the_till(script: Script) -> None:
    """A guest who joined without a code, and says at the first purchase who sent them."""
    advocate, friend = script.someone(), script.someone()
    script.joins(advocate, script.at())
    script.joins(friend, script.at(2))
    script.buys(friend, script.at(3), by=advocate)


def one_cup_returned(script: Script) -> None:
    """A friend brings back a fifth of an honest first purchase."""
    advocate, friend = script.someone(), script.someone()
    script.joins(advocate, script.at())
    script.joins(friend, script.at(1), by=advocate)
    script.returns(script.buys(friend, script.at(2)), script.at(4), share=0.2)


def only_a_coffee(script: Script) -> None:
    """A friend whose first purchase is below the minimum: no reward by the programme's terms, and no fraud."""
    advocate, friend = script.someone(), script.someone()
    script.joins(advocate, script.at())
    script.joins(friend, script.at(1), by=advocate)
    script.coffee(friend, script.at(2))


HONEST_FRIENDS = {
    "family_on_one_wifi": family_on_one_wifi,
    "flat_mates": flat_mates,
    "couple_with_one_bank_card": couple_with_one_bank_card,
    "parent_pays_for_children": parent_pays_for_children,
    "children_on_one_tablet": children_on_one_tablet,
    "two_phones_of_one_person": two_phones_of_one_person,
    "handed_down_phone": handed_down_phone,
    "second_hand_phone": second_hand_phone,
    "office": office,
    "neighbours_of_an_operator": neighbours_of_an_operator,
    "influencer": influencer,
    "friends_at_the_till": friends_at_the_till,
    "friend_named_at_the_till": friend_named_at_the_till,
    "one_cup_returned": one_cup_returned,
    "only_a_coffee": only_a_coffee,
}

FAMILIES = (
    "family_on_one_wifi",
    "flat_mates",
    "couple_with_one_bank_card",
    "parent_pays_for_children",
    "children_on_one_tablet",
    "two_phones_of_one_person",
    "handed_down_phone",
    "second_hand_phone",
    "office",
    "neighbours_of_an_operator",
)
"""Kinds of people who live or work near each other: not one of them is refused, and most are not even looked at."""
