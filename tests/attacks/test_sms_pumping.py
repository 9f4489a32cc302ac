"""SMS pumping: whoever earns by text messages to certain numbers has the shop send as many as it will."""

from tests.attacks.shop import Person, Shop, a_phone

PREMIUM = "+252 61 2345{:03d}"


def sent_to(shop: Shop, region: str, prefix: str = "%") -> int:
    statement = f"SELECT count(*) FROM sign_in_codes WHERE region = '{region}' AND prefix LIKE '{prefix}'"
    return int(shop.asks(statement)[0][0])


def asks_for(server: Shop, phone: str) -> int:
    person = Person(server)
    person._contact = {"phone": phone}
    return person.asks_for_code().status_code


def to_a_far_country(shop: Shop, server: Shop) -> bool:
    """Whether messages go to a country where they are dear."""
    before = sent_to(shop, "SO")
    for number in range(5):
        asks_for(server, PREMIUM.format(number))
    return sent_to(shop, "SO") > before


def to_one_number(shop: Shop, server: Shop) -> bool:
    """Whether a number gets more than one message a minute."""
    phone = a_phone()
    return [asks_for(server, phone) for _ in range(3)].count(202) > 1


def to_a_range(shop: Shop, server: Shop) -> bool:
    """Whether a range of numbers that has had its messages of the hour, none of which was used, gets one more."""
    prefix = "7977"
    shop.asks(
        "INSERT INTO sign_in_codes (id, channel, address_hmac, code_hmac, region, prefix, network_hmac, created_at,"
        f" expires_at) SELECT gen_random_uuid(), 'sms', uuid_send(gen_random_uuid()), ''::bytea, 'RU', '{prefix}',"
        " uuid_send(gen_random_uuid()), now(), now() + interval '10 minutes' FROM generate_series(1, 500)"
    )
    before = sent_to(shop, "RU", prefix)
    # Whoever asks is told what everybody is told.
    assert asks_for(server, f"+{prefix}{a_phone()[-7:]}") == 202
    return sent_to(shop, "RU", prefix) > before


def test_a_far_country_gets_nothing(shop: Shop) -> None:
    assert not to_a_far_country(shop, shop)


def test_a_number_gets_one_a_minute(shop: Shop) -> None:
    assert not to_one_number(shop, shop)


def test_a_range_whose_messages_are_not_used_gets_no_more(shop: Shop) -> None:
    assert not to_a_range(shop, shop)


def test_without_limits_all_three_pay(shop: Shop) -> None:
    with shop.without("limits of text messages") as unguarded:
        assert to_a_far_country(shop, unguarded)
        assert to_one_number(shop, unguarded)
        assert to_a_range(shop, unguarded)
