"""Pictures that go with a question: found, made small, and rid of what a camera writes beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

from client_kivy.state import formatting
from client_kivy.state.language import gettext as _

SIDE_MAXIMUM = 2000
PIXELS_MAXIMUM = 60_000_000
QUALITY = 85
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
FOUND_MAXIMUM = 40


class NotAPicture(Exception):  # noqa: N818 - says what it is
    """What was chosen cannot be read as a picture."""


@dataclass(frozen=True)
class FoundPicture:
    """A picture on a desk, to be chosen from a list."""

    file: str
    name: str
    note: str


def keep(source: bytes | Path, target: Path) -> None:
    """Draws a picture anew as a JPEG of at most 2,000 pixels a side, the right way up and without its place and time.

    Raises:
        NotAPicture: it is none, or an enormous one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source) as picture:
            if picture.width * picture.height > PIXELS_MAXIMUM:
                raise NotAPicture
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SIDE_MAXIMUM, SIDE_MAXIMUM))
            plain = Image.new("RGB", upright.size, "white")
            layer = upright.convert("RGBA")
            plain.paste(layer, mask=layer.getchannel("A"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPicture from error
    plain.save(target, "JPEG", quality=QUALITY)


def found_in(folders: Iterable[Path], *, now: datetime) -> tuple[FoundPicture, ...]:
    """The newest pictures of some folders, newest first; `now` is in the member's zone."""
    found = []
    for folder in folders:
        try:
            files = [file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()]
        except OSError:
            continue
        found += [(file.stat().st_mtime, file, file.stat().st_size) for file in files]
    found.sort(reverse=True)
    return tuple(
        FoundPicture(
            str(file),
            file.name,
            f"{formatting.moment(datetime.fromtimestamp(at, now.tzinfo), now=now)} · {size_words(size)}",
        )
        for at, file, size in found[:FOUND_MAXIMUM]
    )


def size_words(size_bytes: int) -> str:
    """1.2 MB; 84 KB."""
    if size_bytes >= 1_000_000:
        return _("{count} MB").format(count=formatting.decimal(size_bytes / 1_000_000))
    return _("{count} KB").format(count=formatting.number(max(1, round(size_bytes / 1000))))
