"""`bulk_import_vs_sql`: receipts a second by `molva receipts import`, against a script of COPY and set-based SQL.

The value: the command as an engineer types it, on a file of a million receipts of 50,000 customers who are members
already; every rule, repetition check, lot and explanation included.

The reference: one transaction, written by hand for this very file: COPY into a temporary table, then an INSERT … SELECT
for each table and one UPDATE of the balances, with the same constraints and triggers at work. It checks nothing and can
do nothing else. Both end with the same rows: the benchmark compares them.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
from rich.console import Console

from backend.app import create_app
from backend.members import service as members
from backend.programmes import service as programmes
from backend.receipts.online_retail import COLUMNS
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction
from backend.shops import service as shops
from tests.bench.installation import SECRET, Installation, installation
from tests.bench.measurement import Measurement

RECEIPTS = 1_000_000
CUSTOMERS = 50_000
PROGRAMME = Path(__file__).parents[2] / "backend/programmes/gallery/online-retail.yaml"
STORE = "online-retail"
ZONE = "Europe/London"
BEGIN = datetime(2025, 1, 1, 8, 0)  # noqa: DTZ001 - local to the zone, as the file's times are
SEED = 20261122

_SCRIPT = (
    """
    CREATE TEMPORARY TABLE sale ON COMMIT DROP AS
    SELECT uuidv7() AS id, uuidv7() AS event_id, raw.invoice_no, member.id AS member_id, raw.stock_code, raw.quantity,
           raw.invoiced_at AT TIME ZONE 'Europe/London' AS at, raw.total, raw.total * 200 / 10000 AS points,
           row_number() OVER book AS number, sum(raw.total * 200 / 10000) OVER book AS pending
    FROM (SELECT *, (unit_price * 100)::bigint * quantity AS total FROM raw) AS raw
    JOIN members AS member ON member.external_id = raw.customer_id
    WINDOW book AS (PARTITION BY member.id ORDER BY raw.invoiced_at, raw.invoice_no)
    """,
    "ANALYZE sale",
    """
    INSERT INTO receipts (id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor,
                          source, content_hash, answer)
    SELECT id, %(store)s, invoice_no, member_id, at, %(now)s, 'GBP', total, 'import',
           sha256(convert_to(member_id || at::text || total || stock_code || quantity, 'UTF8')),
           jsonb_build_object('points_earned', 0, 'points_pending', points, 'balance', jsonb_build_object(
               'available', 0, 'pending', pending, 'reserved', 0, 'debt', 0), 'messages', jsonb_build_array(
               jsonb_build_object('kind', 'till.accrued', 'facts', jsonb_build_object('points', points,
               'store', %(store_name)s::jsonb, 'rate_basis_points', 200, 'available_at', at + interval '30 days',
               'total', jsonb_build_object('currency', 'GBP', 'amount_minor', total)))))
    FROM sale
    """,
    """
    INSERT INTO receipt_lines (receipt_id, position, member_id, sku, quantity, amount_minor)
    SELECT id, 1, member_id, stock_code, quantity, total FROM sale
    """,
    """
    INSERT INTO ledger_transactions (id, member_id, number, kind, natural_key, effective_at, recorded_at, wording,
                                     facts, programme, programme_version, rule, receipt_id)
    SELECT event_id, member_id, number, 'accrual', 'receipt:' || id || ':base', at, %(now)s, 'earning.receipt',
           jsonb_build_object('points', points, 'store', %(store_name)s::jsonb, 'rate_basis_points', 200,
               'available_at', at + interval '30 days',
               'total', jsonb_build_object('currency', 'GBP', 'amount_minor', total)),
           'online-retail', 1, 'base', id
    FROM sale
    """,
    """
    INSERT INTO ledger_entries (transaction_id, member_id, account, points, balance_after)
    SELECT event_id, member_id, 'pending', points, pending FROM sale
    UNION ALL
    SELECT event_id, member_id, 'issued', -points, NULL FROM sale
    """,
    """
    INSERT INTO ledger_lots (transaction_id, member_id, state, points, points_remaining, points_reserved, available_at,
                             programme)
    SELECT event_id, member_id, 'pending', points, points, 0, at + interval '30 days', 'online-retail' FROM sale
    """,
    """
    UPDATE ledger_balances AS balance
    SET pending = pending + book.points, transactions_count = transactions_count + book.events
    FROM (SELECT member_id, sum(points) AS points, count(*) AS events FROM sale GROUP BY member_id) AS book
    WHERE balance.member_id = book.member_id
    """,
)
_RAW = """
CREATE TEMPORARY TABLE raw (
    invoice_no text, stock_code text, description text, quantity bigint, invoiced_at timestamp, unit_price numeric,
    customer_id text, country text
)
"""
_WRITTEN = """
SELECT (SELECT count(*) FROM receipts), (SELECT sum(total_amount_minor) FROM receipts),
       (SELECT count(*) FROM receipt_lines), (SELECT count(*) FROM ledger_transactions),
       (SELECT count(*) FROM ledger_entries), (SELECT sum(points) FROM ledger_lots),
       (SELECT sum(pending) FROM ledger_balances), (SELECT sum(number) FROM ledger_transactions),
       (SELECT sum(balance_after) FROM ledger_entries)
