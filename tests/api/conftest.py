"""The API as programs see it: served on a port, with a real database and real commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import WSGIRequestHandler, make_server

from backend.app import create_app
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import db, transaction
from backend.shared.openapi import describe
from tests.conftest import Databases, make_settings
from tests.factories.shops import a_shop, a_store
from tests.factories.till import DEMO_PROGRAMME


@dataclass(frozen=True)
class Served:
    """The application at an address, with the shop open for business."""

    app: Flask
    address: str

    def run(self, work: Callable[[Session], Any]) -> Any:
        """Does something in the shop's database and keeps it."""
        with self.app.app_context(), transaction() as session:
            return work(session)


class _KeepAlive(WSGIRequestHandler):
    """As any web server: one connection carries many requests."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_arguments: object, **_options: object) -> None:
        """Nothing is said of requests that went well; the application's own logs stay."""


@contextmanager
def serve(databases: Databases, var: Path) -> Iterator[Served]:
    """The application on a port and a database of its own."""
    url = databases.create()
    app = create_app(make_settings(url, var), group_commit=True)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_KeepAlive)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served = Served(app, f"http://127.0.0.1:{server.server_port}")
    served.run(lambda session: (a_shop(session), a_store(session)))
    served.run(lambda session: programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now()))
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()
        databases.drop(url)


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(databases, tmp_path_factory.mktemp("var")) as opened:
        yield opened


@pytest.fixture(scope="module")
def description(app: Flask) -> dict[str, Any]:
    """The API's description, made anew from the routes."""
    with app.app_context():
        return describe(app)
