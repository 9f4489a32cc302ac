"""Files of receipts: our own columns and UCI's, what is left out, and what is refused."""

import gzip
from pathlib import Path

import pytest

from backend.receipts.online_retail import NotThisFormat
from backend.replay import reading
from backend.replay.past import KeptPast, PastReturn, PastSale

HEADER = "receipt,member,occurred_at,store,region,country,sku,category,quantity,amount,payment"


def read(folder: Path, *rows: str, header: str = HEADER, currency: str = "RUB", zone: str | None = None) -> KeptPast:
    path = folder / "receipts.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return reading.read(path, currency=currency, zone=zone)


def test_rows_of_one_number_are_one_receipt(tmp_path: Path) -> None:
    past = read(
        tmp_path,
        "1,alice,2026-01-05T10:00:00,pokrovka,moscow,RU,cup,coffee,2,500.50,card",
        "1,alice,2026-01-05T10:00:00,pokrovka,moscow,RU,bun,bread,1,99,card",
        zone="Europe/Moscow",
    )
    [sale] = past.history("alice")
    assert isinstance(sale, PastSale)
    assert sale.occurred_at.isoformat() == "2026-01-05T10:00:00+03:00"
    assert (sale.total_minor, [line.category for line in sale.lines]) == (59_950, ["coffee", "bread"])
    assert (sale.store.code, sale.store.region, sale.store.country, sale.store.zone) == (
        "pokrovka",
        "moscow",
        "RU",
        "Europe/Moscow",
    )
    assert sale.payments == ({"kind": "card", "amount": 59_950},)


def test_amounts_are_of_the_programmes_currency(tmp_path: Path) -> None:
    row = "1,alice,2026-01-05T10:00:00,,,,cup,,1,500,"
    assert [read(tmp_path, row, currency=currency).history("alice")[0].total_minor for currency in ("RUB", "JPY")] == [  # type: ignore[union-attr]
        50_000,
        500,
    ]


def test_a_negative_row_is_a_return_of_its_receipt(tmp_path: Path) -> None:
    past = read(
        tmp_path,
        "1,alice,2026-01-07T10:00:00Z,,,,cup,coffee,-1,-250,",
        "1,alice,2026-01-05T10:00:00Z,,,,cup,coffee,2,500,",
        "9,alice,2026-01-07T10:00:00Z,,,,cup,coffee,-1,-250,",
    )
    sale, returned = past.history("alice")
    assert isinstance(sale, PastSale)
    assert isinstance(returned, PastReturn)
    assert (returned.number, returned.lines[0].quantity, returned.lines[0].amount_minor) == ("1", 1, 25_000)
    assert past.left_out == {"unmatched_return": 1}


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    past = read(
        tmp_path,
        "1,alice,2026-01-05T10:00:00Z,,,,cup,,1,500,",
        "2,,2026-01-05T10:00:00Z,,,,cup,,1,500,",
        "3,alice,yesterday,,,,cup,,1,500,",
        "4,alice,2026-01-05T10:00:00Z,,,,cup,,1,5.005,",
        "5,alice,2026-01-05T10:00:00Z,,,,cup,,-1,500,",
        "6,alice",
    )
    assert past.left_out == {"guest": 1, "unreadable": 4}
    assert past.events == 1


def test_only_four_columns_are_needed(tmp_path: Path) -> None:
    past = read(tmp_path, "1,alice,2026-01-05T10:00:00Z,12.50", header="receipt,member,occurred_at,amount")
    [sale] = past.history("alice")
    assert isinstance(sale, PastSale)
    assert sale.total_minor == 1_250


@pytest.mark.parametrize("header", ["receipt,member,amount", f"{HEADER},colour", "", "\x00"])
def test_other_columns_are_refused_with_those_that_are_known(tmp_path: Path, header: str) -> None:
    with pytest.raises(NotThisFormat, match=r"receipts\.csv"):
        read(tmp_path, header=header)


def test_a_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "receipts.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "\n" + "1,alice,2026-01-05,,,,cup,,1,5,\n" * 9_000).encode())[:-40])
    with pytest.raises(NotThisFormat, match="cannot be read"):
        reading.read(path, currency="RUB", zone=None)


def test_segments_are_read_by_member(tmp_path: Path) -> None:
    path = tmp_path / "segments.csv"
    path.write_text("member,code\nalice,regulars\nalice,vip\nboris,regulars\n", encoding="utf-8")
    assert reading.read_segments(path) == {"alice": {"regulars", "vip"}, "boris": {"regulars"}}
    path.write_text("name\nalice\n", encoding="utf-8")
    with pytest.raises(NotThisFormat, match="member,code"):
        reading.read_segments(path)
