"""Reading receipts of the past from a file: the columns of UCI Online Retail, or our own.

Our own columns (`COLUMNS`; the first line names them, `store` and what follows it may be left out or empty): one row
for each line of a receipt. `amount` is the line's whole amount in major units of the programme's currency, `12.50`;
`occurred_at` is RFC 3339, or a local time of the zone. A row with a negative quantity and amount is a return: it stands
under the number of the receipt that it takes back, at its own time. Rows without a member are counted and left out.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from backend.programmes.engine.facts import StoreFacts
from backend.programmes.programme import PAYMENT_KINDS
from backend.receipts import online_retail
from backend.receipts.online_retail import NotThisFormat, Reading
from backend.receipts.sale import ReturnedLine, SaleLine
from backend.replay.past import KeptPast, PastReturn, PastSale, ReadSoFar
from backend.shared.formatting import minor_digits

NEEDED = ("receipt", "member", "occurred_at", "amount")
COLUMNS = (
    "receipt",
    "member",
    "occurred_at",
    "store",
    "region",
    "country",
    "sku",
    "category",
    "quantity",
    "amount",
    "payment",
)
SEGMENT_COLUMNS = ("member", "code")
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
ROWS_A_TELLING = 5_000


def read(path: Path, *, currency: str, zone: str | None, read_so_far: ReadSoFar = lambda _rows: None) -> KeptPast:
    """Reads a file (`.csv` or `.csv.gz`, UTF-8) whose amounts are of this currency. Without a zone, the times of UCI
    Online Retail are London's, and those of our own columns UTC.

    Raises:
        NotThisFormat: it has neither set of columns, or cannot be read to its end.
    """
    header = _header(path)
    if header == online_retail.COLUMNS:
        return _of_online_retail(path, zone or "Europe/London")
    missing = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown:
        named = f"it has no column {missing[0]}" if missing else f"{unknown[0]} is no column of it"
        raise NotThisFormat(
            f"{path.name}: {named}. The first line names the columns, {','.join(COLUMNS)} (of which "
            f"{', '.join(NEEDED)} are needed), or those of UCI Online Retail: {','.join(online_retail.COLUMNS)}."
        )
    return _of_columns(path, header, currency, zone or "UTC", read_so_far)


def read_segments(path: Path) -> dict[str, frozenset[str]]:
    """Who is in which segments: a file of the columns `member,code`, one row for each membership.

    Raises:
        NotThisFormat: it is not of these columns.
    """
    if _header(path) != SEGMENT_COLUMNS:
        raise NotThisFormat(f"{path.name}: the first line must be {','.join(SEGMENT_COLUMNS)}.")
    found: dict[str, set[str]] = {}
    for row in _rows(path):
        if len(row) != len(SEGMENT_COLUMNS):
            raise NotThisFormat(f"{path.name}: each row is a member and a code, and {row!r} is not.")
        found.setdefault(row[0], set()).add(row[1])
    return {member: frozenset(codes) for member, codes in found.items()}


def _of_online_retail(path: Path, zone: str) -> KeptPast:
    reading = online_retail.read(path, zone=zone)
    store = StoreFacts(code="online-retail", zone=zone)
    past = KeptPast(path.name, "online_retail", zone, LONG_AGO, left_out=_left_out(reading))
    past.keep(
        PastSale(
            sale.customer,
            sale.invoice,
            sale.occurred_at,
            sum(line.amount_minor for line in sale.lines),
            tuple(_line(line.sku, "", line.quantity, line.amount_minor) for line in sale.lines),
            store,
        )
        for sale in reading.sales
    )
    past.keep(
        PastReturn(
            one.customer,
            one.sale_invoice,
            one.occurred_at,
            tuple(
                ReturnedLine(sku=sku, quantity=Decimal(quantity), amount_minor=amount_minor)
                for sku, quantity, amount_minor in one.pieces
            ),
        )
        for one in reading.returns
    )
    return past


def _left_out(reading: Reading) -> dict[str, int]:
    return {str(reason): len(numbers) for reason, numbers in reading.left_out.items() if numbers}


@dataclass(slots=True)
class _Begun:
    """A receipt, or a return of it, of which some rows have been read."""

    member: str
    number: str
    occurred_at: datetime
    store: StoreFacts
    payment: str
    lines: list[SaleLine] = field(default_factory=list)


def _of_columns(path: Path, header: tuple[str, ...], currency: str, zone: str, read_so_far: ReadSoFar) -> KeptPast:
    left_out: Counter[str] = Counter()
    sales: dict[tuple[str, str], _Begun] = {}
    returns: dict[tuple[str, str, str], _Begun] = {}
    unit, place = Decimal(10) ** minor_digits(currency), ZoneInfo(zone)
    for number, values in enumerate(_rows(path), start=1):
        if number % ROWS_A_TELLING == 0:
            read_so_far(ROWS_A_TELLING)
        row = dict(zip(header, values, strict=False))
        if not row.get("member"):
            left_out["guest"] += 1
            continue
        try:
            line = _line_of(row, unit)
            key = (row["member"], row["receipt"])
            if line.amount_minor < 0:
                begun = returns.setdefault((*key, row["occurred_at"]), _begin(row, place))
            else:
                begun = sales.get(key) or sales.setdefault(key, _begin(row, place))
            begun.lines.append(line)
        except (ValueError, KeyError, InvalidOperation):
            left_out["unreadable"] += 1
    past = KeptPast(path.name, "columns", zone, LONG_AGO)
    past.keep(_sale(one) for one in sales.values())
    taken_back = [one for (member, receipt, _at), one in returns.items() if (member, receipt) in sales]
    left_out["unmatched_return"] = len(returns) - len(taken_back)
    past.keep(_return(one) for one in taken_back)
    past.left_out = {reason: count for reason, count in left_out.items() if count}
    return past


def _begin(row: Mapping[str, str], place: ZoneInfo) -> _Begun:
    at = datetime.fromisoformat(row["occurred_at"])
    moment = at.astimezone(place) if at.tzinfo else at.replace(tzinfo=place)
    store = _store(row.get("store") or "", row.get("region") or "", row.get("country") or "", place.key)
    payment = row.get("payment") or ""
    return _Begun(row["member"], row["receipt"], moment, store, payment if payment in PAYMENT_KINDS else "")


def _line_of(row: Mapping[str, str], unit: Decimal) -> SaleLine:
    amount_minor = _amount_minor(row["amount"], unit)
    quantity = row.get("quantity") or ("1" if amount_minor >= 0 else "-1")
    if (Decimal(quantity) < 0) != (amount_minor < 0) or not row["receipt"]:
        raise ValueError(row)
    return _line(row.get("sku") or "", row.get("category") or "", quantity, amount_minor)


def _sale(begun: _Begun) -> PastSale:
    total_minor = sum(line.amount_minor for line in begun.lines)
    payments = ({"kind": begun.payment, "amount": total_minor},) if begun.payment else ()
    return PastSale(
        begun.member, begun.number, begun.occurred_at, total_minor, tuple(begun.lines), begun.store, payments
    )


def _return(begun: _Begun) -> PastReturn:
    lines = tuple(
        ReturnedLine(sku=line.sku, quantity=-line.quantity, amount_minor=-line.amount_minor) for line in begun.lines
    )
    return PastReturn(begun.member, begun.number, begun.occurred_at, lines)


# The same few goods, prices and stores stand in most rows.
@lru_cache(maxsize=200_000)
def _line(sku: str, category: str, quantity: str | int, amount_minor: int) -> SaleLine:
    return SaleLine(sku, Decimal(quantity), amount_minor, category or None)


@lru_cache(maxsize=10_000)
def _store(code: str, region: str, country: str, zone: str) -> StoreFacts:
    return StoreFacts(code=code, name={}, region=region, country=country, zone=zone)


@lru_cache(maxsize=100_000)
def _amount_minor(text: str, unit: Decimal) -> int:
    amount = Decimal(text) * unit
    if amount != amount.to_integral_value():
        raise ValueError(text)
    return int(amount)


def _header(path: Path) -> tuple[str, ...]:
    try:
        with _open(path) as file:
            return tuple(next(csv.reader(file, strict=True), []))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise NotThisFormat(f"{path.name} cannot be read: {error}") from error


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        with _open(path) as file:
            rows = csv.reader(file, strict=True)
            next(rows, None)
            yield from rows
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise NotThisFormat(f"{path.name} cannot be read to its end: {error}") from error


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
