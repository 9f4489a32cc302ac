"""Balances of an earlier programme: what a file may say, what is refused before anything is written, and the one end
to which an import comes however often it is started.
"""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger.audit import audit
from backend.members.card_number import new_card_number
from backend.members.service import resolve_codes
from backend.programmes import queries as programmes
from backend.programmes import service as programme_service
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from backend.shared.wording import Reader
from backend.till import balances_file, balances_import
from backend.till.balances_cli import balances as commands
from backend.till.balances_file import BadRow, BalancesFile, NotABalancesFile
from backend.till.balances_import import Imported, Terms
from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.members import ALICE_PHONE, alice
from tests.factories.shops import a_shop
from tests.factories.till import DEMO_PROGRAMME

MOSCOW = "Europe/Moscow"
HEADER = "external_id,card,phone,email,points,available_at,expires_at,note"


def write_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "balances.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


# The file


@pytest.fixture
def read(app: Flask, tmp_path: Path) -> Iterator[Callable[..., BalancesFile]]:
    with app.app_context():
        yield lambda *rows, header=HEADER: balances_file.read(write_file(tmp_path, *rows, header=header), zone=MOSCOW)


Read = Callable[..., BalancesFile]


def test_a_day_alone_is_the_whole_day_in_the_shops_zone(read: Read) -> None:
    (row,) = read("A-1,,,,100,2026-12-01,2027-05-31,").rows
    assert row.available_at == datetime.fromisoformat("2026-12-01T00:00:00+03:00")
    assert row.burning is not None
    assert row.burning.at == datetime.fromisoformat("2027-05-31T23:59:59.999999+03:00")


def test_a_time_is_taken_with_its_offset_and_never_without(read: Read) -> None:
    found = read("A-1,,,,100,2026-12-01T10:00:00+05:00,,", "A-1,,,,100,2026-12-01T10:00:00,,")
    assert found.rows[0].available_at == datetime.fromisoformat("2026-12-01T05:00:00+00:00")
    assert [one.line for one in found.bad] == [3]


def test_never_is_said_and_nothing_leaves_it_to_the_programme(read: Read) -> None:
    found = read("A-1,,,,100,,never,", "A-1,,,,100,,,")
    assert [row.burning and row.burning.at for row in found.rows] == [None, None]
    assert [row.burning is None for row in found.rows] == [False, True]


