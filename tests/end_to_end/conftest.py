"""One demo shop for each file."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    folder.chmod(0o755)
    opened = Demo(folder / "var")
    opened.start()
    yield opened
    assert opened.stop() == 0
    opened.forget()
