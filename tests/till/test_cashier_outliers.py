"""Cashiers who ring up the same cards far more often than their colleagues: an alert for a person, every night."""

from uuid import UUID

import pytest
from sqlalchemy import text

from backend.receipts.queries import CashierCards
from backend.screening.known_rules import CASHIER_OUTLIER
from backend.screening.service import close_case
from backend.till.cashier_outliers import next_review, outliers, review, robust_z
from tests.factories.staff import vera
from tests.factories.till import DEMO_PROGRAMME, guest, open_till

RULE = DEMO_PROGRAMME + "  - {rule: cashier_outlier, mode: active, limits: {receipts: 6}}\n"
STORE = UUID(int=1)


def test_the_score_is_reckoned_as_the_formula_says():
    # Median 3, distances 2, 1, 0, 1, 17: their median is 1.
    assert [round(z, 4) for z in robust_z([1, 2, 3, 4, 20])] == [-1.349, -0.6745, 0, 0.6745, 11.4665]


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [2.0]])
def test_where_all_are_alike_nobody_stands_out(values):
    assert robust_z(values) == [0.0] * len(values)


def test_one_among_many_who_are_alike_stands_out():
    scores = robust_z([1.0] * 9 + [3.0])
    assert scores[-1] > 3.5
    assert max(scores[:-1]) == 0


def cashier(name, receipts, cards):
    return CashierCards(STORE, name, receipts, cards)


def names(*cashiers):
    return [one.cashier for one, _ in outliers(cashiers, CASHIER_OUTLIER.limits)]


def test_whoever_has_few_cards_for_many_receipts_stands_out():
    others = [cashier("Anna", 100, 90), cashier("Boris", 110, 98), cashier("Ivan", 90, 84)]
    assert names(*others, cashier("Vera", 100, 12)) == ["Vera"]


def test_whoever_has_many_cards_for_few_receipts_does_not():
    others = [cashier("Anna", 100, 40), cashier("Boris", 110, 45), cashier("Ivan", 90, 35)]
    assert names(*others, cashier("Vera", 100, 100)) == []


def test_a_little_more_than_colleagues_who_are_alike_is_not_much():
    others = [cashier("Anna", 100, 99), cashier("Boris", 100, 98), cashier("Ivan", 100, 99)]
    assert names(*others, cashier("Vera", 100, 70)) == []
    assert names(*others, cashier("Vera", 100, 45)) == ["Vera"]


def test_nothing_is_said_of_a_few_receipts_or_of_two_cashiers():
    others = [cashier("Anna", 100, 90), cashier("Boris", 110, 98), cashier("Ivan", 90, 84)]
    assert names(*others, cashier("Vera", 19, 1)) == []
    assert names(cashier("Anna", 100, 90), cashier("Vera", 100, 12)) == []


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client, programme=RULE)


def a_night_of_sales(session, till):
    """Three cashiers with nearly as many guests as receipts, and Vera with one card for all."""
    for place, (name, guests) in enumerate((("Anna", 6), ("Boris", 5), ("Ivan", 6))):
        for number in range(6):
            member_id = guest(session, f"+7912000{10 * place + number % guests:04d}")
            till.sell(member_id, 10_000, external_id=f"{name}-{number}", cashier=name)
    one_card = guest(session, "+79129999999")
    for number in range(6):
        till.sell(one_card, 10_000, external_id=f"Vera-{number}", cashier="Vera")


def the_cases(session):
    return session.execute(text("SELECT id, subject_kind, subject_id, rule, state FROM screening_cases")).all()


def test_she_becomes_a_case_for_a_person(session, till, clock):
    person = vera(session, till.store_id)
    a_night_of_sales(session, till)
    assert next_review(session) == clock.now
    review(session, clock.now)
    (case,) = the_cases(session)
    assert (case.subject_kind, case.subject_id, case.rule) == ("staff", person.id, "cashier_outlier")


def test_every_night_once(session, till, clock):
    a_night_of_sales(session, till)
    review(session, clock.now)
    assert next_review(session).isoformat() == "2026-11-23T03:00:00+03:00"
    clock.advance(days=1)
    review(session, clock.now)
    assert len(the_cases(session)) == 1


def test_what_a_person_has_looked_at_is_not_brought_again(session, till, clock):
    a_night_of_sales(session, till)
    review(session, clock.now)
    close_case(
        session,
        case_id=the_cases(session)[0].id,
        outcome="release",
        reason="The kiosk at the gate",
        decided_by="staff_member:olga",
        decided_by_name="Olga",
        at=clock.now,
    )
    clock.advance(days=1)
    review(session, clock.now)
    assert [case.state for case in the_cases(session)] == ["released"]


def test_a_programme_that_does_not_name_the_rule_compares_nobody(session, client, clock):
    open_till(session, client)
    assert next_review(session) is None
