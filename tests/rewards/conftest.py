"""A shop that offers rewards, and members with points to spend on them."""

from uuid import UUID

import pytest

from tests.factories.ledger import findings
from tests.factories.rewards import shop_with_rewards
from tests.factories.till import OpenTill, guest, with_points


@pytest.fixture
def till(session, client, clock) -> OpenTill:
    """The shop is open."""
    return shop_with_rewards(session, client)


@pytest.fixture
def alice(session, till) -> UUID:
    """Alice has a thousand points."""
    member_id = guest(session)
    with_points(session, member_id, 1_000)
    return member_id


@pytest.fixture
def boris(session, till) -> UUID:
    member_id = guest(session, "+79120000002")
    with_points(session, member_id, 1_000)
    return member_id


@pytest.fixture
def books(session):
    """The books agree when the test is over."""
    yield
    assert findings(session) == []
