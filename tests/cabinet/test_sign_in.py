"""Signing in, as an app sees it."""

import re

import pytest
from sqlalchemy import func, select, text

from backend.members.models import Consent, Member
from backend.referrals import queries as referrals
from tests.cabinet.conftest import API, Person
from tests.factories.members import headers_of, member


def code_of_advocate(person):
    return person.get("/me/referral").json["code"]


def other_than(code):
    return f"{(int(code) + 1) % 10_000_000:07d}"


def test_a_code_arrives_in_the_callers_language(alice):
    alice.asks_for_code(**{"Accept-Language": "en"})
    assert re.fullmatch(r"\d{7} works for 10 minutes\. Do not tell it to anybody\.", alice.message())


def test_whoever_asks_for_no_language_is_told_in_the_shops(alice):
    alice.asks_for_code()
    assert re.fullmatch(r"\d{7} – код на 10 минут\. Никому не говорите\.", alice.message())


def test_a_new_person_becomes_a_member(alice):
    answer = alice.signs_in(name="Alice Kovaleva", locale="en")
    assert answer["expires_in"] == 600
    assert answer["joined"] is True
    assert answer["member"]["name"] == "Alice Kovaleva"
    assert answer["member"]["phone_masked"] == "+7 ••• •••-67-89"
    assert alice.get("/me").json == answer["member"]


def test_the_same_person_signs_in_again_at_once(alice):
    first, again = alice.signs_in(), alice.signs_in()
    assert again["member"]["id"] == first["member"]["id"]
    assert again["joined"] is False


def test_a_person_may_join_by_e_mail(client, session, till):
    anna = Person(client, session, "")
    answer = client.post(f"{API}/sign-in/codes", json={"email": "Anna@Example.org"})
    assert answer.status_code == 202
    answer = client.post(f"{API}/sign-in/tokens", json={"email": "anna@example.org", "code": anna.code()})
    assert answer.json["member"]["email_masked"] == "a•••@example.org"


def test_joining_agrees_to_nothing(alice):
    assert alice.signs_in()["member"]["consents"] == []


def test_what_was_ticked_is_agreed_to(alice):
    given = [{"purpose": "marketing", "channel": "push"}, {"purpose": "personal_data", "channel": "any"}]
    consents = alice.signs_in(consents=given)["member"]["consents"]
    assert [(one["purpose"], one["channel"], one["given"]) for one in consents] == [
        ("marketing", "push", True),
        ("personal_data", "any", True),
    ]


@pytest.mark.parametrize(
    "consents",
    [
        [{"purpose": "marketing"}],
        [{"purpose": "selling", "channel": "push"}],
        [{"purpose": "marketing", "channel": "any"}],
        [{"purpose": "marketing", "channel": "push", "given": False}],
        [{"purpose": "marketing", "channel": "push"}] * 2,
        {"marketing": True},
    ],
)
def test_a_consent_that_nobody_asks_for_is_refused(alice, session, consents):
    alice.asks_for_code()
    answer = alice.gives(alice.code(), consents=consents)
    assert answer.status_code == 422
    assert "consents" in answer.json["errors"]
    assert session.scalar(select(func.count()).select_from(Consent)) == 0


def test_known_and_unknown_people_get_the_same_answer(client, session, till, clock):
    member(session, phone="+79123456789")
    known = client.post(f"{API}/sign-in/codes", json={"phone": "+79123456789"})
    unknown = client.post(f"{API}/sign-in/codes", json={"phone": "+79123456780"})
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (202, known.data)
    assert dict(known.headers) == dict(unknown.headers)


def test_known_and_unknown_people_cost_the_same_statements(client, session, till, clock):
    """The same work takes the same time: nothing on the way asks who the person is."""
    import psycopg

    member(session, phone="+79123456789")
    asked = []
    execute = psycopg.Cursor.execute

    def counting(self, query, *arguments, **options):
        asked[-1].append(str(query))
        return execute(self, query, *arguments, **options)

    psycopg.Cursor.execute = counting
    try:
        for phone in ("+79031234567", "+79123456789", "+79123456780"):
            asked.append([])
            client.post(f"{API}/sign-in/codes", json={"phone": phone})
    finally:
        psycopg.Cursor.execute = execute
    # The first request of all prepares statements and the like.
    work = [[query for query in queries if "SAVEPOINT" not in query] for queries in asked[1:]]
    assert work[0] == work[1] != []
    assert not any(re.search(r"(FROM|JOIN)\s+member", query) for query in work[0])


