"""`molva balances …`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session

from backend.programmes import queries as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shops.queries import the_shop
from backend.till import balances_file
from backend.till.balances_file import BadRow, BalancesFile, NotABalancesFile
from backend.till.balances_import import Imported, Preview, Terms, import_rows, look

EXIT_WRONG_FILE = 65
EXIT_DIFFERENT_TOTALS = 1
LINES_SHOWN = 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("balances")
def balances() -> None:
    """Balances of an earlier programme."""


@balances.command("import")
@click.argument("file", type=FILE)
@click.option("--programme", "programme_name", required=True, help="Name of the programme whose points they become.")
@click.option("--dry-run", is_flag=True, help="Check the whole file and say what would be done. Writes nothing.")
@click.option("--skip-bad", is_flag=True, help="Leave out the rows that cannot be taken, instead of refusing the file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@with_appcontext
def import_command(
    file: Path,
    programme_name: str,
    dry_run: bool,  # noqa: FBT001 - click passes flags
    skip_bad: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Bring the balances in FILE (CSV: points and one of external_id, card, phone, email; available_at, expires_at,
    note, id where needed). The whole file is checked before anything is written; starting it again doubles nothing, and
    nobody is sent a message.
    """
    terms = run_transaction(lambda session: _terms(session, programme_name))
    try:
        found = balances_file.read(file, zone=terms.zone)
    except NotABalancesFile as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_WRONG_FILE)
    with _progress() as bar:
        task = bar.add_task("Checking", total=len(found.rows))
        preview = look(found.rows, terms, lambda done: bar.advance(task, done))
    bad = sorted([*found.bad, *preview.bad], key=lambda one: one.line)
    refused = {one.line for one in preview.bad}
    found.rows = [row for row in found.rows if row.line not in refused]
    new = [row for row in found.rows if row.line not in preview.repeated]
    imported = None
    if not dry_run and (skip_bad or not bad):
        with _progress() as bar:
            task = bar.add_task("Importing", total=len(new))
            imported = import_rows(new, terms, lambda done: bar.advance(task, done))
    document = _document(found, bad, preview, imported, terms)
    click.echo(json.dumps(document) if as_json else _text(document))
    if bad and not skip_bad:
        sys.exit(EXIT_WRONG_FILE)
    sys.exit(0 if document["totals_agree"] in {True, None} else EXIT_DIFFERENT_TOTALS)


def _terms(session: Session, name: str) -> Terms:
    programme, shop = programmes.latest(session, name), the_shop(session)
    if programme is None:
        click.echo(f"There is no programme called {name}; `molva programme load FILE` brings one.", err=True)
        sys.exit(EXIT_WRONG_FILE)
    return Terms(programme=programme, zone=shop.zone, locale=shop.locale, at=business_now())


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _document(
    found: BalancesFile, bad: list[BadRow], preview: Preview, imported: Imported | None, terms: Terms
) -> dict[str, Any]:
    agree = None
    if imported is not None:
        imported.rows_in_ledger += len(preview.repeated)
        imported.points_in_ledger += preview.points_repeated
        agree = (imported.rows_in_ledger, imported.points_in_ledger) == (len(found.rows), found.points)
    return {
        "programme": terms.programme.programme,
        "programme_version": terms.programme.version,
        "file": {"rows": len(found.rows), "points": found.points, "rows_without_points": found.rows_without_points},
        "members": {"known": preview.members_known, "new": preview.members_new},
        "repeated": {"rows": len(preview.repeated), "points": preview.points_repeated},
        "imported": asdict(imported) if imported is not None else None,
        "totals_agree": agree,
        "bad": [asdict(one) for one in bad],
    }


def _text(document: dict[str, Any]) -> str:
    file, members, repeated, imported = (document[part] for part in ("file", "members", "repeated", "imported"))
    rows = [
        f"In the file: {file['rows']:,} rows that can be taken, {file['points']:,} points",
        f"Left out: {len(document['bad']):,} bad rows, {file['rows_without_points']:,} without points",
        f"Members: {members['known']:,} known, {members['new']:,} new",
        f"There already: {repeated['rows']:,} rows, {repeated['points']:,} points",
    ]
    bad = document["bad"]
    rows += [f"line {one['line']}: {one['reason']}" for one in bad[:LINES_SHOWN]]
    if len(bad) > LINES_SHOWN:
        rows.append(f"… and {len(bad) - LINES_SHOWN:,} more; all of them with --json")
    if imported is None:
        rows.append("Nothing was written.")
        return "\n".join(rows)
    rows.append(
        f"Imported now: {imported['rows']:,} rows, {imported['points']:,} points, of which"
        f" {imported['points_pending']:,} are pending"
    )
    verdict = "as in the file" if document["totals_agree"] else "NOT AS IN THE FILE"
    rows.append(
        f"In the ledger of these: {imported['rows_in_ledger']:,} rows, {imported['points_in_ledger']:,} points:"
        f" {verdict}"
    )
    return "\n".join(rows)
