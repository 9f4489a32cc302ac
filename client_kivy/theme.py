"""The look: colours, type, sizes and motion from `assets/tokens.json`, which is their only truth."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kivy.core.text import LabelBase
from kivy.event import EventDispatcher
from kivy.metrics import Metrics, dp, sp
from kivy.properties import BooleanProperty, ObjectProperty, OptionProperty
from kivy.utils import get_color_from_hex, get_hex_from_color

from client_kivy.state.shop_colours import shop_palette

ASSETS = Path(__file__).resolve().parent / "assets"
FONTS = ASSETS / "fonts"
TOKENS: dict[str, Any] = json.loads((ASSETS / "tokens.json").read_text())
FACES = {400: "Regular", 600: "SemiBold", 700: "Bold"}
# Of 1000: ascent 970, descent 305. What a line of the font takes of itself, before the look's own line height.
NATURAL_LINE = 1.275

# SDL sets glyphs on whole pixels, which tears words apart where a pixel is large. There a text is drawn four times as
# large and shown through mipmaps; a phone's screen is fine enough by itself.
FINENESS = 1 if Metrics.density >= 2 else 4


class Style:
    """One style of text: font, size and line height in pixels."""

    def __init__(self, size: float, line: float, weight: int, *, tabular: bool = False) -> None:
        self.font_name = f"{'OnestTab' if tabular else 'Onest'}-{FACES[weight]}"
        self.font_size = sp(size)
        self.line = sp(line)
        self.line_height = line / (size * NATURAL_LINE)


def _styles() -> dict[str, Style]:
    app = TOKENS["type"]["app"]
    styles = {name: Style(spec["size"], spec["line"], spec["weight"]) for name, spec in app.items()}
    caption, label, title = app["caption"], app["label"], app["title"]
    styles["caption_strong"] = Style(caption["size"], caption["line"], 600)
    styles["label_regular"] = Style(label["size"], 20, 400)
    styles["figure"] = Style(label["size"], label["line"], 600, tabular=True)
    styles["counter"] = Style(16, 22, 600, tabular=True)
    styles["badge"] = Style(11, 14, 700, tabular=True)
    styles["card_number"] = Style(title["size"], title["line"], 600, tabular=True)
    styles["keyed"] = Style(20, 26, 600, tabular=True)
    return styles


class Theme(EventDispatcher):  # type: ignore[misc]
    """The one theme of the app. `colour` is replaced as a whole, so that whatever is bound to it follows at once.

    Besides the tokens it has `paper` colours: those of the screen that a scanner reads, white in both modes.
    """

    mode = OptionProperty("light", options=("light", "dark"))
    colour = ObjectProperty(rebind=True)
    reduced_motion = BooleanProperty(defaultvalue=False)

    def __init__(self) -> None:
        super().__init__()
        self._shop: tuple[str, str] | None = None
        self.bind(mode=lambda *_: self._mix())
        self._mix()

    def dress(self, *, accent: str | None, spark: str | None) -> None:
        """Takes the shop's own colours."""
        own = TOKENS["colour"]["light"]
        chosen = (accent or own["accent"], spark or own["spark"])
        shop = None if chosen == (own["accent"], own["spark"]) else chosen
        if shop != self._shop:
            self._shop = shop
            self._mix()

    def seconds(self, motion: str) -> float:
        """How long a motion lasts; 0 for who asked for less of it."""
        if self.reduced_motion and motion != "press":
            return 0
        return float(TOKENS["motion"][motion]) / 1000

    def _mix(self) -> None:
        light = self._dressed("light")
        paper = {f"paper_{name}": light[name] for name in ("text", "text_2", "accent", "sunk", "bg")}
        colours = {**self._dressed(self.mode), **paper, "paper": "#FFFFFF"}
        self.colour = SimpleNamespace(**{name: get_color_from_hex(value) for name, value in colours.items()})

    def _dressed(self, mode: str) -> dict[str, str]:
        palette: dict[str, str] = TOKENS["colour"][mode]
        if self._shop is None:
            return palette
        return shop_palette(palette, mode, accent=self._shop[0], spark=self._shop[1])


def rgba_text(colour: list[float]) -> str:
    """A colour as Kivy's markup writes it."""
    return str(get_hex_from_color(colour))


def register_fonts() -> None:
    """Makes the look's fonts known to Kivy by the names that the styles use."""
    for family in ("Onest", "OnestTab"):
        for face in FACES.values():
            name = f"{family}-{face}"
            LabelBase.register(name, str(FONTS / f"{name}.ttf"))
    LabelBase.register("icons", str(FONTS / "tabler-icons.ttf"))
    LabelBase.register("icons-filled", str(FONTS / "tabler-icons-filled.ttf"))


STYLES = _styles()
ICONS: dict[str, dict[str, int]] = json.loads((FONTS / "tabler-icons.json").read_text())
EASE = TOKENS["motion"]["ease"]
RADIUS = {name: dp(value) for name, value in TOKENS["radius"].items()}
theme = Theme()
