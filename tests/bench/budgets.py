"""`budget_vs_none`: receipts a second whose points come out of one budget of all members, against the same without it.

wrk with 16 connections posts distinct receipts, uniformly over the members, to granian with group commit. Two
programmes of one installation take turns; they are alike but for the budget and the currency that tells them apart: two
rules, of which one takes from the budget at each receipt. At the end the budget's slices and the ledger must agree.
"""

import statistics
from pathlib import Path

import psycopg
from rich.console import Console

from backend.app import create_app
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import db, transaction
from tests.bench import http_load
from tests.bench.installation import Installation, installation, web_server
from tests.bench.measurement import Measurement

MEMBERS = 10_000
ROUNDS = 3
ROUND_SECONDS = 12
WARM_UP_SECONDS = 6
POINTS = 100_000_000
WITHOUT, WITH = "EUR", "USD"

_PROGRAMME = """
programme: promotion-{name}
title: {{en: Promotion, ru: Акция}}
currency: {currency}
point_value_minor: 100
earning:
  - {{rule: base, rate_basis_points: 500}}
  - {{rule: welcome, title: {{en: Welcome, ru: Приветствие}}, points: 10, stack: promotions}}
stacking: {{promotions: {{policy: sum}}}}
availability: {{pending_days: 14}}
"""
_BUDGET = f"budgets: [{{budget: welcome, rules: [welcome], points: {POINTS}, period: year, at_end: skip}}]\n"
_WRK_SCRIPT = """
local number = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {till_key}"
request = function()
  number = number + 1
  local member = string.format("00000000-0000-0000-0000-%012x", math.random(1, {members}))
  local body = '{{"external_id":"{round}-' .. number .. '","member_id":"' .. member ..
    '","occurred_at":"{now}","currency":"{currency}","total":70000,"lines":[' ..
    '{{"sku":"BEANS","category":"beans","quantity":1,"amount":70000}}]}}'
  return wrk.format(nil, "/api/v1/till/receipts", nil, body)
end
"""
_TAKEN = """
SELECT (SELECT sum((facts->'budgets'->>'welcome')::bigint) FROM ledger_transactions WHERE facts ? 'budgets'),
       %(points)s - (SELECT sum(points_left) FROM budget_slices)
"""


def budget_vs_none(var: Path, console: Console) -> Measurement:
    """The benchmark.

    Raises:
        CannotMeasure: wrk is not installed.
        RuntimeError: the budget and the ledger disagree.
    """
    http_load.require_wrk()
    rates: dict[str, list[float]] = {WITHOUT: [], WITH: []}
    with installation(var / "budgets", members=MEMBERS) as installed:
        _load_programmes(installed)
        with web_server(installed, workers=http_load.WEB_WORKERS, threads=http_load.WEB_THREADS):
            for currency in rates:
                http_load.run(installed, _script(installed, "warm-up", currency), seconds=WARM_UP_SECONDS)
            installed.refresh_statistics()
            for number in range(ROUNDS):
                for currency, found in rates.items():
                    script = _script(installed, f"round-{number}", currency)
                    found.append(http_load.run(installed, script, seconds=ROUND_SECONDS).requests_per_second)
                console.print(f"round {number + 1}: {rates[WITH][-1]:,.0f} with, {rates[WITHOUT][-1]:,.0f} without")
        taken = _check(installed)
    return Measurement(
        name="budget_vs_none",
        value=statistics.median(rates[WITH]),
        reference=statistics.median(rates[WITHOUT]),
        unit="accruals/s",
        notes=(f"{taken:,} points were taken, and the ledger gave as many",),
    )


def _load_programmes(installed: Installation) -> None:
    with create_app(installed.settings).app_context():
        for currency, budget in ((WITHOUT, ""), (WITH, _BUDGET)):
            text = _PROGRAMME.format(currency=currency, name=currency.lower())
            with transaction() as session:
                programmes.load(session, text + budget, in_force_from=business_now())
        db.session.remove()
        db.engine.dispose()


def _script(installed: Installation, name: str, currency: str) -> str:
    return _WRK_SCRIPT.format(
        till_key=installed.till_key,
        members=installed.members,
        round=f"{name}-{currency}",
        currency=currency,
        now=business_now().isoformat(timespec="seconds"),
    )


def _check(installed: Installation) -> int:
    with psycopg.connect(installed.postgres.url) as connection:
        row = connection.execute(_TAKEN, {"points": POINTS}).fetchone()
    if row is None or row[0] != row[1]:
        raise RuntimeError(f"The ledger gave and the budget lost {row}.")
    return int(row[0])
