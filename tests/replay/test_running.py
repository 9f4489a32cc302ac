"""Judging the past: what is given, spent, burnt and taken back, as the till and the ledger would have it."""

import os
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.programmes import service as programmes
from backend.programmes.document import read_programme
from backend.receipts import online_retail
from backend.receipts.sale import SaleLine
from backend.replay import member_state, reading, running
from backend.replay.running import ReplayProcessLost
from backend.replay.synthetic import SyntheticPast
from backend.replay.trial import Trial
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shops import service as shops
from backend.till.importing import import_reading
from backend.till.receipt_request import Store
from tests.conftest import SAMPLE_DATA
from tests.replay.conftest import a_programme, bought, brought_back, judged, total

GALLERY = Path(__file__).parents[2] / "backend/programmes/gallery"
REAL_SHOP = SAMPLE_DATA / "online_retail.csv.gz"


def test_a_purchase_earns_what_the_programme_gives() -> None:
    tally = judged(a_programme(), [bought(0, 500), bought(40, 100, member="boris")])
    assert {member: got.points for member, got in tally.members.items()} == {"alice": 50, "boris": 10}
    assert [month.given for _number, month in sorted(tally.months.items())] == [50, 10]
    assert tally.rules["base"].points == 60


def test_nobody_spends_where_nobody_is_assumed_to() -> None:
    assert total(judged(a_programme(), [bought(0, 500), bought(1, 500)]), "spent") == 0


def test_whoever_spends_pays_with_all_there_is_and_earns_nothing_on_it() -> None:
    tally = judged(a_programme(), [bought(0, 500), bought(1, 500)], share=100)
    assert total(tally, "spent") == 50
    assert total(tally, "given") == 50 + 45


def test_only_so_much_of_a_receipt_is_paid_with_points_as_the_programme_allows() -> None:
    programme = a_programme("redemption: {maximum_share_basis_points: 5000}")
    assert total(judged(programme, [bought(0, 5000), bought(1, 100)], share=100), "spent") == 50


def test_points_that_are_still_to_come_are_not_spent() -> None:
    tally = judged(a_programme(pending=14), [bought(0, 500), bought(13, 500), bought(14, 500)], share=100)
    assert total(tally, "spent") == 50


def test_points_burn_when_their_time_is_over() -> None:
    programme = a_programme("expiry: {days: 30}")
    tally = judged(programme, [bought(0, 500), bought(29, 100)], days=30)
    assert total(tally, "burnt") == 50
    assert total(judged(programme, [bought(0, 500), bought(29, 100)]), "burnt") == 0


def test_activity_keeps_points_alive() -> None:
    programme = a_programme("expiry: {days: 30, prolonged_by: activity}")
    tally = judged(programme, [bought(0, 500), bought(29, 100), bought(58, 100)])
    assert total(tally, "burnt") == 0
    assert total(judged(programme, [bought(0, 500)], days=59), "burnt") == 50


def test_a_return_takes_its_points_with_it() -> None:
    tally = judged(a_programme(), [bought(0, 500, number="1"), brought_back(3, "1", 500)])
    assert (total(tally, "given"), total(tally, "taken_back"), tally.turnover_minor) == (50, 50, 0)
    assert tally.members["alice"].points == 0


def test_a_return_of_what_is_spent_is_owed_until_the_next_purchase() -> None:
    events = [bought(0, 500, number="1"), bought(1, 50), brought_back(2, "1", 500)]
    assert judged(a_programme(), events, share=100).owed == 50
    later = judged(a_programme(), [*events, bought(3, 300)], share=100)
    assert (later.owed, total(later, "spent")) == (20, 50)
    forgiving = judged(a_programme("returns: {debt: forgive}"), events, share=100)
    assert (forgiving.owed, total(forgiving, "forgiven")) == (0, 50)


def test_a_return_gives_back_the_points_that_paid() -> None:
    events = [bought(0, 500), bought(1, 100, number="2"), brought_back(2, "2", 100), bought(3, 100)]
    tally = judged(a_programme(), events, share=100)
    assert total(tally, "spent") == 50, "fifty came back and paid once more"
    assert total(tally, "taken_back") == 5


def test_more_than_was_sold_cannot_come_back() -> None:
    tally = judged(a_programme(), [bought(0, 500, number="1"), brought_back(1, "1", 500), brought_back(2, "1", 500)])
    assert (tally.returns, tally.unmatched_returns, total(tally, "taken_back")) == (1, 1, 50)


def test_processes_come_to_the_same_as_one() -> None:
    past = SyntheticPast(3_000)
    trials = [Trial(a_programme("expiry: {days: 60}"), "UTC", 50)]
    told: list[int] = []
    alone, shared_out = running.run(past, trials), running.run(past, trials, processes=3, progress=told.append)
    assert alone == shared_out
    assert sum(told) >= past.events


def test_a_killed_process_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: Any, **_options: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(member_state, "evaluate", die)
    with pytest.raises(ReplayProcessLost):
        running.run(SyntheticPast(100), [Trial(a_programme(), "UTC")], processes=2)


@pytest.mark.sample
def test_the_real_shops_year_earns_what_its_import_through_the_till_earned(committed_app: Flask) -> None:
    if not REAL_SHOP.exists():
        pytest.skip(f"no {REAL_SHOP.name} at MOLVA_SAMPLE_DATA")
    text = (GALLERY / "online-retail.yaml").read_text(encoding="utf-8")
    past = reading.read(REAL_SHOP, currency="GBP", zone=None)
    [tally] = running.run(past, [Trial(read_programme(text), past.zone, 0)], processes=2)

    with committed_app.app_context():

        def open_store(session: Any) -> Store:
            programme = programmes.load(session, text, in_force_from=business_now())
            opened = shops.open_store(session, code="online-retail", name=programme.title, zone="Europe/London")
            return Store(opened.id, dict(opened.name))

        imported = import_reading(
            online_retail.read(REAL_SHOP, zone="Europe/London"),
            store=run_transaction(open_store),
            currency="GBP",
            locale="en",
            zone="Europe/London",
            progress=lambda _done: None,
        )
    assert (imported.refused, imported.receipts_recorded) == ([], 8_589)
    assert (tally.receipts, tally.returns) == (imported.receipts_recorded, imported.returns_recorded)
    assert total(tally, "given") == imported.points_accrued
    assert total(tally, "taken_back") == imported.points_taken_back


def test_one_thing_does_not_come_back_twice_while_another_is_kept() -> None:
    lines = tuple(SaleLine(sku, Decimal(1), 25_000, "coffee") for sku in ("cup", "bun"))
    events = [bought(0, 500, number="1", lines=lines), brought_back(1, "1", 250), brought_back(2, "1", 250)]
    tally = judged(a_programme(), events)
    assert (tally.returns, tally.unmatched_returns, total(tally, "taken_back")) == (1, 1, 25)
