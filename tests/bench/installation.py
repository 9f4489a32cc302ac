"""An installation of Molva for measuring: its own database with durable commits, its own web server."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import requests

from backend.app import create_app
from backend.programmes import service as programmes
from backend.settings import Settings, load_settings
from backend.shared import embedded_postgres, migrations
from backend.shared.clock import business_now
from backend.shared.db import db, transaction
from backend.shops import service as shops
from backend.staff import service as staff

DEMO_PROGRAMME = Path(__file__).parents[2] / "backend/demo/programmes/zerno.yaml"
SECRET = "a secret for measuring, and for nothing else"  # noqa: S105
START_SECONDS = 60

# Members with a phone each, as thousands of real ones have, made by SQL: how they came is not what is measured.
_MEMBERS = """
INSERT INTO members (id, locale, zone, card_number, joined_at, source, key_ciphertext)
SELECT lpad(to_hex(number), 32, '0')::uuid, 'ru', 'Europe/Moscow', lpad(number::text, 16, '0'), %(now)s, 'import',
       '\\x00'
FROM generate_series(1, %(members)s) AS number
"""
_DEVICES = """
INSERT INTO devices (id, member_id, install_id, platform, token_kind, token_ciphertext, token_lookup_hmac, linked_at,
                     refreshed_at)
SELECT gen_random_uuid(), id, 'install-' || id, 'android', 'token', '\\x00', decode(replace(id::text, '-', ''), 'hex'),
       %(now)s, %(now)s
FROM members
"""
_BALANCES = "INSERT INTO ledger_balances (member_id) SELECT id FROM members"


@dataclass(frozen=True)
class Installation:
    """Where it answers, and how to be a till of it."""

    postgres: embedded_postgres.EmbeddedPostgres
    settings: Settings
    till_key: str
    store_id: str
    members: int

    @property
    def url(self) -> str:
        """The web server's address."""
        return f"http://127.0.0.1:{self.settings.port}"

    def refresh_statistics(self) -> None:
        """What autovacuum does in the first minutes of a shop: plans made for empty tables give way."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with psycopg.connect(self.postgres.url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        return int(row[0]) if row else 0


@contextlib.contextmanager
def installation(var: Path, *, members: int) -> Iterator[Installation]:
    """A fresh installation with so many members, for the time of a `with` block."""
    embedded_postgres.delete(var)
    with embedded_postgres.ensure_running(var) as postgres:
        port = _free_port()
        environment = {
            "MOLVA_DATABASE_URL": postgres.url,
            "MOLVA_SECRET_KEY": SECRET,
            "MOLVA_VAR": str(var),
            "MOLVA_DEMO": "0",
            "PORT": str(port),
        }
        settings = load_settings(environment)
        till_key, store_id = _prepare(settings, members)
        yield Installation(postgres, settings, till_key, store_id, members)


@contextlib.contextmanager
def web_server(installed: Installation, *, workers: int, threads: int) -> Iterator[None]:
    """The web server as `molva run` starts it, for the time of a `with` block."""
    settings = installed.settings
    environment = os.environ | {
        "MOLVA_DATABASE_URL": settings.database_url or "",
        "MOLVA_SECRET_KEY": settings.secret_key,
        "MOLVA_VAR": str(settings.var),
        "MOLVA_DEMO": "0",
        "PORT": str(settings.port),
    }
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "backend.wsgi:application", "--no-ws"),
        *("--host", "127.0.0.1", "--port", str(settings.port), "--log-level", "error"),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--backlog", "512"),
    ]
    with (settings.var / "web.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603
        try:
            _wait_until_it_answers(installed, server)
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)


def _prepare(settings: Settings, members: int) -> tuple[str, str]:
    app = create_app(settings)
    with app.app_context():
        migrations.upgrade(db.engine)
        with transaction() as session:
            shops.open_shop(session, name={"ru": "Зерно", "en": "Grain"}, zone="Europe/Moscow", locale="ru")
            store = shops.open_store(
                session, code="pokrovka", name={"ru": "Покровка, 12", "en": "Pokrovka 12"}, zone="Europe/Moscow"
            )
            programmes.load(session, DEMO_PROGRAMME.read_text(encoding="utf-8"), in_force_from=business_now())
            till_key = staff.create_till_key(session, store_id=store.id, label="bench", who="bench").text
            connection = session.connection().connection.driver_connection
            assert isinstance(connection, psycopg.Connection)  # noqa: S101
            connection.execute(_MEMBERS, {"members": members, "now": business_now()})
            connection.execute(_DEVICES, {"now": business_now()})
            connection.execute(_BALANCES)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        db.engine.dispose()
    return str(till_key), str(store.id)


def _wait_until_it_answers(installed: Installation, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{installed.url}/healthz", timeout=5).ok:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The web server does not answer; see {installed.settings.var / 'web.log'}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
