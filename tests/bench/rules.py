"""What judging by rules costs in an accrual.

`accrual_200_rules_vs_10`: accruals a second by a programme of 200 rules, against one of 10. Nine of ten rules are about
goods, stores, tiers and days that a receipt has not, as rules of a large shop are; the rest hold for every receipt.

`evaluation_share_of_accrual`: the time in which an accrual is judged by the programme of 200 rules, in microseconds,
against the time of the whole accrual; so the ratio is its share.

Batches of 16 receipts of random members, as group commit makes them under load; in this process, on one connection, in
turns.
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
from sqlalchemy.orm import Session

from backend.programmes import service as programmes
from backend.programmes.document import read_programme
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.engine.evaluation import evaluate
from backend.programmes.engine.facts import History, MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.programme import Programme
from backend.receipts.sale import SaleLine
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction
from backend.shared.ids import new_id
from backend.till.group_commit import do_together
from backend.till.kinds_of_work import RECORDING
from backend.till.receipt_request import ReceiptRequest, Store
from tests.bench.growth import applications
from tests.bench.installation import Installation, installation
from tests.bench.measurement import Measurement

MEMBERS = 10_000
BATCH = 16
ROUNDS = 5
ROUND_SECONDS = 4.0
FEW, MANY = 10, 200
EVALUATIONS = 2_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HEAD = """
programme: rules-{name}
title: {{en: Rules, ru: Правила}}
currency: {currency}
point_value_minor: 100
availability: {{pending_days: 14}}
expiry: {{days: 365}}
stacking: {{promotions: {{policy: best, maximum_points: 500}}}}
earning:
  - {{rule: base, rate_basis_points: 500}}
"""
LINES = tuple(SaleLine(f"sku-{number}", Decimal(1), 14_000, f"category-{number}") for number in range(5))


def accrual_200_rules_vs_10(var: Path, console: Console) -> Measurement:
    """The benchmark of many rules."""
    currencies = {FEW: "EUR", MANY: "GBP"}
    rates: dict[int, list[float]] = {FEW: [], MANY: []}
    with installation(var / "rules", members=MEMBERS) as installed, _application(installed, currencies) as app:
        for rules, currency in currencies.items():
            _rate(app, installed, currency, seconds=ROUND_SECONDS)
            installed.refresh_statistics()
            rates[rules].clear()
        for number in range(ROUNDS):
            for rules, currency in currencies.items():
                rates[rules].append(_rate(app, installed, currency, seconds=ROUND_SECONDS))
            console.print(f"round {number + 1}: {rates[MANY][-1]:,.0f} and {rates[FEW][-1]:,.0f} receipts/s")
    return Measurement(
        name="accrual_200_rules_vs_10",
        value=statistics.median(rates[MANY]),
        reference=statistics.median(rates[FEW]),
        unit="accruals/s",
        notes=("one rule of ten holds for every receipt; the others are found by goods, stores, tiers and days",),
    )


def evaluation_share_of_accrual(var: Path, console: Console) -> Measurement:
    """The benchmark of judging alone."""
    evaluations, accruals = [], []
    with installation(var / "share", members=MEMBERS) as installed, _application(installed, {MANY: "GBP"}) as app:
        programme = read_programme(document(MANY, "GBP"))
        _rate(app, installed, "GBP", seconds=ROUND_SECONDS)
        installed.refresh_statistics()
        for number in range(ROUNDS):
            evaluations.append(evaluation_microseconds(programme))
            accruals.append(1e6 / _rate(app, installed, "GBP", seconds=ROUND_SECONDS))
            console.print(f"round {number + 1}: {evaluations[-1]:,.0f} of {accruals[-1]:,.0f} µs")
    return Measurement(
        name="evaluation_share_of_accrual",
        value=statistics.median(evaluations),
        reference=statistics.median(accruals),
        unit="µs",
    )


def document(rules: int, currency: str) -> str:
    """A programme of so many rules: of ten, one holds for every receipt."""
    written = [_rule(number) for number in range(1, rules)]
    return _HEAD.format(name=currency.lower(), currency=currency).lstrip() + "\n".join(written) + "\n"


def evaluation_microseconds(programme: Programme) -> float:
    """How long a receipt of five lines is judged."""
    store = StoreFacts(code="pokrovka", name={"ru": "Покровка, 12", "en": "Pokrovka 12"}, zone="Europe/Moscow")
    total_minor = sum(line.amount_minor for line in LINES)
    receipt = ReceiptFacts(occurred_at=business_now(), total_minor=total_minor, store=store, lines=LINES)
    member = MemberFacts(history=History(3, 100_000))
    evaluate(programme, receipt, member, UNLIMITED)
    begun_at = time.perf_counter()
    for _ in range(EVALUATIONS):
        evaluate(programme, receipt, member, UNLIMITED)
    return (time.perf_counter() - begun_at) / EVALUATIONS * 1e6


def _rule(number: int) -> str:
    """By turns: about goods that few receipts have, a store, a region, a day, and now and then for everybody."""
    kind = number % 10
    if kind == 0:
        way = f"points: {number}, stack: promotions, when: receipt.total >= money({number}) && member.purchases >= 1"
    elif kind < 4:
        way = f"""multiplier_basis_points: 15000, stack: promotions, lines: 'line.category == "category-{number}"'"""
    elif kind < 6:
        way = f"""points_per_item: 2, lines: 'line.sku in ["sku-{number}", "sku-{number + 1}"]'"""
    elif kind < 8:
        way = f"""points: 10, stack: promotions, when: 'store.region == "region-{number}"'"""
    else:
        day = WEEKDAYS[number % 7]
        way = f"""rate_basis_points: 100, when: 'store.code == "store-{number}" && at.weekday == "{day}"'"""
    return f"  - {{rule: rule_{number}, {way}}}"


@contextmanager
def _application(installed: Installation, currencies: dict[int, str]) -> Iterator[Flask]:
    """The application, with a programme of so many rules in each currency."""

    def load(session: Session) -> None:
        for rules, currency in currencies.items():
            programmes.load(session, document(rules, currency), in_force_from=business_now())

    with applications(installed) as [app]:
        with app.app_context():
            run_transaction(load)
        yield app


def _rate(app: Flask, installed: Installation, currency: str, *, seconds: float) -> float:
    store = Store(UUID(installed.store_id), {"ru": "Покровка, 12", "en": "Pokrovka 12"})
    recorded, begun_at = 0, time.monotonic()
    with app.app_context():
        while (passed := time.monotonic() - begun_at) < seconds:
            receipts = [_receipt(store, random.randint(1, installed.members), currency) for _ in range(BATCH)]  # noqa: S311
            do_together(RECORDING, receipts)
            db.session.remove()
            recorded += BATCH
    return recorded / passed


def _receipt(store: Store, number: int, currency: str) -> ReceiptRequest:
    return ReceiptRequest(
        store=store,
        external_id=new_id().hex,
        occurred_at=business_now(),
        currency=currency,
        total_minor=sum(line.amount_minor for line in LINES),
        lines=LINES,
        member_id=UUID(int=number),
        source="till",
    )
