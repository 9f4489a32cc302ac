"""The corpus told: a part of it for every run, the whole of it for the long trials."""

from collections.abc import Iterator

import pytest

from backend.app import create_app
from backend.shared.db import db
from tests.conftest import Databases, make_settings
from tests.stories.corpus import FEW_PER_KIND, PER_KIND, corpus
from tests.stories.outcomes import Told
from tests.stories.telling import tell


@pytest.fixture(scope="package")
def few(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What became of the few stories of every run, in which the worker comes once a week."""
    yield from _told(databases, tmp_path_factory, per_kind=FEW_PER_KIND, worker_days=7)


@pytest.fixture(scope="package")
def whole(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """What became of the whole corpus."""
    yield from _told(databases, tmp_path_factory, per_kind=PER_KIND, worker_days=1)


@pytest.fixture(params=["few", pytest.param("whole", marks=pytest.mark.long)])
def told(request: pytest.FixtureRequest) -> Told:
    """What became of the few, and in the long trials of all."""
    outcomes: Told = request.getfixturevalue(request.param)
    return outcomes


def _told(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, *, per_kind: int, worker_days: int
) -> Iterator[Told]:
    app = create_app(make_settings(databases.create(), tmp_path_factory.mktemp("var")))
    yield tell(corpus(per_kind=per_kind), app, worker_days=worker_days)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
