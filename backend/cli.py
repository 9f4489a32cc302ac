"""The `molva` command. Features bring their own commands; this file mounts them and turns errors into sentences."""

import os
import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from backend.settings import SettingsError, load_settings
from backend.shared import collector
from backend.shared.errors import DomainError
from backend.shared.postgres_files import EmbeddedPostgresError
from backend.shared.problems import problem_of

EXIT_UNAVAILABLE = 69
EXIT_WRONG_SETTINGS = 78
EXIT_REFUSED = 65


def _create_app() -> Flask:
    """The application for a command: attached to the running database, or to the embedded one for its own duration."""
    from backend.app import create_app
    from backend.shared.embedded_postgres import database_for_command

    settings = load_settings(os.environ)
    return create_app(database_for_command(settings))


class MolvaGroup(FlaskGroup):
    """Flask's group without Flask's own commands and options."""

    def __init__(self) -> None:
        super().__init__(
            name="molva",
            create_app=_create_app,
            add_default_commands=False,
            add_version_option=False,
            set_debug_flag=False,
            load_dotenv=False,
            help="Molva: referrals and loyalty, self-hosted.",
        )
        self.params = []

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order in which they were mounted; Flask would load the application to ask it for more."""
        return list(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """A mounted command."""
        return self.commands.get(cmd_name)


molva = MolvaGroup()


def _mount() -> None:
    """The commands of every feature, in the order of the help page."""
    from backend.demo.cli import demo_commands
    from backend.ledger.cli import ledger
    from backend.programmes.cli import programme
    from backend.replay.cli import replay_command, simulate_command
    from backend.running.cli import run_command, worker_command
    from backend.running.upkeep import database_commands, openapi_command, translations_command
    from backend.shops.cli import shop_commands
    from backend.staff.cli import staff_commands, till_key_commands
    from backend.till.balances_cli import balances
    from backend.till.cli import receipts

    programme.add_command(simulate_command)
    for commands in (
        run_command,
        worker_command,
        database_commands,
        programme,
        ledger,
        receipts,
        balances,
        shop_commands,
        staff_commands,
        till_key_commands,
        demo_commands,
        openapi_command,
        translations_command,
        replay_command,
    ):
        molva.add_command(commands)


def main() -> None:
    """The entry point: one sentence and a meaningful exit code instead of a traceback."""
    _mount()
    collector.settle()
    try:
        molva.main(prog_name="molva", standalone_mode=True)
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_WRONG_SETTINGS)
    except EmbeddedPostgresError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_UNAVAILABLE)
    except DomainError as error:
        click.echo(_in_words(error), err=True)
        sys.exit(EXIT_REFUSED)


def _in_words(error: DomainError) -> str:
    """What happened, what to do, and what is wrong with which field."""
    problem = problem_of(error)
    said = [f"{problem['title']}.", *([problem["detail"]] if "detail" in problem else [])]
    for field, texts in problem.get("errors", {}).items():
        said.append(f"{field}: {' '.join(texts) if isinstance(texts, list) else texts}")
    return " ".join(said)


if __name__ == "__main__":
    main()
