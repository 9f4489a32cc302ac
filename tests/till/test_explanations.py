"""Why a receipt earned what it did: each rule with its figure, what did not apply and why, in either language."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.queries import Explanation
from backend.programmes.document import read_programme
from backend.programmes.engine.facts import MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.preview import preview
from backend.receipts import queries as receipts
from backend.shared.wording import Reader
from tests.conftest import ObedientClock
from tests.factories.till import DEMO_PROGRAMME, OpenTill, guest, open_till

SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
RULES = """earning:
  - {rule: base, title: {en: For every purchase, ru: За каждую покупку}, rate_basis_points: 500}
  - rule: beans
    title: {en: Double points on beans, ru: Двойные баллы за зерно}
    when: at.weekday in ["sat", "sun"]
    lines: line.category == "beans"
    multiplier_basis_points: 20000
  - rule: often
    title: {en: Every tenth, ru: Каждая десятая}
    when: receipt.total >= money(100) && (member.purchases + 1) % 10 == 0
    points: 100
  - {rule: small, title: {en: A small gift, ru: Маленький подарок}, points: 5, stack: gifts}
  - {rule: large, title: {en: A large gift, ru: Большой подарок}, points: 9, stack: gifts, maximum_points: 7}
  - {rule: kazan, title: {en: Kazan, ru: Казань}, points: 1, when: store.region == "kazan"}
stacking: {gifts: {policy: best}}
"""
PROGRAMME = DEMO_PROGRAMME.replace("earning:\n  - {rule: base, rate_basis_points: 500}\n", RULES)
LINES = [
    {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": 30_000},
    {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": 40_000},
    {"sku": "CARD", "category": "gift-card", "quantity": 1, "amount": 10_000},
]
NBSP = "\xa0"


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    clock.set(SATURDAY)
    return open_till(session, client, programme=PROGRAMME)


def _why(session: Session, till: OpenTill, language: str) -> Explanation:
    alice = guest(session)
    till.sell(alice, 80_000, lines=LINES)
    [entry] = ledger.entries(session, alice, reader=Reader(language))
    return ledger.explanation(session, alice, entry.id, reader=Reader(language))


def test_each_rule_has_its_figure_and_each_refusal_its_reason(till: OpenTill, session: Session) -> None:
    why = _why(session, till, "en")
    assert [(step.text.replace(NBSP, " "), step.figure.replace(NBSP, " ")) for step in why.steps] == [
        ("Receipt", "₽800"),
        ("Gift cards bring no points", "−₽100"),
        ("What counts", "₽700"),
        ("For every purchase: 5% of ₽700", "+35"),
        ("Double points on beans: 2 times the points for ₽400", "+20"),
        ("A large gift: for the purchase", "+7"),
        ("A small gift: “A large gift” gave more, and only one of them counts", "–"),
        ("A large gift: at most 7 points, instead of 9", "–"),
        ("Every tenth: not this time; it asks for this: it is purchase number 10, 20 and so on", "–"),
        ("Rules that are not about this purchase", "1"),
    ]
    assert (why.rule, why.rule_version) == ("base+beans+large", 1)


def test_it_is_said_in_russian_too(till: OpenTill, session: Session) -> None:
    steps = [step.text.replace(NBSP, " ") for step in _why(session, till, "ru").steps]
    assert steps[3:6] == [
        "За каждую покупку: 5 % от 700 ₽",
        "Двойные баллы за зерно: баллы ×2 за 400 ₽",
        "Большой подарок: за покупку",
    ]
    assert steps[6] == "Маленький подарок: «Большой подарок» даёт больше, а действует только одно из них"
    assert not any(letter.isascii() and letter.isalpha() for letter in "".join(steps))


def test_the_till_is_told_the_sum_and_keeps_no_more_of_it(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    answer = till.sell(alice, 80_000, lines=LINES)
    assert answer.json["messages"] == [f"+62{NBSP}points. Can be spent from 5 December."]
    [kept] = receipts.claimable(session, store_ids=[till.store_id], external_id="sale-1")
    assert kept.member_id == alice


def test_a_preview_explains_what_would_be_and_what_would_not(app: Flask) -> None:
    programme = read_programme(PROGRAMME)
    store = StoreFacts(name={"en": "Pokrovka 12", "ru": "Покровка, 12"}, zone="Europe/Moscow")
    receipt = ReceiptFacts(occurred_at=SATURDAY, total_minor=70_000, store=store)
    free = replace(receipt, total_minor=0)
    with app.test_request_context():
        shown = preview(programme, receipt, MemberFacts(), reader=Reader("en"))
        nothing = preview(programme, free, MemberFacts(), reader=Reader("ru"))
    assert (shown.points, [award.rule for award in shown.awards]) == (42, ["base+large"])
    assert ("For every purchase: 5% of ₽700", "+35") in shown.steps
    assert (nothing.points, nothing.awards, nothing.steps[0][0]) == (0, (), "Чек")
