"""What the person writes arrives once, whenever there is a connection, and is told where it is refused."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from client_kivy.api.client import Client
from client_kivy.api.errors import NoConnection
from client_kivy.api.transport import Request, Response
from client_kivy.state import photos
from client_kivy.state.cache import Cache
from client_kivy.state.letters import Letter, Letters
from tests.client_kivy.conftest import AtOnce
from tests.client_kivy.scripted_server import FlaskTransport, Script

pytestmark = pytest.mark.usefixtures("signed_in")
TOLD = {"icon": "receipt", "title": "Grain, Pokrovka 12"}
OPENING = Letter(key="", opening={"entry_id": "entry-120", "about": "too_few"}, subject=TOLD, text="I paid more.")


@pytest.fixture
def write_to(api: Client, cache: Cache, tmp_path: Path) -> Callable[[], Letters]:
    """The letters of Alice's phone, each time as after a start of the app."""
    return lambda: Letters(client=api, cache=cache, background=AtOnce(), folder=tmp_path / "photos")


@pytest.fixture
def letters(write_to: Callable[[], Letters]) -> Letters:
    return write_to()


@pytest.fixture
def photo(letters: Letters, tmp_path: Path) -> str:
    """A photo of a receipt, kept to go along."""
    source = tmp_path / "receipt.png"
    Image.new("RGB", (30, 40), "white").save(source)
    target = letters.new_photo_file()
    photos.keep(source, target)
    return str(target)


class ForgetfulLine:
    """Carries every request to the server and loses the first answers to each, as many as it is told to."""

    def __init__(self, transport: FlaskTransport, losses: int) -> None:
        self._transport, self._losses = transport, losses
        self._lost: Counter[str] = Counter()

    def send(self, request: Request) -> Response:
        answer = self._transport.send(request)
        if self._lost[request.path] < self._losses:
            self._lost[request.path] += 1
            raise NoConnection("lost")
        return answer


def asked(script: Script) -> list[dict[str, Any]]:
    """The questions that were asked in this test, the oldest first."""
    return script.disputes[:-2][::-1]


def said(dispute: dict[str, Any]) -> list[str]:
    """What the member wrote."""
    return [message["text"] for message in dispute["thread"] if message["text"]]


def test_what_is_written_without_a_connection_is_kept_and_goes_off_with_the_next_one(
    letters: Letters, write_to: Callable[[], Letters], transport: FlaskTransport, script: Script
) -> None:
    transport.connected = False
    key = letters.write(OPENING)
    assert [letter.text for letter in letters.waiting] == ["I paid more."]
    after_restart = write_to()
    after_restart.deliver()
    assert len(after_restart.waiting) == 1
    transport.connected = True
    after_restart.deliver()
    assert after_restart.waiting == ()
    assert after_restart.opened(key) == asked(script)[0]["id"]
    assert asked(script)[0]["about"] == "too_few"
    assert write_to().waiting == ()


@pytest.mark.parametrize("losses", [1, 2])
def test_an_answer_that_is_lost_makes_nothing_twice(
    letters: Letters, api: Client, transport: FlaskTransport, script: Script, photo: str, losses: int
) -> None:
    api.transport = ForgetfulLine(transport, losses)
    letters.write(Letter(**{**vars(OPENING), "photos": (photo,)}))
    for _attempt in range(2 * losses):
        letters.deliver()
    assert letters.waiting == ()
    assert [said(dispute) for dispute in asked(script)] == [["I paid more."]]
    assert len(script.photos) == 1


def test_a_photo_follows_its_words_and_is_forgotten_here(letters: Letters, script: Script, photo: str) -> None:
    letters.write(Letter(**{**vars(OPENING), "photos": (photo,)}))
    assert script.photos[0][:3] == b"\xff\xd8\xff"
    assert not Path(photo).exists()


