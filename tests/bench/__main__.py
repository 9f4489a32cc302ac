"""Runs the benchmarks, prints tables of ratios and writes `var/bench.json`."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.accrual import accrual_http_vs_pgbench
from tests.bench.budgets import budget_vs_none
from tests.bench.bulk_import import bulk_import_vs_sql
from tests.bench.growth import accrual_at_1m_vs_1k_members
from tests.bench.measurement import CannotMeasure, Measurement
from tests.bench.peers import accrual_vs_hordak_transfer
from tests.bench.redeem import redeem_http_vs_pgbench
from tests.bench.referrals import referral_join_1m_vs_1k
from tests.bench.replay import replay_1m_receipts
from tests.bench.rules import accrual_200_rules_vs_10, evaluation_share_of_accrual
from tests.bench.segments import segment_count_10m_vs_duckdb, segment_count_vs_duckdb, segment_membership_ms

Benchmark = Callable[[Path, Console], Measurement]
BENCHMARKS: dict[str, Benchmark] = {
    "accrual_http_vs_pgbench": accrual_http_vs_pgbench,
    "redeem_http_vs_pgbench": redeem_http_vs_pgbench,
    "bulk_import_vs_sql": bulk_import_vs_sql,
    "accrual_at_1m_vs_1k_members": accrual_at_1m_vs_1k_members,
    "accrual_vs_hordak_transfer": accrual_vs_hordak_transfer,
    "budget_vs_none": budget_vs_none,
    "accrual_200_rules_vs_10": accrual_200_rules_vs_10,
    "evaluation_share_of_accrual": evaluation_share_of_accrual,
    "segment_count_vs_duckdb": segment_count_vs_duckdb,
    "segment_membership_ms": segment_membership_ms,
    "replay_1m_receipts": replay_1m_receipts,
    "referral_join_1m_vs_1k": referral_join_1m_vs_1k,
}
LONG: dict[str, Benchmark] = {"segment_count_10m_vs_duckdb": segment_count_10m_vs_duckdb}
"""What takes long to prepare: run by name, or with all others by `--long`."""
EXIT_NOT_MEASURED = 69


def main() -> int:
    """The exit code: 0 where everything that was asked for was measured."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--only", choices=sorted(BENCHMARKS | LONG), help="run one benchmark")
    parser.add_argument("--long", action="store_true", help="run those too that take long")
    asked = parser.parse_args()
    only = asked.only
    console = Console()
    var = Path(os.environ.get("MOLVA_VAR") or "var").resolve()
    measured: list[Measurement] = []
    missing = False
    for name, benchmark in (BENCHMARKS | LONG if asked.long or only in LONG else BENCHMARKS).items():
        if only in {None, name}:
            try:
                measured.append(benchmark(var / "bench", console))
            except CannotMeasure as problem:
                console.print(f"{name}: not measured: {problem}")
                missing = True
    _print(measured, console)
    (var / "bench.json").write_text(json.dumps([_row(one) for one in measured], indent=2) + "\n", encoding="utf-8")
    return EXIT_NOT_MEASURED if missing else 0


def _row(one: Measurement) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if name != "notes"} | {"ratio": round(one.ratio, 3)}


def _print(measured: list[Measurement], console: Console) -> None:
    table = Table("benchmark", "value", "reference", "ratio", "unit")
    for one in measured:
        table.add_row(one.name, f"{one.value:,.0f}", f"{one.reference:,.0f}", f"{one.ratio:.2f}", one.unit)
    console.print(table)
    for one in measured:
        for note in one.notes:
            console.print(f"{one.name}: {note}")


if __name__ == "__main__":
    sys.exit(main())
