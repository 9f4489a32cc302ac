"""Commands: `molva demo seed` and `molva demo reset`; what they need is loaded when they are called."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup

from backend.demo.crowd import GUESTS_DEFAULT, GUESTS_MAXIMUM

if TYPE_CHECKING:
    from backend.demo.seed import Seeded

STAGES = {"story": "Alice and her friends", "guests": "Guests and their receipts", "phones": "Phones"}

demo_commands = AppGroup("demo", help="The demo shop. Works with MOLVA_DEMO=1 only.")
members_option = click.option(
    "--members",
    type=click.IntRange(0, GUESTS_MAXIMUM),
    default=GUESTS_DEFAULT,
    show_default=True,
    help="How many guests besides Alice and her friends.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@demo_commands.command("seed")
@members_option
@json_option
def seed_shop(*, members: int, as_json: bool) -> None:
    """Fill the demo shop. What is there already stays; a filling that was cut off is gone on with."""
    _refuse_outside_the_demo()
    _answer(_fill(members), as_json=as_json)


@demo_commands.command("reset")
@members_option
@json_option
def reset(*, members: int, as_json: bool) -> None:
    """Empty the demo shop, its clock and its phones, and fill it as on the first day."""
    _refuse_outside_the_demo()
    from backend.demo.reset import empty

    empty()
    _answer(_fill(members), as_json=as_json)


def _refuse_outside_the_demo() -> None:
    if not current_app.config["MOLVA"].demo:
        raise click.ClickException("This is no demo: MOLVA_DEMO is not 1. Nothing was changed.")


def _fill(members: int) -> "Seeded":
    from backend.demo.seed import seed

    with _progress() as told:
        return seed(members=members, told=told)


def _answer(seeded: "Seeded", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"members": seeded.members, "receipts": seeded.receipts}))
    else:
        click.echo(f"The demo shop is open: Alice, her friends, {seeded.members} guests, {seeded.receipts} receipts.")


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each stage; on a pipe nothing but the answer."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def told(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(STAGES[stage], total=of)
            progress.update(tasks[stage], completed=done)

        yield told