def test_words_in_an_open_question_arrive_in_their_order(
    letters: Letters, transport: FlaskTransport, script: Script
) -> None:
    open_id = script.disputes[0]["id"]
    transport.connected = False
    letters.write(Letter(key="", dispute_id=open_id, text="First"))
    letters.write(Letter(key="", dispute_id=open_id, text="Second"))
    transport.connected = True
    letters.deliver()
    assert said(script.dispute(open_id))[-2:] == ["First", "Second"]


def test_what_is_refused_says_why_and_holds_up_nothing(letters: Letters, script: Script) -> None:
    script.refusing_disputes = 404
    key = letters.write(OPENING)
    letters.write(Letter(key="", dispute_id=script.disputes[0]["id"], text="Still there"))
    refused = letters.find(key)
    assert refused is not None
    assert refused.refusal == "There is no such store"
    assert said(script.disputes[0])[-1] == "Still there"
    asked_for = len(script.requests)
    letters.deliver()
    assert len(script.requests) == asked_for, "it is not sent again by itself"
    assert letters.give_up(key) == refused
    assert letters.waiting == ()


@pytest.mark.parametrize("status", [429, 503])
def test_what_may_succeed_later_is_not_refused(letters: Letters, script: Script, status: int) -> None:
    script.refusing_disputes = 429 if status == 429 else 0
    script.failing_with = None if status == 429 else status
    key = letters.write(OPENING)
    waiting = letters.find(key)
    assert waiting is not None
    assert waiting.refusal == ""
    script.refusing_disputes, script.failing_with = 0, None
    letters.deliver()
    assert len(asked(script)) == 1


def test_where_the_same_was_asked_before_the_words_follow_into_its_thread(
    letters: Letters, api: Client, script: Script
) -> None:
    open_id = script.disputes[0]["id"]
    answer = api.send("GET", f"/me/disputes/{open_id}")
    real_send = api.send

    def same_subject(method: str, path: str, *rest: Any, **more: Any) -> Any:
        return answer if path == "/me/disputes" else real_send(method, path, *rest, **more)

    api.send = same_subject  # type: ignore[method-assign]
    letters.write(OPENING)
    assert said(script.dispute(open_id))[-1] == "I paid more."


def test_nothing_of_it_is_left_after_signing_out(
    letters: Letters, write_to: Callable[[], Letters], transport: FlaskTransport, photo: str
) -> None:
    transport.connected = False
    letters.write(Letter(**{**vars(OPENING), "photos": (photo,)}))
    letters.forget()
    assert letters.waiting == write_to().waiting == ()
    assert not Path(photo).exists()


def test_a_photo_of_what_was_never_sent_is_gone_after_signing_out_too(letters: Letters, photo: str) -> None:
    letters.forget()
    assert not Path(photo).exists()


def test_a_photo_of_what_was_never_sent_is_gone_at_the_next_start_and_the_others_wait(
    letters: Letters, write_to: Callable[[], Letters], transport: FlaskTransport, photo: str
) -> None:
    forgotten = letters.new_photo_file()
    forgotten.write_bytes(Path(photo).read_bytes())
    transport.connected = False
    letters.write(Letter(**{**vars(OPENING), "photos": (photo,)}))
    write_to()
    assert not forgotten.exists()
    assert Path(photo).exists()


def test_a_photo_goes_upright_small_and_without_its_place_and_time(tmp_path: Path) -> None:
    sideways = Image.new("RGB", (3000, 1500), "white")
    exif = sideways.getexif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    source, target = tmp_path / "sideways.jpg", tmp_path / "kept.jpg"
    sideways.save(source, exif=exif)
    photos.keep(source, target)
    with Image.open(target) as kept:
        assert kept.size == (1000, 2000)
        assert not kept.getexif()


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "note.jpg").write_text("not a picture")
    with pytest.raises(photos.NotAPicture):
        photos.keep(tmp_path / "note.jpg", tmp_path / "kept.jpg")
