"""Photographs as evidence: looked at with care, and drawn anew, so that nothing of a camera's notes is kept. Pure."""

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import ExifTags, Image, UnidentifiedImageError

from backend.disputes.errors import UnreadablePicture

BYTES_MAXIMUM = 8 * 1024 * 1024
MEDIA_TYPE = "image/jpeg"
FORMATS = ("JPEG", "PNG", "WEBP")
# A small file can claim a picture that fills the memory. A JPEG is read at a fraction of its size; of the other kinds,
# which hold screens and scans, every pixel is.
PIXELS_MAXIMUM = {"JPEG": 64_000_000, "PNG": 24_000_000, "WEBP": 24_000_000}
SIDE_MAXIMUM_PX = 2400
QUALITY = 85
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by the orientation in its notes."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A JPEG that holds a picture and nothing else."""

    content: bytes
    width_px: int
    height_px: int


def redrawn(content: bytes) -> Picture:
    """The picture as it is kept: upright, of at most `SIDE_MAXIMUM_PX`, without place, time and device.

    Raises:
        UnreadablePicture: it is too large, or no JPEG, PNG or WebP that can be read.
    """
    if not 0 < len(content) <= BYTES_MAXIMUM:
        raise UnreadablePicture(megabytes=BYTES_MAXIMUM // 1024 // 1024)
    try:
        with warnings.catch_warnings():
            # The library warns of large pictures; whether one is too large is decided below.
            warnings.simplefilter("ignore")
            return _drawn(content)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePicture(megabytes=BYTES_MAXIMUM // 1024 // 1024) from error


def _drawn(content: bytes) -> Picture:
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > PIXELS_MAXIMUM[opened.format or ""]:
            raise ValueError("more pixels than a photograph has")
        opened.draft("RGB", (SIDE_MAXIMUM_PX, SIDE_MAXIMUM_PX))
        turn = _turn(opened)
        # Made small before anything else, so that no further layer is as large as what was sent.
        opened.thumbnail((SIDE_MAXIMUM_PX, SIDE_MAXIMUM_PX))
        drawn = _on_white(opened)
    if turn is not None:
        drawn = drawn.transpose(turn)
    written = io.BytesIO()
    # A fresh image: the old one's notes are not among what is written.
    clean = Image.frombytes("RGB", drawn.size, drawn.tobytes())
    clean.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Picture(content=written.getvalue(), width_px=clean.width, height_px=clean.height)


def _turn(opened: Image.Image) -> Image.Transpose | None:
    """What sets the picture upright; nothing where its notes cannot be read, for it is a picture all the same."""
    try:
        return UPRIGHT.get(opened.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, ValueError, SyntaxError, TypeError, struct.error):
        return None


def _on_white(drawn: Image.Image) -> Image.Image:
    if drawn.mode in {"RGBA", "LA", "PA"} or "transparency" in drawn.info:
        layer = drawn.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        drawn = Image.alpha_composite(ground, layer)
    return drawn.convert("RGB")
