"""`segment_count_vs_duckdb` and `segment_membership_ms`: what segments cost in a shop of a million members.

A count: five conditions (of members, receipts and consents), a million members and a million receipts, or ten million
in the long run; the product's statement against DuckDB on tables made from the same rows, both warm, taking turns; each
side may use two cores.

Membership: one member buys, and is taken through twenty segments as the worker does it, in a transaction of its own:
collecting, judging, writing. The reference is fifty milliseconds.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import psycopg
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.segments import queries, service, touching
from backend.segments.catalogue import catalogue
from backend.segments.compiling import matching
from backend.segments.reading import read_tree
from backend.shared.clock import business_now, system_now
from backend.shared.db import db, driver_connection, run_transaction
from backend.shared.ids import new_id
from backend.shared.jobs import run_due_jobs
from backend.staff.queries import StaffIdentity
from tests.bench.installation import Installation, installation
from tests.bench.measurement import Measurement

MEMBERS, RECEIPTS, RECEIPTS_LONG = 1_000_000, 1_000_000, 10_000_000
ROUNDS = 7
CORES = 2
SEGMENTS, TOUCHES = 20, 200
MEMBERSHIP_MS_MAXIMUM = 50.0
MARAT = StaffIdentity(id=None, name="Marat", role="marketer", store_id=None, who="bench:marat")

_RECEIPTS = """
INSERT INTO receipts (id, store_id, external_id, member_id, occurred_at, recorded_at, currency, total_amount_minor,
                      returned_amount_minor, source, content_hash, answer)
SELECT lpad(to_hex(number), 32, '0')::uuid, %(store_id)s, number::text,
       lpad(to_hex(1 + mod(number * 7919 + number * number, %(members)s)), 32, '0')::uuid,
       %(now)s - make_interval(secs => mod(number * 104729, 31536000)), %(now)s, 'RUB',
       10000 + mod(number * 31, 200000),
       0, 'import', '\\x00', '{}'
FROM generate_series(1, %(receipts)s::bigint) AS number
"""
_CONSENTS = """
INSERT INTO consents (member_id, purpose, channel, revision, given, text_version, recorded_at)
SELECT lpad(to_hex(number), 32, '0')::uuid, 'marketing', 'push', revision, mod(number + revision, 3) > 0, '1', %(now)s
FROM generate_series(1, %(members)s::bigint) AS number, generate_series(1, 1 + mod(number, 2)) AS revision
"""
# They joined one by one, and a part reads English.
_MEMBERS = """
UPDATE members SET joined_at = joined_at - make_interval(days => mod(('x' || right(id::text, 7))::bit(28)::int, 900)),
                   locale = CASE WHEN right(id::text, 1) < '6' THEN 'en' ELSE 'ru' END
