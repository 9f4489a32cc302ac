"""Replaying a past: what is matched, what is left out and named, and the same end however it was reached."""

import gzip
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes import service as programmes
from backend.receipts import online_retail
from backend.receipts.online_retail import ImportedSale, LeftOut, NotThisFormat, Reading
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shops import service as shops
from backend.till import importing
from backend.till.import_processes import ImportProcessLost
from backend.till.importing import ImportResult
from backend.till.receipt_request import Store
from tests.conftest import SAMPLE_DATA
from tests.factories.ledger import findings

HEADER = ",".join(online_retail.COLUMNS)
GALLERY = Path(__file__).parents[2] / "backend/programmes/gallery/online-retail.yaml"
REAL_SHOP = SAMPLE_DATA / "online_retail.csv.gz"
CUP = "A cup"


def _row(invoice: str, sku: str, quantity: int, at: str, price: str, customer: str = "alice") -> str:
    return f"{invoice},{sku},{CUP},{quantity},2011-{at},{price},{customer},United Kingdom"


def _file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def _read(folder: Path, *rows: str) -> Reading:
    return online_retail.read(_file(folder, *rows), zone="Europe/London")


def test_lines_of_one_invoice_are_one_sale_begun_at_its_first_minute(tmp_path: Path) -> None:
    reading = _read(
        tmp_path, _row("1", "CUP", 6, "01-05T10:01:00", "2.55"), _row("1", "POT", 1, "01-05T10:00:00", "9.95")
    )
    [sale] = reading.sales
    assert sale.occurred_at.isoformat() == "2011-01-05T10:00:00+00:00"
    assert [line.amount_minor for line in sale.lines] == [1530, 995]


def test_a_cancellation_takes_from_the_newest_earlier_sale_of_its_price(tmp_path: Path) -> None:
    reading = _read(
        tmp_path,
        _row("1", "CUP", 6, "01-05T10:00:00", "2.55"),
        _row("2", "CUP", 6, "01-06T10:00:00", "2.55"),
        _row("3", "CUP", 6, "01-07T10:00:00", "2.10"),
        _row("C4", "CUP", -8, "01-08T10:00:00", "2.55"),
        _row("5", "CUP", 6, "01-09T10:00:00", "2.55"),
    )
    assert [(one.external_id, one.pieces) for one in reading.returns] == [
        ("C4:1", (("CUP", 2, 510),)),
        ("C4:2", (("CUP", 6, 1530),)),
    ]
    assert not reading.left_out


def test_what_cannot_be_matched_is_named_and_never_guessed(tmp_path: Path) -> None:
    reading = _read(
        tmp_path,
        _row("1", "CUP", 6, "01-05T10:00:00", "2.55"),
        _row("C2", "CUP", -1, "01-06T10:00:00", "2.50"),
        _row("C3", "CUP", -1, "01-06T10:00:00", "2.55", "boris"),
        _row("C4", "CUP", -7, "01-06T10:00:00", "2.55"),
        _row("C5", "CUP", -1, "01-04T10:00:00", "2.55"),
    )
    assert reading.left_out == {LeftOut.UNMATCHED_CANCELLATION: [6, 3, 4, 5]}
    assert [one.pieces for one in reading.returns] == [(("CUP", 6, 1530),)]


def test_guests_corrections_and_lines_without_price_are_listed_by_class(tmp_path: Path) -> None:
    reading = _read(
        tmp_path,
        _row("1", "CUP", 6, "01-05T10:00:00", "2.55", ""),
        _row("2", "CUP", -6, "01-05T10:00:00", "0.00", ""),
        _row("3", "CUP", 6, "01-05T10:00:00", "0.00"),
        _row("4", "CUP", 0, "01-05T10:00:00", "1.00"),
        "5,CUP,half a line",
    )
    assert reading.left_out == {
        LeftOut.GUEST: [2],
        LeftOut.STOCK_CORRECTION: [3],
        LeftOut.WITHOUT_PRICE: [4],
        LeftOut.UNREADABLE: [5, 6],
    }
    assert (reading.sales, reading.guest_invoices) == ([], 2)