def test_a_wrong_code_tells_known_and_unknown_people_the_same(client, session, till, clock):
    member(session, phone="+79123456789")
    answers = [
        client.post(f"{API}/sign-in/tokens", json={"phone": phone, "code": "0000000"})
        for phone in ("+79123456789", "+79123456780")
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert answers[0].data == answers[1].data
    assert answers[0].json["type"] == "wrong-code"
    assert list(answers[0].json["errors"]) == ["code"]


def test_six_wrong_codes_void_the_right_one(alice):
    alice.asks_for_code()
    code = alice.code()
    for _ in range(6):
        assert alice.gives(other_than(code)).status_code == 422
    assert alice.gives(code).json["type"] == "wrong-code"


def test_a_code_signs_in_once(alice):
    alice.signs_in()
    assert alice.gives(alice.code()).json["type"] == "wrong-code"


def test_asking_again_within_a_minute_says_when_to_come(alice, clock):
    alice.asks_for_code()
    clock.advance(seconds=18)
    answer = alice.asks_for_code(**{"Accept-Language": "en"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "42"
    assert answer.json["detail"] == "You can ask for another one in 42 s."


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone"),
        ({"phone": "+79123456789", "email": "anna@example.org"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "\x00+79123456789"}, "phone"),
        ({"phone": "девять один два"}, "phone"),
        ({"phone": 79123456789}, "phone"),
        ({"phone": None}, "phone"),
        ({"phone": "\ud800"}, "phone"),
        ({"phone": "9" * 10_000}, "phone"),
        ({"email": "anna"}, "email"),
        ({"email": "anna\x00@example.org"}, "email"),
        ({"phone": "+79123456789", "role": "marketer"}, "role"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_wrong_address_is_told_on_its_field(client, till, body, field, language):
    answer = client.post(f"{API}/sign-in/codes", json=body, headers={"Accept-Language": language})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [field]
    cyrillic = bool(re.search("[а-я]", answer.json["title"] + str(answer.json["errors"])))
    assert cyrillic == (language == "ru")


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "\x00", "A\x07", 5, "\ud800"])
def test_a_name_that_is_none_is_refused_and_the_code_is_kept(alice, name):
    alice.asks_for_code()
    code = alice.code()
    answer = alice.gives(code, name=name)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["name"])
    assert alice.gives(code).status_code == 200


@pytest.mark.parametrize("name", ["Ё", "Анна-Мария О’Нил", "李", "😀 Anna"])
def test_names_of_every_script_are_names(alice, name):
    assert alice.signs_in(name=name)["member"]["name"] == name


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b'"x"', b"null"])
def test_a_body_that_is_no_document_is_refused(client, till, data):
    answer = client.post(f"{API}/sign-in/tokens", data=data, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.content_type == "application/problem+json"


# Invitations


def test_a_friend_is_bound_to_whoever_invited(alice, boris, session):
    advocate = alice.signs_in()["member"]["id"]
    friend = boris.signs_in(referral_code=code_of_advocate(alice))["member"]["id"]
    assert str(referrals.referral_of_friend(session, friend).advocate_id) == advocate


def test_a_link_brings_its_channel_along(alice, boris, session):
    alice.signs_in()
    friend = boris.signs_in(referral_code=alice.get("/me/referral").json["links"]["qr"])["member"]["id"]
    assert referrals.referral_of_friend(session, friend).channel == "qr"


def test_what_the_store_kept_of_a_link_comes_with_the_code(alice, boris, session):
    alice.signs_in()
    slug = alice.post("/me/referral/links", {"label": "My blog"}).json["slug"]
    utm = {"utm_source": "vk", "utm_campaign": "x" * 100}
    said = {"referral_channel": "own", "referral_link": slug, "utm": utm}
    friend = boris.signs_in(referral_code=code_of_advocate(alice), **said)["member"]["id"]
    referral = referrals.referral_of_friend(session, friend)
    assert (referral.channel, referral.link_slug) == ("own", slug)
    assert (referral.utm_source, referral.utm_medium, referral.utm_campaign) == ("vk", None, "x" * 64)


def test_a_code_that_was_typed_is_known_as_such_and_no_program_says_it_came_at_the_till(alice, boris, session):
    alice.signs_in()
    friend = boris.signs_in(referral_code=code_of_advocate(alice))["member"]["id"]
    dasha = Person(boris.client, session, "+79123456780")
    by_till = dasha.signs_in(referral_code=code_of_advocate(alice), referral_channel="till")["member"]["id"]
    assert referrals.referral_of_friend(session, friend).channel == "typed"
    assert referrals.referral_of_friend(session, by_till).channel == "link"


def test_an_unknown_referral_code_is_told_on_its_field_and_the_one_time_code_is_kept(boris, session):
    boris.asks_for_code()
    code = boris.code()
    answer = boris.gives(code, referral_code="BCDFGHJKM")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["referral_code"]
    assert session.scalar(select(func.count()).select_from(Member)) == 0
    assert boris.gives(code).status_code == 200


@pytest.mark.parametrize("junk", ["\x00", "Я" * 9, "K7M 3QX", "http://[::1", "/r/", "https://x/r/%00?c=qr", "x" * 301])
def test_junk_for_a_referral_code_is_told_on_its_field(boris, junk):
    boris.asks_for_code()
    answer = boris.gives(boris.code(), referral_code=junk)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["referral_code"])


