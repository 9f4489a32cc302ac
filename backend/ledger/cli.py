"""`molva ledger …`."""

import json
import sys

import click
from flask.cli import with_appcontext

from backend.ledger.audit import audit, totals
from backend.shared.db import transaction

EXIT_MISMATCH = 1


@click.group("ledger")
def ledger() -> None:
    """The points ledger."""


@ledger.command("audit")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@with_appcontext
def audit_command(as_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Check every invariant; exit code 1 where one does not hold."""
    report: dict[str, object] = {}
    findings = []
    with transaction() as session:
        for invariant, finding in audit(session):
            if not as_json:
                click.echo(f"{'ok      ' if finding is None else 'MISMATCH'}  {invariant.name}")
            if finding is not None:
                findings.append({"invariant": finding.invariant, "count": finding.count, "examples": finding.examples})
                if not as_json:
                    click.echo(f"          {finding.count} times: {', '.join(finding.examples)}")
        report = {"agrees": not findings, "findings": findings, "totals": totals(session)}
    if as_json:
        click.echo(json.dumps(report))
    else:
        click.echo(", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in totals_of(report).items()))
    sys.exit(EXIT_MISMATCH if findings else 0)


def totals_of(report: dict[str, object]) -> dict[str, int]:
    """The totals of an audit's report."""
    found = report["totals"]
    return found if isinstance(found, dict) else {}
