"""Photos: drawn anew, sealed, shown to both sides, and gone when their time is over."""

import io
import struct
import zlib

import pytest
from PIL import Image

from backend.disputes.errors import UnreadablePicture
from backend.disputes.models import DisputeEvidence
from backend.disputes.pictures import SIDE_MAXIMUM_PX, redrawn
from backend.shared.jobs import run_due_jobs

ORIENTATION, ROTATED = 0x0112, 6


def a_photo(form="JPEG", *, size=(60, 40), colour="red", exif=True):
    """A picture as a phone makes it, with notes beside it."""
    picture, written = Image.new("RGB", size, colour), io.BytesIO()
    notes = Image.Exif()
    notes[ORIENTATION] = ROTATED
    notes[0x010F] = "PhoneMaker"
    picture.save(written, form, **({"exif": notes} if exif else {}))
    return written.getvalue()


@pytest.fixture
def dispute(alices):
    return alices.ask(receipt={"number": "0042", "on": "2026-11-20"}).json


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_notes_is_not_kept_and_the_picture_stands_upright(form):
    original = a_photo(form)
    assert b"PhoneMaker" in original
    kept = redrawn(original)
    assert b"PhoneMaker" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as opened:
        assert (opened.format, opened.size, dict(opened.getexif())) == ("JPEG", (40, 60), {})
        red, green, blue = opened.getpixel((5, 5))
        assert (red > 240, green < 15, blue < 15) == (True, True, True)


def test_a_large_picture_is_made_smaller():
    kept = redrawn(a_photo(size=(4000, 3000), exif=False))
    assert (kept.width_px, kept.height_px) == (SIDE_MAXIMUM_PX, 1800)


def a_bomb(*, width, height):
    """A small PNG that says it is large, and is."""

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\0" + bytes(width * 4)
    packed = zlib.compressobj(9)
    rows = b"".join([*(packed.compress(row) for _ in range(height)), packed.flush()])
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def test_a_small_file_that_would_fill_the_memory_is_refused():
    bomb = a_bomb(width=5000, height=5000)
    assert len(bomb) < 200_000
    with pytest.raises(UnreadablePicture):
        redrawn(bomb)


def test_a_photo_whose_notes_are_broken_is_taken():
    text, bytes_of_any_kind = struct.pack(">HH", 0x010F, 2), struct.pack(">HH", 0x0100, 2)
    whole = a_photo()
    # What says of itself that it is the picture's width is a name.
    broken = whole.replace(text, bytes_of_any_kind)
    assert broken != whole
    assert (redrawn(broken).width_px, redrawn(broken).height_px) == (40, 60)


@pytest.mark.parametrize(
    "content", [b"", b"no picture", a_photo()[:200], a_photo("GIF", exif=False), b"\xff\xd8" + b"0" * (8 << 20)]
)
def test_what_is_no_photo_is_refused(content):
    with pytest.raises(UnreadablePicture):
        redrawn(content)


def test_a_photo_is_sealed_and_shown_to_whoever_may_see_it(session, alices, boriss, olgas, dispute):
    sent = alices.send_photo(dispute["id"], a_photo())
    assert sent.status_code == 201, sent.text
    (said,) = [said for said in sent.json["thread"] if said["kind"] == "evidence"]
    path = f"/disputes/{dispute['id']}/evidence/{said['evidence_id']}"
    shown = alices.get(path)
    assert (shown.status_code, shown.content_type, shown.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert boriss.get(path).status_code == 404
    kept = session.query(DisputeEvidence).one()
    assert shown.data not in bytes(kept.content_ciphertext)
    assert bytes(kept.content_ciphertext)[:2] != b"\xff\xd8"


def test_a_photo_that_is_sent_again_is_one(session, alices, dispute):
    for _time in range(2):
        assert alices.send_photo(dispute["id"], a_photo(), Idempotency_Key="letter-1-1").status_code == 201
    assert session.query(DisputeEvidence).count() == 1


def test_five_photos_are_the_most(alices, dispute):
    for _number in range(5):
        assert alices.send_photo(dispute["id"], a_photo()).status_code == 201
    refused = alices.send_photo(dispute["id"], a_photo())
    assert (refused.status_code, refused.json["type"]) == (409, "too-much-evidence")


def test_no_photo_and_what_is_none_are_refused_in_words(alices, dispute):
    refused = alices.send_photo(dispute["id"], b"no picture")
    assert (refused.status_code, refused.json["type"]) == (422, "unreadable-picture")
    none = alices.client.post(
        f"/api/v1/me/disputes/{dispute['id']}/evidence", content_type="multipart/form-data", headers=alices.headers
    )
    assert none.status_code == 422


def test_half_a_year_after_the_end_it_is_gone(session, clock, alices, dispute):
    alices.send_photo(dispute["id"], a_photo())
    clock.advance(days=300, business_only=True)
    run_due_jobs()
    assert session.query(DisputeEvidence).count() == 1
    alices.post(f"/disputes/{dispute['id']}/withdrawal")
    clock.advance(days=179, business_only=True)
    run_due_jobs()
    assert session.query(DisputeEvidence).count() == 1
    clock.advance(days=1, business_only=True)
    run_due_jobs()
    assert session.query(DisputeEvidence).count() == 0
    said = alices.get(f"/disputes/{dispute['id']}").json["thread"]
    assert [(one["kind"], one["evidence_id"]) for one in said if one["kind"] == "evidence"] == [("evidence", None)]


def test_it_is_gone_with_its_member(session, alices, dispute):
    alices.send_photo(dispute["id"], a_photo())
    alices.client.delete("/api/v1/me", headers=alices.headers)
    assert session.query(DisputeEvidence).count() == 0
