"""The shop's own colours: from its accent and spark, the rest of the palette as `tokens.json` derives it.

Lightness and chroma are those of OKLCH, where equal steps look equal.
"""

import math
from collections.abc import Mapping

WHITE, DARK_TEXT = "#FFFFFF", "#35112C"
LEAST_CONTRAST = 4.5
SOFT_SHARE = {"light": 0.12, "dark": 0.18}
PRESSED_STEP = {"light": -0.08, "dark": -0.10}
CARD_LIGHTNESS, CARD_CHROMA, CARD_SHAPE_STEP = 0.30, 0.09, 0.06
LIGHTNESS_STEP = 0.01


def shop_palette(palette: Mapping[str, str], mode: str, *, accent: str, spark: str) -> dict[str, str]:
    """The palette of one mode with the shop's accent and spark in it; state colours are never replaced."""
    accent = usable_accent(accent, on=palette["bg"], towards_light=mode == "dark")
    lightness, chroma, hue = oklch(accent)
    card = from_oklch(CARD_LIGHTNESS, min(oklch(accent)[1], CARD_CHROMA), hue)
    return {
        **palette,
        "accent": accent,
        "accent_pressed": from_oklch(lightness + PRESSED_STEP[mode], chroma, hue),
        "on_accent": better_text(accent),
        "accent_soft": mixed(accent, palette["surface"], SOFT_SHARE[mode]),
        "on_accent_soft": readable(
            accent, on=mixed(accent, palette["surface"], SOFT_SHARE[mode]), towards_light=mode == "dark"
        ),
        "card": card,
        "card_shape": from_oklch(CARD_LIGHTNESS + CARD_SHAPE_STEP, min(chroma, CARD_CHROMA), hue),
        "spark": spark,
        "spark_pressed": from_oklch(oklch(spark)[0] + PRESSED_STEP["light"], *oklch(spark)[1:]),
        "on_spark": better_text(spark),
    }


def usable_accent(colour: str, *, on: str, towards_light: bool) -> str:
    """The accent, made lighter or darker until it can be read on its ground, and words on it."""
    colour = readable(colour, on=on, towards_light=towards_light)
    lightness, chroma, hue = oklch(colour)
    while contrast(better_text(colour), colour) < LEAST_CONTRAST:
        lightness += LIGHTNESS_STEP if towards_light else -LIGHTNESS_STEP
        colour = from_oklch(lightness, chroma, hue)
    return colour


def readable(colour: str, *, on: str, towards_light: bool) -> str:
    """The colour, made lighter or darker until it can be read on a ground."""
    lightness, chroma, hue = oklch(colour)
    step = LIGHTNESS_STEP if towards_light else -LIGHTNESS_STEP
    while contrast(colour, on) < LEAST_CONTRAST and 0 < lightness < 1:
        lightness += step
        colour = from_oklch(lightness, chroma, hue)
    return colour


def better_text(ground: str) -> str:
    """White or the dark text, whichever is easier to read on this ground."""
    return max((WHITE, DARK_TEXT), key=lambda text: contrast(text, ground))


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, ground: str, share: float) -> str:
    """A colour laid over a ground with this share."""
    return _hex(*(c * share + g * (1 - share) for c, g in zip(_rgb(colour), _rgb(ground), strict=True)))


def oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0–1, chroma, hue in radians."""
    red, green, blue = (_linear(part) for part in _rgb(colour))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour that a screen can show."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return _hex(
        _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02X}" for part in (red, green, blue))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
