"""Where the programme lets them, members who joined by themselves name who told them, before the first purchase."""

from uuid import UUID

import pytest

from backend.programmes import service as programmes
from backend.referrals import queries, service
from backend.shared.clock import business_now
from tests.factories.referrals import joins, told
from tests.factories.till import DEMO_PROGRAMME, open_till
from tests.referrals.test_routes import signed_in

LET = DEMO_PROGRAMME.replace("cap:", "attribution: {existing_members: no_purchase_yet}\n  cap:")


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=LET)


@pytest.fixture
def alice(session, till):
    return joins(session, "Alice")


@pytest.fixture
def code(session, alice):
    return service.own_code(session, member_id=alice, at=business_now())


@pytest.fixture
def boris(session, alice, clock):
    clock.advance(minutes=1)
    return joins(session, "Boris")


@pytest.fixture
def names(session, client):
    def name(member_id: UUID, typed: str):
        headers = signed_in(session, member_id)
        return client.post("/api/v1/me/referral/advocate", headers=headers, json={"code": typed})

    return name


def may_name(session, client, member_id):
    return client.get("/api/v1/me/referral", headers=signed_in(session, member_id)).json["may_name_advocate"]


def test_a_member_who_has_not_bought_is_bound_and_both_are_told(session, client, names, alice, code, boris):
    assert may_name(session, client, boris)

    answer = names(boris, f"{code[:3]}-{code[3:]}".lower())

    assert answer.status_code == 200, answer.text
    minimum = {"amount_minor": 50_000, "currency": "RUB"}
    assert answer.json == {"label": "Alice", "points": 200, "minimum": minimum}
    referral = queries.referral_of_friend(session, boris)
    assert (referral.advocate_id, referral.channel, referral.status) == (alice, "typed", "joined")
    assert told(session, alice)[0][0] == "Boris joined by your link"
    assert not may_name(session, client, boris)


def test_the_first_purchase_after_it_is_rewarded(session, client, till, names, alice, code, boris):
    names(boris, code)

    till.sell(boris, 50_000)

    assert queries.referral_of_friend(session, boris).status == "pending"


def test_the_same_advocate_again_is_no_mistake_and_another_one_is(session, names, alice, code, boris):
    names(boris, code)
    dashas = service.own_code(session, member_id=joins(session, "Dasha"), at=business_now())

    assert names(boris, code).status_code == 200
    answer = names(boris, dashas)
    assert (answer.status_code, answer.json["type"]) == (409, "cannot-be-invited")
    assert queries.referral_of_friend(session, boris).advocate_id == alice


def test_after_the_first_purchase_it_is_too_late(session, client, till, names, alice, code, boris):
    till.sell(boris, 10_000)

    answer = names(boris, code)

    assert (answer.status_code, answer.json["type"]) == (409, "cannot-be-invited")
    assert "before the first purchase" in answer.json["detail"]
    assert not may_name(session, client, boris)


def test_nobody_names_themselves_or_somebody_who_came_later(session, names, alice, code, boris):
    own = service.own_code(session, member_id=boris, at=business_now())

    assert names(boris, own).status_code == 409
    assert names(alice, own).status_code == 409
    assert queries.referral_of_friend(session, alice) is None


def test_where_the_programme_says_nothing_of_it_members_name_nobody(session, client, clock, names, alice, code, boris):
    programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
    clock.advance(minutes=1)

    answer = names(boris, code)

    assert (answer.status_code, answer.json["type"]) == (409, "cannot-be-invited")
    assert not may_name(session, client, boris)


def test_guessing_codes_runs_into_a_limit(app, monkeypatch, names, boris):
    monkeypatch.setitem(app.config, "WRONG_REFERRAL_CODES_LIMIT", "3 per hour")

    statuses = [names(boris, "WWWWWWWWW").status_code for _ in range(4)]

    assert statuses == [422, 422, 422, 429]
