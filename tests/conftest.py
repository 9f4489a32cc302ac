"""Fixtures of every test: a real PostgreSQL, migrated once; a transaction rolled back per test; a clock that obeys."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.settings import Settings
from backend.shared import embedded_postgres, migrations
from backend.shared.clock import clock as the_clock
from backend.shared.db import db
from tests.browser import launch

SAMPLE_DATA = Path(os.environ.get("MOLVA_SAMPLE_DATA") or Path(__file__).parents[1] / "../shared/data").resolve()
STARTING_MOMENT = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)


def make_settings(database_url: str, var: Path, **overrides: object) -> Settings:
    """Settings as of a production server, without any outside service."""
    values: dict[str, object] = {
        "secret_key": "a-secret-for-tests-that-is-long-enough",
        "database_url": database_url,
        "public_url": "http://127.0.0.1:8000",
        "var": var,
        "demo": False,
        "port": 8000,
        "lan": False,
        "sms_url": None,
        "smtp_url": None,
        "fcm_endpoint": "https://127.0.0.1:9",
        "fcm_ca": None,
        "google_credentials": None,
        "sample_data": SAMPLE_DATA,
    }
    return Settings(**(values | overrides))  # type: ignore[arg-type]


class Databases:
    """One server per test process; databases are copies of a migrated one."""

    def __init__(self, server: embedded_postgres.EmbeddedPostgres) -> None:
        self._server = server
        self._made = 0
        self._template = "migrated"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._server.url_of("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def prepare_template(self, var: Path) -> None:
        self.execute(f"CREATE DATABASE {self._template}")
        app = create_app(make_settings(self._server.url_of(self._template), var))
        with app.app_context():
            migrations.upgrade(db.engine)
            db.engine.dispose()

    def create(self) -> str:
        """The URL of a fresh, migrated database."""
        self._made += 1
        name = f"test_{self._made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self._server.url_of(name)

    def as_application(self, url: str) -> str:
        """The URL of the same database for the role that does not own its tables."""
        return self._server.url_of(_name_in(url), role=embedded_postgres.APPLICATION_ROLE)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {_name_in(url)} WITH (FORCE)")


def _name_in(url: str) -> str:
    return url.split("?")[0].rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with embedded_postgres.throwaway() as server:
        made = Databases(server)
        made.prepare_template(tmp_path_factory.mktemp("var"))
        yield made


@pytest.fixture(scope="session")
def app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a real database; with `session`, whatever a test writes is rolled back."""
    made = create_app(make_settings(databases.create(), tmp_path_factory.mktemp("var")))
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    yield made
    with made.app_context():
        db.engine.dispose()


class _PinnedSession:
    """Takes the place of `db.session`: every context of the test shares one session on one open transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self) -> Session:
        return self._session

    def __getattr__(self, name: str) -> object:
        return getattr(self._session, name)

    def remove(self) -> None:
        """The context ends; the test's transaction does not."""


@pytest.fixture
def session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session in an application context; all of it, commits of routes too, is rolled back after the test."""
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        pinned = Session(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        monkeypatch.setattr(db, "session", _PinnedSession(pinned))
        yield pinned
        pinned.close()
        outer.rollback()
        connection.close()


class _SavingClient(FlaskClient):
    """Keeps what the test has prepared before each request, so that a refused request rolls back only itself."""

    def open(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        session = db.session()
        session.commit()
        try:
            # A context of its own, as a server has it: otherwise requests would share the test's `g`.
            with self.application.app_context():
                return super().open(*args, **kwargs)  # type: ignore[arg-type]
        finally:
            session.expire_all()


@pytest.fixture
def client(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of the application, on the test's rolled-back transaction."""
    monkeypatch.setattr(app, "test_client_class", _SavingClient)
    return app.test_client()


@pytest.fixture
def make_app(databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Applications on databases of their own, with real commits; overrides of settings as keywords."""
    made: list[tuple[Flask, str]] = []

    def make(**overrides: object) -> Flask:
        url = databases.create()
        app = create_app(make_settings(url, tmp_path, **overrides))
        made.append((app, url))
        return app

    yield make
    for app, url in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        databases.drop(url)


@pytest.fixture
def committed_app(make_app: Callable[..., Flask]) -> Flask:
    """An application on its own database with real commits, for concurrency and crashes."""
    return make_app()


class ObedientClock:
    """Sets both faces of the clock; `business_only` moves the business alone, as the demo clock does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = STARTING_MOMENT
        monkeypatch.setattr(the_clock, "system_now", lambda: self._now)
        monkeypatch.setattr(the_clock, "business_offset", timedelta(0))

    @property
    def now(self) -> datetime:
        """The business's time."""
        return the_clock.business_now()

    def set(self, moment: datetime) -> None:
        """Both faces show `moment`."""
        self._now = moment
        the_clock.business_offset = timedelta(0)

    def advance(self, *, business_only: bool = False, **duration: float) -> datetime:
        """Moves on by a `timedelta` given in keywords; the business's new time."""
        if business_only:
            the_clock.business_offset += timedelta(**duration)
        else:
            self._now += timedelta(**duration)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ObedientClock:
    """Noon in Moscow and a little, on 22 November 2026, until the test moves it."""
    return ObedientClock(monkeypatch)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What steers browsers; it can be started once in a process."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser without a camera; each test opens a context of its own."""
    started = launch(playwright)
    yield started
    started.close()
