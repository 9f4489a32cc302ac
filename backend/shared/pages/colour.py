"""Colours as arithmetic: contrast by WCAG 2, and lightness, chroma and hue by OKLCH. Pure.

A colour is a tuple of red, green and blue from 0 to 255. OKLCH is used because equal steps of its lightness look equal,
whatever the hue; a shop's colour can so be darkened without turning into another one.
"""

import math
import re
from collections.abc import Callable

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
LIGHTNESS_STEP = 0.01


def parse(text: str) -> Colour:
    """`#5E2750` as a colour; raises `ValueError` for anything else."""
    if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
        raise ValueError(f"{text!r} is not a colour such as #5E2750")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def written(colour: Colour) -> str:
    """A colour as style sheets write it."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: Colour, ground: Colour, *, share: float) -> Colour:
    """What is seen where a colour of this opacity (0 to 1) lies over a ground."""
    red, green, blue = (round(share * top + (1 - share) * under) for top, under in zip(colour, ground, strict=True))
    return red, green, blue


def with_lightness(colour: Colour, change: Callable[[float], float], *, chroma_maximum: float = math.inf) -> Colour:
    """The same hue at another OKLCH lightness; chroma gives way where the screen cannot show it."""
    lightness, chroma, hue = _to_oklch(colour)
    lightness = min(max(change(lightness), 0.0), 1.0)
    chroma = min(chroma, chroma_maximum)
    while chroma > 0:
        shown = _from_oklch(lightness, chroma, hue)
        if all(-0.5 <= part <= 255.5 for part in shown):
            return _rounded(shown)
        chroma -= 0.002
    return _rounded(_from_oklch(lightness, 0, hue))


def readable(colour: Colour, ground: Colour, *, ratio: float) -> Colour:
    """The colour, darkened or lightened until it is readable on this ground."""
    away = -LIGHTNESS_STEP if _luminance(ground) > 0.18 else LIGHTNESS_STEP
    moved, steps = colour, 0
    while contrast(moved, ground) < ratio and steps * LIGHTNESS_STEP < 1:
        steps += 1
        moved = with_lightness(colour, lambda lightness, change=steps * away: lightness + change)  # type: ignore[misc]
    return moved


def _rounded(parts: tuple[float, float, float]) -> Colour:
    red, green, blue = (min(max(round(part), 0), 255) for part in parts)
    return red, green, blue


def _linear(part: float) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _display(light: float) -> float:
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return share * 255


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# The matrices are Björn Ottosson's, from the definition of OKLab.
def _to_oklch(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = (_linear(part) for part in colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(green_red, blue_yellow), math.atan2(blue_yellow, green_red)


def _from_oklch(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    green_red, blue_yellow = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    middle = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return _display(red), _display(green), _display(blue)
