"""Replaying a shop's past: an imported file goes the same way in as a till's receipts.

A receipt's number makes a repetition harmless, and what is matched depends on the file alone: an import that was killed
in the middle and is started again ends in the same state as one that ran through.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID
from zlib import crc32

from flask import current_app
from sqlalchemy.orm import Session

from backend.ledger.errors import BookWrong
from backend.members import service as members
from backend.programmes.queries import programmes
from backend.receipts.online_retail import ImportedReturn, ImportedSale, Reading
from backend.receipts.sale import Return, ReturnedLine, SaleLine
from backend.shared.db import run_transaction
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.till.batch import Recorded
from backend.till.group_commit import do_together
from backend.till.import_processes import Progress, in_processes
from backend.till.kinds_of_work import RECORDING
from backend.till.receipt_request import ReceiptRequest, Store
from backend.till.returning import record_return

CHUNK_EVENTS = 1_000
CHUNK_MEMBERS = 5_000

Event = ImportedSale | ImportedReturn


@dataclass(slots=True)
class ImportResult:
    """What an import came to."""

    members: int = 0
    receipts_recorded: int = 0
    receipts_repeated: int = 0
    returns_recorded: int = 0
    returns_repeated: int = 0
    points_accrued: int = 0
    points_taken_back: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(invoice, problem)"""

    def add(self, part: "ImportResult") -> None:
        """Counts in what another part came to."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(part, each.name))


def import_reading(
    reading: Reading,
    *,
    store: Store,
    currency: str,
    locale: str,
    zone: str,
    progress: Progress,
    processes: int = 1,
) -> ImportResult:
    """Enrols the customers, then records what each bought and brought back, in order of time; `progress` is told how
    many more of these are done.

    Each chunk is one durable transaction for its sales and one for its returns. Customers follow one another in groups,
    shared out among several `processes`: many receipts of few books cost less than one each of many. Only where the
    programme's budgets are for all is everything recorded in order of time, by one process, since whoever came first
    was paid first.

    Raises:
        ImportProcessLost: a process failed or was killed; what was recorded stays, a new start goes on.
    """
    ids = _enrol(reading.customers, locale=locale, zone=zone)

    def record(groups: Sequence[list[Event]], progress: Progress) -> ImportResult:
        result = ImportResult()
        for events in groups:
            _record_events(sorted(events, key=_order), ids, store, currency, result, progress)
        return result

    if run_transaction(lambda session: _has_budgets_for_all(session, currency)):
        results = [record([[*reading.sales, *reading.returns]], progress)]
    elif processes == 1:
        results = [record(_grouped(reading), progress)]
    else:
        groups = _grouped(reading)
        parts = [groups[number::processes] for number in range(processes)]
        results = in_processes(current_app._get_current_object(), record, parts, progress=progress)  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way out of the proxy
    result = ImportResult(members=len(ids))
    for one in results:
        result.add(one)
    return result


def _has_budgets_for_all(session: Session, currency: str) -> bool:
    """Whether customers share a budget in any version of the currency's programme."""
    return any(
        budget.scope != "member"
        for of_currency, _since, programme in programmes(session).versions
        if of_currency == currency
        for budget in programme.budgets
    )


