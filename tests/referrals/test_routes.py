"""The member's own code, QR and list of friends over the API."""

import io
import re
import shutil
import subprocess

import pytest
from PIL import Image

from backend.members import service as members
from backend.programmes import service as programmes
from backend.referrals import codes, qr, queries
from backend.shared.clock import business_now
from tests.factories.referrals import bound, buys, demo_terms, joins

PROGRAMME = """
programme: grain
title: {en: Grain, ru: Зерно}
currency: RUB
point_value_minor: 100
earning: [{rule: base, rate_basis_points: 500}]
availability: {pending_days: 14}
referral: {advocate_points: 200, friend_points: 200, minimum_receipt_minor: 50000}
"""


def signed_in(session, member_id):
    return {"Authorization": f"Bearer {members.open_family(session, member_id=member_id).access_token}"}


def decoded(picture: bytes, tmp_path) -> str:
    """What a scanner reads in the picture."""
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg (package zbar-tools) is not installed")
    path = tmp_path / "qr.png"
    path.write_bytes(picture)
    return subprocess.run(["zbarimg", "-q", "--raw", path], check=True, capture_output=True, text=True).stdout.strip()


def test_the_code_comes_with_a_link_for_each_channel(session, client):
    alice = joins(session, "Alice")

    answer = client.get("/api/v1/me/referral", headers=signed_in(session, alice)).get_json()

    assert codes.is_well_formed(answer["code"])
    assert answer["written"].replace("-", "") == answer["code"]
    assert answer["link"] == f"http://127.0.0.1:8000/r/{answer['code']}"
    assert answer["links"]["qr"] == f"{answer['link']}?c=qr"
    assert set(answer["links"]) == set(codes.CHANNELS)
    assert answer["visits"] == {}
    assert answer["offer"] is None


def test_the_code_stays_the_same(session, client):
    headers = signed_in(session, joins(session, "Alice"))

    first, second = (client.get("/api/v1/me/referral", headers=headers).get_json()["code"] for _ in range(2))

    assert first == second


def test_the_offer_is_that_of_the_programme_in_force(session, client):
    programmes.load(session, PROGRAMME, in_force_from=business_now())
    headers = signed_in(session, joins(session, "Alice"))

    answer = client.get("/api/v1/me/referral", headers=headers).get_json()

    assert answer["offer"] == {
        "advocate_points": 200,
        "friend_points": 200,
        "minimum": {"amount_minor": 50_000, "currency": "RUB"},
    }


@pytest.mark.parametrize("path", ["referral", "referrals", "referral/qr.png", "referral/qr.svg"])
def test_nobody_sees_it_without_signing_in(client, path):
    assert client.get(f"/api/v1/me/{path}").status_code == 401


def test_the_list_shows_each_friend_with_status_points_and_reason_newest_first(session, client, clock):
    alice = joins(session, "Alice")
    boris, dasha, ivan = joins(session, "Boris Kotov"), joins(session, "Dasha"), joins(session)
    for friend in (boris, dasha, ivan):
        clock.advance(seconds=1)
        bound(session, advocate_id=alice, friend_id=friend)
    buys(session, boris)
    buys(session, dasha, amount_minor=10_000)

    answer = client.get("/api/v1/me/referrals", headers=signed_in(session, alice)).get_json()

    assert answer["next_cursor"] is None
    rows = [{key: row[key] for key in ("label", "status", "points", "reason")} for row in answer["items"]]
    assert rows == [
        {"label": "A friend", "status": "joined", "points": 0, "reason": None},
        {
            "label": "Dasha",
            "status": "rejected",
            "points": 0,
            "reason": "The first purchase was below ₽500. Not so? Tell us at the till.",
        },
        {"label": "Boris K.", "status": "pending", "points": 200, "reason": None},
    ]
    assert answer["items"][2]["available_at"] == "2026-12-06T09:31:03+00:00"


