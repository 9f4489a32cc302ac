"""Where a link was given out stays known: from the visit, past the store, to the referral."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from backend.referrals import links, queries
from backend.referrals import service as referrals
from backend.referrals.visits import CAMPAIGNS_A_DAY_MAXIMUM, FORGET_VISITORS_OF_YESTERDAY
from backend.shared.clock import business_now
from tests.cabinet_landing.test_joining import asks, the_member
from tests.cabinet_landing.test_landing import ANDROID
from tests.cabinet_landing.visitor import Visitor
from tests.factories.referrals import joins

CAMPAIGN = "utm_source=vk&utm_medium=post&utm_campaign=%D0%BE%D1%81%D0%B5%D0%BD%D1%8C"


@pytest.fixture
def blog(session, alice, code):
    """The slug of the link that Alice named for her blog."""
    return links.name_link(
        session, member_id=alice, label="My blog", at=business_now(), public_url="https://grain.example"
    ).slug


@pytest.fixture
def without_cookies(app):
    """Opens a link with a browser that keeps no cookie."""

    def opens(path, *, agent="Safari/18", address="198.51.100.1"):
        client = app.test_client(use_cookies=False)
        answer = client.get(path, headers={"User-Agent": agent}, environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 200

    return opens


def visits(session):
    counted = "SELECT channel, link_slug, utm_campaign, sum(visits) FROM referral_visits GROUP BY 1, 2, 3"
    return {(channel, slug, campaign): int(count) for channel, slug, campaign, count in session.execute(text(counted))}


def test_a_visit_is_counted_for_the_named_link_and_the_campaign(session, boris, code, blog):
    boris.opens(f"/r/{code}?c=own&l={blog}&{CAMPAIGN}")

    assert visits(session) == {("own", blog, "осень"): 1}


def test_a_link_that_nobody_named_is_a_plain_one(session, boris, code, blog):
    dashas = referrals.own_code(session, member_id=joins(session, "Dasha"), at=business_now() - timedelta(days=1))

    boris.opens(f"/r/{dashas}?c=own&l={blog}")

    assert visits(session) == {("link", "", ""): 1}


def test_the_friend_is_bound_with_channel_link_and_campaign(session, boris, alice, code, blog, sent_code):
    asks(boris.opens(f"/r/{code}?c=own&l={blog}&{CAMPAIGN}"))
    boris.submits(code=sent_code(), name="Boris")

    referral = queries.referral_of_friend(session, the_member(session))
    assert (referral.channel, referral.link_slug) == ("own", blog)
    assert (referral.utm_source, referral.utm_medium, referral.utm_campaign) == ("vk", "post", "осень")


def test_words_of_a_campaign_are_cut_to_what_is_kept(session, boris, code, sent_code):
    asks(boris.opens(f"/r/{code}?utm_campaign={'x' * 500}&utm_source=a%00b"))
    boris.submits(code=sent_code(), name="Boris")

    referral = queries.referral_of_friend(session, the_member(session))
    assert (referral.utm_campaign, referral.utm_source) == ("x" * 64, "ab")


def test_campaigns_made_up_by_the_hundred_fill_no_table(session, without_cookies, code):
    for number in range(CAMPAIGNS_A_DAY_MAXIMUM + 5):
        without_cookies(f"/r/{code}?utm_campaign=c{number}", agent=f"Agent/{number}")

    counted = visits(session)
    assert len(counted) == CAMPAIGNS_A_DAY_MAXIMUM + 1
    assert counted["link", "", ""] == 5


def test_a_browser_with_a_full_cookie_still_knows_by_whose_links_it_came(session, boris, code):
    others = [referrals.own_code(session, member_id=joins(session), at=business_now()) for _ in range(9)]
    for one in (code, *others):
        boris.opens(f"/r/{one}?" + "&".join(f"utm_{name}={'ж' * 64}" for name in ("source", "medium", "campaign")))

    assert len(boris.client.get_cookie("invited").value) < 4_000
    assert "Alice invited you" in boris.opens("/join").words


def test_without_cookies_a_visit_is_counted_once_a_day(session, without_cookies, code, clock):
    for _ in range(3):
        without_cookies(f"/r/{code}")
    without_cookies(f"/r/{code}", agent="Firefox/140")
    without_cookies(f"/r/{code}", address="198.51.100.2")
    assert sum(visits(session).values()) == 3

    clock.advance(days=1)
    without_cookies(f"/r/{code}")
    assert sum(visits(session).values()) == 4


def test_nothing_that_was_kept_for_the_day_says_who_came(session, without_cookies, code):
    without_cookies(f"/r/{code}", agent="Safari/18", address="198.51.100.1")

    (row,) = session.execute(text("SELECT * FROM referral_visitors")).mappings()
    assert set(row) == {"day", "visitor"}
    assert len(bytes(row["visitor"])) == 16
    assert not any(known in bytes(row["visitor"]) for known in (b"198", b"Safari", code.encode()))


def test_the_day_after_it_is_forgotten(session, without_cookies, code, clock):
    without_cookies(f"/r/{code}")
    due = FORGET_VISITORS_OF_YESTERDAY.next_due(session)
    assert FORGET_VISITORS_OF_YESTERDAY.run(session, business_now()) == 0
    assert business_now() < due <= business_now() + timedelta(days=1)

    assert FORGET_VISITORS_OF_YESTERDAY.run(session, due) == 1
    assert FORGET_VISITORS_OF_YESTERDAY.next_due(session) is None


def test_on_android_the_store_hands_on_by_whose_link_somebody_came(app, client, code, blog, settings_with):
    settings_with(play_package="org.molva.app")

    phone = Visitor(client, agent=ANDROID).opens(f"/r/{code}?c=own&l={blog}&{CAMPAIGN}")

    (link,) = [link for link in phone.links if link.startswith("https://play.google.com")]
    store = parse_qs(urlsplit(link).query)
    assert store["id"] == ["org.molva.app"]
    assert parse_qs(store["referrer"][0]) == {
        "r": [code],
        "c": ["own"],
        "l": [blog],
        "utm_source": ["vk"],
        "utm_medium": ["post"],
        "utm_campaign": ["осень"],
    }


def test_where_the_app_is_in_no_store_no_page_leads_there(client, code):
    phone = Visitor(client, agent=ANDROID).opens(f"/r/{code}")

    assert not [link for link in phone.links if "play.google.com" in link]


def test_the_app_is_opened_with_all_that_the_link_said(client, code, blog):
    phone = Visitor(client, agent=ANDROID).opens(f"/r/{code}?c=own&l={blog}&utm_source=vk")

    (link,) = [link for link in phone.links if link.startswith("intent:")]
    assert link.startswith(f"intent://r/{code}?c=own&l={blog}&utm_source=vk#Intent;scheme=molva;")
