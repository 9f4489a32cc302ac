"""A film for Chromium's fake camera: a phone held before the till, showing a QR code."""

from pathlib import Path

import qrcode
from PIL import Image

WIDTH, HEIGHT, FRAMES = 960, 720, 4
TABLE, PHONE = 90, 20


def film_of_picture(shown: Image.Image, path: Path) -> Path:
    """Writes a short film of a phone that shows this picture."""
    picture = Image.new("L", (WIDTH, HEIGHT), TABLE)
    shown = shown.convert("L")
    shown.thumbnail((WIDTH, HEIGHT))
    picture.paste(shown, ((WIDTH - shown.width) // 2, (HEIGHT - shown.height) // 2))
    return _write(picture, path)


def film_of(text: str, path: Path, *, tilt_degrees: float = 4) -> Path:
    """Writes a short Y4M film (Chromium plays it in a loop)."""
    code = qrcode.QRCode(border=4, box_size=7)
    code.add_data(text)
    drawing = code.make_image().get_image().convert("L")
    picture = Image.new("L", (WIDTH, HEIGHT), TABLE)
    phone = Image.new("L", (drawing.width + 60, HEIGHT), 255)
    phone.paste(drawing, (30, 120))
    case = Image.new("L", (phone.width + 24, HEIGHT), PHONE)
    case.paste(phone, (12, 12))
    picture.paste(case, ((WIDTH - case.width) // 2, 40))
    return _write(picture.rotate(tilt_degrees, resample=Image.Resampling.BICUBIC, fillcolor=TABLE), path)


def _write(picture: Image.Image, path: Path) -> Path:
    grey = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _frame in range(FRAMES):
            film.write(b"FRAME\n" + picture.tobytes() + grey)
    return path
