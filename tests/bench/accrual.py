"""`accrual_http_vs_pgbench`: receipts a second through the till's API, against pgbench on the product's own SQL.

The value: wrk with 16 connections posts distinct receipts of two lines, uniformly over 100,000 members with a phone
each, to granian; rules, referral check, lots, explanation and outbox included; commits are durable.

The reference: `pgbench -M prepared -c 16 -j 2` runs the statements of one such receipt as one transaction, the very
texts that the product runs, with arrays of one element. Both sides take turns on one database.
"""

import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from backend.ledger.statements import LOCK_BALANCES, POST
from backend.members import queries as members
from backend.notifications import service as notifications
from backend.programmes import queries as programmes
from backend.receipts.statements import FIND, INSERT
from backend.referrals.statements import OPEN_FOR_FRIENDS
from backend.shared.clock import business_now
from tests.bench.installation import Installation, installation, web_server
from tests.bench.measurement import CannotMeasure, Measurement

MEMBERS = 100_000
CLIENTS = 16
PGBENCH_THREADS = 2
ROUNDS = 3
ROUND_SECONDS = 12
WARM_UP_SECONDS = 6
WEB_WORKERS, WEB_THREADS = 2, 8

_WRK_SCRIPT = """
local number = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {till_key}"
request = function()
  number = number + 1
  local member = string.format("00000000-0000-0000-0000-%012x", math.random(1, {members}))
  local body = '{{"external_id":"{round}-' .. number .. '","member_id":"' .. member ..
    '","occurred_at":"{now}","currency":"RUB","total":70000,"cashier":"Vera","lines":[' ..
    '{{"sku":"BEANS","category":"beans","quantity":1,"amount":60000}},' ..
    '{{"sku":"FLAT-WHITE","category":"coffee","quantity":1,"amount":10000}}]}}'
  return wrk.format(nil, "/api/v1/till/receipts", nil, body)
end
"""


def accrual_http_vs_pgbench(var: Path, console: Console) -> Measurement:
    """The benchmark.

    Raises:
        CannotMeasure: wrk is not installed.
    """
    if shutil.which("wrk") is None:
        raise CannotMeasure("wrk is missing (apt-get install wrk).")
    http, reference, latencies = [], [], []
    with installation(var / "accrual", members=MEMBERS) as installed:
        script = _pgbench_script(installed)
        with web_server(installed, workers=WEB_WORKERS, threads=WEB_THREADS):
            _http_round(installed, "warm-up", WARM_UP_SECONDS)
            installed.refresh_statistics()
            for number in range(ROUNDS):
                before = installed.count("receipts")
                rate, latency_ms, answered = _http_round(installed, f"round-{number}", ROUND_SECONDS)
                recorded = installed.count("receipts") - before
                if recorded < answered:
                    raise RuntimeError(f"{answered} receipts were acknowledged and {recorded} are there.")
                http.append(rate)
                latencies.append(latency_ms)
                reference.append(_pgbench_round(installed, script, number + 1))
                console.print(f"round {number + 1}: {http[-1]:,.0f} over HTTP, {reference[-1]:,.0f} by pgbench")
    return Measurement(
        name="accrual_http_vs_pgbench",
        value=statistics.median(http),
        reference=statistics.median(reference),
        unit="accruals/s",
        notes=(f"p99 {statistics.median(latencies):.0f} ms with {CLIENTS} clients",),
    )


def _http_round(installed: Installation, name: str, seconds: int) -> tuple[float, float, int]:
    """Receipts a second, the latency in ms that 99 % stay under, and how many were acknowledged."""
    script = installed.settings.var / "receipts.lua"
    text = _WRK_SCRIPT.format(
        till_key=installed.till_key, members=MEMBERS, round=name, now=business_now().isoformat(timespec="seconds")
    )
    script.write_text(text, encoding="utf-8")
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "--timeout", "20s", "-s", str(script)]
    output = subprocess.run([*command, installed.url], capture_output=True, text=True, check=True).stdout  # noqa: S603
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"Not every receipt was accepted:\n{output}")
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", output)[0])
    number, unit = _found(r"99%\s+([\d.]+)(us|ms|s)", output)
    answered = int(_found(r"(\d+) requests in", output)[0])
    return rate, float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit], answered


def _pgbench_round(installed: Installation, script: Path, run: int) -> float:
    pgbench = str(installed.postgres.programs / "pgbench")
    command = [
        *(pgbench, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(PGBENCH_THREADS), "-T", str(ROUND_SECONDS)),
        *("-D", f"run={run}", "-D", "n=0", "-f", str(script), installed.postgres.url),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise RuntimeError(f"pgbench failed: {result.stderr[-2000:]}")
    return float(_found(r"tps = ([\d.]+)", result.stdout)[0])


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"{pattern} is not in:\n{text}")
    return match.groups()


def _identifier(place: int) -> str:
    """An id that is new, and later than those before it, as UUIDv7 are."""
    number = "(:run::bigint * 1000000000000 + :n::bigint * 64 + :client_id::bigint)"
    return f"lpad(to_hex({number} * 8 + {place}), 32, '0')::uuid"


MEMBER = "lpad(to_hex(:m::bigint), 32, '0')::uuid"
RECEIPT, EVENT, MESSAGE, DELIVERY = (_identifier(place) for place in range(4))
KEY = "('pgbench-' || :run::bigint || '-' || :client_id::bigint || '-' || :n::bigint)"
FACTS = '{"store": {"ru": "Покровка, 12", "en": "Pokrovka 12"}, "points": 35, "rate_basis_points": 500}'