"""

TREE: dict[str, Any] = {
    "version": 1,
    "rule": {
        "all": [
            {"attribute": "purchases", "is": "at_least", "value": 2, "window_days": 180},
            {"attribute": "spend", "is": "at_least", "value": 150_000},
            {"not": {"attribute": "last_purchase", "is": "within_days", "value": 14}},
            {"attribute": "language", "is": "one_of", "value": ["ru"]},
            {"attribute": "agreed_push", "is": "true"},
        ]
    },
}
_DUCKDB = """
WITH bought AS (
    SELECT member_id, count(*) FILTER (WHERE occurred_at >= $since_180) AS purchases,
           sum(total_amount_minor - returned_amount_minor) AS spend, max(occurred_at) AS last_purchase
    FROM receipts WHERE member_id IS NOT NULL GROUP BY member_id
), agreed AS (
    SELECT member_id, arg_max(given, revision) AS given FROM consents
    WHERE purpose = 'marketing' AND channel = 'push' GROUP BY member_id
)
SELECT count(*) FROM members JOIN bought ON bought.member_id = members.id JOIN agreed ON agreed.member_id = members.id
WHERE erased_at IS NULL AND purchases >= 2 AND spend >= 150000 AND last_purchase < $since_14 AND locale = 'ru' AND given
"""


def segment_count_10m_vs_duckdb(var: Path, console: Console) -> Measurement:
    """The count over ten million receipts."""
    return replace(
        segment_count_vs_duckdb(var, console, receipts=RECEIPTS_LONG), name=segment_count_10m_vs_duckdb.__name__
    )


def segment_count_vs_duckdb(var: Path, console: Console, *, receipts: int = RECEIPTS) -> Measurement:
    """The count. Both sides find the same number, or nothing is measured."""
    ours: list[float] = []
    theirs: list[float] = []
    with installation(var / "segments", members=MEMBERS) as installed:
        _fill(installed, receipts)
        app = create_app(installed.settings)
        with app.app_context(), tempfile.TemporaryDirectory(dir=installed.settings.var) as folder:
            other, parameters = _duckdb(installed, Path(folder))

            def by_duckdb() -> int:
                return int(_first(other.execute(_DUCKDB, parameters).fetchone()))

            for number in range(ROUNDS + 1):
                our_seconds, found = _timed(lambda: run_transaction(_count))
                their_seconds, expected = _timed(by_duckdb)
                if found != expected:
                    raise AssertionError(f"{found} here, {expected} by DuckDB")
                if number:  # the first round warms both
                    ours.append(our_seconds)
                    theirs.append(their_seconds)
                    console.print(
                        f"round {number}: {our_seconds:.3f} s, DuckDB {their_seconds:.3f} s, {found:,} members"
                    )
            other.close()
            db.session.remove()
            db.engine.dispose()
    return Measurement(
        name="segment_count_vs_duckdb",
        value=1 / statistics.median(ours),
        reference=1 / statistics.median(theirs),
        unit="counts/s",
        notes=(f"a count takes {statistics.median(ours):.2f} s; DuckDB {statistics.median(theirs):.2f} s",),
    )


def segment_membership_ms(var: Path, console: Console) -> Measurement:
    """One touched member through twenty segments, the median; the ratio says how many times it fits into 50 ms."""
    with installation(var / "memberships", members=MEMBERS) as installed:
        _fill(installed, RECEIPTS)
        app = create_app(installed.settings)
        with app.app_context():
            for number in range(SEGMENTS):
                run_transaction(partial(_save, number=number))
            run_due_jobs()
            installed.refresh_statistics()
            taken_ms = [_touch_one(installed, number) * 1000 for number in range(1, TOUCHES + 1)]
            db.session.remove()
            db.engine.dispose()
    settled = taken_ms[TOUCHES // 10 :]
    p99_ms = statistics.quantiles(settled, n=100)[98]
    console.print(f"median {statistics.median(settled):.1f} ms, p99 {p99_ms:.1f} ms")
    return Measurement(
        name="segment_membership_ms",
        value=1000 / statistics.median(settled),
        reference=1000 / MEMBERSHIP_MS_MAXIMUM,
        unit="members/s",
        notes=(f"{statistics.median(settled):.1f} ms for a member and {SEGMENTS} segments, p99 {p99_ms:.1f} ms",),
    )


def _count(session: Session) -> int:
    session.execute(text("SELECT set_config('work_mem', :memory, true)"), {"memory": service.WORK_MEMORY})
    rule = read_tree(TREE, catalogue(), known_segments=()).rule
    statement = matching(rule, moment=queries.moment_now(session), system_now=system_now())
    counted = f"SELECT count(*) FROM ({statement.text}) AS matched"  # noqa: S608
    return int(_first(driver_connection(session).execute(counted.encode(), statement.parameters).fetchone()))


def _save(session: Session, *, number: int) -> None:
    first, *others = TREE["rule"]["all"]
    rule = {
        "any": [{"all": [first, *others[number % 4 :]]}, {"attribute": "points", "is": "at_least", "value": number + 1}]
    }
    service.save(session, code=f"s{number}", name=f"s{number}", tree={"version": 1, "rule": rule}, by=MARAT)


def _touch_one(installed: Installation, number: int) -> float:
    """A purchase by one member, and the seconds that the worker needs for what follows of it."""
    with psycopg.connect(installed.postgres.url) as connection:
        connection.execute(
            "INSERT INTO receipts (id, store_id, external_id, member_id, occurred_at, recorded_at, currency,"
            " total_amount_minor, source, content_hash, answer)"
            " VALUES (%s, %s, %s, %s, %s, %s, 'RUB', 70000, 'till', '\\x00', '{}')",
            (
                new_id(),
                installed.store_id,
                f"touch-{number}",
                UUID(int=number * 4_001 % installed.members + 1),
                business_now(),
                business_now(),
            ),
        )
    seconds, worked_on = _timed(lambda: run_transaction(touching.work))
    if worked_on != 1:
        raise AssertionError(f"{worked_on} members were touched, not one")
    return seconds


def _fill(installed: Installation, receipts: int) -> None:
    facts = {
        "members": installed.members,
        "receipts": receipts,
        "store_id": installed.store_id,
        "now": business_now(),
    }
    with psycopg.connect(installed.postgres.url) as connection:
        connection.execute(_MEMBERS)
        connection.execute(_RECEIPTS, facts)
        connection.execute(_CONSENTS, facts)
    installed.refresh_statistics()


def _duckdb(installed: Installation, folder: Path) -> tuple[duckdb.DuckDBPyConnection, dict[str, Any]]:
    """The same rows in DuckDB's own tables, and the moments that are asked for."""
    other = duckdb.connect(str(folder / "same.duckdb"), config={"threads": CORES})
    tables = {
        "members": "id, locale, joined_at, erased_at",
        "receipts": "member_id, occurred_at, total_amount_minor, returned_amount_minor",
        "consents": "member_id, purpose, channel, revision, given",
    }
    with psycopg.connect(installed.postgres.url) as connection:
        for table, columns in tables.items():
            path = folder / f"{table}.csv"
            copying = f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT csv, HEADER)"  # noqa: S608
            with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(copying) as copy:
                file.writelines(copy)
            other.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{path}')")  # noqa: S608
    with create_app(installed.settings).app_context():
        moment = run_transaction(queries.moment_now)
    return other, {"since_180": moment.before(180), "since_14": moment.before(14)}


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def _first(row: tuple[Any, ...] | None) -> Any:
    if row is None:
        raise AssertionError("A count has one row.")
    return row[0]
