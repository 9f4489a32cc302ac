"""One shop for all proofs of a test process; after each test the auditor looks at all of it."""

import os
import random
from collections.abc import Iterator

import pytest

from backend.app import create_app
from backend.shared.db import db
from tests.conftest import Databases, make_settings
from tests.proofs.shop import ServedShop


@pytest.fixture(scope="session")
def open_shop(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    var, url = tmp_path_factory.mktemp("shop"), databases.create()
    app = create_app(make_settings(url, var))
    with ServedShop(app, var).served() as shop:
        yield shop
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


@pytest.fixture
def shop(open_shop: ServedShop) -> Iterator[ServedShop]:
    yield open_shop
    open_shop.check_books()


@pytest.fixture
def seed() -> int:
    """Another one in every run; what failed is repeated with `MOLVA_TEST_SEED`."""
    chosen = int(os.environ.get("MOLVA_TEST_SEED") or random.SystemRandom().randrange(10**9))
    print(f"MOLVA_TEST_SEED={chosen}")  # noqa: T201 - pytest shows it with the failure
    return chosen
