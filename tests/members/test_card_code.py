"""The card code, held to its published test vectors."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.members import card_code, card_number

GUIDE = Path(__file__).parents[2] / "docs" / "card-code.md"
VECTOR = re.compile(r"^\| (\d) \| `([0-9a-f]{16})` \| `([0-9a-f]{64})` \| (\d+) \| `([A-Z2-7]{40})` \|$", re.MULTILINE)
DEVICE, SECRET = bytes(range(8)), bytes(range(32))
NOON = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


def published() -> list[tuple[str, ...]]:
    return VECTOR.findall(GUIDE.read_text(encoding="utf-8"))


def test_the_guide_has_vectors_of_both_versions():
    assert {vector[0] for vector in published()} == {"1", "2"}


@pytest.mark.parametrize("vector", published())
def test_a_published_vector_is_what_we_make_and_read(vector):
    version, device, secret, step, text = vector
    made = card_code.encode(bytes.fromhex(device), bytes.fromhex(secret), step=int(step), version=int(version))
    read = card_code.decode(text)
    assert made == text
    assert read is not None
    assert (read.device_id.hex(), read.step, read.version) == (device, int(step), int(version))
    assert read.signed_by(bytes.fromhex(secret))


def test_a_step_begins_every_thirty_seconds_since_1970():
    assert card_code.step_at(datetime(1970, 1, 1, 0, 0, 29, 999999, tzinfo=UTC)) == 0
    assert card_code.step_at(datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)) == 1
    assert card_code.step_ends_at(0) == datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("steps", "fresh"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_current_step_and_its_neighbours_are_fresh(steps, fresh):
    code = card_code.decode(card_code.encode(DEVICE, SECRET, step=card_code.step_at(NOON) + steps))
    assert code is not None
    assert code.is_fresh(NOON) is fresh


def test_case_and_spaces_do_not_matter():
    text = card_code.encode(DEVICE, SECRET, step=1)
    assert card_code.decode(f" {text[:20].lower()} {text[20:]}\n") == card_code.decode(text)


@pytest.mark.parametrize("position", range(25))
def test_a_code_with_any_byte_altered_is_not_signed(position):
    import base64

    content = bytearray(base64.b32decode(card_code.encode(DEVICE, SECRET, step=1)))
    content[position] ^= 1
    read = card_code.decode(base64.b32encode(bytes(content)).decode())
    assert read is None or not read.signed_by(SECRET)


@pytest.mark.parametrize("text", ["", "A" * 39, "A" * 41, "1" * 40, "Я" * 40, "\x00" * 40, "A" * 40])
def test_what_is_no_code_is_read_as_none(text):
    assert card_code.decode(text) is None


def test_the_servers_codes_of_one_step_differ_and_name_one_key():
    key_id = bytes.fromhex("0a0b0c0d00000000")
    codes = {card_code.encode_by_server(key_id, SECRET, step=1) for _ in range(200)}
    assert len(codes) == 200
    assert {card_code.decode(text).key_id for text in codes} == {key_id}


def test_a_code_lasts_for_its_step_and_no_longer_than_the_next():
    assert card_code.step_ends_at(card_code.step_at(NOON) + card_code.SKEW_STEPS) - NOON <= timedelta(seconds=60)


def test_a_card_number_has_sixteen_digits_and_checks_itself():
    numbers = {card_number.new_card_number() for _ in range(100)}
    assert len(numbers) == 100
    assert all(re.fullmatch(r"9\d{15}", number) and card_number.read_card_number(number) for number in numbers)


def test_any_mistyped_digit_of_a_card_number_is_noticed():
    number = "9710004420313201"
    for position, digit in enumerate(number):
        for other in set("0123456789") - {digit}:
            assert card_number.read_card_number(number[:position] + other + number[position + 1 :]) is None


def test_a_card_number_may_be_written_in_groups():
    assert card_number.read_card_number("9710 0044-2031 3201") == "9710004420313201"
