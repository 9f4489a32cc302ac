"""`accrual_http_vs_pgbench`: receipts a second through the till's API, against pgbench on the product's own SQL.

The value: wrk with 16 connections posts distinct receipts of two lines, uniformly over 100,000 members with a phone
each, to granian; rules, referral check, card rules, lots, explanation and outbox included; commits are durable. Each
member buys once: a card that is shown three times within an hour is held, and accruals are what is measured.

The reference: `pgbench -M prepared -c 16 -j 2` runs the statements of one such receipt as one transaction, the very
texts that the product runs, with arrays of one element, for purchases of some days ago. Both sides take turns on one
database.
"""

import statistics
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from backend.ledger.statements import LOCK_BALANCES, POST
from backend.members import queries as members
from backend.notifications import service as notifications
from backend.programmes import queries as programmes
from backend.receipts.statements import FIND, INSERT, SEEN_CARDS
from backend.referrals.statements import OPEN_FOR_FRIENDS
from backend.shared.clock import business_now
from backend.shops import queries as shops
from backend.staff import queries as staff
from tests.bench import http_load, pgbench
from tests.bench.installation import Installation, installation, web_server
from tests.bench.measurement import Measurement

MEMBERS = 100_000
# Coprime to their number: every member's turn comes once, in no order.
STRIDE = 61_803
ROUNDS = 3
ROUND_SECONDS = 12
WARM_UP_SECONDS = 6
# More than a round can use.
MEMBERS_A_ROUND = MEMBERS // (ROUNDS + 1)

_WRK_SCRIPT = """
local number = {first}
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {till_key}"
request = function()
  number = number + 1
  local member = string.format("00000000-0000-0000-0000-%012x", number * {stride} % {members} + 1)
  local body = '{{"external_id":"' .. number .. '","member_id":"' .. member ..
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
    http_load.require_wrk()
    http, reference, latencies = [], [], []
    with installation(var / "accrual", members=MEMBERS) as installed:
        script = _pgbench_script(installed)
        with web_server(installed, workers=http_load.WEB_WORKERS, threads=http_load.WEB_THREADS):
            http_load.run(installed, _wrk_script(installed, 0), seconds=WARM_UP_SECONDS)
            installed.refresh_statistics()
            for number in range(1, ROUNDS + 1):
                before = installed.count("receipts")
                came = http_load.run(installed, _wrk_script(installed, number), seconds=ROUND_SECONDS)
                recorded = installed.count("receipts") - before
                if recorded < came.answered:
                    raise RuntimeError(f"{came.answered} receipts were acknowledged and {recorded} are there.")
                http.append(came.requests_per_second)
                latencies.append(came.p99_ms)
                reference.append(pgbench.run(installed, script, number=number, seconds=ROUND_SECONDS))
                console.print(f"round {number}: {http[-1]:,.0f} over HTTP, {reference[-1]:,.0f} by pgbench")
    return Measurement(
        name="accrual_http_vs_pgbench",
        value=statistics.median(http),
        reference=statistics.median(reference),
        unit="accruals/s",
        notes=(f"p99 {statistics.median(latencies):.0f} ms with {http_load.CLIENTS} clients",),
    )


def _wrk_script(installed: Installation, number: int) -> str:
    return _WRK_SCRIPT.format(
        till_key=installed.till_key,
        members=MEMBERS,
        stride=STRIDE,
        first=number * MEMBERS_A_ROUND,
        now=business_now().isoformat(timespec="seconds"),
    )


MEMBER = "lpad(to_hex(:m::bigint), 32, '0')::uuid"
RECEIPT, EVENT, MESSAGE, DELIVERY = (pgbench.identifier(place) for place in range(4))
KEY = "('pgbench-' || :run::bigint || '-' || :client_id::bigint || '-' || :n::bigint)"
FACTS = '{"store": {"ru": "Покровка, 12", "en": "Pokrovka 12"}, "points": 35, "rate_basis_points": 500}'


def _pgbench_script(installed: Installation) -> Path:
    """The product's statements for one receipt, with pgbench's variables in the place of parameters."""
    # Long enough ago that no card counts them among today's purchases.
    at = business_now() - timedelta(days=3)
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
        "paid_with_points_minor": "=0",
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
    around = [f"ARRAY[{moment} {sign} interval '25 hours']" for sign in "-+"]
    steps = [
        "\\set n :n + 1",
        f"\\set m random(1, {MEMBERS})",
        "BEGIN;",
        pgbench.filled(staff.LIVING_TILL_KEYS, positional=[f"ARRAY['{installed.till_key.partition('.')[0]}']"]),
        f"{' '.join(programmes.VERSIONS.split())};",
        pgbench.filled(OPEN_FOR_FRIENDS, positional=[f"ARRAY[{MEMBER}]"]),
        pgbench.filled(LOCK_BALANCES, {"member_ids": f"ARRAY[{MEMBER}]"}, read=""),
        pgbench.filled(FIND, {"store_ids": f"ARRAY['{installed.store_id}'::uuid]", "external_ids": f"ARRAY[{KEY}]"}),
        pgbench.filled(
            members.PUSH_DEVICE_IDS, positional=[f"ARRAY[{MEMBER}]", f"{moment} - interval '270 days'"], read=""
        ),
        pgbench.filled(SEEN_CARDS, {"member_ids": f"ARRAY[{MEMBER}]", "since": around[0], "until": around[1]}),
        f"{shops.ZONE};",
        pgbench.filled(staff.STAFF_CARDS, positional=[f"ARRAY[{MEMBER}]"]),
        pgbench.filled(
            INSERT,
            {
                "receipts": pgbench.rows(receipt),
                "lines": pgbench.rows(
                    line | {"position": "=1", "sku": '="BEANS"', "category": '="beans"', "amount_minor": "=60000"},
                    line | {"position": "=2", "sku": '="LATTE"', "category": '="coffee"', "amount_minor": "=10000"},
                ),
            },
        ),
        pgbench.filled(
            POST,
            {
                "transactions": pgbench.rows(event),
                "entries": pgbench.rows(
                    entry | {"account": '="pending"', "points": "=35", "balance_after": "(:pending::bigint + 35)"},
                    entry | {"account": '="issued"', "points": "=-35", "balance_after": "=null"},
                ),
                "lots": pgbench.rows(lot),
                "balances": pgbench.rows(balance),
            },
        ),
        pgbench.filled(
            notifications.TELL, {"now": moment, "messages": pgbench.rows(message), "deliveries": pgbench.rows(delivery)}
        ),
        "END;",
    ]
    path = installed.settings.var / "accrual.pgbench"
    path.write_text("\n".join(steps) + "\n", encoding="utf-8")
    return path
