"""What the till's receipts earn by a programme of many rules, for whom, where and when."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.ledger import queries as ledger
from backend.referrals import service as referrals
from backend.shared.wording import Reader
from backend.tiers.queries import tiers_of
from tests.conftest import ObedientClock
from tests.factories.referrals import bound
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, open_till, with_points

ENGLISH = Reader("en")
SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
RULES = """
earning:
  - {rule: base, rate_basis_points: 500}
  - rule: weekend
    title: {en: Beans at the weekend, ru: Зерно в выходные}
    when: at.weekday in ["sat", "sun"] && receipt.total >= money(500)
    lines: line.category == "beans"
    multiplier_basis_points: 20000
  - rule: first
    title: {en: First purchase, ru: Первая покупка}
    when: member.purchases == 0
    points: 100
  - rule: third
    title: {en: Every third, ru: Каждая третья}
    when: (member.purchases + 1) % 3 == 0
    points: 7
"""
PROGRAMME = DEMO_PROGRAMME.replace("earning:\n  - {rule: base, rate_basis_points: 500}", RULES.strip())
LINES = [
    {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": 30_000},
    {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": 40_000},
]


@pytest.fixture
def till(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    clock.set(SATURDAY)
    return open_till(session, client, programme=PROGRAMME)


def _points(answer: TestResponse) -> int:
    assert answer.status_code in {200, 201}, answer.text
    return int((answer.json or {})["points_pending"])


def test_goods_days_and_the_history_of_the_guest_are_seen(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    earned = [_points(till.sell(alice, 70_000, lines=LINES, external_id=f"sale-{number}")) for number in range(4)]
    assert earned == [35 + 20 + 100, 35 + 20, 35 + 20 + 7, 35 + 20]


def test_on_another_day_a_rule_does_not_hold(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    clock.advance(days=2)
    assert _points(till.sell(guest(session), 70_000, lines=LINES)) == 35 + 100


def test_one_accrual_names_all_its_rules(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    till.sell(alice, 70_000, lines=LINES)
    [entry] = ledger.entries(session, alice, reader=ENGLISH)
    assert (entry.points, entry.title) == (155, "Pokrovka 12")
    assert ledger.explanation(session, alice, entry.id, reader=ENGLISH).rule == "base+weekend+first"


def test_receipts_of_one_guest_in_a_batch_are_judged_in_order_of_time(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    at = [SATURDAY.replace(hour=8, minute=minute).isoformat() for minute in (30, 10, 20)]
    receipts = [
        {
            "external_id": f"sale-{number}",
            "member_id": str(alice),
            "occurred_at": moment,
            "currency": "RUB",
            "total": 10_000,
            "lines": [{"sku": "A", "category": "coffee", "quantity": 1, "amount": 10_000}],
        }
        for number, moment in enumerate(at)
    ]
    answer = till.post("/receipts/batch", {"receipts": receipts})
    assert [item["points_pending"] for item in answer.json["items"]] == [5 + 7, 5 + 100, 5]


def test_a_receipt_that_comes_late_is_judged_by_what_was_before_it(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    assert _points(till.sell(alice, 10_000)) == 5 + 100
    late = SATURDAY.replace(hour=7).isoformat()
    assert _points(till.sell(alice, 10_000, external_id="late", occurred_at=late, offline=True)) == 5 + 100
    assert _points(till.sell(alice, 10_000, external_id="third")) == 5 + 7


def test_a_claimed_receipt_is_judged_by_what_was_before_it(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    early = SATURDAY.replace(hour=7).isoformat()
    till.post("/receipts", {"external_id": "kept", "occurred_at": early, "currency": "RUB", "total": 10_000})
    assert _points(till.sell(alice, 10_000)) == 5 + 100
    claimed = till.post("/receipts/kept/claim", {"code": fresh_code(session, alice)})
    assert _points(claimed) == 5 + 100
    assert _points(till.sell(alice, 10_000, external_id="third")) == 5 + 7


TERMS = """
terms:
  - terms: kazan
    where: store.region == "kazan"
    earning: [{rule: base, rate_basis_points: 1000}]
    referral: {advocate_points: 300, friend_points: 50, minimum_receipt_minor: 40000}
    redemption: {maximum_share_basis_points: 5000}
