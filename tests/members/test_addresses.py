"""Phones and e-mail addresses as people write them."""

import pytest

from backend.members.addresses import home_region, masked, parse_email, parse_phone
from backend.shared.errors import Invalid


@pytest.mark.parametrize(
    "written",
    [
        "+79123456789",
        "8 (912) 345-67-89",
        "8-912-345-67-89",
        "9123456789",
        "+7 912 345\u00a067\u00a089",
        "８９１２３４５６７８９",
        "٨٩١٢٣٤٥٦٧٨٩",
    ],
)
def test_every_way_to_write_a_russian_mobile_is_one_phone(written):
    assert parse_phone(written, region="RU").value == "+79123456789"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12",
        "+7 912 345-67-8",
        "8-912-FLOWERS",
        "8 912 345 67 89 ext 5",
        "+7\x00912 345-67-89",
        "девять",
        "9" * 33,
        "+7 495 123-45-67",
        "8 800 555-35-35",
        "112",
    ],
)
def test_what_is_no_mobile_is_refused_on_its_field(app, written):
    with app.test_request_context(), pytest.raises(Invalid) as refused:
        parse_phone(written, region="RU")
    assert list(refused.value.errors) == ["phone"]


def test_a_number_with_a_country_code_needs_no_region():
    address = parse_phone("+375 29 123-45-67", region="RU")
    assert (address.value, address.region, address.prefix) == ("+375291234567", "BY", "375291")


@pytest.mark.parametrize("written", ["Anna@Example.org", " anna@example.org ", "ANNA@EXAMPLE.ORG"])
def test_an_e_mail_address_is_the_same_in_any_case(written):
    assert parse_email(written).value == "anna@example.org"


def test_an_address_in_cyrillic_is_taken():
    assert parse_email("Борис@Пример.рф").value == "борис@пример.рф"


@pytest.mark.parametrize("written", ["", "anna", "anna@", "@example.org", "an na@example.org", "anna\x00@example.org"])
def test_what_is_no_e_mail_address_is_refused_on_its_field(app, written):
    with app.test_request_context(), pytest.raises(Invalid) as refused:
        parse_email(written)
    assert list(refused.value.errors) == ["email"]


def test_tags_and_dots_leave_the_mark_of_one_gmail_mailbox():
    plain, dressed = parse_email("annapetrova@gmail.com"), parse_email("anna.petrova+molva@googlemail.com")
    assert plain.mark == dressed.mark


def test_a_tag_signs_nobody_else_in():
    assert parse_email("anna+boris@example.org").value != parse_email("anna@example.org").value


def test_dots_tell_mailboxes_apart_where_the_provider_does():
    assert parse_email("a.nna@example.org").mark != parse_email("anna@example.org").mark


def test_a_masked_address_shows_what_its_owner_recognises():
    assert masked("phone", "+79123456789") == "+7 ••• •••-67-89"
    assert masked("email", "anna@example.org") == "a•••@example.org"


def test_numbers_are_read_as_of_the_shops_country():
    assert home_region("Europe/Moscow") == "RU"
    assert home_region("Asia/Almaty") == "KZ"
    assert home_region("UTC") == "RU"


def test_an_address_does_not_show_itself_in_a_log():
    assert "912" not in repr(parse_phone("+79123456789", region="RU"))
