"""What opens at the shop's own address: the way to the card for guests, and to their work for those who work there."""

import pytest
from sqlalchemy import text

from tests.cabinet_landing.test_landing import ANDROID
from tests.cabinet_landing.visitor import Visitor

CARD, WORK = ["/join"], ["/till", "/console"]


def test_a_guest_is_told_what_the_card_brings_and_led_to_it(boris):
    boris.opens("/")
    assert boris.status == 200
    assert "The card of Grain 5% of every purchase back in points One point pays ₽1. The card is free." in boris.words
    assert "200\u00a0points for the first purchase, and 200\u00a0points for you." in boris.html
    assert [link for link in boris.links if link in CARD] == CARD
    assert boris.opens("/join").status == 200


def test_it_speaks_russian(client):
    visitor = Visitor(client, locale="ru").opens("/")
    assert "Зерно: карта гостя" in visitor.words
    assert "Для тех, кто здесь работает Касса Консоль" in visitor.words


def test_whoever_came_by_an_invitation_finds_it_here_too(boris, code):
    boris.opens(f"/r/{code}?c=qr")
    assert "Alice invited you 200 points for your first purchase" in boris.opens("/").words


def test_the_app_is_offered_where_it_is_to_be_had(client, settings_with):
    settings_with(play_package="org.molva.zerno")
    store = "https://play.google.com/store/apps/details?id=org.molva.zerno"
    assert store in Visitor(client, agent=ANDROID).opens("/").links
    assert store not in Visitor(client).opens("/").links


@pytest.mark.parametrize("place", WORK)
def test_those_who_work_here_are_led_to_their_sign_in(boris, place):
    assert place in boris.opens("/").links
    boris.opens(place)
    assert (boris.status, boris.path) == (200, "/staff/sign-in")


def test_before_there_is_a_shop_only_those_who_open_it_are_led_on(session, boris):
    session.execute(text("TRUNCATE shops CASCADE"))
    boris.opens("/")
    assert "The shop is not open yet." in boris.words
    assert [link for link in boris.links if link in CARD + WORK] == WORK


def test_the_demo_begins_with_what_to_try(make_app):
    with make_app(demo=True).test_client() as client:
        assert "A friend joins, buys a coffee, and both get points" in client.get("/?lang=en").text
