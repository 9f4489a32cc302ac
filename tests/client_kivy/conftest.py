"""Fixtures of the app's tests: a scripted server, the app's parts without Kivy, and the real app without a display."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from client_kivy import headless
from client_kivy.api.client import Client
from client_kivy.api.errors import ApiError
from client_kivy.platform.desktop import FileSecrets
from client_kivy.state import language
from client_kivy.state.cache import Cache
from client_kivy.state.session import SecretTokens, Session
from client_kivy.state.store import Store
from tests.client_kivy.scripted_server import NOW, FlaskTransport, Script, create_server

if TYPE_CHECKING:
    from client_kivy.headless import Headless

Result = TypeVar("Result")
INSTALL_ID = "6f0c1d1e-1c55-4a6e-9d7e-2f3c5b1a9e77"


class AtOnce:
    """Background work that is done before the call returns."""

    def run(
        self, work: Callable[[], Result], done: Callable[[Result], None], failed: Callable[[ApiError], None]
    ) -> None:
        try:
            result = work()
        except ApiError as error:
            failed(error)
        else:
            done(result)


class SlowNetwork:
    """Keeps what is asked until it is let through."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def run(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[ApiError], None]) -> None:
        self.waiting.append(partial(AtOnce().run, work, done, failed))

    def let_through(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each()


class PhoneClock:
    """The phone's clock in a test."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **units: float) -> None:
        self.moment += timedelta(**units)


@pytest.fixture(autouse=True)
def said_in_english() -> Iterator[None]:
    """Every test begins and leaves in English."""
    language.use("en")
    yield
    language.use("en")


@pytest.fixture
def phone_clock() -> PhoneClock:
    return PhoneClock()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def transport(script: Script) -> FlaskTransport:
    return FlaskTransport(create_server(script))


@pytest.fixture
def secrets(tmp_path: Path) -> FileSecrets:
    return FileSecrets(tmp_path)


@pytest.fixture
def tokens(secrets: FileSecrets) -> SecretTokens:
    return SecretTokens(secrets)


@pytest.fixture
def api(transport: FlaskTransport, tokens: SecretTokens, phone_clock: PhoneClock) -> Client:
    """The client of Alice's phone; nobody is signed in yet."""
    return Client(transport, tokens, language=language.current, now=phone_clock)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = Cache(tmp_path / "cache.sqlite3")
    yield cache
    cache.close()


@pytest.fixture
def store(api: Client, cache: Cache, phone_clock: PhoneClock) -> Store:
    return Store(client=api, cache=cache, background=AtOnce(), now=phone_clock)


@pytest.fixture
def phone_session(
    api: Client, tokens: SecretTokens, secrets: FileSecrets, store: Store, phone_clock: PhoneClock
) -> Session:
    return Session(
        client=api,
        tokens=tokens,
        secrets=secrets,
        store=store,
        background=AtOnce(),
        install_id=INSTALL_ID,
        now=phone_clock,
    )


@pytest.fixture
def signed_in(api: Client) -> Client:
    """Alice is signed in."""
    api.sign_in({"phone": "+79120000001", "code": "1234567"})
    return api


@pytest.fixture
def start_app(tmp_path: Path, transport: FlaskTransport) -> Iterator[Callable[..., "Headless"]]:
    """Starts the real app against the scripted server; a second start finds what the first one left."""
    headless.prepare()
    from client_kivy.main import MolvaApp
    from client_kivy.tour import TourPhone

    running: list[Headless] = []

    def start(link: str = "") -> "Headless":
        for driver in running:
            driver.close()
        running.clear()

        class Phone(TourPhone):
            def start_link(self) -> str:
                return link

        running.append(headless.Headless(MolvaApp(Phone(tmp_path), transport, server_url="http://molva.example")))
        running[0].resize(412, 915)
        running[0].settle()
        return running[0]

    yield start
    for driver in running:
        driver.close()


@pytest.fixture
def at_home(start_app: Callable[..., "Headless"], signed_in: Client) -> "Headless":
    """The real app of Alice, who is signed in."""
    driver = start_app()
    driver.until(lambda: driver.app.session.card_key() or driver.app.session.fetch_card_key())
    return driver
