"""QR codes that a scanner reads from a screen, and the ring that counts seconds."""

# mypy: disallow-subclassing-any=False
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.widget import Widget
from PIL import Image, ImageDraw

from client_kivy.widgets import load_rules
from client_kivy.widgets.ground import SUPERSAMPLING

QUIET_MODULES = 4


class QrCode(Widget):
    """`content` as a QR code, a whole number of pixels to a module. Its owner lays white under it in both themes."""

    content = StringProperty("")
    quiet_modules = NumericProperty(QUIET_MODULES)
    module_pixels = NumericProperty(0)
    texture = ObjectProperty(None, allownone=True)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        with self.canvas:
            Color(1, 1, 1)
            self._code = Rectangle()
        self.bind(pos=self._place, size=self._place, texture=self._place)
        self.bind(content=self._draw, quiet_modules=self._draw)
        self._draw()

    def _draw(self, *_changed: Any) -> None:
        self.texture = modules_texture(self.content, int(self.quiet_modules)) if self.content else None

    def _place(self, *_changed: Any) -> None:
        if self.texture is None:
            self._code.size = 0, 0
            return
        modules = self.texture.width
        self.module_pixels = max(1, int(min(self.width, self.height) // modules))
        side = modules * self.module_pixels
        self._code.texture = self.texture
        self._code.size = side, side
        self._code.pos = round(self.x + (self.width - side) / 2), round(self.y + (self.height - side) / 2)


class SecondsRing(AnchorLayout):
    """How many of `seconds_total` are left, as a number in a ring that moves by the second."""

    seconds_left = NumericProperty(0)
    seconds_total = NumericProperty(30)
    tone = StringProperty("text")
    track = ColorProperty((0, 0, 0, 0))
    hand = ColorProperty((0, 0, 0, 0))

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        with self.canvas.before:
            self._colour = Color(1, 1, 1)
            self._ring = Rectangle()
        for name in ("pos", "size", "seconds_left", "track", "hand"):
            self.fbind(name, self._draw)
        self._draw()

    def _draw(self, *_changed: Any) -> None:
        side = round(min(self.width, self.height))
        if side < 8:
            return
        self._ring.texture = ring_texture(side, self.seconds_left / self.seconds_total, self.track, self.hand)
        self._ring.pos, self._ring.size = (round(self.x), round(self.y)), (side, side)


def modules_texture(content: str, quiet_modules: int) -> Texture:
    """One texel a module: 40 characters of the member's code make version 3 at level M."""
    # Only whoever opens a code waits for this import.
    import qrcode

    drawing = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=quiet_modules)
    drawing.add_data(content, optimize=0)
    drawing.make(fit=True)
    rows = drawing.get_matrix()
    # Only what is dark is drawn, so that rounded corners of the ground stay round.
    pixels = b"".join(bytes((0, 255 if dark else 0)) for row in reversed(rows) for dark in row)
    texture = Texture.create(size=(len(rows), len(rows)), colorfmt="luminance_alpha")
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(pixels, colorfmt="luminance_alpha", bufferfmt="ubyte")
    return texture


def ring_texture(side: int, share: float, track: list[float], hand: list[float]) -> Texture:
    """A ring of which a share, clockwise from the top, is drawn in the hand's colour."""
    scale = SUPERSAMPLING // 2
    image = Image.new("RGBA", (side * scale, side * scale))
    draw = ImageDraw.Draw(image)
    box, width = (0, 0, side * scale - 1, side * scale - 1), round(side * scale * 5 / 56)
    draw.arc(box, 0, 360, fill=_bytes(track), width=width)
    draw.arc(box, -90, -90 + 360 * share, fill=_bytes(hand), width=width)
    small = image.resize((side, side), Image.Resampling.BOX).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(small.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _bytes(colour: list[float]) -> tuple[int, ...]:
    return tuple(round(part * 255) for part in colour)


load_rules(__file__)
