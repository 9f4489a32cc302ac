"""Rounded grounds with a line around them: four radii of their own, so that whatever speaks has its tight corner."""

# mypy: disallow-subclassing-any=False
from functools import lru_cache
from math import ceil
from typing import Any

from kivy.graphics import BorderImage, Color
from kivy.graphics.texture import Texture
from kivy.properties import ColorProperty, ListProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget
from PIL import Image, ImageChops, ImageDraw

from client_kivy.widgets import load_rules

SUPERSAMPLING = 8
TRANSPARENT = (0, 0, 0, 0)
Radii = tuple[int, int, int, int]


class Ground(Widget):
    """A ground of one colour; `radii` are top-left, top-right, bottom-right, bottom-left."""

    fill = ColorProperty(TRANSPARENT)
    line_colour = ColorProperty(TRANSPARENT)
    line_width = NumericProperty(0)
    radii = ListProperty([0, 0, 0, 0])
    overlap = NumericProperty(0)
    """How far the ground reaches below the widget, so that lines of neighbours in a list fall together."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        with self.canvas.before:
            self._fill = Color()
            self._ground = BorderImage(auto_scale="off")
            self._line = Color()
            self._ring = BorderImage(auto_scale="off")
        self.bind(fill=self._paint, line_colour=self._paint)
        self.bind(pos=self._place, size=self._place, radii=self._place, line_width=self._place, overlap=self._place)
        self._paint()
        self._place()

    def _paint(self, *_changed: Any) -> None:
        seen = self.width >= 1 and self.height >= 1
        self._fill.rgba = self.fill if seen else TRANSPARENT
        self._line.rgba = self.line_colour if seen and self.line_width else TRANSPARENT

    def _place(self, *_changed: Any) -> None:
        left, bottom = round(self.x), round(self.y - self.overlap)
        # `right` and `top` are still the old ones while this hears of the new size.
        width, height = round(self.x + self.width) - left, round(self.y + self.height) - bottom
        self._paint()
        if width < 1 or height < 1:
            return
        radii = fitting(self.radii, width, height)
        line = max(1.0, round(self.line_width * 2) / 2) if self.line_width else 0.0
        self._draw(self._ground, ground_texture(radii), (left, bottom), (width, height))
        if line:
            self._draw(self._ring, ring_texture(radii, line), (left, bottom), (width, height))

    @staticmethod
    def _draw(image: BorderImage, texture: Texture, pos: tuple[int, int], size: tuple[int, int]) -> None:
        border = (texture.width - 2) // 2
        image.texture = texture
        image.border = (border, border, border, border)
        image.pos, image.size = pos, size


class Panel(Ground, BoxLayout):
    """A ground that holds things: four equal corners, a line around it."""


class Bar(Ground):
    """How far it is, as a bar that is never shorter than it is high."""

    share = NumericProperty(0)


def fitting(radii: list[float], width: int, height: int) -> Radii:
    """The radii in whole pixels, no larger than half of what they round."""
    most = min(width, height) // 2
    top_left, top_right, bottom_right, bottom_left = (min(round(radius), most) for radius in radii)
    return top_left, top_right, bottom_right, bottom_left


@lru_cache(maxsize=256)
def ground_texture(radii: Radii) -> Texture:
    """A rounded mask whose middle stretches."""
    return _texture(_mask(radii, 0, max(radii)))


@lru_cache(maxsize=256)
def ring_texture(radii: Radii, line: float) -> Texture:
    """The line around the mask of the same radii."""
    # One pixel more than the line, so that what stretches is empty from edge to edge.
    border = max(*radii, ceil(line) + 1)
    return _texture(ImageChops.subtract(_mask(radii, 0, border), _mask(radii, line, border)))


def _mask(radii: Radii, inset: float, border: int) -> Image.Image:
    scale = SUPERSAMPLING
    side = (2 * border + 2) * scale
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    low = round(inset * scale)
    high = side - low - 1
    draw.rectangle((low, low, high, high), fill=255)
    top_left, top_right, bottom_right, bottom_left = (round(max(radius - inset, 0) * scale) for radius in radii)
    for radius, x, y, start in (
        (top_left, low, low, 180),
        (top_right, high - top_right + 1, low, 270),
        (bottom_right, high - bottom_right + 1, high - bottom_right + 1, 0),
        (bottom_left, low, high - bottom_left + 1, 90),
    ):
        if radius:
            draw.rectangle((x, y, x + radius - 1, y + radius - 1), fill=0)
            centre_x = low + radius if x == low else x
            centre_y = low + radius if y == low else y
            box = (centre_x - radius, centre_y - radius, centre_x + radius - 1, centre_y + radius - 1)
            draw.pieslice(box, start, start + 90, fill=255)
    return mask.resize((side // scale, side // scale), Image.Resampling.BOX)


def _texture(mask: Image.Image) -> Texture:
    white = Image.new("L", mask.size, 255)
    pixels = Image.merge("LA", (white, mask)).convert("RGBA").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    texture = Texture.create(size=mask.size, colorfmt="rgba")
    texture.blit_buffer(pixels.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    texture.wrap = "clamp_to_edge"
    return texture


load_rules(__file__)
