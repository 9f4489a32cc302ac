"""Reading the format of UCI Online Retail: one line of an invoice per row, cancellations as invoices `C…`.

Pure: a file comes in, sales and returns come out in order of time, together with everything that was left out, by class
and line number. Nothing is guessed. A cancellation names no sale; its goods are found among the newest earlier sales of
the same customer, SKU and price of which there is still something left.

Columns: invoice_no, stock_code, description, quantity, invoiced_at, unit_price, customer_id, country.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

COLUMNS = ("invoice_no", "stock_code", "description", "quantity", "invoiced_at", "unit_price", "customer_id", "country")
PENCE = Decimal(100)
CANCELLATION = "C"


class LeftOut(StrEnum):
    """Why a line is no part of any member's receipt."""

    GUEST = "guest"
    """No customer: counted, earns nothing."""
    WITHOUT_PRICE = "without_price"
    STOCK_CORRECTION = "stock_correction"
    """A negative quantity outside a cancellation."""
    UNMATCHED_CANCELLATION = "unmatched_cancellation"
    """No earlier sale of this customer, SKU and price has as much left (in part, or at all)."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """A line that is sold. `number` is the line's place in the file, the header being line 1."""

    number: int
    sku: str
    quantity: int
    unit_price_minor: int

    @property
    def amount_minor(self) -> int:
        """What the line cost."""
        return self.quantity * self.unit_price_minor


