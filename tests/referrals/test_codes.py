"""What a code looks like, and how it is read however it was typed."""

import math

import pytest

from backend.referrals import codes


def test_a_code_carries_forty_bits_or_more():
    assert codes.LENGTH * math.log2(len(codes.ALPHABET)) >= 40
    assert 8 <= codes.LENGTH <= 10


def test_a_code_has_no_look_alikes_and_makes_no_words():
    assert not set(codes.ALPHABET) & set("01OIL" + "AEIOU")
    assert codes.is_well_formed(codes.make_code())


@pytest.mark.parametrize("typed", ["K7M3BXP9T", "k7m-3bx-p9t", " K7M 3BX P9T ", "К7М3ВХР9Т", "к7м—3вх—р9т"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert codes.read_code(typed) == "K7M3BXP9T"


@pytest.mark.parametrize("typed", ["", "K7M3BXP9", "K7M3BXP9TT", "K7M3BXP90", "ALICE7KQQ", "٣٣٣٣٣٣٣٣٣", "x" * 10_000])
def test_what_cannot_be_a_code_is_not_looked_for(typed):
    assert not codes.is_well_formed(codes.read_code(typed))


def test_a_code_is_written_in_groups_of_three():
    assert codes.written("K7M3BXP9T") == "K7M-3BX-P9T"


def test_each_channel_has_its_own_link():
    assert codes.link("https://grain.example", "K7M3BXP9T") == "https://grain.example/r/K7M3BXP9T"
    assert codes.link("https://grain.example", "K7M3BXP9T", channel="qr") == "https://grain.example/r/K7M3BXP9T?c=qr"


def test_a_channel_that_is_not_ours_counts_as_a_plain_link():
    assert codes.read_channel("qr") == "qr"
    assert codes.read_channel("' OR 1=1") == "link"
    assert codes.read_channel(None) == "link"
