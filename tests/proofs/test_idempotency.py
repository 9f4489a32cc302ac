"""A till that asks again, in whatever way its first answer got lost, is told the same, and it counted once."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from tests.processes import wait_for
from tests.proofs.acts import ACTS, Act
from tests.proofs.shop import ServedShop

TILLS = 20


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest, shop: ServedShop) -> Act:
    return ACTS[request.param](shop)


def test_an_answer_that_was_lost_is_given_again_and_counts_once(shop: ServedShop, act: Act) -> None:
    with sent(shop, act):
        wait_for(lambda: act.happened(shop))
    again, once_more = shop.ask(act.path, act.body), shop.ask(act.path, act.body)
    assert (again.status_code, once_more.status_code) == (200, 200)
    assert again.json() == once_more.json()
    assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)


def test_whoever_hangs_up_and_asks_again_at_once_counts_once(shop: ServedShop, act: Act) -> None:
    for _ in range(3):
        with sent(shop, act):
            pass
    answers = shop.at_once([(act.path, act.body)] * TILLS)
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)


def test_the_same_number_with_another_content_is_refused_and_changes_nothing(shop: ServedShop, act: Act) -> None:
    if act.other_body is None:
        pytest.skip("it has no content")
    first = shop.ask(act.path, act.body)
    other = shop.ask(act.path, act.other_body)
    assert (other.status_code, other.json()["type"]) == (422, "different-content")
    assert shop.ask(act.path, act.body).json() == first.json()
    assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)


def test_while_a_guest_is_being_changed_for_too_long_every_till_hears_409_and_may_ask_again(shop: ServedShop) -> None:
    acts = [make(shop) for make in ACTS.values()]
    asked = [(act.path, act.body) for act in acts]
    with locked(shop, [act.member_id for act in acts]):
        answers = shop.at_once(asked)
    assert [answer.status_code for answer in answers] == [409] * len(acts), [answer.text for answer in answers]
    assert [act.happened(shop) for act in acts] == [0] * len(acts)
    for act in acts:
        assert shop.ask(act.path, act.body).ok
        assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)


@contextmanager
def sent(shop: ServedShop, act: Act) -> Iterator[None]:
    """Sends the request whole; the line is cut at the end of the block, and the answer never read."""
    content = json.dumps(act.body).encode()
    head = (
        f"POST /api/v1/till{act.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {shop.headers['Authorization']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shop.port), timeout=10) as connection:
        connection.sendall(head.encode() + content)
        yield


@contextmanager
def locked(shop: ServedShop, member_ids: list[UUID]) -> Iterator[None]:
    """Somebody else holds these members' balances, as a batch does that does not end."""
    with psycopg.connect(shop.app.config["MOLVA"].database_url) as connection:
        connection.execute("SELECT FROM ledger_balances WHERE member_id = ANY(%s) FOR NO KEY UPDATE", (member_ids,))
        yield
        connection.rollback()