def test_a_file_of_another_format_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(NotThisFormat, match="invoice_no"):
        online_retail.read(_file(tmp_path, "1,2", header="a,b"), zone="Europe/London")


def test_a_file_that_breaks_off_is_refused_whole(tmp_path: Path) -> None:
    whole = gzip.compress(_file(tmp_path, *[_row("1", "CUP", 1, "01-05T10:00:00", "1.00")] * 500).read_bytes())
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotThisFormat, match="cannot be read to its end"):
        online_retail.read(broken, zone="Europe/London")


class _Killed(Exception):
    pass


def _import(
    app: Flask,
    reading: Reading,
    *,
    processes: int = 1,
    killed_after_chunks: int | None = None,
    programme: str = GALLERY.read_text(encoding="utf-8"),
) -> ImportResult:
    chunks = 0

    def progress(_done: int) -> None:
        nonlocal chunks
        chunks += 1
        if chunks == killed_after_chunks:
            raise _Killed

    def open_store(session: Session) -> Store:
        shops.open_shop(session, name={"en": "Retail", "ru": "Магазин"}, zone="Europe/London", locale="en")
        programmes.load(session, programme, in_force_from=business_now())
        store = shops.open_store(session, code="retail", name={"en": "Retail", "ru": "Магазин"}, zone="Europe/London")
        return Store(store.id, dict(store.name))

    with app.app_context():
        store = run_transaction(open_store)
        return importing.import_reading(
            reading,
            store=store,
            currency="GBP",
            locale="en",
            zone="Europe/London",
            progress=progress,
            processes=processes,
        )


def _end_state(app: Flask) -> list[tuple[object, ...]]:
    with app.app_context():

        def look(session: Session) -> list[tuple[object, ...]]:
            assert findings(session) == []
            rows = session.execute(
                text(
                    "SELECT external_id, pending, available, debt, transactions_count FROM members "
                    "JOIN ledger_balances ON member_id = id ORDER BY external_id"
                )
            )
            return [tuple(row) for row in rows]

        return run_transaction(look)


