"""`molva run`; what it needs is loaded only when it is called, so that other commands stay quick."""

import os
import signal
import sys

import click

from backend.shared.processes import die_with_parent


@click.command("run")
@click.option("--end-with-parent", is_flag=True, hidden=True, help="End when the process that started this one ends.")
def run_command(*, end_with_parent: bool) -> None:
    """Start PostgreSQL, web server and worker, and in the demo the phones, until Ctrl-C."""
    from backend.running.supervisor import run

    if end_with_parent:
        die_with_parent(signal.SIGTERM)
    sys.exit(run(os.environ))
