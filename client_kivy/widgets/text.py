"""Words and icons in the styles of the look."""

# mypy: disallow-subclassing-any=False
from functools import lru_cache
from math import ceil
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from client_kivy.theme import FINENESS, ICONS, STYLES
from client_kivy.widgets import load_rules


class _WholePixels(CoreLabel):
    """Takes whole pixels of the screen, so that its texture is shown without being stretched."""

    def render(self, real: bool = False) -> Any:  # noqa: FBT001, FBT002 - Kivy's signature
        taken = super().render(real)
        return taken if real else tuple(ceil(side / FINENESS) * FINENESS for side in taken)


class _Styled(Label):
    style = StringProperty("body")
    tone = StringProperty("text")
    line = NumericProperty(0)
    """How high one line is, in pixels."""
    _label: Any

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.bind(style=self._dress)
        self._dress()

    def _create_label(self) -> None:
        super()._create_label()
        label: CoreLabel = self._label
        if not self.markup:
            label = self._label = _WholePixels(**label.options)
        label.options["font_size"] = self.font_size * FINENESS
        label.options["padding"] = [side * FINENESS for side in self.padding]
        label.usersize = _finer(self.text_size)

    def _trigger_texture_update(self, name: str | None = None, source: Any = None, value: Any = None) -> None:
        if name == "font_size":
            value = value * FINENESS
        elif name == "padding":
            value = [side * FINENESS for side in value]
        elif name == "text_size":
            value = _finer(value)
        super()._trigger_texture_update(name, source, value)

    def texture_update(self, *arguments: Any) -> None:
        """Draws the text; `texture_size` is what it takes on the screen."""
        super().texture_update(*arguments)
        width, height = self.texture.size if self.texture else (0, 0)
        self.texture_size = [width / FINENESS, height / FINENESS]

    def _dress(self, *_changed: Any) -> None:
        style = STYLES[self.style]
        self.font_name, self.font_size, self.line_height = style.font_name, style.font_size, style.line_height
        self.line = style.line


class Text(_Styled):
    """A text as wide as it is told, as high as it needs."""


class TextLine(_Styled):
    """One line, cut with an ellipsis where there is no room."""


class Word(_Styled):
    """One line, as wide as it is."""


class Icon(Label):
    """A Tabler icon by its name."""

    name = StringProperty("")
    tone = StringProperty("text")
    extent = NumericProperty("24dp")
    filled = BooleanProperty(defaultvalue=False)

    @staticmethod
    def glyph(name: str, filled: bool) -> str:  # noqa: FBT001 - called by a rule with its properties
        """The character that draws an icon."""
        return chr(ICONS["filled" if filled else "outline"][name]) if name else ""


def _finer(size: Any) -> tuple[float | None, ...]:
    return tuple(side * FINENESS if side is not None else None for side in size)


@lru_cache(maxsize=2048)
def text_height(text: str, style: str, width: int) -> int:
    """How high a text of this style becomes at a width in pixels; what `Text` will take when it is laid out."""
    if not text:
        return 0
    spec = STYLES[style]
    label = CoreLabel(
        text=text,
        font_name=spec.font_name,
        font_size=spec.font_size * FINENESS,
        line_height=spec.line_height,
        font_hinting=None,
        text_size=(width * FINENESS, None),
    )
    label.resolve_font_name()
    return int(max(ceil(label.render()[1] / FINENESS), ceil(spec.line)))


@lru_cache(maxsize=2048)
def text_width(text: str, style: str) -> int:
    """How wide a text of this style is on one line."""
    spec = STYLES[style]
    label = CoreLabel(font_name=spec.font_name, font_size=spec.font_size * FINENESS, font_hinting=None)
    label.resolve_font_name()
    return int(ceil(label.get_extents(text)[0] / FINENESS))


load_rules(__file__)
