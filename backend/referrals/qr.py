"""QR codes of texts, as PNG and SVG; pure, and drawn once for each text and size."""

import io
from functools import lru_cache

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE_MODULES = 4
SIZE_MINIMUM_PX = 128
SIZE_DEFAULT_PX = 512
SIZE_MAXIMUM_PX = 2048
DRAWINGS_KEPT = 512

Rows = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=DRAWINGS_KEPT)
def png(text: str, *, size_px: int = SIZE_DEFAULT_PX) -> bytes:
    """A square picture of this size, black on white in both themes; whole pixels a module, the rest is margin."""
    rows = _rows(text)
    module_px = max(1, size_px // len(rows))
    drawing = Image.new("1", (len(rows), len(rows)), color=1)
    drawing.putdata([not dark for row in rows for dark in row])
    side_px = module_px * len(rows)
    drawing = drawing.resize((side_px, side_px), Image.Resampling.NEAREST)
    picture = Image.new("1", (max(size_px, side_px),) * 2, color=1)
    picture.paste(drawing, ((picture.width - side_px) // 2,) * 2)
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return file.getvalue()


@lru_cache(maxsize=DRAWINGS_KEPT)
def svg(text: str) -> bytes:
    """A drawing for any size. Dark modules of a row are one bar, so that no hairlines show between them."""
    rows = _rows(text)
    bars = "".join(_bars(row, top) for top, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}" shape-rendering="crispEdges">'
        f'<rect width="100%" height="100%" fill="#fff"/><path d="{bars}"/></svg>'
    ).encode()


def _bars(row: tuple[bool, ...], top: int) -> str:
    bars, start = "", None
    for left, dark in enumerate((*row, False)):
        if dark and start is None:
            start = left
        elif not dark and start is not None:
            bars += f"M{start} {top}h{left - start}v1h-{left - start}z"
            start = None
    return bars


def _rows(text: str) -> Rows:
    """The modules with their quiet zone, row by row; True is dark."""
    code = qrcode.QRCode(border=QUIET_ZONE_MODULES, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())
