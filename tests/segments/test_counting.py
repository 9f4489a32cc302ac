"""Counting a tree before it is saved: how many, whom an offer reaches, who they are and why."""

import pytest

from backend.members import profile
from backend.segments import queries, service
from backend.segments.errors import UnknownPerson
from backend.segments.mistakes import BadTree
from backend.shared.ids import new_id
from tests.factories.members import alice, boris, consents_to, member
from tests.factories.notifications import a_phone
from tests.factories.segments import all_of, leaf, tree
from tests.factories.till import open_till

BOUGHT_TWICE = leaf("purchases", "at_least", 2, window_days=90)
WITHOUT_RECENT = {"not": leaf("last_purchase", "within_days", 30)}


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client)


def bought(till, member_id, *totals):
    for total in totals:
        answer = till.sell(member_id, total, external_id=new_id().hex)
        assert answer.status_code == 201, answer.json


def test_regulars_gone_quiet_are_counted_with_the_reason(session, till, clock):
    quiet, regular, once = alice(session), boris(session), member(session, name="Clara Oswald")
    bought(till, quiet.id, 70_000, 30_000)
    bought(till, once.id, 10_000)
    clock.advance(days=40)
    bought(till, regular.id, 50_000, 50_000)

    counted = service.count(session, tree(all_of(BOUGHT_TWICE, WITHOUT_RECENT)))

    assert (counted.count, counted.of) == (1, 3)
    assert [(one.id, one.label) for one in counted.sample] == [(quiet.id, "Alice K.")]
    assert counted.sample[0].lines == (
        "Purchases in the last 90 days: 2",
        "Last purchase: 22 November 2026, 40 days ago",
    )
    assert counted.leaf_counts == {"rule.all[0]": 2, "rule.all[1].not": 1}


def test_each_condition_has_its_own_window(session, till, clock):
    person = alice(session)
    bought(till, person.id, 70_000, 30_000)
    clock.advance(days=40)
    bought(till, person.id, 10_000)
    windows = [leaf("purchases", "equals", count, window_days=days) for days, count in ((7, 1), (39, 1), (90, 3))]
    counted = service.count(session, tree(all_of(*windows)))
    assert counted.count == 1
    assert counted.leaf_counts == {"rule.all[0]": 1, "rule.all[1]": 1, "rule.all[2]": 1}


def test_an_offer_reaches_those_who_agreed_and_can_be_told(session, till):
    agreed, silent = alice(session), boris(session)
    for one in (agreed, silent):
        a_phone(session, one.id, f"token-of-{one.id}")
    consents_to(session, agreed.id, channels=("push", "sms", "email"))

    counted = service.count(session, tree(leaf("has_phone", "true")))

    assert (counted.count, counted.reachable) == (2, {"push": 1, "email": 0, "sms": 1})


def test_who_takes_a_consent_back_is_reached_no_more(session, till):
    member_id = alice(session).id
    consents_to(session, member_id, channels=("sms",))
    consents_to(session, member_id, channels=("sms",), given=False)
    assert service.count(session, tree(leaf("agreed_sms", "true"))).count == 0
    assert service.count(session, tree(leaf("agreed_sms", "false"))).count == 1


def test_whoever_is_erased_is_counted_nowhere(session, till):
    alice(session)
    profile.erase(session, member_id=boris(session).id)
    counted = service.count(session, tree(leaf("purchases", "at_most", 0)))
    assert (counted.count, counted.of) == (1, 1)


def test_the_sample_is_ten_and_another_number_shows_others(session, till):
    for _ in range(30):
        member(session)
    everybody = tree(leaf("has_phone", "true"))
    first = {one.id for one in service.count(session, everybody).sample}
    others = {one.id for one in service.count(session, everybody, sample_number=1).sample}
    assert len(first) == len(others) == 10
    assert first != others


def test_one_person_is_checked_with_what_decided(session, till, clock):
    bought(till, (person := boris(session)).id, 70_000)
    clock.advance(days=15)
    checked = service.check_person(session, tree(all_of(WITHOUT_RECENT, leaf("language", "one_of", ["ru"]))), person.id)
    assert (checked.holds, checked.label) == (False, "Борис")
    assert [(line.path, line.text, line.holds) for line in checked.lines] == [
        ("rule.all[0].not", "Last purchase: 22 November, 15 days ago", True)
    ]


def test_nobody_of_this_id_cannot_be_checked(session, till):
    with pytest.raises(UnknownPerson):
        service.check_person(session, tree(BOUGHT_TWICE), new_id())


def test_a_broken_tree_counts_nobody(session, till):
    with pytest.raises(BadTree):
        service.count(session, tree(leaf("purchases", "at_least", "many")))


def test_every_attribute_can_be_asked_in_each_way(session, till):
    bought(till, alice(session).id, 70_000)
    values = {"one_of": ["pokrovka"], "none_of": ["x"], "between": [0, 5], "within_days": 5}
    for shown in queries.attributes(session):
        for operator in shown.operators:
            question = {"attribute": shown.name, "is": operator}
            if operator not in {"true", "false"}:
                question["value"] = values.get(operator, "2026-01-31" if shown.type == "day" else 1)
            if operator in {"one_of", "none_of"} and shown.choices:
                question["value"] = [next(iter(shown.choices))]
            if shown.windowed:
                question["window_days"] = 30
            if shown.parameter:
                question["parameter"] = "coffee"
            counted = service.count(session, tree(question))
            assert 0 <= counted.count <= counted.of == 1, shown.name
            assert queries.in_words(session, tree(question)), shown.name