def test_the_referral_code_is_looked_at_only_with_the_right_one_time_code(boris):
    boris.asks_for_code()
    answer = boris.gives(other_than(boris.code()), referral_code="BCDFGHJKM")
    assert answer.json["type"] == "wrong-code"


def test_a_member_already_is_bound_to_nobody(alice, boris, session):
    friend = boris.signs_in()["member"]["id"]
    alice.signs_in()
    boris.signs_in(referral_code=code_of_advocate(alice))
    assert referrals.referral_of_friend(session, friend) is None


def test_a_member_already_is_not_kept_out_by_an_old_code(boris):
    boris.signs_in()
    assert boris.signs_in(referral_code="BCDFGHJKM")["joined"] is False


# Tokens


def test_a_refresh_token_is_good_once(alice, client):
    alice.signs_in()
    first = client.post(f"{API}/sign-in/refresh", json={"refresh_token": alice.refresh_token})
    assert set(first.json) == {"access_token", "refresh_token", "expires_in"}
    again = client.post(f"{API}/sign-in/refresh", json={"refresh_token": alice.refresh_token})
    newer = client.post(f"{API}/sign-in/refresh", json={"refresh_token": first.json["refresh_token"]})
    assert (again.status_code, newer.status_code) == (401, 401)
    assert alice.get("/me").status_code == 401


def test_signing_out_acts_on_the_next_request(alice, client):
    alice.signs_in()
    assert alice.delete("/sign-in/tokens").status_code == 204
    assert alice.get("/me").status_code == 401
    answer = client.post(f"{API}/sign-in/refresh", json={"refresh_token": alice.refresh_token})
    assert answer.status_code == 401


def test_tokens_are_kept_out_of_caches(alice):
    alice.asks_for_code()
    assert "no-store" in alice.gives(alice.code()).headers["Cache-Control"]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "bearer \xff", "Bearer " + "x" * 9000]
)
def test_without_a_good_token_nobody_is_answered(client, till, header):
    headers = {"Authorization": header} if header is not None else {}
    answer = client.get(f"{API}/me", headers=headers)
    assert answer.status_code == 401
    assert answer.json["type"] == "signed-out"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_till_key_is_no_access_token(till):
    assert till.client.get(f"{API}/me", headers=till.headers).status_code == 401


def test_an_access_token_is_no_till_key(till, session):
    headers = headers_of(session, member(session).id)
    assert till.client.get(f"{API}/till/context", headers=headers).status_code == 401


def test_the_code_is_not_in_the_database_in_the_clear(alice, session):
    alice.asks_for_code()
    rows = session.execute(
        text(
            "SELECT (SELECT string_agg(c::text, '') FROM sign_in_codes c) ||"
            " (SELECT string_agg(m::text, '') FROM addressed_messages m)"
        )
    ).scalar_one()
    assert alice.code() not in rows
    assert alice.code().encode().hex() not in rows
