"""Work that is committed together: a till's key is looked at in the transaction that does its work."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.staff import service as staff
from tests.conftest import ObedientClock
from tests.factories.till import OpenTill, guest, open_till


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    return open_till(session, client)


def _revoke(session: Session, till: OpenTill) -> None:
    key = till.headers["Authorization"].removeprefix("Bearer ")
    staff.revoke_till_key(session, prefix=key.split(".")[0], who="test")


@pytest.mark.parametrize(
    "work",
    [
        lambda till, alice: till.sell(alice, 70_000, external_id="sale-2"),
        lambda till, alice: till.reserve("9710 0044 2031 3201", 10, 70_000),
        lambda till, alice: till.post("/reservations/01a201fe-e1b3-773f-9358-3271af9d1a60/confirm", {}),
    ],
    ids=["receipt", "reservation", "confirmation"],
)
def test_a_till_that_is_remembered_is_refused_once_its_key_is_revoked(
    till: OpenTill, session: Session, work: Callable[..., object]
) -> None:
    alice = guest(session)
    assert till.sell(alice, 70_000).status_code == 201
    _revoke(session, till)
    assert work(till, alice).status_code == 401  # type: ignore[attr-defined]


def test_a_wrong_secret_is_refused_though_the_till_is_remembered(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    till.headers["Authorization"] = till.headers["Authorization"][:-2] + "AA"
    assert till.sell(alice, 70_000, external_id="sale-2").status_code == 401
