"""`accrual_at_1m_vs_1k_members`: what an accrual costs in a shop of a million members, against one of a thousand.

Batches of 16 receipts, as group commit makes them under load, of random members; in this process, on one connection of
each database, in turns. The two databases differ in their members alone: each has a phone and a balance. Rules that
count how often a card is shown are left out: a thousand members who buy thirty times in a minute would be held by them,
and cost what cases cost.
"""

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from flask import Flask
from rich.console import Console

from backend.app import create_app
from backend.programmes import service as programmes
from backend.receipts.sale import SaleLine
from backend.shared.clock import business_now
from backend.shared.db import db, transaction
from backend.shared.ids import new_id
from backend.till.group_commit import do_together
from backend.till.kinds_of_work import RECORDING
from backend.till.receipt_request import ReceiptRequest, Store
from tests.bench.installation import DEMO_PROGRAMME, Installation, installation
from tests.bench.measurement import Measurement

SMALL, LARGE = 1_000, 1_000_000
BATCH = 16
UNHURRIED = "\n".join(
    line for line in DEMO_PROGRAMME.read_text(encoding="utf-8").splitlines() if "receipts_per_card" not in line
)
ROUNDS = 5
ROUND_SECONDS = 4.0


def accrual_at_1m_vs_1k_members(var: Path, console: Console) -> Measurement:
    """The benchmark."""
    rates: dict[int, list[float]] = {SMALL: [], LARGE: []}
    with (
        installation(var / "thousand", members=SMALL) as small,
        installation(var / "million", members=LARGE) as large,
        applications(small, large) as apps,
    ):
        for installed, app in zip((small, large), apps, strict=True):
            with app.app_context(), transaction() as session:
                programmes.load(session, UNHURRIED, in_force_from=business_now())
            rate(app, installed, seconds=ROUND_SECONDS)
            installed.refresh_statistics()
        for number in range(ROUNDS):
            for installed, app in zip((small, large), apps, strict=True):
                rates[installed.members].append(rate(app, installed, seconds=ROUND_SECONDS))
            console.print(f"round {number + 1}: {rates[SMALL][-1]:,.0f} and {rates[LARGE][-1]:,.0f} receipts/s")
    return Measurement(
        name="accrual_at_1m_vs_1k_members",
        value=statistics.median(rates[LARGE]),
        reference=statistics.median(rates[SMALL]),
        unit="accruals/s",
        notes=("what grows: the depth of the indexes, and how many pages a checkpoint writes anew",),
    )


@contextmanager
def applications(*installed: Installation) -> Iterator[list[Flask]]:
    """An application on each installation, for the time of a `with` block."""
    apps = [create_app(one.settings) for one in installed]
    yield apps
    for app in apps:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def rate(app: Flask, installed: Installation, *, seconds: float, batch: int = BATCH) -> float:
    """Receipts a second, recorded for so long in batches of this size, of random members."""
    store = Store(UUID(installed.store_id), {"ru": "Покровка, 12", "en": "Pokrovka 12"})
    recorded, begun_at = 0, time.monotonic()
    with app.app_context():
        while (passed := time.monotonic() - begun_at) < seconds:
            do_together(RECORDING, [_receipt(store, random.randint(1, installed.members)) for _ in range(batch)])  # noqa: S311
            db.session.remove()
            recorded += batch
    return recorded / passed


def _receipt(store: Store, number: int) -> ReceiptRequest:
    return ReceiptRequest(
        store=store,
        external_id=new_id().hex,
        occurred_at=business_now(),
        currency="RUB",
        total_minor=70_000,
        lines=(SaleLine("BEANS", Decimal(1), 60_000, "beans"), SaleLine("LATTE", Decimal(1), 10_000, "coffee")),
        member_id=UUID(int=number),
        source="till",
    )
