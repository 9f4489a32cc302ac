"""Keys of tills: rotated with two live at once, and their last use known without a write at each request."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from backend.shared.db import db
from backend.staff import service
from backend.staff.errors import RotationUnderWay
from tests.conftest import ObedientClock
from tests.factories.staff import a_till_key, bearer

DOOR = "/api/v1/till-door"


def prefix_of(key: str) -> str:
    return key.split(".")[0]


def test_two_keys_live_while_one_replaces_the_other(browser: FlaskClient, work) -> None:
    old = work(a_till_key)
    new = work(service.rotate_till_key, prefix=prefix_of(old), who="test").text
    assert [browser.post(DOOR, headers=bearer(key)).status_code for key in (old, new)] == [200, 200]
    work(service.revoke_till_key, prefix=prefix_of(old), who="test")
    assert [browser.post(DOOR, headers=bearer(key)).status_code for key in (old, new)] == [401, 200]


def test_a_third_key_waits_until_the_first_is_revoked(session: Session) -> None:
    old = prefix_of(a_till_key(session))
    new = service.rotate_till_key(session, prefix=old, who="test").prefix
    for prefix in (old, new):
        with pytest.raises(RotationUnderWay):
            service.rotate_till_key(session, prefix=prefix, who="test")
    service.revoke_till_key(session, prefix=old, who="test")
    with pytest.raises(RotationUnderWay):
        service.rotate_till_key(session, prefix=old, who="test")
    assert service.rotate_till_key(session, prefix=new, who="test").prefix


def test_a_rotated_key_keeps_its_store_and_label(browser: FlaskClient, work) -> None:
    old = work(a_till_key)
    new = work(service.rotate_till_key, prefix=prefix_of(old), who="test").text
    assert browser.post(DOOR, headers=bearer(new)).json["store"] == "pokrovka"


def test_the_last_use_is_known_to_within_ten_minutes_and_seldom_written(
    browser: FlaskClient, work, clock: ObedientClock
) -> None:
    key = work(a_till_key)
    written = []

    def last_used() -> object:
        return work(lambda session: session.scalar(text("SELECT last_used_at FROM till_keys")))

    with browser.application.app_context():
        engine = db.engine
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: written.append(statement) if "UPDATE till_keys" in statement else None,
    )
    assert last_used() is None
    first = clock.now
    for _request in range(5):
        assert browser.post(DOOR, headers=bearer(key)).status_code == 200
    assert (last_used(), len(written)) == (first, 1)
    clock.advance(minutes=9)
    browser.post(DOOR, headers=bearer(key))
    assert (last_used(), len(written)) == (first, 1)
    clock.advance(minutes=2)
    browser.post(DOOR, headers=bearer(key))
    assert (last_used(), len(written)) == (clock.now, 2)


def test_a_refused_key_is_not_noted(browser: FlaskClient, work) -> None:
    key = work(a_till_key)
    browser.post(DOOR, headers=bearer(f"{prefix_of(key)}.{'x' * 43}"))
    assert work(lambda session: session.scalar(text("SELECT last_used_at FROM till_keys"))) is None