"""


def bulk_import_vs_sql(var: Path, console: Console, *, receipts: int = RECEIPTS) -> Measurement:
    """The benchmark.

    Raises:
        RuntimeError: the two ways did not end with the same rows.
    """
    with installation(var / "import", members=0) as installed:
        file = installed.settings.var / "receipts.csv"
        file.write_text("".join(_lines(receipts)), encoding="utf-8")
        _prepare(installed)
        by_script, by_command = _copies(installed)
        script_seconds = _run_script(by_script, file)
        console.print(f"by the script: {receipts / script_seconds:,.0f}/s")
        # Or else the server would tidy up after the script while the command is measured.
        _vacuum(by_script)
        command_seconds = _run_command(by_command, file)
        console.print(f"by molva receipts import: {receipts / command_seconds:,.0f}/s")
        written = [_written(one) for one in (by_script, by_command)]
        if written[0] != written[1]:
            raise RuntimeError(f"The rows differ: {written}")
    return Measurement(
        name="bulk_import_vs_sql",
        value=receipts / command_seconds,
        reference=receipts / script_seconds,
        unit="receipts/s",
        notes=(f"{receipts:,} receipts of {CUSTOMERS:,} members; the same rows both ways",),
    )


def _lines(receipts: int) -> Iterator[str]:
    yield ",".join(COLUMNS) + "\n"
    chance = random.Random(SEED)  # noqa: S311 - made-up shopping
    at = BEGIN
    for number in range(receipts):
        at += timedelta(seconds=chance.randint(1, 40))
        customer = chance.randint(1, CUSTOMERS)
        pence = chance.randint(50, 9_999)
        yield (
            f"{number:07},SKU{chance.randint(1, 4000)},,{chance.randint(1, 9)},{at.isoformat()},"
            f"{pence // 100}.{pence % 100:02},C{customer:06},United Kingdom\n".replace(",C", ",")
        )


def _prepare(installed: Installation) -> None:
    app = create_app(installed.settings)
    with app.app_context():
        text = PROGRAMME.read_text(encoding="utf-8")
        programme = run_transaction(lambda session: programmes.load(session, text, in_force_from=business_now()))
        run_transaction(lambda session: shops.open_store(session, code=STORE, name=programme.title, zone=ZONE))
        names = [f"{number:06}" for number in range(1, CUSTOMERS + 1)]
        for start in range(0, CUSTOMERS, 5_000):
            enrol = partial(members.enrol_external, external_ids=names[start : start + 5_000])
            run_transaction(partial(enrol, joined_at=business_now(), locale="en", zone=ZONE))
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
        db.engine.dispose()


def _copies(installed: Installation) -> list[str]:
    """Two databases like the prepared one."""
    name = psycopg.conninfo.conninfo_to_dict(installed.postgres.url)["dbname"]
    urls = []
    with psycopg.connect(installed.postgres.url_of("template1"), autocommit=True) as connection:
        for copy in ("by_script", "by_command"):
            connection.execute(f'CREATE DATABASE {copy} TEMPLATE "{name}"')
            urls.append(installed.postgres.url_of(copy))
    return urls


def _run_script(url: str, file: Path) -> float:
    with psycopg.connect(url) as connection:
        begun_at = time.monotonic()
        connection.execute(_RAW)
        with connection.cursor().copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as content:
            while part := content.read(1 << 20):
                copy.write(part)
        row = connection.execute("SELECT id, name FROM stores WHERE code = %s", [STORE]).fetchone()
        assert row is not None  # noqa: S101
        values = {"store": row[0], "store_name": json.dumps(row[1]), "now": business_now()}
        for statement in _SCRIPT:
            connection.execute(statement, values if "%(" in statement else None)
        connection.commit()
        return time.monotonic() - begun_at


def _run_command(url: str, file: Path) -> float:
    # A `var` of its own: the embedded server's own one means its main database.
    var = file.parent / "command"
    var.mkdir(exist_ok=True)
    environment = os.environ | {
        "MOLVA_DATABASE_URL": url,
        "MOLVA_SECRET_KEY": SECRET,
        "MOLVA_VAR": str(var),
        "MOLVA_DEMO": "0",
    }
    command = [sys.executable, "-m", "backend.cli", "receipts", "import", str(file), "--programme", str(PROGRAMME)]
    begun_at = time.monotonic()
    subprocess.run([*command, "--store", STORE, "--json"], env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.monotonic() - begun_at


def _vacuum(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")


def _written(url: str) -> tuple[object, ...]:
    with psycopg.connect(url) as connection:
        row = connection.execute(_WRITTEN).fetchone()
    return tuple(row or ())
