"""Commands that keep things in step: the database with its version, openapi.json and the catalogues with the code."""

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from backend.app import create_app
from backend.settings import Settings
from backend.shared import migrations, translations
from backend.shared.openapi import openapi_text

OPENAPI_FILE = Path(__file__).resolve().parents[2] / "openapi.json"
EXIT_BEHIND = 1
CHECK = click.option("--check", is_flag=True, help="Change nothing; exit code 1 where something is behind.")


@click.group("db")
def database_commands() -> None:
    """The database."""


@database_commands.command("upgrade")
@with_appcontext
def upgrade_command() -> None:
    """Bring the database to this Molva's version, and let the application's role work in it."""
    migrations.bring_up(current_app.config["MOLVA"])
    click.echo(f"The database is at version {migrations.newest_version()}.")


@click.command("openapi")
@CHECK
def openapi_command(check: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Write openapi.json from the routes."""
    text = openapi_text(_app_without_database())
    if not check:
        OPENAPI_FILE.write_text(text, encoding="utf-8")
    elif not OPENAPI_FILE.exists() or OPENAPI_FILE.read_text(encoding="utf-8") != text:
        click.echo("openapi.json is behind the routes; run `molva openapi`.", err=True)
        sys.exit(EXIT_BEHIND)


@click.command("translations")
@CHECK
def translations_command(check: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Bring the Russian catalogues to the texts in the code, and name what has no translation."""
    if not check:
        translations.refresh()
    problems = translations.problems()
    for problem in problems:
        click.echo(problem, err=True)
    sys.exit(EXIT_BEHIND if problems else 0)


def _app_without_database() -> Flask:
    """The application for looking at its routes; it connects to nothing."""
    here = Path()
    settings = Settings(
        secret_key="no secret: nothing is signed here",  # noqa: S106
        database_url="postgresql://nowhere",
        public_url="http://127.0.0.1:8000",
        var=here,
        demo=False,
        port=8000,
        lan=False,
        sms_url=None,
        smtp_url=None,
        fcm_endpoint="https://fcm.googleapis.com",
        fcm_ca=None,
        google_credentials=None,
        sample_data=here,
    )
    return create_app(settings)
