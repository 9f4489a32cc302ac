"""What is gathered of guests and stores before a receipt is judged: what the programme asks for, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.engine.facts import NOBODY_ASKED
from backend.shared.jobs import run_due_jobs
from backend.till.facts import facts_of
from tests.conftest import ObedientClock
from tests.factories.segments import a_segment, leaf
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, guest, open_till

NOON = datetime(2026, 11, 21, 9, tzinfo=UTC)
TABLES = (
    "member_tiers",
    "segment_members",
    "budget_slices",
    "array_agg(receipt",
    "SELECT id, joined_at",
    "advocate_id, count",
)
EVERYTHING = """
earning:
  - {rule: base, rate_basis_points: 500}
  - {rule: kazan, points: 1, when: store.region == "kazan" && store.country == "RU"}
  - {rule: morning, points: 2, when: at.hour < 12}
  - {rule: regulars, points: 4, when: '"regulars" in member.segments'}
  - {rule: often, points: 8, when: member.purchases_in_days(7) >= 2}
  - {rule: newcomers, points: 16, when: member.joined_days < 7}
  - {rule: inviting, points: 32, when: member.referrals == 0}
  - {rule: silver, points: 64, when: member.tier == "silver"}
  - {rule: spenders, points: 128, when: member.spent >= money(300)}
tiers:
  measure: visits
  window: life
  levels: [{tier: silver, title: {en: Silver, ru: Серебро}, from_visits: 1}]
kind: combined
"""
ASKING = DEMO_PROGRAMME.replace("earning:\n  - {rule: base, rate_basis_points: 500}\n", EVERYTHING.lstrip())


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is sent to the database by the driver."""
    sent: list[str] = []
    execute = psycopg.Connection.execute

    def noting(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        sent.append(str(query))
        return execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", noting)
    return sent


def asking(session: Session, client: FlaskClient) -> OpenTill:
    """A till whose programme asks for everything."""
    a_segment(session, "regulars", leaf("purchases", "at_least", 2))
    return open_till(session, client, programme=ASKING)


def _points(till: OpenTill, *arguments: Any, **fields: Any) -> int:
    answer = till.sell(*arguments, **fields)
    assert answer.status_code == 201, answer.json
    return int(answer.json["points_pending"])


def test_a_programme_that_asks_for_nothing_has_nothing_gathered(
    session: Session, client: FlaskClient, clock: ObedientClock, statements: list[str]
) -> None:
    clock.set(NOON)
    till, alice = open_till(session, client), guest(session)
    statements.clear()
    assert _points(till, alice, 10_000) == 5
    assert [table for table in TABLES if any(table in statement for statement in statements)] == []


def test_a_programme_that_asks_for_everything_has_each_kind_gathered_once(
    session: Session, client: FlaskClient, clock: ObedientClock, statements: list[str]
) -> None:
    clock.set(NOON)
    till, alice = asking(session, client), guest(session)
    statements.clear()
    _points(till, alice, 10_000)
    kinds = ("TIERS" if "SELECT member_id, tier FROM" in statement else None for statement in statements)
    assert sum(kind is not None for kind in kinds) == 1
    assert sum("array_agg(receipt" in statement for statement in statements) == 1
    assert sum("segment_members" in statement for statement in statements) == 1


def test_every_kind_of_fact_reaches_its_rule(session: Session, client: FlaskClient, clock: ObedientClock) -> None:
    clock.set(NOON)
    till, alice = asking(session, client), guest(session)
    assert _points(till, alice, 10_000) == 5 + 16 + 32
    assert _points(till, alice, 20_000, external_id="sale-2") == 10 + 16 + 32 + 64
    assert _points(till, alice, 10_000, external_id="sale-3") == 5 + 8 + 16 + 32 + 64 + 128
    store = a_store(session, "kazan", region="kazan", country="RU", zone="America/New_York")
    kazan = OpenTill(client, bearer(a_till_key(session, store.id)), store.id)
    clock.advance(days=10)
    run_due_jobs()
    assert _points(kazan, alice, 10_000, external_id="sale-4") == 5 + 1 + 2 + 4 + 32 + 64 + 128


def test_what_came_back_was_not_spent(session: Session, client: FlaskClient, clock: ObedientClock) -> None:
    clock.set(NOON)
    till, alice = asking(session, client), guest(session)
    _points(till, alice, 30_000)
    till.give_back(amount=1)
    assert _points(till, alice, 10_000, external_id="sale-2") == 5 + 16 + 32 + 64


def test_facts_of_somebody_who_buys_nothing_now(session: Session, client: FlaskClient, clock: ObedientClock) -> None:
    clock.set(NOON)
    till, alice = asking(session, client), guest(session)
    _points(till, alice, 30_000)
    programme = read_programme(ASKING)
    known = facts_of(session, programme, programme.needs, [alice], at=NOON)[alice]
    assert (known.tier, known.history and known.history.spent_minor, known.language) == ("silver", 30_000, "en")
    plain = read_programme(DEMO_PROGRAMME)
    assert facts_of(session, plain, plain.needs, [alice], at=NOON)[alice] is NOBODY_ASKED