def test_reasons_are_in_the_callers_language(session, client):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)
    buys(session, boris, terms=demo_terms(cap_friends=0))

    answer = client.get("/api/v1/me/referrals?lang=ru", headers=signed_in(session, alice)).get_json()

    assert answer["items"][0]["reason"] == (
        "Наград за друзей – не больше 0 за 30 дн., и предел достигнут. Если это не так, скажите на кассе."
    )


def test_the_list_comes_in_pages(session, client):
    alice = joins(session, "Alice")
    friends = [joins(session) for _ in range(5)]
    ids = [str(bound(session, advocate_id=alice, friend_id=friend).id) for friend in friends]
    headers, seen, cursor = signed_in(session, alice), [], ""

    while cursor is not None:
        page = client.get(f"/api/v1/me/referrals?limit=2{cursor and '&cursor=' + cursor}", headers=headers).get_json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next_cursor"]

    assert seen == sorted(ids, reverse=True)


def test_nobody_sees_the_friends_of_somebody_else(session, client):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)

    assert client.get("/api/v1/me/referrals", headers=signed_in(session, boris)).get_json()["items"] == []


@pytest.mark.parametrize("size", [128, 300, 512, 777])
def test_the_picture_has_the_size_that_was_asked_for_and_reads_as_the_link(session, client, tmp_path, size):
    alice = joins(session, "Alice")

    response = client.get(f"/api/v1/me/referral/qr.png?size={size}&channel=print", headers=signed_in(session, alice))

    assert response.content_type == "image/png"
    picture = Image.open(io.BytesIO(response.data))
    assert picture.size == (size, size)
    code = queries.code_of(session, alice)
    assert decoded(response.data, tmp_path) == f"http://127.0.0.1:8000/r/{code}?c=print"


def test_the_picture_keeps_a_quiet_zone_of_four_whole_modules():
    text = "http://127.0.0.1:8000/r/K7M3BXP9T?c=qr"
    picture = Image.open(io.BytesIO(qr.png(text, size_px=520))).convert("L").point(lambda light: 255 - light)
    left, top, right, bottom = picture.getbbox()
    modules = 29
    module_px = (right - left) / modules

    assert module_px == int(module_px)
    assert min(left, top, 520 - right, 520 - bottom) >= 4 * module_px


def test_the_drawing_reads_as_the_link_and_has_its_quiet_zone(session, client, tmp_path):
    alice = joins(session, "Alice")

    response = client.get("/api/v1/me/referral/qr.svg", headers=signed_in(session, alice))

    assert response.mimetype == "image/svg+xml"
    drawing = response.get_data(as_text=True)
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', drawing)[1])
    picture = Image.new("L", (side, side), 255)
    for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)", drawing):
        picture.paste(0, (int(left), int(top), int(left) + int(width), int(top) + 1))
    file = io.BytesIO()
    picture.resize((side * 8, side * 8)).save(file, format="PNG")
    assert decoded(file.getvalue(), tmp_path) == f"http://127.0.0.1:8000/r/{queries.code_of(session, alice)}?c=qr"
    assert picture.point(lambda light: 255 - light).getbbox() == (4, 4, side - 4, side - 4)


def test_a_picture_that_the_app_has_is_not_sent_again(session, client):
    headers = signed_in(session, joins(session, "Alice"))
    first = client.get("/api/v1/me/referral/qr.png", headers=headers)
    assert first.cache_control.private
    assert first.cache_control.max_age == 86_400

    again = client.get("/api/v1/me/referral/qr.png", headers=headers | {"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def test_the_same_link_is_not_drawn_twice(monkeypatch):
    qr.png.cache_clear()
    first = qr.png("http://127.0.0.1:8000/r/K7M3BXP9T", size_px=256)
    monkeypatch.setattr(qr, "_rows", None)

    assert qr.png("http://127.0.0.1:8000/r/K7M3BXP9T", size_px=256) is first


@pytest.mark.parametrize("query", ["size=127", "size=2049", "size=x", "channel=telepathy"])
def test_a_picture_that_cannot_be_drawn_is_refused(session, client, query):
    headers = signed_in(session, joins(session, "Alice"))

    assert client.get(f"/api/v1/me/referral/qr.png?{query}", headers=headers).status_code == 422
