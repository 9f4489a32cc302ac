"""A friend's code survives on its way to the app: by a link, through the store, from the clipboard."""

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from client_kivy.headless import Headless
from client_kivy.state.arrival import NO_ARRIVAL, arrival_of, arrival_of_install
from client_kivy.state.joining import Draft
from tests.client_kivy.scripted_server import CODE, Script

LINK = "https://grain.example/r/K7M3BXP9T?c=own&l=k7m3bx&utm_source=vk&utm_campaign=autumn"
REFERRER = "r=K7M3BXP9T&c=own&l=k7m3bx&utm_source=vk&utm_campaign=autumn"
FACTS = {
    "referral_channel": "own",
    "referral_link": "k7m3bx",
    "utm": {"utm_source": "vk", "utm_campaign": "autumn"},
}


@pytest.mark.parametrize("text", [LINK, f"Come! {LINK} See you", LINK.replace("https://grain.example", "molva:/")])
def test_a_link_says_where_it_was_given_out(text: str) -> None:
    assert arrival_of(text).facts("K7M3BXP9T") == FACTS


def test_what_the_store_kept_says_the_same_as_the_link() -> None:
    assert arrival_of_install(REFERRER) == arrival_of(LINK)


@pytest.mark.parametrize("referrer", ["", "utm_source=google-play&utm_medium=organic", "gclid=x%26r%3D1", "%%%"])
def test_an_installation_without_a_friends_link_brings_no_code(referrer: str) -> None:
    assert arrival_of_install(referrer) == NO_ARRIVAL


@pytest.mark.parametrize(("link", "code"), [("/r/%D0%9A%D0%9E%D0%A4%D0%9524?c=qr", "КОФЕ24"), ("/r/КОФЕ24", "КОФЕ24")])
def test_a_code_of_russian_letters_is_read_from_its_link(link: str, code: str) -> None:
    assert arrival_of(f"https://grain.example{link}").code == code


@pytest.mark.parametrize("text", ["", "https://elsewhere.example/about", "see you at 5:30"])
def test_what_is_no_invitation_is_none(text: str) -> None:
    assert arrival_of(text) == NO_ARRIVAL


def test_a_code_that_was_typed_over_takes_nothing_of_the_link_along() -> None:
    draft = Draft.invited(arrival_of(LINK))
    assert draft.joining(CODE, locale="en").body()["utm"] == FACTS["utm"]

    draft.referral_code = "ALICE7KQP"

    assert not FACTS.keys() & draft.joining(CODE, locale="en").body().keys()


class Play:
    """Google Play's library, as pyjnius shows it."""

    def __init__(self, response: int, kept: str = "") -> None:
        self.response, self.kept, self.connected = response, kept, False
        self.InstallReferrerClient = SimpleNamespace(newBuilder=lambda _activity: SimpleNamespace(build=lambda: self))

    def startConnection(self, listener: Any) -> None:  # noqa: N802 - Java's names
        self.connected = True
        listener.onInstallReferrerSetupFinished(self.response)

    def getInstallReferrer(self) -> Any:  # noqa: N802
        return SimpleNamespace(getInstallReferrer=lambda: self.kept)

    def endConnection(self) -> None:  # noqa: N802
        self.connected = False


Ask = Callable[[Play], list[str]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks a store; what the app heard."""

    def ask(play: Play) -> list[str]:
        jnius = ModuleType("jnius")
        jnius.__dict__.update(
            PythonJavaClass=object,
            java_method=lambda _signature: lambda method: method,
            autoclass=lambda name: getattr(play, name.rsplit(".", 1)[1]),
        )
        monkeypatch.setitem(sys.modules, "jnius", jnius)
        sys.modules.pop("client_kivy.platform.install_referrer", None)
        asked = importlib.import_module("client_kivy.platform.install_referrer")
        heard: list[str] = []
        asked.ask_play(object(), heard.append)
        assert not play.connected
        return heard

    yield ask
    sys.modules.pop("client_kivy.platform.install_referrer", None)


def test_the_store_says_what_it_kept(ask: Ask) -> None:
    assert ask(Play(response=0, kept=REFERRER)) == [REFERRER]


def test_a_phone_without_the_store_is_not_asked_again(ask: Ask) -> None:
    assert ask(Play(response=2)) == [""]


def test_a_store_that_is_away_is_asked_at_the_next_start(ask: Ask) -> None:
    assert ask(Play(response=1)) == []


@pytest.mark.app
def test_the_first_start_after_the_store_knows_the_friend(
    start_app: Callable[..., Headless], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOLVA_INSTALL_REFERRER", REFERRER)
    driver = start_app()
    driver.until(lambda: driver.app.draft.referral_code)
    page = driver.app.page
    assert page.ids.friend.text == "K7M3BXP9T"
    page.ids.contact.text = "+79120000003"
    page.ids.rules.ticked = page.ids.data.ticked = True
    page.ask_code()
    driver.until(lambda: driver.app.page.name == "confirm")
    driver.app.page.ids.code.text = CODE
    driver.app.page.join()
    driver.until(lambda: script.sign_ins)
    assert script.sign_ins[0].items() >= FACTS.items()
    assert driver.app.preferences.current.asked_the_store


@pytest.mark.app
def test_the_store_is_asked_at_the_first_start_alone(
    start_app: Callable[..., Headless], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = start_app()
    driver.app.preferences.change(asked_the_store=True)
    monkeypatch.setattr(driver.app.platform, "on_install_referrer", lambda _take: pytest.fail("asked again"))

    driver.app.on_start()


def on_clipboard(driver: Headless, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Something was copied elsewhere; how often the app looked."""
    looks: list[str] = []
    monkeypatch.setattr(driver.app.platform, "paste", lambda: looks.append(text) or text)
    return looks


@pytest.mark.app
def test_the_clipboard_is_read_only_when_the_person_wants_the_code_pasted(
    start_app: Callable[..., Headless], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = start_app()
    looks = on_clipboard(driver, f"Come! {LINK}", monkeypatch)
    page = driver.app.page
    page.with_code = True
    driver.settle()
    assert looks == []

    driver.touch(page.ids.paste)

    assert (page.ids.friend.text, len(looks)) == ("K7M3BXP9T", 1)
    assert driver.app.draft.arrival.facts("K7M3BXP9T") == FACTS


@pytest.mark.app
def test_a_clipboard_without_an_invitation_is_told(
    start_app: Callable[..., Headless], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = start_app()
    on_clipboard(driver, "Milk, bread and something for the cat", monkeypatch)
    page = driver.app.page
    page.with_code = True
    driver.settle()

    driver.touch(page.ids.paste)

    assert page.ids.friend.text == ""
    assert page.ids.friend.error == "There is no invitation on the clipboard."