@dataclass(slots=True)
class ImportedSale:
    """An invoice of a known customer."""

    invoice: str
    customer: str
    occurred_at: datetime
    lines: list[ImportedLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportedReturn:
    """What a cancellation takes back of one sale, by SKU; the number is the cancellation's with the sale's."""

    invoice: str
    sale_invoice: str
    customer: str
    occurred_at: datetime
    pieces: tuple[tuple[str, int, int], ...]
    """(SKU, quantity, amount in minor units)"""

    @property
    def external_id(self) -> str:
        """A cancellation may fall on several sales: each piece has a number of its own."""
        return f"{self.invoice}:{self.sale_invoice}"


@dataclass(slots=True)
class Reading:
    """All that a file says."""

    sales: list[ImportedSale] = field(default_factory=list)
    returns: list[ImportedReturn] = field(default_factory=list)
    left_out: dict[LeftOut, list[int]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0
    guest_invoices: int = 0
    customers: dict[str, datetime] = field(default_factory=dict)
    """Each known customer with the moment of the first line, also of one that was left out."""


class NotThisFormat(Exception):  # noqa: N818 - the sentence for whoever brought the file
    """The file is not of this format; the text says why."""


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    invoice: str
    sku: str
    quantity: int
    occurred_at: datetime
    unit_price_minor: int
    customer: str


@dataclass(slots=True)
class _Left:
    sale: ImportedSale
    line: ImportedLine
    quantity: int


def read(path: Path, *, zone: str) -> Reading:
    """Reads a file (`.csv` or `.csv.gz`, UTF-8); its times are local to `zone`.

    Raises:
        NotThisFormat: it is no such file at all. Single lines that cannot be read are left out and named.
    """
    reading = Reading()
    sales: dict[str, ImportedSale] = {}
    cancelled: list[_Row] = []
    guests = set()
    for row in _rows(path, ZoneInfo(zone), reading):
        reason = _reason_to_leave_out(row)
        if row.customer:
            known_since = reading.customers.setdefault(row.customer, row.occurred_at)
            reading.customers[row.customer] = min(known_since, row.occurred_at)
        else:
            guests.add(row.invoice)
        if reason is not None:
            reading.left_out[reason].append(row.number)
        elif row.invoice.startswith(CANCELLATION):
            cancelled.append(row)
        else:
            sale = sales.setdefault(row.invoice, ImportedSale(row.invoice, row.customer, row.occurred_at))
            # Minutes pass while an invoice is typed: it happened when it was begun.
            sale.occurred_at = min(sale.occurred_at, row.occurred_at)
            sale.lines.append(ImportedLine(row.number, row.sku, row.quantity, row.unit_price_minor))
    reading.guest_invoices = len(guests)
    reading.sales = sorted(sales.values(), key=lambda sale: (sale.occurred_at, sale.invoice))
    reading.returns = _match(cancelled, reading)
    return reading


def _reason_to_leave_out(row: _Row) -> LeftOut | None:
    if row.quantity < 0 and not row.invoice.startswith(CANCELLATION):
        return LeftOut.STOCK_CORRECTION
    if row.unit_price_minor == 0:
        return LeftOut.WITHOUT_PRICE
    if not row.customer:
        return LeftOut.GUEST
    if row.quantity > 0 and row.invoice.startswith(CANCELLATION):
        return LeftOut.UNMATCHED_CANCELLATION
    return None


def _match(cancelled: list[_Row], reading: Reading) -> list[ImportedReturn]:
    """Finds the sales that cancellations take back, in order of time, newest earlier sale first."""
    sold: dict[tuple[str, str, int], list[_Left]] = defaultdict(list)
    for sale in reading.sales:
        for line in sale.lines:
            sold[sale.customer, line.sku, line.unit_price_minor].append(_Left(sale, line, line.quantity))
    pieces: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
    about: dict[tuple[str, str], _Row] = {}
    for row in sorted(cancelled, key=lambda row: (row.occurred_at, row.number)):
        missing = -row.quantity
        for left in reversed(sold[row.customer, row.sku, row.unit_price_minor]):
            if missing == 0:
                break
            if left.sale.occurred_at > row.occurred_at or left.quantity == 0:
                continue
            part = min(missing, left.quantity)
            left.quantity -= part
            missing -= part
            key = (row.invoice, left.sale.invoice)
            about.setdefault(key, row)
            pieces[key].append((row.sku, part, part * row.unit_price_minor))
        if missing:
            reading.left_out[LeftOut.UNMATCHED_CANCELLATION].append(row.number)
    returns = [
        ImportedReturn(invoice, sale_invoice, about[key].customer, about[key].occurred_at, tuple(pieces[key]))
        for key in pieces
        for invoice, sale_invoice in (key,)
    ]
    return sorted(returns, key=lambda one: (one.occurred_at, one.external_id))


def _rows(path: Path, zone: ZoneInfo, reading: Reading) -> Iterator[_Row]:
    try:
        with _open(path) as file:
            rows = csv.reader(file, strict=True)
            header = next(rows, [])
            if tuple(header) != COLUMNS:
                raise NotThisFormat(f"{path.name}: the first line must be {','.join(COLUMNS)}.")
            for number, values in enumerate(rows, start=2):
                reading.lines += 1
                row = _row(number, values, zone)
                if row is None:
                    reading.left_out[LeftOut.UNREADABLE].append(number)
                else:
                    yield row
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise NotThisFormat(f"{path.name} cannot be read to its end: {error}") from error


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _row(number: int, values: list[str], zone: ZoneInfo) -> _Row | None:
    try:
        invoice, sku, _description, quantity, invoiced_at, unit_price, customer, _country = values
        price_minor = _price_minor(unit_price)
        if not invoice or not sku or price_minor is None or int(quantity) == 0:
            return None
        at = datetime.fromisoformat(invoiced_at).replace(tzinfo=zone)
        return _Row(number, invoice, sku, int(quantity), at, price_minor, customer)
    except ValueError:
        return None


@lru_cache(maxsize=10_000)
def _price_minor(text: str) -> int | None:
    """A price in pence; None where it is none. The same few thousand prices stand in every line."""
    try:
        price = Decimal(text) * PENCE
        return int(price) if price >= 0 and price == price.to_integral_value() else None
    except (InvalidOperation, OverflowError):
        return None