def test_lines_without_points_and_empty_lines_bring_nothing(read: Read) -> None:
    found = read("A-1,,,,0,,,", "", "A-2,,,,5,,,")
    assert (found.rows_without_points, [row.line for row in found.rows], found.points) == (1, [4], 5)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,100,,,", "exactly one of"),
        ("A-1,9710004420313201,,,100,,,", "here 2 do"),
        ("A-1,,,,-5,,,", "whole number"),
        ("A-1,,,,1.5,,,", "whole number"),
        ("A-1,,,,1 000,,,", "whole number"),
        ("A-1,,,,,,,", "whole number"),
        ("A-1,,,,٣,,,", "whole number"),
        ("A-1,,,,2000000000,,,", "more than"),
        ("A-1,,,,100,tomorrow,,", "`available_at` is a day"),
        ("A-1,,,,100,2026-02-30,,", "`available_at` is a day"),
        ("A-1,,,,100,0001-01-01,,", "`available_at` is a day"),
        ("A-1,,,,100,,9999-12-31,", "`expires_at` is a day"),
        ("A-1,,,,100,2027-06-01,2027-05-31,", "before they come"),
        ("A-1,,,,100", "cells"),
        ("A-1,,,,100,,,a,b", "cells"),
        ("A-1,,,,100,,,a\x00b", "control"),
        (f"{'A' * 101},,,,100,,,", "`external_id` is longer"),
        (f"A-1,,,,100,,,{'n' * 201}", "`note` is longer"),
        (",,+7 912,,100,,,", "phone"),
        (",,,anna,100,,,", "e-mail"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_with_its_line(read: Read, row: str, reason: str) -> None:
    found = read("A-0,,,,100,,,", row, "A-2,,,,100,,,")
    assert [(one.line, reason in one.reason) for one in found.bad] == [(3, True)], found.bad
    assert len(found.rows) == 2


def test_an_id_stands_in_a_file_once(read: Read) -> None:
    found = read("1,A-1,5", "1,A-2,6", header="id,external_id,points")
    assert found.bad == [BadRow(3, "its id stands on line 2 too")]


def test_rows_that_say_the_same_of_one_member_are_told_apart(read: Read) -> None:
    keys = [row.key for row in read("A-1,,,,100,,,", "A-1,,,,100,,,", "A-2,,,,100,,,", "A-1,,,,100,,,note").rows]
    assert len({*keys[:2], keys[3]}) == 3
    assert keys[2] == keys[0]


def test_a_rows_key_is_the_same_in_another_file(read: Read) -> None:
    first = read("A-1,,,,100,,,", "A-1,,,,7,,,")
    again = read("A-9,,,,1,,,", "A-1,,,,7,,,", "A-1,,,,100,,,")
    assert {row.key for row in first.rows} == {row.key for row in again.rows[1:]}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_separated_as_spreadsheets_do_it(app: Flask, tmp_path: Path, separator: str) -> None:
    path = tmp_path / "balances.csv"
    path.write_text("\ufeffExternal_ID,Points\r\nA-1,5\r\n".replace(",", separator), encoding="utf-8")
    with app.app_context():
        assert balances_file.read(path, zone=MOSCOW).points == 5


def test_a_compressed_file_reads_as_a_plain_one_and_a_broken_one_not_at_all(app: Flask, tmp_path: Path) -> None:
    rows = [f"A-{random.random()},,,,1,,," for _ in range(500)]
    packed = gzip.compress(write_file(tmp_path, *rows).read_bytes())
    path = tmp_path / "balances.csv.gz"
    path.write_bytes(packed)
    with app.app_context():
        assert balances_file.read(path, zone=MOSCOW).points == 500
        path.write_bytes(packed[: len(packed) // 2])
        with pytest.raises(NotABalancesFile, match="cannot be read to its end"):
            balances_file.read(path, zone=MOSCOW)


@pytest.mark.parametrize(
    "header", ["external_id", "points", "external_id,points,colour", "external_id,points,points", "", "a;b"]
)
def test_a_file_with_other_columns_is_refused_whole(read: Read, header: str) -> None:
    with pytest.raises(NotABalancesFile, match="The first line names the columns"):
        read("A-1,5", header=header)


def test_a_file_that_is_no_text_is_refused_whole(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "balances.csv"
    path.write_bytes(b"external_id,points\n\xff\xfe,5\n")
    with app.app_context(), pytest.raises(NotABalancesFile, match="not UTF-8"):
        balances_file.read(path, zone=MOSCOW)


# What it brings


@pytest.fixture
def shop(session: Session, clock: ObedientClock) -> Session:
    a_shop(session)
    programme_service.load(session, DEMO_PROGRAMME, in_force_from=business_now())
    return session


def bring(folder: Path, *rows: str, header: str = HEADER) -> dict[str, Any]:
    """Brings the rows, all of which can be taken, as the command does."""
    result = run(folder, *rows, header=header)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def run(folder: Path, *rows: str, header: str = HEADER, options: tuple[str, ...] = ()) -> Result:
    path = write_file(folder, *rows, header=header)
    return CliRunner().invoke(commands, ["import", str(path), "--programme", "grain", "--json", *options])


def lots(session: Session) -> list[tuple[Any, ...]]:
    statement = "SELECT points, state, available_at, expires_at, programme FROM ledger_lots ORDER BY points"
    return [tuple(row) for row in session.execute(text(statement))]


def test_several_rows_of_a_member_are_several_lots(shop: Session, tmp_path: Path, clock: ObedientClock) -> None:
    bring(tmp_path, "A-1,,,,100,,2027-05-31,", "A-1,,,,200,2026-12-01,never,", "A-1,,,,300,,,")
    found = lots(shop)
    assert [(points, state, programme) for points, state, _, _, programme in found] == [
        (100, "available", "grain"),
        (200, "pending", "grain"),
        (300, "available", "grain"),
    ]
    assert found[0][3] == datetime.fromisoformat("2027-05-31T23:59:59.999999+03:00")
    assert found[1][3] is None
    assert (found[2][3] - clock.now).days == 365
    assert findings(shop) == []


def test_pending_points_come_on_their_day_and_burn_on_theirs(
    shop: Session, tmp_path: Path, clock: ObedientClock
) -> None:
    bring(tmp_path, "A-1,,,,200,2026-12-01,2026-12-10,")
    member_id = shop.execute(text("SELECT id FROM members")).scalar_one()
    seen = []
    for day in ("2026-11-30T23:59:59", "2026-12-01T00:00:00", "2026-12-10T23:59:59", "2026-12-11T00:00:00"):
        clock.set(datetime.fromisoformat(f"{day}+03:00"))
        run_due_jobs()
        balance = ledger.balance(shop, member_id)
        seen.append((balance.pending, balance.available))
    assert seen == [(200, 0), (0, 200), (0, 200), (0, 0)]


def test_members_are_found_by_card_phone_and_address_and_made_where_nobody_is(shop: Session, tmp_path: Path) -> None:
    known = alice(shop)
    card = " ".join(known.card_number[place : place + 4] for place in range(0, 16, 4))
    document = bring(
        tmp_path,
        f",{card},,,1,,,",
        ",,8 (912) 345-67-89,,2,,,",
        ",,+79261112233,,4,,,",
        ",,8 926 111 22 33,,8,,,",
        ",,,Anna@Example.org,16,,,",
        "A-1,,,,32,,,",
    )
    assert document["members"] == {"known": 2, "new": 3}
    assert ledger.balance(shop, known.id).available == 3
    (boris, _nobody) = resolve_codes(shop, ["+79261112233", "+79990000000"])
    assert boris is not None
    assert ledger.balance(shop, boris.member_id).available == 12
    assert shop.execute(text("SELECT count(*) FROM members")).scalar_one() == 4
    assert shop.execute(text("SELECT source FROM members WHERE id = :id"), {"id": boris.member_id}).scalar_one() == (
        "import"
    )


def test_an_external_id_that_looks_like_a_card_number_is_somebody_else(shop: Session, tmp_path: Path) -> None:
    known = alice(shop)
    bring(tmp_path, f",{known.card_number},,,5,,,", f"{known.card_number},,,,7,,,")
    assert ledger.balance(shop, known.id).available == 5


def test_nobody_is_sent_a_message(shop: Session, tmp_path: Path) -> None:
    bring(tmp_path, f",,{ALICE_PHONE},,5,,,", "A-1,,,,7,,,")
    told = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM deliveries)"
    assert shop.execute(text(told)).scalar_one() == 0


def test_the_member_sees_where_the_points_come_from(shop: Session, tmp_path: Path) -> None:
    bring(tmp_path, f",,{ALICE_PHONE},,5,,never,Green card")
    (found,) = resolve_codes(shop, [ALICE_PHONE])
    assert found is not None
    reader = Reader("en", MOSCOW)
    (row,) = ledger.entries(shop, found.member_id, reader=reader)
    assert (row.kind, row.points, row.status, row.expires_on) == ("import", 5, "posted", None)
    assert row.title == "Brought over from the earlier programme"
    explained = ledger.explanation(shop, found.member_id, row.id, reader=reader)
    assert [(step.text, step.figure) for step in explained.steps] == [
        ("Brought over", "+5"),
        ("Noted then", "Green card"),
    ]


def test_whoever_owes_pays_with_what_comes(shop: Session, tmp_path: Path) -> None:
    from backend.ledger import service
    from tests.factories.ledger import cause

    bring(tmp_path, "A-1,,,,50,,,")
    member_id = shop.execute(text("SELECT id FROM members")).scalar_one()
    book = service.open_books(shop, [member_id], with_lots=True)[member_id]
    (lot_id,) = book.lots
    book.expire(cause("burnt", at=business_now()), lot_id=lot_id)
    book.take_back(cause("back", at=business_now()), lot_id=lot_id, points=50)
    service.write(shop, [book])
    bring(tmp_path, "A-1,,,,80,,,")
    assert (ledger.balance(shop, member_id).available, ledger.balance(shop, member_id).debt) == (30, 0)


# What is refused, and before what


def refused(result: Result) -> list[tuple[int, str]]:
    assert result.exit_code == 65, result.output
    document = json.loads(result.stdout)
    assert document["imported"] is None
    return [(one["line"], one["reason"]) for one in document["bad"]]


def test_one_bad_row_refuses_the_file_before_anything_is_written(shop: Session, tmp_path: Path) -> None:
    assert len(refused(run(tmp_path, "A-1,,,,100,,,", "A-2,,,,x,,,"))) == 1
    assert shop.execute(text("SELECT count(*) FROM members")).scalar_one() == 0


def test_bad_rows_are_skipped_where_that_is_asked_for(shop: Session, tmp_path: Path) -> None:
    result = run(tmp_path, "A-1,,,,100,,,", "A-2,,,,x,,,", options=("--skip-bad",))
    document = json.loads(result.stdout)
    assert (result.exit_code, document["imported"]["points"], document["totals_agree"]) == (0, 100, True)
    assert [one["line"] for one in document["bad"]] == [3]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(shop: Session, tmp_path: Path) -> None:
    known = alice(shop)
    result = run(tmp_path, f",{known.card_number},,,5,,,", "A-2,,,,7,,,", options=("--dry-run",))
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (document["members"], document["file"]["points"]) == ({"known": 1, "new": 1}, 12)
    assert (document["imported"], document["totals_agree"]) == (None, None)
    assert lots(shop) == []


def test_what_the_database_knows_better_is_found_before_anything_is_written(shop: Session, tmp_path: Path) -> None:
    bad = refused(
        run(
            tmp_path,
            f",{new_card_number()},,,5,,,",
            "A-2,,,,5,,2026-11-21,",
            "A-3,,,,5,2025-01-01,,",
            "A-4,,,,5,,,",
        )
    )
    assert bad == [
        (2, "nobody has this card number"),
        (3, "its points burnt on 2026-11-21"),
        (4, "its points burnt on 2025-12-31 by the programme's terms; if they live on, say so in `expires_at`"),
    ]


def test_a_row_that_comes_again_with_other_points_is_refused(shop: Session, tmp_path: Path) -> None:
    header = "id,external_id,points"
    bring(tmp_path, "row-1,A-1,50", header=header)
    assert refused(run(tmp_path, "row-1,A-1,60", header=header)) == [(2, "it was imported before with 50 points")]


def test_an_unknown_programme_is_named(shop: Session, tmp_path: Path) -> None:
    path = write_file(tmp_path, "A-1,,,,5,,,")
    result = CliRunner().invoke(commands, ["import", str(path), "--programme", "corn"])
    assert (result.exit_code, "no programme called corn" in result.output) == (65, True)


# However often it is started


def test_the_same_file_again_changes_nothing(shop: Session, tmp_path: Path) -> None:
    rows = ["A-1,,,,100,,,", "A-1,,,,100,,,", f",,{ALICE_PHONE},,5,,,"]
    first, again = bring(tmp_path, *rows), bring(tmp_path, *reversed(rows))
    assert (first["imported"]["rows"], again["imported"]["rows"]) == (3, 0)
    assert again["repeated"] == {"rows": 3, "points": 205}
    assert again["totals_agree"] is True
    assert sum(row[0] for row in lots(shop)) == 205


class _Killed(Exception):
    pass


def _import(app: Flask, path: Path, *, killed_after_batches: int | None = None) -> Imported:
    batches = 0

    def progress(_rows: int) -> None:
        nonlocal batches
        batches += 1
        if batches == killed_after_batches:
            raise _Killed

    def open_shop(session: Session) -> Terms:
        a_shop(session)
        programme_service.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        programme = programmes.latest(session, "grain")
        assert programme is not None
        return Terms(programme=programme, zone=MOSCOW, locale="ru", at=business_now())

    with app.app_context():
        terms = run_transaction(open_shop)
        found = balances_file.read(path, zone=MOSCOW)
        assert found.bad == []
        return balances_import.import_rows(found.rows, terms, progress)


def _end_state(app: Flask) -> list[tuple[Any, ...]]:
    def look(session: Session) -> list[tuple[Any, ...]]:
        assert audit(session).findings == []
        statement = """
            SELECT coalesce(external_id, 'by phone'), points, state, count(*) FROM ledger_lots
            JOIN members ON members.id = member_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """
        return [tuple(row) for row in session.execute(text(statement))]

    with app.app_context():
        return run_transaction(look)


def _mixed_rows() -> list[str]:
    by_id = [f"A-{number % 13},,,,{1 + number % 5},,," for number in range(60)]
    by_phone = [f",,+7912000{number % 11:04d},,{1 + number % 5},2027-01-01,," for number in range(40)]
    return [row for pair in zip(by_id, by_phone, strict=False) for row in pair] + by_id[40:]


def test_an_import_that_was_killed_and_started_again_ends_as_one_that_ran_through(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ObedientClock
) -> None:
    monkeypatch.setattr(balances_import, "BATCH_ROWS", 7)
    path = write_file(tmp_path, *_mixed_rows())
    through, interrupted = make_app(), make_app()
    _import(through, path)
    with pytest.raises(_Killed):
        _import(interrupted, path, killed_after_batches=5)
    again = _import(interrupted, path)
    assert (again.rows, again.rows_in_ledger) == (100 - 35, 100)
    assert _end_state(interrupted) == _end_state(through)


def test_two_imports_of_one_file_at_once_bring_it_once(
    committed_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ObedientClock
) -> None:
    monkeypatch.setattr(balances_import, "BATCH_ROWS", 10)
    path = write_file(tmp_path, *_mixed_rows())
    with committed_app.app_context():
        run_transaction(
            lambda session: (
                a_shop(session) and programme_service.load(session, DEMO_PROGRAMME, in_force_from=business_now())
            )
        )
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: _import(committed_app, path), range(3)))
    assert sum(one.rows for one in done) == 100
    assert {one.points_in_ledger for one in done} == {done[0].points_in_ledger}
    state = _end_state(committed_app)
    assert sum(points * count for _, points, _, count in state) == done[0].points_in_ledger


def test_members_of_a_bulk_are_as_whole_as_any(shop: Session, tmp_path: Path) -> None:
    from backend.members.queries import contact_addresses, readers

    bring(tmp_path, *(f",,+7912000{number:04d},,1,,," for number in range(50)))
    ids: list[UUID] = [row[0] for row in shop.execute(text("SELECT id FROM members"))]
    assert sorted(contact_addresses(shop, ids, "phone").values()) == [f"+7912000{number:04d}" for number in range(50)]
    assert {reader.locale for reader in readers(shop, ids).values()} == {"ru"}
