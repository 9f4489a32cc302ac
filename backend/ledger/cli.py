"""`molva ledger …`."""

import getpass
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import click
import psycopg
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.ledger import reconciliation
from backend.ledger.audit import Finding, Report, audit, check_noted_seal, frozen
from backend.ledger.member_statement import as_document, as_text, statement
from backend.ledger.queries import Dating
from backend.members.errors import UnknownMember
from backend.members.service import resolve_codes
from backend.shared.db import run_transaction, transaction
from backend.shared.i18n import LOCALES
from backend.shared.typed_days import typed_day

EXIT_MISMATCH = 1
EXIT_COULD_NOT_LOOK = 2
PLACES_SHOWN = 5


class _Day(click.ParamType[date]):
    """A day in which a shop can have been open."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        found = value if isinstance(value, date) else typed_day(value)
        return found or self.fail("Write a day as 2026-11-22.", param, ctx)


DAY = _Day()

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("ledger")
def ledger() -> None:
    """The points ledger."""


@ledger.command("audit")
@click.option("--freeze", is_flag=True, help="Let nothing be spent from the books that are wrong.")
@click.option("--seal", "noted", metavar="NUMBER:HASH", help="A seal that was noted earlier: it must still be there.")
@json_option
@with_appcontext
def audit_command(*, freeze: bool, noted: str | None, as_json: bool) -> None:
    """Check every invariant. Exit code 0: all hold; 1: one does not; 2: it could not be looked at."""
    seal = _noted_seal(noted)
    try:
        with transaction() as session, _progress_bar() as bar:
            report = audit(session, bar)
            if seal is not None:
                report.findings += check_noted_seal(session, *seal)
        if freeze:
            wrong = sorted({finding.member_id for finding in report.findings if finding.member_id is not None})
            run_transaction(lambda session: reconciliation.check_members(session, wrong))
            report.frozen = run_transaction(frozen)
    except (SQLAlchemyError, psycopg.Error) as error:
        click.echo(f"The ledger could not be looked at: {str(error).splitlines()[0]}", err=True)
        sys.exit(EXIT_COULD_NOT_LOOK)
    click.echo(json.dumps(_audit_document(report), default=str) if as_json else "\n".join(_audit_lines(report)))
    sys.exit(0 if report.agrees else EXIT_MISMATCH)


@ledger.command("statement")
@click.argument("member")
@click.option("--from", "first_day", type=DAY, help="The first day, in the member's zone.")
@click.option("--to", "last_day", type=DAY, help="The last day, included.")
@click.option("--locale", type=click.Choice(LOCALES), help="Without it, the member's own language.")
@click.option(
    "--dating",
    type=click.Choice(["effective", "recorded"]),
    default="effective",
    show_default=True,
    help="Date events by when they count, or by when the book learnt of them.",
)
@json_option
@with_appcontext
def statement_command(
    *,
    member: str,
    first_day: date | None,
    last_day: date | None,
    locale: str | None,
    dating: Dating,
    as_json: bool,
) -> None:
    """Print the statement of MEMBER (id, card number or phone). Exit code 1 where a row is not as it was sealed."""
    if first_day and last_day and last_day < first_day:
        raise click.BadParameter("it lies before the first day", param_hint="--to")
    with transaction() as session:
        made = statement(
            session,
            find_member(session, member),
            first_day=first_day,
            last_day=last_day,
            locale=locale,
            dating=dating,
        )
    click.echo(json.dumps(as_document(made), ensure_ascii=False) if as_json else as_text(made))
    sys.exit(0 if made.agrees else EXIT_MISMATCH)


@ledger.command("unfreeze")
@click.argument("member")
@click.option("--reason", required=True, help="Kept in the audit log.")
@json_option
@with_appcontext
def unfreeze_command(*, member: str, reason: str, as_json: bool) -> None:
    """Let points of MEMBER (id, card number or phone) be spent again, once the book is right."""
    with transaction() as session:
        member_id = find_member(session, member)
        reconciliation.unfreeze(session, member_id, who=_who(), reason=reason)
    document = {"member_id": str(member_id), "frozen": False}
    click.echo(json.dumps(document) if as_json else f"Points of {member_id} may be spent again.")


def find_member(session: Session, member: str) -> UUID:
    """Who is meant by an id, a card number or a phone.

    Raises:
        UnknownMember: nobody is.
    """
    try:
        return UUID(member)
    except ValueError:
        (resolution,) = resolve_codes(session, [member])
    if resolution is None:
        raise UnknownMember
    return resolution.member_id


@contextmanager
def _progress_bar() -> Iterator[Any]:
    """What tells a person on standard error how far the auditor is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what.capitalize(), total=total)
            bar.update(tasks[what], completed=done)

        yield tell


def _noted_seal(noted: str | None) -> tuple[int, bytes] | None:
    if noted is None:
        return None
    number, _colon, hash_ = noted.partition(":")
    try:
        return int(number), bytes.fromhex(hash_)
    except ValueError as error:
        raise click.BadParameter(
            "the number of a seal, a colon, its hash in hexadecimal", param_hint="--seal"
        ) from error


def _audit_document(report: Report) -> dict[str, Any]:
    by_invariant: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_invariant[finding.invariant].append(finding)
    return {
        "agrees": report.agrees,
        "findings": [
            {
                "invariant": invariant,
                "count": sum(len(finding.places) for finding in findings),
                "examples": [place for finding in findings for place in finding.places][:PLACES_SHOWN],
                "members": sorted({str(finding.member_id) for finding in findings if finding.member_id}),
            }
            for invariant, findings in by_invariant.items()
        ],
        "frozen": report.frozen,
        "last_seal": {"number": report.last_seal.number, "hash": report.last_seal.hash.hex()}
        if report.last_seal
        else None,
        "totals": report.totals | {"unsealed": report.unsealed},
    }


def _audit_lines(report: Report) -> Iterator[str]:
    counted = Counter(finding.invariant for finding in report.findings)
    for invariant in dict.fromkeys((*report.invariants, *counted)):
        yield f"{'MISMATCH' if counted[invariant] else 'ok      '}  {invariant}"
        for finding in [one for one in report.findings if one.invariant == invariant][:PLACES_SHOWN]:
            whose = f"member {finding.member_id}: " if finding.member_id else ""
            yield f"          {whose}{', '.join(finding.places[:PLACES_SHOWN])}"
        if counted[invariant] > PLACES_SHOWN:
            yield f"          and {counted[invariant] - PLACES_SHOWN:,} more (all members with --json)"
    for book in report.frozen:
        yield f"frozen    member {book['member_id']} since {book['frozen_at']:%Y-%m-%d %H:%M} UTC: {book['reason']}"
    yield ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in report.totals.items())
    if report.last_seal:
        yield f"last seal {report.last_seal.number}:{report.last_seal.hash.hex()}, {report.unsealed:,} not sealed yet"


def _who() -> str:
    """Who runs the command, as the audit log names them; a container may have no name for its user."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):
        return "command"
