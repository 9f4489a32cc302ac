"""Paying with points: set aside with the phone's code, spent or put back once, never more than there is."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.members import card_code
from backend.members.cards import issue_card_key
from backend.members.enrolment import enrol_by_phone
from backend.notifications import queries as notifications
from backend.programmes import service as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from backend.till import resolving
from backend.till.reserving import LEASE
from tests.conftest import ObedientClock
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, with_points

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")


def a_reservation(till: OpenTill, session: Session, *, points: int = 300, has: int = 500, amount: int = 54_000):
    """Alice, who has points, and what her till was told of those that it set aside."""
    alice = guest(session)
    with_points(session, alice, has)
    answer = till.reserve(fresh_code(session, alice), points, amount)
    assert answer.status_code == 201, answer.text
    return alice, answer.json


def test_points_are_set_aside_and_the_till_is_told_what_is_left_to_pay(till: OpenTill, session: Session) -> None:
    alice, answer = a_reservation(till, session)
    assert {name: answer[name] for name in ("points", "discount", "amount_due", "currency", "status")} == {
        "points": 300,
        "discount": 30_000,
        "amount_due": 24_000,
        "currency": "RUB",
        "status": "held",
    }
    assert answer["expires_at"] == (system_now() + LEASE).isoformat()
    assert answer["balance"] == {"available": 200, "pending": 0, "reserved": 300, "debt": 0}
    assert ledger.balance(session, alice) == ledger.Balance(available=200, reserved=300)


def test_the_same_reservation_again_is_answered_as_before(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    code = fresh_code(session, alice)
    first, second = till.reserve(code, 300, 54_000), till.reserve(code, 300, 54_000)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json
    assert ledger.balance(session, alice).reserved == 300


def test_a_repetition_is_answered_after_its_code_is_old(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    code = fresh_code(session, alice)
    first = till.reserve(code, 300, 54_000)
    clock.advance(minutes=5)
    assert till.reserve(code, 300, 54_000).json == first.json


@pytest.mark.parametrize("change", [{"points": 299}, {"amount": 54_001}])
def test_the_same_number_with_another_content_is_refused(
    till: OpenTill, session: Session, change: dict[str, int]
) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    wish = {"code": fresh_code(session, alice), "points": 300, "amount": 54_000}
    till.reserve(**wish)
    answer = till.reserve(**(wish | change))
    assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert ledger.balance(session, alice).reserved == 300


def test_the_same_number_with_another_guests_code_is_refused(till: OpenTill, session: Session) -> None:
    a_reservation(till, session)
    boris = guest(session, "+79120000002")
    with_points(session, boris, 500)
    answer = till.reserve(fresh_code(session, boris), 300, 54_000)
    assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert ledger.balance(session, boris).reserved == 0


def test_too_many_points_are_refused_with_the_most_that_may_be_and_never_clipped(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    answer = till.reserve(fresh_code(session, alice), 501, 90_000)
    assert (answer.status_code, answer.json["type"]) == (422, "too-many-points")
    assert "500" in answer.json["title"]
    assert ledger.balance(session, alice) == ledger.Balance(available=500)


def test_points_pay_the_whole_receipt_and_no_more(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    answer = till.reserve(fresh_code(session, alice), 121, 12_099)
    assert answer.json["title"] == "At most 120 points can be spent on this receipt"
    assert till.reserve(fresh_code(session, alice), 120, 12_099).json["amount_due"] == 99


def test_the_programme_says_how_much_of_a_receipt_points_pay(till: OpenTill, session: Session) -> None:
    a_third = DEMO_PROGRAMME + "redemption: {maximum_share_basis_points: 3333}\n"
    programmes.load(session, a_third, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 500)
    assert "166" in till.reserve(fresh_code(session, alice), 167, 50_000).json["title"]
    assert till.reserve(fresh_code(session, alice), 166, 50_000).status_code == 201
    assert till.client.get("/api/v1/till/context", headers=till.headers).json["spending"] == {
        "point_value_minor": 100,
        "maximum_share_basis_points": 3333,
    }


def test_pending_points_are_not_spent(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 1_000_000, external_id="earlier")
    answer = till.reserve(fresh_code(session, alice), 1, 54_000)
    assert (answer.status_code, answer.json["title"]) == (422, "At most 0 points can be spent on this receipt")


def test_points_of_another_currency_are_kept_apart(till: OpenTill, session: Session) -> None:
    other = DEMO_PROGRAMME.replace("programme: grain", "programme: beans").replace("RUB", "EUR")
    programmes.load(session, other, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 500)
    with_points(session, alice, 70, programme="beans")
    assert "500" in till.reserve(fresh_code(session, alice), 501, 90_000).json["title"]
    assert "70" in till.reserve(fresh_code(session, alice), 71, 90_000, currency="EUR").json["title"]
    assert till.reserve(fresh_code(session, alice), 70, 90_000, currency="EUR").json["currency"] == "EUR"
    assert ledger.balance(session, alice) == ledger.Balance(available=500, reserved=70)
    seen = till.post("/scans", {"code": fresh_code(session, alice)}).json
    assert (seen["may_spend"], seen["spendable_points"]) == (True, 500)


def test_a_currency_without_a_programme_is_refused(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    answer = till.reserve(fresh_code(session, alice), 10, 90_000, currency="GBP")
    assert (answer.status_code, answer.json["type"]) == (422, "unknown-currency")


def test_a_card_number_and_a_phone_may_not_spend(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    (number,) = driver_connection(session).execute("SELECT card_number FROM members").fetchone()
    for shown in (number, "+7 912 000-00-01"):
        answer = till.reserve(shown, 10, 54_000)
        assert (answer.status_code, answer.json["type"]) == (403, "fresh-code-needed")
    assert ledger.balance(session, alice).reserved == 0


def test_an_old_code_may_not_spend(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    code = fresh_code(session, alice)
    clock.advance(seconds=90)
    answer = till.reserve(code, 10, 54_000)
    assert (answer.status_code, answer.json["type"]) == (403, "fresh-code-needed")


def test_nobodys_code_is_not_found(till: OpenTill) -> None:
    answer = till.reserve("K7M3QXB9T", 10, 54_000)
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-code")


def test_a_code_sets_points_aside_once_and_again_when_the_sale_was_cancelled(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    key = issue_card_key(session, member_id=alice, install_id="alices-phone")
    code = card_code.encode(key.device_id, key.secret, step=card_code.step_at(system_now()))
    first = till.reserve(code, 100, 54_000)
    answer = till.reserve(code, 100, 54_000, external_id="sale-2")
    assert (answer.status_code, answer.json["type"]) == (409, "code-already-used")
    till.post(f"/reservations/{first.json['id']}/cancel", {})
    assert till.reserve(code, 100, 54_000, external_id="sale-2").status_code == 201
    assert ledger.balance(session, alice).reserved == 100


def test_a_refused_reservation_spends_no_code(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 50)
    code = fresh_code(session, alice)
    assert till.reserve(code, 100, 54_000).status_code == 422
    assert till.reserve(code, 50, 54_000).status_code == 201


def test_nothing_is_spent_from_a_frozen_book(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    ledger_service.freeze(session, [alice], reason="lots equal balances")
    answer = till.reserve(fresh_code(session, alice), 10, 54_000)
    assert (answer.status_code, answer.json["type"]) == (409, "spending-frozen")
    seen = till.post("/scans", {"code": fresh_code(session, alice)}).json
    assert (seen["may_spend"], seen["spendable_points"], seen["available"]) == (False, 0, 500)


def test_confirmed_points_are_spent_and_twice_is_as_good_as_once(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    path = f"/reservations/{reservation['id']}/confirm"
    first = till.client.post(f"/api/v1/till{path}", headers=till.headers)
    second = till.post(path, {})
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json == first.json
    assert (first.json["status"], first.json["points"], first.json["discount"]) == ("confirmed", 300, 30_000)
    assert ledger.balance(session, alice) == ledger.Balance(available=200)


def test_the_points_that_burn_first_are_spent_first(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 200, days=300)
    with_points(session, alice, 100, days=20)
    reservation = till.reserve(fresh_code(session, alice), 150, 54_000).json
    till.post(f"/reservations/{reservation['id']}/confirm", {})
    [left] = ledger.expiring(session, alice, zone="UTC")
    assert (left.points, left.expires_on) == (150, (business_now() + timedelta(days=300)).date())


def test_a_spend_keeps_other_points_alive_where_activity_prolongs_them(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    terms = DEMO_PROGRAMME.replace("expiry: {days: 365}", "expiry: {days: 100, prolonged_by: activity}")
    programmes.load(session, terms, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 500, days=100)
    clock.advance(days=60)
    reservation = till.reserve(fresh_code(session, alice), 100, 54_000).json
    till.post(f"/reservations/{reservation['id']}/confirm", {"points": 50})
    [left] = ledger.expiring(session, alice, zone="UTC")
    assert (left.points, left.expires_on) == (450, (business_now() + timedelta(days=100)).date())


def test_a_part_is_spent_and_the_rest_goes_back(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    answer = till.post(f"/reservations/{reservation['id']}/confirm", {"points": 120})
    assert (answer.json["points"], answer.json["discount"]) == (120, 12_000)
    assert ledger.balance(session, alice) == ledger.Balance(available=380)
    again = till.post(f"/reservations/{reservation['id']}/confirm", {"points": 120})
    other = till.post(f"/reservations/{reservation['id']}/confirm", {"points": 121})
    assert (again.status_code, other.status_code) == (200, 422)


def test_what_a_reservation_did_names_the_programme_whose_points_it_moved(till: OpenTill, session: Session) -> None:
    _, reservation = a_reservation(till, session)
    till.post(f"/reservations/{reservation['id']}/confirm", {"points": 120})
    rows = driver_connection(session).execute(
        "SELECT kind, programme, programme_version FROM ledger_transactions WHERE kind <> 'accrual' ORDER BY number"
    )
    assert rows.fetchall() == [("reserve", "grain", 1), ("spend", "grain", 1), ("cancel", "grain", 1)]


def test_a_receipt_that_came_to_less_is_paid_with_less(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    path = f"/reservations/{reservation['id']}/confirm"
    assert till.post(path, {"points": 300, "amount": 20_050}).json["title"].startswith("At most 200 points")
    assert till.post(path, {"amount": 20_050}).json["points"] == 200
    assert ledger.balance(session, alice) == ledger.Balance(available=300)


def test_more_than_was_set_aside_is_not_spent(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    answer = till.post(f"/reservations/{reservation['id']}/confirm", {"points": 301})
    assert (answer.status_code, answer.json["type"]) == (422, "too-many-points")
    assert ledger.balance(session, alice).reserved == 300


def test_cancelled_points_are_the_guests_again(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    path = f"/reservations/{reservation['id']}"
    first, second = till.post(f"{path}/cancel", {}), till.post(f"{path}/cancel", {})
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json == first.json
    assert (first.json["status"], first.json["points"]) == ("cancelled", 0)
    answer = till.post(f"{path}/confirm", {})
    assert (answer.status_code, answer.json["type"]) == (409, "reservation-cancelled")
    assert ledger.balance(session, alice) == ledger.Balance(available=500)


def test_spent_points_are_not_cancelled(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    till.post(f"/reservations/{reservation['id']}/confirm", {})
    answer = till.post(f"/reservations/{reservation['id']}/cancel", {})
    assert (answer.status_code, answer.json["type"]) == (409, "reservation-confirmed")
    assert ledger.balance(session, alice).available == 200


def test_a_reservation_that_was_cancelled_is_not_made_again_by_a_late_repetition(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    with_points(session, alice, 500)
    code = fresh_code(session, alice)
    reservation = till.reserve(code, 300, 54_000).json
    till.post(f"/reservations/{reservation['id']}/cancel", {})
    late = till.reserve(code, 300, 54_000)
    assert (late.status_code, late.json["status"]) == (200, "cancelled")
    assert ledger.balance(session, alice).reserved == 0


def test_a_till_that_died_lets_go_after_the_lease(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice, reservation = a_reservation(till, session)
    assert resolving.next_timeout(session) == system_now() + LEASE
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert resolving.time_out_due(session, system_now()) == 0
    clock.advance(seconds=1)
    late = till.post(f"/reservations/{reservation['id']}/confirm", {})
    assert (late.status_code, late.json["type"]) == (409, "reservation-timed-out")
    assert resolving.time_out_due(session, system_now()) == 1
    assert resolving.time_out_due(session, system_now()) == 0
    assert resolving.next_timeout(session) is None
    late = till.post(f"/reservations/{reservation['id']}/confirm", {})
    assert (late.status_code, late.json["type"]) == (409, "reservation-timed-out")
    assert till.post(f"/reservations/{reservation['id']}/cancel", {}).json["status"] == "timed_out"
    assert ledger.balance(session, alice) == ledger.Balance(available=500)


def test_the_demo_clock_lets_go_of_nothing(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    a_reservation(till, session)
    clock.advance(business_only=True, days=30)
    assert resolving.time_out_due(session, system_now()) == 0


@pytest.mark.parametrize("act", ["confirm", "cancel"])
def test_another_stores_reservation_is_not_there(till: OpenTill, session: Session, act: str) -> None:
    alice, reservation = a_reservation(till, session)
    other = bearer(a_till_key(session, a_store(session, code="arbat").id))
    answer = till.client.post(f"/api/v1/till/reservations/{reservation['id']}/{act}", json={}, headers=other)
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-reservation")
    assert ledger.balance(session, alice).reserved == 300


@pytest.mark.parametrize("act", ["confirm", "cancel"])
def test_a_reservation_that_nobody_made_is_not_there(till: OpenTill, act: str) -> None:
    answer = till.post(f"/reservations/{new_id()}/{act}", {})
    assert (answer.status_code, answer.json["type"]) == (404, "unknown-reservation")


def test_the_guest_sees_what_was_spent_where_and_is_told(till: OpenTill, session: Session) -> None:
    alice, reservation = a_reservation(till, session)
    assert [row.kind for row in ledger.entries(session, alice, reader=ENGLISH)] == ["accrual"]
    till.post(f"/reservations/{reservation['id']}/confirm", {})
    newest = ledger.entries(session, alice, reader=ENGLISH)[0]
    assert (newest.kind, newest.points, newest.status, newest.title) == ("spend", -300, "posted", "Pokrovka 12")
    why = ledger.explanation(session, alice, newest.id, reader=ENGLISH)
    assert why.text == "You paid ₽300 with points."
    kinds = [message.kind for message in notifications.inbox(session, member_id=alice, after=None, limit=9)]
    assert "points_spent" in kinds


def test_a_member_who_was_enrolled_by_phone_alone_has_nothing_to_scan(till: OpenTill, session: Session) -> None:
    enrol_by_phone(session, phone="+79120000009", locale="en")
    assert till.reserve("+79120000009", 1, 10_000).json["type"] == "fresh-code-needed"


@pytest.mark.parametrize("field", ["points", "amount", "code", "external_id"])
def test_nonsense_is_refused_by_field(till: OpenTill, session: Session, field: str) -> None:
    body = {"external_id": "sale-1", "code": "x", "points": 1, "amount": 100}
    answer = till.post("/reservations", body | {field: None})
    assert answer.status_code == 422
    assert field in answer.json["errors"]
