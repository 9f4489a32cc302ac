"""The shop's own colours keep everything readable."""

import json

import pytest

from client_kivy.catalogue import APP
from client_kivy.state.shop_colours import contrast, from_oklch, oklch, shop_palette

TOKENS = json.loads((APP / "assets" / "tokens.json").read_text())["colour"]
# Ground, and what is written on it.
PAIRS = [
    ("bg", "accent"),
    ("accent", "on_accent"),
    ("accent_soft", "on_accent_soft"),
    ("card", "on_card"),
    ("card", "on_card_2"),
    ("spark", "on_spark"),
]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("accent", ["#5E2750", "#FFE100", "#00C2A8", "#101010", "#F2F2F2", "#D80027"])
def test_words_can_be_read_whatever_the_shop_chose(mode: str, accent: str) -> None:
    palette = shop_palette(TOKENS[mode], mode, accent=accent, spark="#FFC800")
    assert {pair: contrast(palette[pair[0]], palette[pair[1]]) >= 4.5 for pair in PAIRS} == dict.fromkeys(PAIRS, True)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_state_colours_are_never_replaced(mode: str) -> None:
    palette = shop_palette(TOKENS[mode], mode, accent="#00C2A8", spark="#FFC800")
    for state in ("rewarded", "pending", "expiring", "rejected", "info", "neutral"):
        assert palette[state] == TOKENS[mode][state]


def test_a_colour_survives_the_way_to_oklch_and_back() -> None:
    for colour in TOKENS["light"].values():
        assert from_oklch(*oklch(colour[:7])) == colour[:7]
