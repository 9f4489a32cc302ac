"""`molva programme …`. Checking needs neither database nor secret."""

import json
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.programme import Programme
from backend.programmes.service import load
from backend.shared.clock import business_now
from backend.shared.db import transaction

EXIT_BAD_PROGRAMME = 65
PROGRAMME_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group("programme")
def programme() -> None:
    """The programme as a file."""


@programme.command("check")
@PROGRAMME_FILE
@AS_JSON
def check_command(file: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Say whether FILE is a programme, and where not."""
    found = _read_or_exit(file, as_json=as_json)
    _say(found, as_json=as_json, text=f"{file.name} is a programme: {found.programme}, {found.currency}.")


@programme.command("load")
@PROGRAMME_FILE
@AS_JSON
@with_appcontext
def load_command(file: Path, as_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Store FILE as the next version of its programme, in force from now on."""
    _read_or_exit(file, as_json=as_json)
    with transaction() as session:
        stored = load(session, file.read_text(encoding="utf-8"), in_force_from=business_now())
    _say(stored, as_json=as_json, text=f"{stored.programme}, version {stored.version}, is in force.")


def _read_or_exit(file: Path, *, as_json: bool) -> Programme:
    try:
        return read_programme(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        errors = {"": ["The file is not UTF-8 text."]}
    except BadProgramme as error:
        errors = error.errors
    if as_json:
        click.echo(json.dumps({"correct": False, "errors": errors}))
    else:
        for place, problems in errors.items():
            for problem in problems:
                click.echo(f"{file.name}: {place + ': ' if place else ''}{problem}", err=True)
    sys.exit(EXIT_BAD_PROGRAMME)


def _say(found: Programme, *, as_json: bool, text: str) -> None:
    if as_json:
        document = {"correct": True, "programme": found.programme, "currency": found.currency, "version": found.version}
        click.echo(json.dumps(document))
    else:
        click.echo(text)
