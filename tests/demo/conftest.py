"""The demo's application on a database of its own, with real commits."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.shared.clock import clock as the_clock


@pytest.fixture
def demo_app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    yield make_app(demo=True)
    the_clock.business_offset = timedelta(0)


@pytest.fixture
def here(demo_app: Flask) -> FlaskClient:
    """A browser or program on the computer that the demo runs on."""
    return demo_app.test_client()
