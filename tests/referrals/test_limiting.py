"""Marat, the marketer, names links for an advocate and says how long and how often a code may be used."""

from datetime import timedelta

import pytest

from backend.referrals import limiting, links, service
from backend.referrals.choosing import choose_code
from backend.referrals.errors import TooManyLinks, UnknownReferralCode, UnknownReferralLink
from backend.shared.clock import business_now
from tests.factories.members import headers_of
from tests.factories.referrals import demo_terms, joins
from tests.factories.staff import a_staff_token, bearer

STAFF = "/api/v1/staff"


@pytest.fixture
def marat(session):
    return bearer(a_staff_token(session, "marketer"))


@pytest.fixture
def alice(session):
    return joins(session, "Alice")


@pytest.fixture
def code(session, alice):
    return service.own_code(session, member_id=alice, at=business_now() - timedelta(days=1))


@pytest.fixture
def codes(client, marat, alice):
    """What Marat sees of Alice's codes."""
    return lambda: client.get(f"{STAFF}/members/{alice}/referral-codes", headers=marat).json


def leads(session, code):
    return service.check_code(session, code, at=business_now())


def name(session, member_id, label):
    return links.name_link(
        session, member_id=member_id, label=label, at=business_now(), public_url="https://grain.example"
    )


def test_a_code_ends_when_marat_says_and_a_fresh_one_follows(session, client, clock, marat, alice, code, codes):
    (row,) = codes()["codes"]
    ends_at = (business_now() + timedelta(days=7)).isoformat()

    answer = client.patch(f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"ends_at": ends_at})

    assert answer.status_code == 200, answer.text
    assert service.own_code(session, member_id=alice, at=business_now()) == code
    clock.advance(days=7)
    with pytest.raises(UnknownReferralCode):
        leads(session, code)
    assert service.own_code(session, member_id=alice, at=business_now()) != code
    again = client.patch(f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"ends_at": None})
    assert (again.status_code, again.json["type"]) == (409, "referral-code-ended")


def test_a_code_is_used_so_often_and_marat_sees_how_often(session, client, marat, alice, code, codes):
    (row,) = codes()["codes"]
    client.patch(f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"uses_maximum": 1})
    boris = joins(session, "Boris")
    service.bind(session, friend_id=boris, code=code, channel="qr", at=business_now(), terms=demo_terms())

    with pytest.raises(UnknownReferralCode):
        leads(session, code)
    assert (codes()["codes"][0]["uses"], codes()["codes"][0]["uses_maximum"]) == (1, 1)


def test_a_code_that_has_not_begun_leads_nowhere_yet(session, client, clock, marat, code, codes):
    (row,) = codes()["codes"]
    starts_at = (business_now() + timedelta(days=2)).isoformat()
    client.patch(f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"starts_at": starts_at})

    with pytest.raises(UnknownReferralCode):
        leads(session, code)
    clock.advance(days=2)
    assert leads(session, code)


def test_a_code_cannot_end_before_it_begins(client, marat, code, codes):
    (row,) = codes()["codes"]

    answer = client.patch(
        f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"ends_at": "2020-01-01T00:00:00Z"}
    )

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["ends_at"])


def test_what_marat_does_stands_in_the_audit_log(session, client, marat, alice, code, codes):
    from sqlalchemy import text

    (row,) = codes()["codes"]
    client.patch(f"{STAFF}/referral-codes/{row['id']}", headers=marat, json={"uses_maximum": 5})
    client.post(f"{STAFF}/members/{alice}/referral-links", headers=marat, json={"label": "Autumn poster"})

    log = session.execute(text("SELECT action, before, after FROM audit_log ORDER BY id DESC LIMIT 2")).all()
    assert [entry.action for entry in log] == ["name_referral_link", "limit_referral_code"]
    assert (log[1].before["uses_maximum"], log[1].after["uses_maximum"]) == (None, 5)


def test_alice_sees_the_link_that_marat_named(session, client, marat, alice, code):
    named = client.post(f"{STAFF}/members/{alice}/referral-links", headers=marat, json={"label": "Autumn poster"})

    assert named.status_code == 201
    seen = client.get("/api/v1/me/referral/links", headers=headers_of(session, alice)).json
    assert [(link["label"], link["link"]) for link in seen["items"]] == [("Autumn poster", named.json["link"])]


def test_the_same_label_again_is_the_same_link(session, alice):
    assert name(session, alice, "My blog").id == name(session, alice, "my BLOG").id


def test_nobody_has_more_than_twenty(session, alice):
    named = [name(session, alice, f"Link {number}") for number in range(links.LINKS_MAXIMUM)]

    with pytest.raises(TooManyLinks):
        name(session, alice, "One more")
    links.end_link(session, member_id=alice, link_id=named[0].id, at=business_now())
    assert name(session, alice, "One more")


def test_a_forgotten_link_still_leads_and_its_name_is_gone(session, alice, code):
    named = name(session, alice, "My blog")
    links.end_link(session, member_id=alice, link_id=named.id, at=business_now())

    channel, origin = links.arrival(
        session, alice, channel="own", origin=service.Origin(link_slug=named.slug, utm_source="vk")
    )

    assert (channel, origin.link_slug, origin.utm_source) == ("link", None, "vk")
    assert links.named_links(session, member_id=alice, public_url="https://grain.example") == []


def test_nobody_forgets_somebody_elses_link(session, alice):
    named = name(session, alice, "My blog")

    with pytest.raises(UnknownReferralLink):
        links.end_link(session, member_id=joins(session, "Dasha"), link_id=named.id, at=business_now())


@pytest.fixture
def replaced(session, clock, alice):
    """The code that Alice chose first, a year before the one that leads to her now."""
    choose_code(session, member_id=alice, typed="ALICE-IN-GRAIN", at=business_now())
    clock.advance(days=366)
    choose_code(session, member_id=alice, typed="WONDERGRAIN", at=business_now())
    return next(row for row in limiting.standing_codes(session, alice) if row.code == "ALICEINGRAIN")


def test_a_code_whose_place_another_one_has_taken_has_to_end(client, replaced, marat):
    answer = client.patch(f"{STAFF}/referral-codes/{replaced.id}", headers=marat, json={"ends_at": None})

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["ends_at"])


def test_another_limit_does_not_change_why_a_code_ends(client, replaced, marat):
    answer = client.patch(f"{STAFF}/referral-codes/{replaced.id}", headers=marat, json={"uses_maximum": 3})

    assert (answer.json["ended_reason"], answer.json["ends_at"]) == ("replaced", replaced.ends_at.isoformat())