"""


def _in_kazan(till: OpenTill, session: Session) -> OpenTill:
    store = a_store(session, "kazan", region="kazan", country="RU")
    return OpenTill(till.client, bearer(a_till_key(session, store.id)), store.id)


def test_a_region_has_terms_of_its_own(session: Session, client: FlaskClient, clock: ObedientClock) -> None:
    clock.set(SATURDAY)
    till = open_till(session, client, programme=DEMO_PROGRAMME + TERMS)
    alice = guest(session)
    assert _points(till.sell(alice, 10_000)) == 5
    assert _points(_in_kazan(till, session).sell(alice, 10_000)) == 10
    newest = ledger.entries(session, alice, reader=ENGLISH)[0]
    assert ledger.explanation(session, alice, newest.id, reader=ENGLISH).inputs["terms"] == "kazan"


def test_how_much_points_may_pay_is_a_matter_of_the_store(
    session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    clock.set(SATURDAY)
    till = open_till(session, client, programme=DEMO_PROGRAMME + TERMS)
    alice = guest(session)
    with_points(session, alice, 100)
    refused = _in_kazan(till, session).reserve(fresh_code(session, alice), 60, 10_000)
    assert (refused.status_code, refused.json["title"]) == (422, "At most 50 points can be spent on this receipt")
    assert till.reserve(fresh_code(session, alice), 60, 10_000).status_code == 201


def test_a_recommendation_is_worth_what_the_store_of_the_first_purchase_says(
    session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    clock.set(SATURDAY)
    till = open_till(session, client, programme=DEMO_PROGRAMME + TERMS)
    alice, boris = guest(session), guest(session, "+79120000002")
    code = referrals.own_code(session, member_id=alice, at=SATURDAY)
    answer = _in_kazan(till, session).sell(boris, 45_000, referral_code=code)
    assert answer.json["points_pending"] == 45 + 50
    assert ledger.balance(session, alice).pending == 300


BUDGETS = """
budgets:
  - {budget: everything, points: 12, period: month, at_end: partial}
"""


def test_a_budget_is_taken_in_the_accrual_and_given_back_with_the_goods(
    session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    clock.set(SATURDAY)
    till = open_till(session, client, programme=DEMO_PROGRAMME + BUDGETS)
    alice = guest(session)
    earned = [_points(till.sell(alice, 20_000, external_id=f"sale-{number}")) for number in range(3)]
    assert earned == [10, 2, 0]
    assert till.give_back(of="sale-0", amount=10_000).json["points_taken_back"] == 5
    assert _points(till.sell(alice, 20_000, external_id="after")) == 5
    clock.advance(days=15)
    assert _points(till.sell(alice, 20_000, external_id="december")) == 10


TIERS = """
kind: combined
tiers:
  measure: spend
  window: {months: 12}
  levels:
    - {tier: silver, title: {en: Silver, ru: Серебро}, from_minor: 100000}
"""
WITH_SILVER = """  - {rule: base, rate_basis_points: 500}
  - {rule: silver, rate_basis_points: 500, when: member.tier == "silver"}"""


@pytest.fixture
def climbing(session: Session, client: FlaskClient, clock: ObedientClock) -> OpenTill:
    clock.set(SATURDAY)
    programme = DEMO_PROGRAMME.replace("  - {rule: base, rate_basis_points: 500}", WITH_SILVER)
    return open_till(session, client, programme=programme + TIERS)


def test_a_receipt_is_judged_by_the_tier_held_before_it(climbing: OpenTill, session: Session) -> None:
    alice = guest(session)
    assert _points(climbing.sell(alice, 100_000)) == 50
    assert _points(climbing.sell(alice, 10_000, external_id="sale-2")) == 10


def test_a_tier_moves_on_within_a_batch(climbing: OpenTill, session: Session) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    receipts = [
        {
            "external_id": f"sale-{number}",
            "member_id": str(buyer),
            "occurred_at": SATURDAY.replace(hour=8, minute=number).isoformat(),
            "currency": "RUB",
            "total": total,
        }
        for number, (buyer, total) in enumerate([(alice, 90_000), (alice, 20_000), (boris, 20_000), (alice, 20_000)])
    ]
    answer = climbing.post("/receipts/batch", {"receipts": receipts})
    assert [item["points_pending"] for item in answer.json["items"]] == [45, 10, 10, 20]


def test_who_invites_rises_at_once_where_tiers_count_friends_and_points_wait_for_nothing(
    session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    clock.set(SATURDAY)
    counting_friends = """
kind: tiers
tiers:
  measure: referrals
  window: life
  levels: [{tier: host, title: {en: Host, ru: Хозяин}, from_referrals: 1}]
"""
    at_once = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
    till = open_till(session, client, programme=at_once + counting_friends)
    alice, boris = guest(session), guest(session, "+79120000002")
    bound(session, advocate_id=alice, friend_id=boris)
    assert till.sell(boris, 70_000).status_code == 201
    assert tiers_of(session, [alice], programme="grain") == {alice: "host"}
