"""Points that activity keeps alive: what a purchase moves, what it leaves, and that nothing burns on its old day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.conftest import ObedientClock
from tests.factories.members import headers_of, member
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, open_till, sale

pytestmark = pytest.mark.usefixtures("books_agree")

AT_ONCE = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
PROLONGING = AT_ONCE.replace("expiry: {days: 365}", "expiry: {days: 100, prolonged_by: activity}")


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    return open_till(session, client, programme=PROLONGING)


def available(session: Session, member_id: UUID) -> int:
    return ledger.balance(session, member_id).available


def of(client: FlaskClient, session: Session, member_id: UUID, path: str) -> Any:
    return client.get(f"/api/v1/me/{path}", headers=headers_of(session, member_id)).json


def test_a_purchase_keeps_earlier_points_alive_for_the_whole_period_again(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=99)
    till.sell(alice, 40_000, external_id="second")
    clock.advance(days=99)
    run_due_jobs()
    assert available(session, alice) == 30
    clock.advance(days=1)
    run_due_jobs()
    assert available(session, alice) == 0


def test_points_of_whoever_stays_away_burn_on_their_day(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    till.sell(alice, 20_000)
    clock.advance(days=100)
    run_due_jobs()
    assert available(session, alice) == 0


def test_the_expiring_list_and_the_history_show_the_new_day(
    till: OpenTill, client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    alice = member(session).id
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=9)
    till.sell(alice, 40_000, external_id="second")
    assert of(client, session, alice, "balance")["expiring"] == [{"points": 30, "expires_on": "2027-03-11"}]
    rows = of(client, session, alice, "entries")["items"]
    assert [(row["points"], row["expires_on"]) for row in rows] == [(20, "2027-03-11"), (10, "2027-03-11")]


def test_the_purchase_explains_what_it_did_to_the_other_points(
    till: OpenTill, client: FlaskClient, session: Session
) -> None:
    alice = member(session).id
    till.sell(alice, 20_000)
    (row,) = of(client, session, alice, "entries")["items"]
    steps = of(client, session, alice, f"entries/{row['id']}/explanation")["steps"]
    assert steps[-1] == {"text": "The purchase keeps your points alive until", "figure": "2 March 2027"}


def test_a_programme_that_prolongs_nothing_says_nothing_of_it(
    client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    till, alice = open_till(session, client, programme=AT_ONCE), member(session).id
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=9)
    till.sell(alice, 40_000, external_id="second")
    assert len(of(client, session, alice, "balance")["expiring"]) == 2
    (row, _first) = of(client, session, alice, "entries")["items"]
    assert len(of(client, session, alice, f"entries/{row['id']}/explanation")["steps"]) == 2


def test_a_purchase_that_earns_nothing_prolongs_too_and_says_so(
    till: OpenTill, client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    alice = member(session).id
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=99)
    till.sell(alice, 100, external_id="a-straw")
    clock.advance(days=99)
    run_due_jobs()
    assert available(session, alice) == 10
    (row, _first) = of(client, session, alice, "entries")["items"]
    assert (row["points"], row["status"]) == (0, "posted")
    explained = of(client, session, alice, f"entries/{row['id']}/explanation")
    assert explained["text"] == "This purchase brought no points. It keeps those that you have alive until 9 June."


def test_a_first_purchase_that_earns_nothing_leaves_no_row(
    till: OpenTill, client: FlaskClient, session: Session
) -> None:
    alice = member(session).id
    till.sell(alice, 100)
    assert of(client, session, alice, "entries")["items"] == []


def test_points_that_wait_are_prolonged_as_well_and_never_shortened(
    client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    waiting = PROLONGING.replace("pending_days: 0", "pending_days: 14")
    till, alice = open_till(session, client, programme=waiting), guest(session)
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=5)
    # 114 days after the first purchase is later than 105: the second one moves nothing.
    till.sell(alice, 20_000, external_id="second")
    lots = "SELECT expires_at FROM ledger_lots WHERE member_id = :id ORDER BY expires_at"
    days = [row[0] for row in session.execute(text(lots), {"id": alice})]
    assert [(day - clock.now).days for day in days] == [109, 114]
    clock.advance(days=20)
    till.sell(alice, 20_000, external_id="third")
    days = [row[0] for row in session.execute(text(lots), {"id": alice})]
    assert [(day - clock.now).days for day in days] == [100, 100, 114]


def test_what_should_have_burnt_is_not_revived_by_a_purchase_before_the_worker_came(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=101)
    till.sell(alice, 40_000, external_id="second")
    run_due_jobs()
    assert available(session, alice) == 20


def test_a_receipt_of_an_offline_till_prolongs_from_its_own_time(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=101)
    two_days_ago = (clock.now - timedelta(days=2)).isoformat()
    till.sell(alice, 40_000, external_id="offline", occurred_at=two_days_ago, offline=True)
    run_due_jobs()
    assert available(session, alice) == 30
    clock.advance(days=98)
    run_due_jobs()
    assert available(session, alice) == 0


def test_points_of_another_programme_are_left_alone(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    euros = PROLONGING.replace("programme: grain", "programme: euros").replace("RUB", "EUR")
    programmes.load(session, euros, in_force_from=business_now())
    alice = guest(session)
    till.sell(alice, 20_000, external_id="roubles")
    clock.advance(days=50)
    till.sell(alice, 40_000, external_id="euros", currency="EUR")
    clock.advance(days=50)
    run_due_jobs()
    assert available(session, alice) == 20


def test_the_day_of_burning_is_rounded_in_the_shops_zone(
    client: FlaskClient, session: Session, clock: ObedientClock
) -> None:
    rounded = PROLONGING.replace("days: 100,", "months: 3, round_to: month,")
    till, alice = open_till(session, client, programme=rounded), member(session).id
    till.sell(alice, 20_000, external_id="first")
    clock.advance(days=9)
    till.sell(alice, 20_000, external_id="second")
    assert of(client, session, alice, "balance")["expiring"] == [{"points": 20, "expires_on": "2027-03-31"}]


def test_a_clock_that_jumps_over_purchases_and_days_of_burning_burns_in_order(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    till.sell(alice, 20_000, external_id="alice-1")
    till.sell(boris, 20_000, external_id="boris-1")
    clock.advance(days=60)
    till.sell(alice, 20_000, external_id="alice-2")
    clock.advance(business_only=True, days=60)
    run_due_jobs()
    assert (available(session, alice), available(session, boris)) == (20, 0)
    burnt = "SELECT effective_at FROM ledger_transactions WHERE member_id = :id AND kind = 'expiry'"
    assert session.execute(text(burnt), {"id": boris}).scalar_one() == clock.now - timedelta(days=20)
    clock.advance(business_only=True, days=41)
    run_due_jobs()
    assert available(session, alice) == 0


def test_a_receipt_that_comes_twice_prolongs_once(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    till.sell(alice, 20_000, external_id="first")
    clock.advance(hours=1)
    body = sale(alice, 100, external_id="a-straw")
    assert till.post("/receipts", body).status_code == 201
    clock.advance(hours=1)
    assert till.post("/receipts", body).status_code == 200
    moved = "SELECT count(*) FROM ledger_lot_movements WHERE member_id = :id AND expires_at_after IS NOT NULL"
    assert session.execute(text(moved), {"id": alice}).scalar_one() == 1


def test_points_that_are_spent_keep_the_others_alive(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    till.sell(alice, 200_000)
    clock.advance(days=99)
    held = till.reserve(fresh_code(session, alice), 30, 5_000)
    assert held.status_code == 201, held.text
    confirmed = till.post(f"/reservations/{held.json['id']}/confirm", {})
    assert confirmed.status_code == 200, confirmed.text
    clock.advance(days=99)
    run_due_jobs()
    assert available(session, alice) == 70
    clock.advance(days=1)
    run_due_jobs()
    assert available(session, alice) == 0


def test_points_that_are_set_aside_and_let_go_keep_nothing_alive(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 200_000)
    clock.advance(days=99)
    held = till.reserve(fresh_code(session, alice), 30, 5_000)
    assert till.post(f"/reservations/{held.json['id']}/cancel", {}).status_code == 200
    clock.advance(days=1)
    run_due_jobs()
    assert available(session, alice) == 0


def test_the_worker_spares_a_lot_that_was_prolonged_between_its_look_and_its_lock(
    make_app: Callable[..., Flask], clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()

    def open_shop(session: Session) -> tuple[dict[str, str], UUID]:
        a_shop(session)
        key = a_till_key(session, a_store(session).id)
        programmes.load(session, PROLONGING, in_force_from=business_now())
        return bearer(key), guest(session)

    with app.app_context():
        headers, alice = run_transaction(open_shop)
    till = app.test_client()
    assert till.post("/api/v1/till/receipts", json=sale(alice, 20_000), headers=headers).status_code == 201
    a_moment_before = sale(alice, 20_000, external_id="just-in-time") | {
        "occurred_at": (business_now() + timedelta(days=100, seconds=-1)).isoformat()
    }
    clock.advance(days=100)
    locking = service.open_books

    def sell_first(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(service, "open_books", locking)
        answer = app.test_client().post("/api/v1/till/receipts", json=a_moment_before, headers=headers)
        assert answer.status_code == 201
        return locking(*arguments, **options)

    monkeypatch.setattr(service, "open_books", sell_first)
    with app.app_context():
        assert run_transaction(lambda session: service.expire_due(session, business_now())) == 1
        assert run_transaction(lambda session: available(session, alice)) == 20
