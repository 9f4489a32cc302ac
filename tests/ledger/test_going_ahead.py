"""Releases and expiries of many moments are done together: books and messages end as if each moment had been done by
itself, however the moments lie to each other.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.shared.jobs import Jobs, run_due_jobs
from tests.conftest import STARTING_MOMENT, ObedientClock
from tests.factories.ledger import cause, findings, member_with_book
from tests.factories.shops import a_shop

MEMBERS, CREDITS = 3, 14
WORKER_AWAY = timedelta(days=40)

BOOK = """
SELECT event.number, event.kind, event.effective_at, event.wording, event.facts,
       (SELECT json_agg(json_build_array(account, points, balance_after) ORDER BY account)
        FROM ledger_entries WHERE transaction_id = event.id),
       (SELECT json_agg(json_build_array(
            (SELECT number FROM ledger_transactions WHERE id = movement.lot_id),
            points_remaining_change, points_reserved_change) ORDER BY movement.lot_id)
        FROM ledger_lot_movements AS movement WHERE transaction_id = event.id)
FROM ledger_transactions AS event WHERE member_id = :member_id ORDER BY number
"""
LOTS = """
SELECT event.number, lot.state, lot.points_remaining, lot.points_reserved
FROM ledger_lots AS lot JOIN ledger_transactions AS event ON event.id = lot.transaction_id
WHERE lot.member_id = :member_id ORDER BY event.number
"""
TOLD = "SELECT kind, facts FROM messages WHERE member_id = :member_id ORDER BY facts ->> 'burns_at'"


def live(session: Session, seed: int) -> list[UUID]:
    """Members whose credits come and burn at any moments, also at the same ones, some the moment after they came; part
    of them is spent, set aside, or taken back, so that releases pay debts.
    """
    chance, now = random.Random(seed), business_now()
    member_ids = [member_with_book(session) for _ in range(MEMBERS)]
    books = service.open_books(session, member_ids)
    for number in range(CREDITS):
        book = books[member_ids[chance.randrange(MEMBERS)]]
        comes = now + timedelta(hours=chance.choice((0, 0, chance.randrange(1, 900), 24 * chance.randrange(1, 30))))
        burns = comes + timedelta(hours=chance.choice((1, 24 * chance.randrange(1, 30), 9_999)))
        points = chance.randrange(1, 60)
        made = book.accrue(cause(f"{number}", at=now), points=points, available_at=comes, expires_at=burns)
        spendable = book.spendable(None)
        if spendable and chance.random() < 0.5:
            pay = chance.choice((book.spend, book.reserve))
            pay(cause(f"paid {number}", at=now), points=chance.randrange(1, spendable + 1))
        if book.lots[made.id].state == "available" and chance.random() < 0.4:
            book.take_back(cause(f"back {number}", at=now), lot_id=made.id, points=points)
    service.write(session, books.values())
    return member_ids


def seen(session: Session, member_ids: Sequence[UUID]) -> list[Any]:
    return [
        [session.execute(text(query), {"member_id": one}).all() for query in (BOOK, LOTS, TOLD)] for one in member_ids
    ]


@pytest.mark.parametrize("seed", range(8))
def test_many_moments_together_end_as_one_by_one(
    app: Flask, session: Session, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    a_shop(session)
    # Where lots come or burn at the same moment, the older one goes first.
    ids = count(new_id().int)
    monkeypatch.setattr("backend.ledger.book.new_id", lambda: UUID(int=next(ids)))
    jobs: Jobs = app.extensions["molva_jobs"]
    one_by_one = {name: jobs.all[name] for name in ("ledger_release", "ledger_expiry")}
    ends: list[Any] = []
    for goes_ahead in (False, True):
        for name, job in one_by_one.items():
            monkeypatch.setitem(jobs.all, name, replace(job, goes_ahead=goes_ahead))
        clock.set(STARTING_MOMENT)
        member_ids = live(session, seed)
        clock.advance(days=WORKER_AWAY.days)
        assert run_due_jobs().failed == ()
        ends.append(seen(session, member_ids))
        assert findings(session) == []
        session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    assert ends[0] == ends[1]
    assert any(kind == "release" for book, _lots, _told in ends[1] for _number, kind, *_ in book)
