"""Returns where points had paid, or where those that were earned are spent: what comes back, and what is owed."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, with_points

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")
FORGIVING = DEMO_PROGRAMME.replace("availability: {pending_days: 14}", "availability: {pending_days: 0}") + (
    "returns: {debt: forgive}\n"
)
OWING = FORGIVING.replace("forgive", "owe")


def _paid(
    till: OpenTill,
    session: Session,
    member_id: UUID,
    total: int,
    points: int,
    *,
    external_id: str = "sale-1",
    **fields: object,
):
    """A sale that is paid with points in part."""
    held = till.reserve(fresh_code(session, member_id), points, total, external_id=external_id)
    assert held.status_code == 201, held.text
    answer = till.sell(member_id, total, reservation_id=held.json["id"], external_id=external_id, **fields)
    assert answer.status_code == 201, answer.text
    return answer


def test_points_that_paid_come_back_with_their_day_of_burning_and_money_is_the_rest(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    with_points(session, alice, 500, days=40)
    _paid(till, session, alice, 70_000, 300)
    answer = till.give_back()
    told = {name: answer.json[name] for name in ("amount", "refund_amount", "points_given_back", "points_taken_back")}
    assert told == {"amount": 70_000, "refund_amount": 40_000, "points_given_back": 300, "points_taken_back": 20}
    assert ledger.balance(session, alice) == ledger.Balance(available=500)
    [burning] = ledger.expiring(session, alice, zone="UTC")
    assert (burning.points, burning.expires_on) == (500, (business_now() + timedelta(days=40)).date())
    entries = ledger.entries(session, alice, reader=ENGLISH)
    rows = [(row.kind, row.points, row.status) for row in entries]
    assert ("return", 300, "posted") in rows
    assert ("accrual", 20, "cancelled") in rows
    back = next(row.id for row in entries if row.kind == "return")
    assert "+300" in [step.figure for step in ledger.explanation(session, alice, back, reader=ENGLISH).steps]


def test_points_that_come_back_to_a_lot_that_has_burnt_burn_as_the_rest_of_it_did(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    with_points(session, alice, 500, days=40)
    _paid(till, session, alice, 70_000, 300)
    clock.advance(days=40)
    assert ledger_service.expire_due(session, clock.now) == 1
    for external_id, part in (("return-1", {"amount": 20_000}), ("return-2", {})):
        assert till.give_back(external_id=external_id, **part).json["points_given_back"] > 0
        ledger_service.expire_due(session, clock.now)
        assert ledger.balance(session, alice).available == 0
    burnt = [row.points for row in ledger.entries(session, alice, reader=ENGLISH) if row.kind == "expiry"]
    assert sum(burnt) == -500


def test_points_that_paid_come_back_to_the_last_one_in_however_many_parts(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 101, days=20)
    with_points(session, alice, 100, days=300)
    beans = {"sku": "BEANS", "category": "beans", "quantity": 2, "amount": 60_000}
    _paid(till, session, alice, 70_000, 199, lines=[beans, {"sku": "CUP", "quantity": 1, "amount": 10_000}])
    parts = [{"amount": 1}, {"amount": 33_333}, {"lines": [{"sku": "CUP", "quantity": 1}]}, {}]
    answers = [till.give_back(external_id=f"r{number}", **part).json for number, part in enumerate(parts)]
    assert sum(answer["amount"] for answer in answers) == 70_000
    assert sum(answer["refund_amount"] for answer in answers) == 70_000 - 19_900
    assert sum(answer["points_given_back"] for answer in answers) == 199
    assert min(answer["refund_amount"] for answer in answers) >= 0
    assert ledger.balance(session, alice) == ledger.Balance(available=201)
    burning = [(one.points, one.expires_on) for one in ledger.expiring(session, alice, zone="UTC")]
    assert [points for points, _ in burning] == [101, 100]


def test_a_part_of_the_points_that_paid_comes_back_to_the_youngest_lot_first(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 101, days=20)
    with_points(session, alice, 100, days=300)
    _paid(till, session, alice, 70_000, 199)
    assert till.give_back(amount=35_000).json["points_given_back"] == 99
    burning = [one.points for one in ledger.expiring(session, alice, zone="UTC")]
    assert burning == [1, 100]


def test_what_points_paid_whole_is_never_refunded_in_money(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    with_points(session, alice, 10)
    _paid(till, session, alice, 1_000, 10)
    answers = [till.give_back(external_id=f"r{number}", amount=50).json for number in range(20)]
    assert sum(answer["refund_amount"] for answer in answers) == 0
    assert sum(answer["points_given_back"] for answer in answers) == 10
    assert ledger.balance(session, alice) == ledger.Balance(available=10)


def _earn_and_spend(till: OpenTill, session: Session, member_id: UUID) -> None:
    """A purchase whose points are spent at once on another one."""
    till.sell(member_id, 70_000)
    _paid(till, session, member_id, 3_500, 35, external_id="sale-2")


def test_points_that_were_spent_are_owed_and_the_guest_sees_why(till: OpenTill, session: Session) -> None:
    programmes.load(session, OWING, in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    answer = till.give_back()
    assert (answer.json["points_taken_back"], answer.json["points_owed"], answer.json["balance"]["debt"]) == (
        35,
        35,
        35,
    )
    newest = ledger.entries(session, alice, reader=ENGLISH)[0]
    assert (newest.kind, newest.points, newest.title) == ("return", -35, "Return: Pokrovka 12")
    why = ledger.explanation(session, alice, newest.id, reader=ENGLISH)
    assert why.text == (
        "They came from the purchase you returned. 35\xa0points were spent already: your next points make up for them."
    )
    assert ("Of these spent already, owed", "35") in [(step.text, step.figure) for step in why.steps]
    assert till.sell(alice, 100_000, external_id="sale-3").json["points_earned"] == 50
    assert ledger.balance(session, alice) == ledger.Balance(available=15)


def test_a_forgiving_programme_asks_nothing_back_and_says_so(till: OpenTill, session: Session) -> None:
    programmes.load(session, FORGIVING, in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    answer = till.give_back()
    assert (answer.json["points_owed"], answer.json["points_forgiven"], answer.json["balance"]["debt"]) == (0, 35, 0)
    assert ledger.balance(session, alice) == ledger.Balance()
    rows = ledger.entries(session, alice, reader=ENGLISH)
    assert [(row.kind, row.points) for row in rows[:2]] == [("adjustment", 35), ("return", -35)]
    assert rows[0].title == "The shop asks for nothing back"
    assert sum(row.points for row in rows if row.status == "posted") == 0


def test_other_points_of_the_guest_go_before_anything_is_owed(till: OpenTill, session: Session) -> None:
    programmes.load(session, OWING, in_force_from=business_now())
    alice = guest(session)
    _earn_and_spend(till, session, alice)
    till.sell(alice, 100_000, external_id="sale-3")
    answer = till.give_back()
    assert (answer.json["points_taken_back"], answer.json["points_owed"]) == (35, 0)
    assert ledger.balance(session, alice) == ledger.Balance(available=15)


def test_points_that_paid_make_up_for_points_that_were_earned(till: OpenTill, session: Session) -> None:
    """Otherwise a guest would owe points and have some at once."""
    programmes.load(session, OWING, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 20)
    _paid(till, session, alice, 70_000, 20)
    _paid(till, session, alice, 3_400, 34, external_id="sale-2")
    answer = till.give_back()
    assert (answer.json["points_given_back"], answer.json["points_taken_back"], answer.json["points_owed"]) == (
        20,
        34,
        14,
    )
    assert ledger.balance(session, alice) == ledger.Balance(debt=14)


def test_a_purchase_and_its_return_bring_nobody_a_gain(till: OpenTill, session: Session) -> None:
    programmes.load(session, OWING, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 50)
    for number in range(3):
        _paid(till, session, alice, 90_000, 50, external_id=f"s{number}")
        till.give_back(of=f"s{number}", external_id=f"r{number}")
    assert ledger.balance(session, alice) == ledger.Balance(available=50)


def test_the_guest_is_told_of_a_return_and_of_what_is_owed(till: OpenTill, session: Session) -> None:
    programmes.load(session, OWING, in_force_from=business_now())
    alice = guest(session)
    with_points(session, alice, 10)
    _paid(till, session, alice, 70_000, 10)
    _paid(till, session, alice, 3_400, 34, external_id="sale-2")
    session.execute(text("DELETE FROM deliveries"))
    session.execute(text("DELETE FROM messages"))
    till.give_back(external_id="r1", amount=1_000)
    till.give_back(external_id="r2")
    told = session.execute(text("SELECT kind, facts FROM messages WHERE member_id = :id"), {"id": alice})
    assert sorted((kind, facts["points"], facts.get("owed", 0)) for kind, facts in told) == [
        ("points_given_back", 10, 0),
        ("receipt_returned_owed", -33, 24),
        ("receipt_returned_owed", -1, 1),
    ]