def _rows(*rows: dict[str, str]) -> str:
    """Rows as one JSON text, as the product sends them; a value is a SQL expression, or JSON after a `=`."""

    def written(value: str) -> str:
        return value[1:] if value.startswith("=") else f"\"' || {value} || '\""

    # A blank after each colon: `:name` would be a variable of pgbench.
    objects = ("{" + ", ".join(f'"{name}": {written(value)}' for name, value in row.items()) + "}" for row in rows)
    return "'[" + ", ".join(objects) + "]'"


def _pgbench_script(installed: Installation) -> Path:
    """The product's statements for one receipt, with pgbench's variables in the place of parameters."""
    at = business_now()
    now, available, expires = (f'="{(at + timedelta(days=days)).isoformat()}"' for days in (0, 14, 379))
    moment = f"'{at.isoformat()}'::timestamptz"
    line = {"receipt_id": RECEIPT, "member_id": MEMBER, "quantity": "=1"}
    entry = {"transaction_id": EVENT, "member_id": MEMBER}
    receipt = {
        "id": RECEIPT,
        "store_id": f'="{installed.store_id}"',
        "external_id": KEY,
        "member_id": MEMBER,
        "occurred_at": now,
        "recorded_at": now,
        "currency": '="RUB"',
        "total_amount_minor": "=70000",
        "source": '="till"',
        "cashier": '="Vera"',
        "payments": "=null",
        "content_hash": '="' + "\\\\x" + "00" * 32 + '"',
        "answer": f"={FACTS}",
    }
    event = {
        "id": EVENT,
        "member_id": MEMBER,
        "number": "(:transactions_count::bigint + 1)",
        "kind": '="accrual"',
        "natural_key": KEY,
        "effective_at": now,
        "recorded_at": now,
        "wording": '="earning.receipt"',
        "facts": f"={FACTS}",
        "programme": '="zerno"',
        "programme_version": "=1",
        "rule": '="base"',
        "receipt_id": RECEIPT,
    }
    lot = {
        "transaction_id": EVENT,
        "member_id": MEMBER,
        "state": '="pending"',
        "points": "=35",
        "points_remaining": "=35",
        "points_reserved": "=0",
        "available_at": available,
        "expires_at": expires,
    }
    balance = {
        "member_id": MEMBER,
        "pending": "(:pending::bigint + 35)",
        "available": ":available::bigint",
        "reserved": ":reserved::bigint",
        "debt": ":debt::bigint",
        "transactions_count": "(:transactions_count::bigint + 1)",
    }
    message = {
        "id": MESSAGE,
        "member_id": MEMBER,
        "kind": '="receipt_accrued"',
        "facts": f"={FACTS}",
        "natural_key": KEY,
    }
    delivery = {
        "id": DELIVERY,
        "member_id": MEMBER,
        "source_id": MESSAGE,
        "device_id": "trim(both '{}' from :device_ids)",
        "channel": '="push"',
        "marketing": "=false",
    }
    steps = [
        "\\set n :n + 1",
        f"\\set m random(1, {MEMBERS})",
        "BEGIN;",
        f"{' '.join(programmes.VERSIONS.split())};",
        _filled(OPEN_FOR_FRIENDS, positional=[f"ARRAY[{MEMBER}]"]),
        _filled(LOCK_BALANCES, {"member_ids": f"ARRAY[{MEMBER}]"}, read=True),
        _filled(FIND, {"store_ids": f"ARRAY['{installed.store_id}'::uuid]", "external_ids": f"ARRAY[{KEY}]"}),
        _filled(members.PUSH_DEVICE_IDS, positional=[f"ARRAY[{MEMBER}]", f"{moment} - interval '270 days'"], read=True),
        _filled(
            INSERT,
            {
                "receipts": _rows(receipt),
                "lines": _rows(
                    line | {"position": "=1", "sku": '="BEANS"', "category": '="beans"', "amount_minor": "=60000"},
                    line | {"position": "=2", "sku": '="LATTE"', "category": '="coffee"', "amount_minor": "=10000"},
                ),
            },
        ),
        _filled(
            POST,
            {
                "transactions": _rows(event),
                "entries": _rows(
                    entry | {"account": '="pending"', "points": "=35", "balance_after": "(:pending::bigint + 35)"},
                    entry | {"account": '="issued"', "points": "=-35", "balance_after": "=null"},
                ),
                "lots": _rows(lot),
                "balances": _rows(balance),
            },
        ),
        _filled(notifications.TELL, {"now": moment, "messages": _rows(message), "deliveries": _rows(delivery)}),
        "END;",
    ]
    path = installed.settings.var / "accrual.pgbench"
    path.write_text("\n".join(steps) + "\n", encoding="utf-8")
    return path


def _filled(
    statement: str,
    named: dict[str, str] | None = None,
    *,
    positional: Sequence[str] = (),
    read: bool = False,
) -> str:
    """A statement with expressions in the place of its parameters, ended for pgbench (`\\gset` where it is read)."""
    text = " ".join(statement.split())
    for name, expression in (named or {}).items():
        cast = "::json" if f"json_to_recordset(%({name})s)" in text else ""
        text = text.replace(f"%({name})s", f"({expression}){cast}")
    for expression in positional:
        text = text.replace("%s", expression, 1)
    if "%(" in text or "%s" in text:
        raise ValueError(f"A parameter is left in: {text}")
    return f"{text} \\gset" if read else f"{text};"
