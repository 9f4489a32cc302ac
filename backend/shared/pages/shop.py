"""The shop as its guests see it: name, tile, and two colours from which the others follow."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.shared.pages.colour import (
    WHITE,
    Colour,
    contrast,
    over,
    parse,
    readable,
    with_lightness,
    written,
)
from backend.shared.pages.tokens import colour_property, load_tokens, themed

CONTRAST_MINIMUM = 4.5
SOFT_SHARE = {"light": 0.12, "dark": 0.18}
PRESSED_CHANGE = {"light": -0.08, "dark": -0.10}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What a page shows of the shop. `tile` is its picture's address; without one stands the name's first letter."""

    name: Mapping[str, str]
    zone: str = "UTC"
    accent: str | None = None
    spark: str | None = None
    tile: str | None = None

    def name_in(self, locale: str) -> str:
        """The name in this language, or in the one that there is."""
        return self.name.get(locale) or next(iter(self.name.values()))


class ColourRefused(ValueError):
    """A colour on which text could not be read. `token` says where, `ratio` how little contrast there is."""

    def __init__(self, token: str, ratio: float) -> None:
        super().__init__(f"{token} has a contrast of {ratio:.1f}; {CONTRAST_MINIMUM} is needed")
        self.token = token
        self.ratio = ratio


def derived_colours(*, accent: str, spark: str) -> dict[str, dict[str, str]]:
    """The colours that follow from a shop's own two, by theme (`light`, `dark`) and token.

    The accent is darkened or lightened until it can be read. The spark is the shop's own or none at all, as guests look
    for it: raises `ColourRefused` if text on it, or it on the card, has a contrast below 4.5.
    """
    themes = load_tokens()["colour"]
    return {theme: _derived(parse(accent), parse(spark), theme, themes[theme]) for theme in ("light", "dark")}


def style_sheet(*, accent: str, spark: str) -> str:
    """The derived colours as custom properties, to be linked after the tokens."""
    colours = derived_colours(accent=accent, spark=spark)
    light, dark = (
        {colour_property(token): value for token, value in colours[theme].items()} for theme in ("light", "dark")
    )
    return themed(light, dark)


def _derived(accent: Colour, spark: Colour, theme: str, ground: dict[str, str]) -> dict[str, str]:
    # The ground that is nearest to the accent in tone decides: what reads there reads on the others.
    worst = parse(ground["sunk"])
    accent = readable(accent, worst, ratio=CONTRAST_MINIMUM)
    dark_text = parse(ground["on_spark"])
    on_accent = max((WHITE, dark_text), key=lambda text: contrast(text, accent))
    accent_soft = over(accent, parse(ground["surface"]), share=SOFT_SHARE[theme])
    card = with_lightness(accent, lambda _: 0.30, chroma_maximum=0.09)
    derived = {
        "accent": accent,
        "accent_pressed": with_lightness(accent, lambda lightness: lightness + PRESSED_CHANGE[theme]),
        "on_accent": on_accent,
        "accent_soft": accent_soft,
        "on_accent_soft": readable(accent, accent_soft, ratio=CONTRAST_MINIMUM),
        "card": card,
        "card_shape": with_lightness(card, lambda lightness: lightness + 0.06),
        "spark": spark,
        "spark_pressed": with_lightness(spark, lambda lightness: lightness + PRESSED_CHANGE["light"]),
    }
    for token, text, under in (
        ("on_accent", on_accent, accent),
        ("spark", dark_text, spark),
        ("card", spark, card),
    ):
        ratio = contrast(text, under)
        if ratio < CONTRAST_MINIMUM:
            raise ColourRefused(token, ratio)
    return {token: written(colour) for token, colour in derived.items()}
