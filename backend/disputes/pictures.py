"""Photographs as evidence: looked at with care, and drawn anew, so that nothing of a camera's notes is kept. Pure."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from backend.disputes.errors import UnreadablePicture

BYTES_MAXIMUM = 8 * 1024 * 1024
MEDIA_TYPE = "image/jpeg"
FORMATS = ("JPEG", "PNG", "WEBP")
# More than any phone's camera makes; a small file can claim a picture that fills the memory.
PIXELS_MAXIMUM = 120_000_000
SIDE_MAXIMUM_PX = 2400
QUALITY = 85


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
        if opened.width * opened.height > PIXELS_MAXIMUM:
            raise ValueError("more pixels than a camera makes")
        # A large JPEG is read at a fraction of its size, which spares memory.
        opened.draft("RGB", (SIDE_MAXIMUM_PX, SIDE_MAXIMUM_PX))
        upright = ImageOps.exif_transpose(opened)
        if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
            layer = upright.convert("RGBA")
            ground = Image.new("RGBA", layer.size, "white")
            upright = Image.alpha_composite(ground, layer)
        drawn = upright.convert("RGB")
    drawn.thumbnail((SIDE_MAXIMUM_PX, SIDE_MAXIMUM_PX))
    written = io.BytesIO()
    # A fresh image: the old one's notes are not among what is written.
    clean = Image.frombytes("RGB", drawn.size, drawn.tobytes())
    clean.save(written, "JPEG", quality=QUALITY, optimize=True)
    return Picture(content=written.getvalue(), width_px=clean.width, height_px=clean.height)
