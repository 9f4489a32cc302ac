"""`molva receipts …`."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.programmes import service as programmes
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.programme import Programme
from backend.receipts import online_retail
from backend.receipts.online_retail import LeftOut, NotThisFormat, Reading
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shops import service as shops
from backend.till.importing import ImportResult, import_reading
from backend.till.receipt_request import Store

EXIT_WRONG_FILE = 65
EXIT_SOME_REFUSED = 1
LINES_SHOWN = 12
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

WHY_LEFT_OUT = {
    LeftOut.GUEST: "no customer: counted, earns nothing",
    LeftOut.WITHOUT_PRICE: "no price",
    LeftOut.STOCK_CORRECTION: "stock correction: negative quantity outside a cancellation",
    LeftOut.UNMATCHED_CANCELLATION: "cancellation without enough left of an earlier sale",
    LeftOut.UNREADABLE: "cannot be read",
}


@click.group("receipts")
def receipts() -> None:
    """Receipts of the past."""


@receipts.command("import")
@click.argument("file", type=FILE)
@click.option("--programme", "programme_file", type=FILE, required=True, help="The programme that judges them.")
@click.option("--store", "store_code", default="online-retail", show_default=True, help="Code of the store.")
@click.option("--zone", default="Europe/London", show_default=True, help="Time zone of the file's times.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write every left-out line here (JSON)."
)
@click.option("--processes", type=click.IntRange(1, 64), help="How many work at once; one for each core if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@with_appcontext
def import_command(  # noqa: PLR0913 - one argument an option
    file: Path,
    programme_file: Path,
    store_code: str,
    zone: str,
    report: Path | None,
    processes: int | None,
    as_json: bool,  # noqa: FBT001 - click passes a flag
) -> None:
    """Replay FILE (columns of UCI Online Retail, .csv or .csv.gz). Starting it again doubles nothing."""
    console = Console(stderr=True)
    programme, reading = _read(file, programme_file, zone)
    store = run_transaction(lambda session: _open_store(session, programme_file, store_code, zone))
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bar:
        task = bar.add_task("Receipts and returns", total=len(reading.sales) + len(reading.returns))
        result = import_reading(
            reading,
            store=store,
            currency=programme.currency,
            locale="en",
            zone=zone,
            progress=lambda done: bar.advance(task, done),
            processes=processes or os.cpu_count() or 1,
        )
    document = _document(reading, result)
    if report is not None:
        report.write_text(json.dumps(document, indent=2), encoding="utf-8")
    click.echo(json.dumps(document) if as_json else _text(document))
    sys.exit(EXIT_SOME_REFUSED if result.refused else 0)


def _read(file: Path, programme_file: Path, zone: str) -> tuple[Programme, Reading]:
    try:
        programme = read_programme(programme_file.read_text(encoding="utf-8"))
        return programme, online_retail.read(file, zone=zone)
    except NotThisFormat as problem:
        click.echo(str(problem), err=True)
    except BadProgramme as problem:
        for place, texts in problem.errors.items():
            click.echo(f"{programme_file.name}: {place}: {' '.join(map(str, texts))}", err=True)
    except (UnicodeDecodeError, OSError) as problem:
        click.echo(f"{programme_file.name} cannot be read: {problem}", err=True)
    sys.exit(EXIT_WRONG_FILE)


def _open_store(session: Any, programme_file: Path, code: str, zone: str) -> Store:
    programme = programmes.load(session, programme_file.read_text(encoding="utf-8"), in_force_from=business_now())
    opened = shops.open_store(session, code=code, name=programme.title, zone=zone)
    return Store(opened.id, dict(opened.name))


def _document(reading: Reading, result: ImportResult) -> dict[str, Any]:
    left_out = {str(reason): reading.left_out[reason] for reason in LeftOut if reading.left_out[reason]}
    return {"lines": reading.lines, "guest_invoices": reading.guest_invoices} | asdict(result) | {"left_out": left_out}


def _text(document: dict[str, Any]) -> str:
    rows = [
        f"{document['lines']:,} lines, {document['members']:,} members, {document['guest_invoices']:,} guest invoices",
        f"{document['receipts_recorded']:,} receipts recorded, {document['receipts_repeated']:,} were there already",
        f"{document['returns_recorded']:,} returns recorded, {document['returns_repeated']:,} were there already",
        f"{document['points_accrued']:,} points accrued, {document['points_taken_back']:,} taken back",
    ]
    for reason, numbers in document["left_out"].items():
        shown = ", ".join(str(number) for number in numbers[:LINES_SHOWN])
        more = " … (all of them with --report or --json)" if len(numbers) > LINES_SHOWN else ""
        rows.append(f"left out, {WHY_LEFT_OUT[LeftOut(reason)]}: {len(numbers):,} lines: {shown}{more}")
    rows += [f"refused: {invoice}: {problem}" for invoice, problem in document["refused"]]
    return "\n".join(rows)
