"""Receipts at the till: what they earn, and what repetition, disagreement and nonsense are told."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.till import OpenTill, guest, sale, with_points

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")


def test_a_receipt_earns_five_percent_rounded_down_and_pending(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    answer = till.sell(alice, 70_990)
    assert answer.status_code == 201
    assert (answer.json["points_earned"], answer.json["points_pending"]) == (0, 35)
    assert answer.json["balance"] == {"available": 0, "pending": 35, "reserved": 0, "debt": 0}


def test_the_till_says_in_the_cashiers_language_when_points_can_be_spent(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    body = sale(alice, 70_000)
    english = till.post("/receipts", body, **{"Accept-Language": "en"})
    russian = till.post("/receipts", body, **{"Accept-Language": "ru"})
    assert english.json["messages"] == ["+35\N{NO-BREAK SPACE}points. Can be spent from 6 December."]
    assert russian.json["messages"] == ["+35\N{NO-BREAK SPACE}баллов. Можно тратить с 6 декабря."]


def test_points_become_available_when_the_return_window_is_over(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    clock.advance(days=14, seconds=-1)
    assert ledger_service.release_due(session, clock.now) == 0
    clock.advance(seconds=1)
    assert ledger_service.release_due(session, clock.now) == 1
    assert ledger.balance(session, alice) == ledger.Balance(available=35)


def test_points_burn_a_year_after_they_became_available(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    clock.advance(days=14)
    ledger_service.release_due(session, clock.now)
    [burning] = ledger.expiring(session, alice, zone="Europe/Moscow")
    assert (burning.points, burning.expires_on.isoformat()) == (35, "2027-12-06")
    clock.advance(days=365)
    assert ledger_service.expire_due(session, clock.now) == 1
    assert ledger.balance(session, alice) == ledger.Balance()


def test_each_purchase_is_released_on_its_own_day_the_earliest_first(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice, yesterday = guest(session), business_now() - timedelta(days=1)
    till.sell(alice, 70_000)
    till.sell(alice, 50_000, external_id="sale-2", occurred_at=yesterday.isoformat(), offline=True)
    assert ledger_service.next_release(session) == yesterday + timedelta(days=14)
    assert ledger_service.release_due(session, clock.now) == 0
    clock.set(yesterday + timedelta(days=14))
    assert [ledger_service.release_due(session, clock.now) for _ in range(2)] == [1, 0]
    assert ledger.balance(session, alice) == ledger.Balance(available=25, pending=35)
    released = driver_connection(session).execute(
        "SELECT receipt.external_id FROM ledger_transactions AS released"
        " JOIN receipts AS receipt ON receipt.id = released.receipt_id WHERE released.kind = 'release'"
    )
    assert released.fetchall() == [("sale-2",)]


def test_nothing_burns_before_its_day_and_nothing_burns_twice(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice, start = guest(session), clock.now
    with_points(session, alice, 50, days=20)
    with_points(session, alice, 50, days=10)
    for day, left in ((start + timedelta(days=10), 50), (start + timedelta(days=20), 0)):
        assert ledger_service.next_expiry(session) == day
        assert ledger_service.expire_due(session, clock.now) == 0
        clock.set(day)
        assert [ledger_service.expire_due(session, clock.now) for _ in range(2)] == [1, 0]
        assert ledger.balance(session, alice).available == left
    assert ledger_service.next_expiry(session) is None


def test_a_repeated_receipt_is_answered_as_before_and_earns_once(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    body = sale(alice, 70_000)
    first, second = till.post("/receipts", body), till.post("/receipts", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json
    assert ledger.balance(session, alice).pending == 35


def test_the_same_content_written_otherwise_is_the_same_receipt(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    now = business_now()
    first = till.sell(alice, 70_000, occurred_at=now.isoformat())
    elsewhere = (now + timedelta(0)).astimezone(tz=None).isoformat()
    line = {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1.0, "amount": 70_000}
    second = till.sell(alice, 70_000, occurred_at=elsewhere, lines=[line])
    assert second.status_code == 200
    assert second.json == first.json


def test_a_till_that_lost_the_answer_may_tell_the_receipt_again_as_sold_offline(
    till: OpenTill, session: Session
) -> None:
    body = sale(guest(session), 70_000)
    first = till.post("/receipts", body)
    again = till.post("/receipts", body | {"offline": True})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json


def test_a_repetition_is_answered_as_before_however_late_it_comes(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    body = sale(guest(session), 70_000)
    first = till.post("/receipts", body)
    clock.advance(days=30)
    again, as_offline = till.post("/receipts", body), till.post("/receipts", body | {"offline": True})
    in_batch = till.post("/receipts/batch", {"receipts": [body | {"offline": True}]}).json["items"]
    assert (first.status_code, again.status_code, as_offline.status_code) == (201, 200, 200)
    assert again.json == as_offline.json == first.json
    assert [(item["status"], item["receipt_id"]) for item in in_batch] == [("repeated", first.json["receipt_id"])]


def test_a_late_repetition_of_a_receipt_of_nobody_is_answered_as_before(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    body = {name: value for name, value in sale(new_id(), 70_000).items() if name != "member_id"}
    first = till.post("/receipts", body)
    clock.advance(days=4)
    again = till.post("/receipts", body)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)


def test_a_late_receipt_whose_number_has_another_content_is_still_too_old(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    body = sale(alice, 70_000)
    till.post("/receipts", body)
    clock.advance(days=4)
    answer = till.sell(alice, 80_000, occurred_at=body["occurred_at"])
    assert (answer.status_code, answer.json["type"]) == (422, "receipt-too-old")
    assert ledger.balance(session, alice).pending == 35


def test_a_repetition_is_answered_though_our_own_clock_was_put_back(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    body = sale(guest(session), 70_000)
    first = till.post("/receipts", body)
    clock.advance(hours=-1)
    assert (first.status_code, till.post("/receipts", body).status_code) == (201, 200)


def test_the_same_number_with_another_content_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000)
    answer = till.sell(alice, 80_000)
    assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert ledger.balance(session, alice).pending == 35


def test_the_same_number_for_another_guest_is_refused(till: OpenTill, session: Session) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    till.sell(alice, 70_000)
    answer = till.sell(boris, 70_000)
    assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert ledger.balance(session, boris).pending == 0


def test_a_total_that_is_not_the_sum_of_its_lines_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    body = sale(alice, 70_000) | {"total": 70_001}
    answer = till.post("/receipts", body)
    assert (answer.status_code, answer.json["type"]) == (422, "total-not-matching-lines")
    assert "70000" in answer.json["detail"]


def test_a_receipt_without_lines_is_one_of_its_total(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    assert till.sell(alice, 70_000, lines=[]).json["points_pending"] == 35


def test_a_receipt_too_small_for_a_point_is_recorded_and_earns_nothing(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    answer = till.sell(alice, 1_999)
    assert (answer.status_code, answer.json["points_pending"], answer.json["messages"]) == (201, 0, [])


@pytest.mark.parametrize(
    ("hours", "offline", "status"), [(23, False, 201), (25, False, 422), (71, True, 201), (73, True, 422)]
)
def test_a_receipt_may_be_a_day_old_and_three_when_sold_offline(
    till: OpenTill, session: Session, hours: int, offline: bool, status: int
) -> None:
    alice = guest(session)
    at = business_now() - timedelta(hours=hours)
    assert till.sell(alice, 70_000, occurred_at=at.isoformat(), offline=offline).status_code == status


def test_a_receipt_from_the_future_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    at = business_now() + timedelta(minutes=11)
    answer = till.sell(alice, 70_000, occurred_at=at.isoformat())
    assert (answer.status_code, answer.json["type"]) == (422, "receipt-from-the-future")


def test_a_currency_without_a_programme_is_refused_by_name(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    answer = till.sell(alice, 70_000, currency="GBP")
    assert (answer.status_code, answer.json["type"]) == (422, "unknown-currency")
    assert "RUB" in answer.json["detail"]


def test_an_unknown_member_is_not_found(till: OpenTill, session: Session) -> None:
    answer = till.sell(new_id(), 70_000)
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-member")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("external_id", "two words"),
        ("external_id", "x" * 65),
        ("external_id", "line\n"),
        ("total", "700"),
        ("total", -1),
        ("total", 700.5),
        ("total", True),
        ("total", 10**15),
        ("currency", "rub"),
        ("currency", "XXXX"),
        ("occurred_at", "yesterday"),
        ("occurred_at", "2026-11-22T09:31:00"),
        ("occurred_at", 1790000000),
        ("lines", "one"),
        ("lines", [{"sku": "A", "quantity": 0, "amount": 1}]),
        ("lines", [{"sku": "A", "quantity": 0.0001, "amount": 1}]),
        ("lines", [{"sku": "A\x00", "quantity": 1, "amount": 1}]),
        ("points", 1_000_000),
        ("code", "both"),
        ("cashier", "\ud800"),
    ],
)
def test_nonsense_is_refused_by_field_and_records_nothing(
    till: OpenTill, session: Session, field: str, value: object
) -> None:
    alice = guest(session)
    answer = till.post("/receipts", sale(alice, 70_000) | {field: value})
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert ledger.balance(session, alice).pending == 0


def test_the_history_shows_one_row_per_receipt_that_explains_itself(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_990)
    [entry] = ledger.entries(session, alice, reader=ENGLISH)
    assert (entry.kind, entry.points, entry.status) == ("accrual", 35, "pending")
    explanation = ledger.explanation(session, alice, entry.id, reader=ENGLISH)
    assert explanation.text == "5% of the receipt back in points. Yours on 6 December."
    assert [(step.text, step.figure) for step in explanation.steps] == [
        ("Receipt", "₽709.90"),
        ("5% of it, rounded down", "+35"),
    ]
    assert (explanation.rule, explanation.rule_version) == ("base", 1)


def test_a_batch_judges_each_receipt_by_itself_in_order(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    good, other = sale(alice, 70_000, external_id="a"), sale(alice, 10_000, external_id="b")
    bad = sale(alice, 10_000, external_id="c") | {"total": 1}
    answer = till.post("/receipts/batch", {"receipts": [good, bad, {"external_id": 5}, other, good]})
    items = answer.json["items"]
    assert [item["status"] for item in items] == ["recorded", "refused", "refused", "recorded", "repeated"]
    assert items[1]["problem"]["type"] == "total-not-matching-lines"
    assert items[2]["problem"]["errors"]
    assert items[4]["receipt_id"] == items[0]["receipt_id"]
    assert ledger.balance(session, alice).pending == 40


@pytest.mark.parametrize("rubbish", [None, 1, "receipt", [], {}, {"external_id": None}, {"lines": [None]}])
def test_rubbish_in_a_batch_stops_no_receipt_beside_it(till: OpenTill, session: Session, rubbish: object) -> None:
    alice = guest(session)
    answer = till.post("/receipts/batch", {"receipts": [rubbish, sale(alice, 70_000)]})
    assert answer.status_code == 200, answer.text
    assert [item["status"] for item in answer.json["items"]] == ["refused", "recorded"]
    assert answer.json["items"][0]["problem"]["errors"]
    assert ledger.balance(session, alice).pending == 35


def test_two_contents_of_one_number_in_a_batch_are_not_both_taken(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    one, two = sale(alice, 70_000), sale(alice, 80_000)
    items = till.post("/receipts/batch", {"receipts": [one, two]}).json["items"]
    assert [item["status"] for item in items] == ["recorded", "refused"]
    assert ledger.balance(session, alice).pending == 35
