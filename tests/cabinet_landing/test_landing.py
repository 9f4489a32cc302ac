"""The page behind a referral link: who invites to what, whose invitation counts, what is counted."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import select, text

from backend.programmes import service as programmes
from backend.referrals import queries
from backend.referrals import service as referrals
from backend.referrals.models import ReferralCode
from backend.shared.clock import business_now
from tests.cabinet_landing.visitor import Visitor
from tests.factories.referrals import joins
from tests.factories.till import DEMO_PROGRAMME

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
def dashas_code(session):
    return referrals.own_code(session, member_id=joins(session, "Dasha"), at=business_now() - timedelta(days=1))


def test_the_page_says_who_invites_and_what_both_get(boris, code):
    boris.opens(f"/r/{code}?c=qr")

    assert boris.status == 200
    assert "Alice invited you 200 points for your first purchase" in boris.words
    assert "One point pays ₽1. They are yours 14 days after a purchase of ₽500 or more." in boris.words
    assert "Alice gets 200\u00a0points as well." in boris.html


def test_the_page_speaks_russian(client, code):
    visitor = Visitor(client, locale="ru").opens(f"/r/{code}")

    assert "Вас приглашает Alice" in visitor.words
    assert "Их можно тратить через 14 дней после покупки от 500\u00a0₽." in visitor.html


def test_the_language_can_be_changed_and_is_remembered(boris, code):
    boris.opens(f"/r/{code}?c=qr&lang=ru")
    assert "Вас приглашает Alice" in boris.words

    assert "Вас приглашает Alice" in boris.opens(f"/r/{code}").words


def test_only_the_first_name_is_shown(session, boris):
    alice = joins(session, "Alice Kovaleva")

    boris.opens(f"/r/{referrals.own_code(session, member_id=alice, at=business_now())}")

    assert "Alice invited you" in boris.words
    assert "Kovaleva" not in boris.html


def test_an_advocate_without_a_name_is_a_friend(session, boris):
    code = referrals.own_code(session, member_id=joins(session), at=business_now())

    boris.opens(f"/r/{code}")

    assert "A friend invited you" in boris.words


def test_no_box_is_ticked_beforehand(boris, code):
    boxes = boris.opens(f"/r/{code}").form.boxes

    assert set(boxes) == {"offers_push", "offers_email", "offers_sms", "rules", "data"}
    assert not any(boxes.values())


@pytest.mark.parametrize("wrong", ["WWWWWWWWW", "no-such-code", "K7M3BXP9", "%27%3B--"])
def test_an_unknown_code_is_told_kindly_and_one_may_join_without(boris, wrong):
    boris.opens(f"/r/{wrong}")

    assert boris.status == 404
    assert "You are welcome all the same." in boris.words
    assert boris.form.action == "/join"
    assert "referral_code" in boris.form.fields


def test_an_ended_code_looks_exactly_like_an_unknown_one(session, client, code):
    session.scalars(select(ReferralCode)).one().ends_at = business_now()
    session.flush()

    ended, unknown = (Visitor(client).opens(f"/r/{one}") for one in (code, "WWWWWWWWW"))

    assert (ended.status, ended.words) == (unknown.status, unknown.words)


def test_guessing_codes_runs_into_a_limit_and_knowing_one_does_not(app, client, code, monkeypatch):
    monkeypatch.setitem(app.config, "WRONG_REFERRAL_CODES_LIMIT", "5 per hour")
    for _ in range(8):
        assert client.get(f"/r/{code}").status_code == 200
    statuses = [client.get("/r/WWWWWWWWW").status_code for _ in range(6)]

    assert statuses == [404] * 5 + [429]
    assert client.get("/r/WWWWWWWWW", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 429
    assert client.get("/r/WWWWWWWWW", environ_overrides={"REMOTE_ADDR": "198.51.100.2"}).status_code == 404


def test_a_visit_is_counted_once_for_a_browser(session, app, alice, code):
    first, second = (Visitor(app.test_client(), agent=agent) for agent in ("Firefox/140.0", "Chrome/140.0"))
    for _ in range(3):
        first.opens(f"/r/{code}?c=qr")
    second.opens(f"/r/{code}?c=messenger")

    assert queries.visits_by_channel(session, alice) == {"qr": 1, "messenger": 1}


def test_visits_are_kept_as_counts_and_nothing_else(session, boris, code):
    boris.opens(f"/r/{code}?c=qr")

    (row,) = session.execute(text("SELECT * FROM referral_visits")).mappings()
    nothing_more = {"link_slug": "", "utm_campaign": ""}
    assert dict(row) == {"code": code, "channel": "qr", "day": business_now().date(), "visits": 1} | nothing_more


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "TelegramBot (like TwitterBot)"},
        {"User-Agent": "WhatsApp/2.23"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_a_preview_is_no_visit(session, boris, alice, code, headers):
    boris.opens(f"/r/{code}", **headers)

    assert queries.visits_by_channel(session, alice) == {}


def test_a_look_at_the_headers_is_no_visit(session, client, alice, code):
    assert client.head(f"/r/{code}").status_code == 200
    assert queries.visits_by_channel(session, alice) == {}


def test_the_first_of_two_links_counts_and_the_page_says_so(boris, code, dashas_code):
    boris.opens(f"/r/{code}")

    boris.opens(f"/r/{dashas_code}")

    assert "Alice invited you" in boris.words
    assert "the first invitation counts" in boris.words


def test_the_last_of_two_links_counts_where_the_programme_says_so(session, boris, code, dashas_code):
    last_counts = DEMO_PROGRAMME.replace("cap:", "attribution: {first_or_last_visit: last, window_days: 30}\n  cap:")
    programmes.load(session, last_counts, in_force_from=business_now())
    boris.opens(f"/r/{code}")

    assert "Dasha invited you" in boris.opens(f"/r/{dashas_code}").words
    assert "Alice invited you" in boris.opens(f"/r/{code}").words


def test_a_visit_counts_no_longer_than_the_window(boris, clock, code, dashas_code):
    boris.opens(f"/r/{code}")
    assert "Alice invited you" in boris.opens("/join").words

    clock.advance(days=31, business_only=True)

    assert "Alice" not in boris.opens("/join").words
    assert "Dasha invited you" in boris.opens(f"/r/{dashas_code}").words


def test_a_cookie_that_was_tampered_with_is_no_visit(boris, client, code):
    boris.opens(f"/r/{code}")
    cookie = client.get_cookie("invited")
    client.set_cookie("invited", cookie.value[:-2] + "xx")

    assert "Alice" not in boris.opens("/join").words


def test_on_android_the_page_offers_to_open_the_app(client, code):
    phone = Visitor(client, agent=ANDROID).opens(f"/r/{code}?c=qr")

    (link,) = [link for link in phone.links if link.startswith("intent:")]
    assert link.startswith(f"intent://r/{code}?c=qr#Intent;scheme=molva;")
    back = unquote(link.split("S.browser_fallback_url=")[1].split(";")[0])
    assert back == f"http://127.0.0.1:8000/r/{code}?c=qr&app=none"


def test_where_the_app_is_not_installed_the_page_comes_back_without_the_button(client, code):
    phone = Visitor(client, agent=ANDROID).opens(f"/r/{code}?c=qr&app=none")

    assert not [link for link in phone.links if link.startswith("intent:")]


def test_elsewhere_there_is_no_button_that_does_nothing(boris, code):
    assert not [link for link in boris.opens(f"/r/{code}").links if link.startswith("intent:")]


def test_the_app_that_may_open_links_is_the_installations_own(app, client):
    assert client.get("/.well-known/assetlinks.json").get_json() == []

    statement = app.config["MOLVA"].var / "assetlinks.json"
    statement.write_text('[{"relation": ["delegate_permission/common.handle_all_urls"]}]')
    try:
        answer = client.get("/.well-known/assetlinks.json")
        assert answer.content_type == "application/json"
        assert answer.get_json()[0]["relation"] == ["delegate_permission/common.handle_all_urls"]
    finally:
        statement.unlink()


def test_a_shop_that_rewards_no_friends_still_has_a_page(session, boris, code):
    plain = DEMO_PROGRAMME.split("referral:")[0]
    programmes.load(session, plain, in_force_from=business_now())

    boris.opens(f"/r/{code}")

    assert boris.status == 200
    assert "5% of every purchase back in points" in boris.words


@pytest.mark.parametrize("path", ["/join/rules", "/join/data"])
def test_rules_and_data_can_be_read_before_agreeing(boris, code, path):
    boris.opens(f"/r/{code}")

    assert path in boris.links
    assert boris.opens(path).status == 200


def test_the_rules_are_those_of_the_programme(boris):
    boris.opens("/join/rules")

    assert "A purchase brings 5% of its total in points" in boris.words
    assert "They burn 365 days after they could first be spent." in boris.words
    assert "At most 10 invited guests are rewarded within 30 days." in boris.words


def test_the_rules_say_how_a_programme_reckons_by_the_calendar_and_forgives(session, clock, boris):
    calendar = "expiry: {months: 12, round_to: year, prolonged_by: activity}\nreturns: {debt: forgive}"
    clock.advance(minutes=1)
    programmes.load(session, DEMO_PROGRAMME.replace("expiry: {days: 365}", calendar), in_force_from=business_now())
    boris.opens("/join/rules")

    assert "They burn 12 months after they could first be spent. They live to the end of that year." in boris.words
    assert "Whoever buys or pays with points begins this time anew." in boris.words
    assert "the next points make up for it" not in boris.words
