"""A member chooses a code: a word of one alphabet that nobody else has, once a year."""

from datetime import timedelta

import pytest

from backend.referrals import service
from backend.referrals.choosing import choose_code
from backend.referrals.errors import ReferralCodeJustChosen, ReferralCodeTaken, UnknownReferralCode
from backend.shared.clock import business_now
from backend.shared.errors import Invalid
from backend.shared.formatting import day_in
from backend.shops.queries import the_shop
from tests.factories.members import headers_of
from tests.factories.referrals import joins

CODE = "/api/v1/me/referral/code"


def choose(session, member_id, typed):
    return choose_code(session, member_id=member_id, typed=typed, at=business_now())


def leads_to(session, code):
    return service.check_code(session, code, at=business_now()).member_id


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("alice", "ALICE"), (" Alice-K ", "ALICEK"), ("алиса", "AЛИCA"), ("Кофе 24", "KOФE24"), ("Ёлка", "EЛKA")],
)
def test_a_code_is_a_word_however_it_is_written(session, typed, kept):
    alice = joins(session, "Alice")

    assert choose(session, alice, typed) == kept
    assert leads_to(session, typed) == leads_to(session, typed.upper()) == alice


def test_the_own_code_leads_on_beside_the_chosen_one(session):
    alice = joins(session, "Alice")
    own = service.own_code(session, member_id=alice, at=business_now())

    choose(session, alice, "ALICEK")

    assert leads_to(session, own) == leads_to(session, "ALICEK") == alice
    assert service.own_code(session, member_id=alice, at=business_now()) == own


@pytest.mark.parametrize(
    "typed",
    [
        "ABC",
        "A" * 17,
        "123456",
        "АLIСЕЖ",
        "ALICE_!?ÄÖ",
        "молва",
        "M0LVA",
        "support",
        "grain",
        "зерно",
        "K7M3BXP9T",
        "жопа77",
        "сука",
    ],
)
def test_what_is_not_the_members_to_say_is_no_code(session, typed):
    alice = joins(session, "Alice")

    with pytest.raises(Invalid):
        choose(session, alice, typed)


@pytest.mark.parametrize("innocent", ["барсук", "мандарин", "страхуем", "torpedo", "хлебали", "nazira"])
def test_innocent_words_are_no_insults(session, innocent):
    assert leads_to(session, choose(session, joins(session, "Alice"), innocent))


@pytest.mark.parametrize("alike", ["ALICEK", "alicek", "AL1CEK", "АLIСЕК"])
def test_a_taken_code_or_one_that_looks_like_it_is_refused_with_three_that_are_free(session, alike):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    choose(session, alice, "ALICEK")

    with pytest.raises(ReferralCodeTaken) as refused:
        choose(session, boris, alike)

    suggestions = refused.value.facts["suggestions"]
    assert len(set(suggestions)) == 3
    assert leads_to(session, choose(session, boris, suggestions[0])) == boris


def test_another_code_is_chosen_after_a_year_and_the_old_one_leads_on_for_ninety_days(session, clock):
    alice = joins(session, "Alice")
    choose(session, alice, "ALICEK")
    clock.advance(days=364)
    with pytest.raises(ReferralCodeJustChosen):
        choose(session, alice, "KOVALEVA")

    clock.advance(days=1)
    choose(session, alice, "KOVALEVA")

    clock.advance(days=89)
    assert leads_to(session, "ALICEK") == leads_to(session, "KOVALEVA") == alice
    clock.advance(days=1)
    assert leads_to(session, "KOVALEVA") == alice
    with pytest.raises(UnknownReferralCode):
        leads_to(session, "ALICEK")


def test_a_code_that_has_ended_is_nobody_elses(session, clock):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    choose(session, alice, "ALICEK")
    service.rotate_code(session, member_id=alice, at=business_now(), reason="leaked", code="ALICEK")
    clock.advance(days=400)

    with pytest.raises(ReferralCodeTaken):
        choose(session, boris, "ALICEK")
    assert leads_to(session, choose(session, alice, "ALICEK")) == alice


def test_the_same_code_again_changes_nothing(session, clock):
    alice = joins(session, "Alice")
    choose(session, alice, "ALICEK")
    clock.advance(days=10)

    assert choose(session, alice, "alicek") == "ALICEK"


def test_the_app_chooses_a_code_and_sees_it(session, client):
    alice = headers_of(session, joins(session, "Alice"))

    answer = client.put(CODE, headers=alice, json={"code": "Кофе24"})

    assert answer.status_code == 200, answer.text
    day = day_in(business_now() + timedelta(days=365), the_shop(session).zone).isoformat()
    assert answer.json | {"links": {}} == {
        "code": "KOФE24",
        "written": "КОФЕ24",
        "link": "http://127.0.0.1:8000/r/%D0%9A%D0%9E%D0%A4%D0%9524",
        "links": {},
        "may_change_on": day,
    }
    seen = client.get("/api/v1/me/referral", headers=alice).json
    assert seen["vanity"] == answer.json
    assert client.get(seen["vanity"]["link"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_the_app_is_told_what_is_free(session, client):
    choose(session, joins(session, "Alice"), "ALICEK")
    boris = headers_of(session, joins(session, "Boris"))

    answer = client.put(CODE, headers=boris, json={"code": "alicek"})

    assert (answer.status_code, answer.json["type"]) == (409, "referral-code-taken")
    assert len(answer.json["suggestions"]) == 3
    assert answer.json["suggestions"][0] in answer.json["detail"]


def test_the_app_is_told_what_is_wrong_with_a_word(session, client):
    alice = headers_of(session, joins(session, "Alice"))

    answer = client.put(CODE, headers=alice, json={"code": "abc"})

    assert answer.status_code == 422
    assert answer.json["errors"] == {"code": ["A code has from 4 to 16 letters or digits."]}


def test_the_app_replaces_the_own_code(session, client):
    alice = headers_of(session, joins(session, "Alice"))
    before = client.get("/api/v1/me/referral", headers=alice).json["code"]

    answer = client.post(f"{CODE}/rotation", headers=alice)

    assert answer.status_code == 200
    assert answer.json["code"] == client.get("/api/v1/me/referral", headers=alice).json["code"] != before
    again = client.post(f"{CODE}/rotation", headers=alice)
    assert (again.status_code, again.json["type"]) == (429, "referral-code-just-rotated")
