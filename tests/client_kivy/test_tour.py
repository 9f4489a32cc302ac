"""The tour: pictures of every screen, against a server that answers over HTTP."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from werkzeug.serving import make_server

from client_kivy import tour
from tests.client_kivy.scripted_server import Script, create_server

pytestmark = pytest.mark.app

SCREENS = {"welcome", "confirm", "home", "code", "history", "friends", "inbox", "profile", "invitation", "sign-out"}
SCREENS |= {"rewards", "reward-question", "coupon", "coupon-cancel"}
SCREENS |= {"friends-end", "friend-joined", "friend-pending", "friend-rewarded", "friend-rejected", "share"}
SCREENS |= {f"links{name}" for name in ("", "-choose", "-choose-error", "-rotate", "-link-new", "-own", "-offline")}
SCREENS |= {"disputes", "dispute-open", "dispute-withdraw", "dispute-ended", "dispute-rating", "dispute-unsent"}
SCREENS |= {f"complaint{name}" for name in ("", "-errors", "-filled", "-photo")}
SCREENS |= {"receipt-missing", "receipt-missing-errors"}
STATES = {
    f"{screen}-{state}"
    for screen in ("home", "history", "friends", "rewards", "inbox", "links", "disputes")
    for state in ("loading", "error", "unreached", "offline", "empty")
}


@pytest.fixture
def server_url(script: Script) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_server(script), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_screen_and_state_has_its_picture(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOLVA_SERVER_URL", server_url)
    monkeypatch.setattr(sys, "argv", ["tour", "--out", str(tmp_path)])
    monkeypatch.setattr(tour, "LANGUAGES", ("ru",))
    monkeypatch.setattr(tour, "THEMES", ("dark",))
    monkeypatch.setattr(tour, "SIZES", ((412, 915),))
    tour.main()
    folder = tmp_path / "ru" / "dark-412x915"
    pictures = {file.stem: Image.open(file) for file in folder.glob("*.png")}
    assert pictures.keys() >= SCREENS | STATES
    for name, picture in pictures.items():
        assert picture.size == (412, 915)
        assert len(picture.getcolors(1 << 20)) > 20, f"{name} is nearly blank"


def test_without_a_server_the_tour_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOLVA_SERVER_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(sys, "argv", ["tour", "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match="Start it with: make run"):
        tour.main()
