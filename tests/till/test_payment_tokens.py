"""The fingerprint of the card that paid: kept as a mark of its buyer, and no part of the receipt."""

import pytest
from sqlalchemy import text

from tests.factories.members import ALICE_PHONE
from tests.factories.till import guest, sale

TOKEN = "c2hhMjU2OmNhcmQtb2YtYWxpY2U="


@pytest.fixture
def alice(session, till):
    return guest(session, ALICE_PHONE)


def paid(token=TOKEN, amount=60_000):
    return [{"kind": "card", "amount": amount, "token_hash": token}]


def test_the_mark_is_kept_once_and_tells_nothing_of_the_card(session, till, alice, clock):
    assert till.sell(alice, 60_000, payments=paid()).status_code == 201
    till.sell(alice, 60_000, external_id="sale-2", payments=paid())
    member_id, mark = session.execute(text("SELECT member_id, mark FROM payment_marks")).one()
    assert member_id == alice
    assert TOKEN.encode() not in bytes(mark)
    kept = session.execute(text("SELECT payments::text FROM receipts")).scalars().all()
    assert not any("token" in one or TOKEN in one for one in kept)


def test_a_till_that_repeats_itself_without_it_is_answered_as_before(till, alice):
    first = till.sell(alice, 60_000, payments=paid())
    again = till.sell(alice, 60_000, payments=[{"kind": "card", "amount": 60_000}])
    assert (again.status_code, again.json) == (200, first.json)


@pytest.mark.parametrize("token", ["short", "x" * 129, "with a space in it", "карта-участницы-1", ""])
def test_what_can_be_no_fingerprint_is_refused(till, alice, token):
    answer = till.sell(alice, 60_000, payments=paid(token))
    assert answer.status_code == 422


def test_a_receipt_of_nobody_leaves_no_mark(session, till, alice):
    body = sale(alice, 60_000, payments=paid())
    del body["member_id"]
    assert till.post("/receipts", body).json["unattached"] is True
    assert session.execute(text("SELECT count(*) FROM payment_marks")).scalar_one() == 0