def _two_months_of_cups() -> list[str]:
    """Three guests who buy cups by day in January and bring half of them back in February."""
    bought = [_row(str(day), "CUP", day, f"01-{day:02}T10:00:00", "2.55", f"guest-{day % 3}") for day in range(1, 28)]
    return bought + [
        _row(f"C{day}", "CUP", -day // 2, f"02-{day:02}T10:00:00", "2.55", f"guest-{day % 3}") for day in range(1, 28)
    ]


def test_an_import_that_was_killed_and_repeated_ends_as_one_that_ran_through(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK_EVENTS", 5)
    reading = _read(tmp_path, *_two_months_of_cups())
    through, interrupted = make_app(), make_app()
    _import(through, reading)
    with pytest.raises(_Killed):
        _import(interrupted, reading, killed_after_chunks=4)
    again = _import(interrupted, reading)
    assert again.receipts_repeated > 0
    assert again.receipts_recorded > 0
    assert _end_state(interrupted) == _end_state(through)


RULES = """
programme: retail
title: {en: Retail, ru: Магазин}
kind: combined
currency: GBP
point_value_minor: 1
earning:
  - {rule: base, rate_basis_points: 200}
  - {rule: third, points: 7, when: (member.purchases + 1) % 3 == 0}
  - {rule: spenders, points: 11, when: member.spent >= money(100)}
  - {rule: often, points: 13, when: member.visits_in_days(5) >= 2}
  - {rule: silver, rate_basis_points: 300, when: member.tier == "silver"}
  - {rule: cups, lines: line.sku == "CUP", points_per_item: 1}
tiers: {measure: spend, window: {months: 1}, levels: [{tier: silver, title: {en: S, ru: С}, from_minor: 9000}]}
budgets: [{budget: cups, rules: [cups], points: 60, scope: member, period: month}]
availability: {pending_days: 30}
"""


def test_rules_that_know_the_past_give_the_same_however_the_file_is_cut(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = []
    for day in range(1, 28):
        rows.append(_row(str(day), "CUP", day, f"01-{day:02}T10:00:00", "2.55", f"guest-{day % 3}"))
        if day % 2:
            rows.append(_row(f"C{day}", "CUP", -day // 3, f"01-{day:02}T12:00:00", "2.55", f"guest-{day % 3}"))
    reading = _read(tmp_path, *rows)
    whole, one_by_one = make_app(), make_app()
    at_once = _import(whole, reading, programme=RULES)
    monkeypatch.setattr(importing, "CHUNK_EVENTS", 1)
    assert _import(one_by_one, reading, programme=RULES) == at_once
    assert _end_state(one_by_one) == _end_state(whole)
    assert at_once.points_accrued > 0


def test_several_processes_end_as_one(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    reading = _read(tmp_path, *_two_months_of_cups())
    alone, together = make_app(), make_app()
    assert _import(alone, reading) == _import(together, reading, processes=3)
    assert _end_state(alone) == _end_state(together)


FIRST_COME = """
programme: retail
title: {en: Retail, ru: Магазин}
kind: bonus
currency: GBP
point_value_minor: 1
earning: [{rule: cup, points: 5}]
budgets: [{budget: cups, points: 12, period: all}]
availability: {pending_days: 30}
"""


def test_a_budget_for_all_pays_whoever_came_first_however_the_work_is_shared_out(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK_EVENTS", 2)
    reading = _read(
        tmp_path,
        *(_row(str(day), "CUP", 1, f"01-{day:02}T10:00:00", "2.55", f"guest-{9 - day}") for day in range(1, 8)),
    )
    app = make_app()
    _import(app, reading, programme=FIRST_COME, processes=3)
    pending = {external_id: pending for external_id, pending, *_rest in _end_state(app)}
    assert pending == {
        "guest-8": 5,
        "guest-7": 5,
        "guest-6": 2,
        **dict.fromkeys([f"guest-{n}" for n in range(2, 6)], 0),
    }


def test_a_process_that_is_lost_is_told_and_a_new_start_goes_on(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = _read(tmp_path, *_two_months_of_cups())
    through, interrupted = make_app(), make_app()
    _import(through, reading)
    with monkeypatch.context() as patched:
        patched.setattr(importing, "_record_returns", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        with pytest.raises(ImportProcessLost):
            _import(interrupted, reading, processes=2)
    assert _import(interrupted, reading, processes=2).receipts_repeated > 0
    assert _end_state(interrupted) == _end_state(through)


@pytest.mark.sample
def test_the_real_shops_year_imports_twice_to_the_same_balances(committed_app: Flask) -> None:
    if not REAL_SHOP.exists():
        pytest.skip(f"no {REAL_SHOP.name} at MOLVA_SAMPLE_DATA")
    reading = online_retail.read(REAL_SHOP, zone="Europe/London")
    assert (reading.lines, len(reading.customers)) == (240_007, 2_974)
    first = _import(committed_app, reading)
    assert (first.refused, first.receipts_recorded) == ([], 8_589)
    state = _end_state(committed_app)
    second = _import(committed_app, reading, processes=2)
    assert (second.receipts_recorded, second.returns_recorded) == (0, 0)
    assert second.points_accrued == first.points_accrued
    assert _end_state(committed_app) == state


def test_a_compressed_file_reads_as_a_plain_one(tmp_path: Path) -> None:
    plain = _file(tmp_path, _row("1", "CUP", 6, "01-05T10:00:00", "2.55"))
    packed = tmp_path / "sales.csv.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb") as target:
        shutil.copyfileobj(source, target)
    assert _sales(packed) == _sales(plain)


def _sales(path: Path) -> list[ImportedSale]:
    return online_retail.read(path, zone="Europe/London").sales
