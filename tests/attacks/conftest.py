"""One demo shop for all attacks of a run."""

from collections.abc import Iterator

import pytest

from tests.attacks.shop import Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("attacked")
    folder.chmod(0o755)
    opened = Shop(folder / "var")
    opened.start()
    yield opened
    assert opened.stop() == 0
    opened.forget()