def _grouped(reading: Reading) -> list[list[Event]]:
    """All that happened to a customer in one group; a group is about one chunk. It depends on the file alone."""
    groups: list[list[Event]] = [[] for _ in range(1 + (len(reading.sales) + len(reading.returns)) // CHUNK_EVENTS)]
    for events in (reading.sales, reading.returns):
        for event in events:
            groups[crc32(event.customer.encode()) % len(groups)].append(event)
    return groups


def _record_events(
    events: list[Event], ids: dict[str, UUID], store: Store, currency: str, result: ImportResult, progress: Progress
) -> None:
    for chunk in _chunks(events, CHUNK_EVENTS):
        # All returns of a chunk take back sales that stand before them, in this chunk or an earlier one.
        for sales, returns in _parts(chunk):
            _record_sales(sales, ids, store, currency, result)
            _record_returns(returns, store, result)
        progress(len(chunk))


def _parts(chunk: Iterable[Event]) -> Iterator[tuple[list[ImportedSale], list[ImportedReturn]]]:
    """Sales and returns that may be recorded one kind after the other: nobody buys again after a return, since what was
    brought back was not spent when that purchase was made.
    """
    sales: list[ImportedSale] = []
    returns: list[ImportedReturn] = []
    returning: set[str] = set()
    for event in chunk:
        if isinstance(event, ImportedReturn):
            returns.append(event)
            returning.add(event.customer)
            continue
        if event.customer in returning:
            yield sales, returns
            sales, returns, returning = [], [], set()
        sales.append(event)
    yield sales, returns


def _order(event: Event) -> tuple[datetime, bool, str]:
    return event.occurred_at, isinstance(event, ImportedReturn), event.invoice


def _chunks(events: Iterable[Event], size: int) -> Iterator[list[Event]]:
    rest = iter(events)
    while chunk := list(islice(rest, size)):
        yield chunk


def _enrol(customers: dict[str, datetime], *, locale: str, zone: str) -> dict[str, UUID]:
    names = sorted(customers)
    ids: dict[str, UUID] = {}
    for start in range(0, len(names), CHUNK_MEMBERS):
        part = names[start : start + CHUNK_MEMBERS]

        def enrol(session: Session, part: list[str] = part) -> dict[str, UUID]:
            return members.enrol_external(session, external_ids=part, joined_at=customers, locale=locale, zone=zone)

        ids |= run_transaction(enrol)
    return ids


def _record_sales(
    sales: list[ImportedSale], ids: dict[str, UUID], store: Store, currency: str, result: ImportResult
) -> None:
    if not sales:
        return
    requests = [
        ReceiptRequest(
            store=store,
            external_id=sale.invoice,
            occurred_at=sale.occurred_at,
            currency=currency,
            total_minor=sum(line.amount_minor for line in sale.lines),
            lines=tuple(SaleLine(line.sku, Decimal(line.quantity), line.amount_minor) for line in sale.lines),
            member_id=ids[sale.customer],
            source="import",
        )
        for sale in sales
    ]
    for sale, outcome in zip(sales, do_together(RECORDING, requests), strict=True):
        if not isinstance(outcome, Recorded):
            result.refused.append((sale.invoice, str(outcome.title) % outcome.facts))
            continue
        result.receipts_repeated += outcome.repeated
        result.receipts_recorded += not outcome.repeated
        result.points_accrued += outcome.answer["points_pending"] + outcome.answer["points_earned"]


def _record_returns(returns: list[ImportedReturn], store: Store, result: ImportResult) -> None:
    for one, (points, repeated, problem) in zip(returns, _recorded_returns(returns, store), strict=True):
        if problem is not None:
            result.refused.append((one.external_id, problem))
            continue
        result.returns_repeated += repeated
        result.returns_recorded += not repeated
        result.points_taken_back += points


def _recorded_returns(returns: list[ImportedReturn], store: Store) -> list[tuple[int, bool, str | None]]:
    """In one transaction; where a book is wrong, each by itself."""

    def work(session: Session) -> list[tuple[int, bool, str | None]]:
        return [_record_return(session, one, store) for one in returns]

    try:
        return run_transaction(work) if returns else []
    except BookWrong as problem:
        if len(returns) == 1:
            return [(0, False, str(problem.title))]
        return [recorded for one in returns for recorded in _recorded_returns([one], store)]


def _record_return(session: Session, one: ImportedReturn, store: Store) -> tuple[int, bool, str | None]:
    """Points, whether it was there before, what was wrong with it."""
    returned = Return(
        id=new_id(),
        store_id=store.id,
        external_id=one.external_id,
        sale_external_id=one.sale_invoice,
        occurred_at=one.occurred_at,
        lines=tuple(
            ReturnedLine(sku=sku, quantity=Decimal(quantity), amount_minor=amount)
            for sku, quantity, amount in one.pieces
        ),
    )
    try:
        recorded = record_return(session, returned, sold_at=store.id, store_name=store.name, quietly=True)
    except DomainError as problem:
        return 0, False, str(problem.title) % problem.facts
    return recorded.answer["points_taken_back"], recorded.repeated, None
