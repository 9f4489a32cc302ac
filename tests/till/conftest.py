"""A till that is open under the demo shop's programme, and the auditor who looks at the books afterwards."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.till import OpenTill, open_till


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    return open_till(session, client)


@pytest.fixture
def books_agree(session: Session) -> Iterator[None]:
    """Whatever a test did, the auditor finds nothing."""
    yield
    assert findings(session) == []
