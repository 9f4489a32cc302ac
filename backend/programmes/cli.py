"""`molva programme …`. Checking, comparing and the schema need neither database nor secret."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from backend.programmes import service
from backend.programmes.checking import as_data
from backend.programmes.differences import differences, in_words
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.json_schema import json_schema_text
from backend.programmes.mistakes import by_path, with_place
from backend.programmes.programme import Programme
from backend.programmes.speaking import say
from backend.shared.clock import business_now
from backend.shared.db import transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import LOCALES
from backend.shared.wording import N_

EXIT_BAD_PROGRAMME = 65
EXIT_REFUSED = 75
EXIT_DIFFERENT = 1
WHO = "command line"
CORRECT = N_("{file} is a programme: {programme}, {currency}.")
SAME = N_("The two say the same.")
NOT_TEXT = N_("The file is not UTF-8 text.")
IN_FORCE = N_("{programme}, version {version}, is in force.")
TO_COME = N_("{programme}, version {version}, will be in force from {since} on.")
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
PROGRAMME_FILE = click.argument("file", type=EXISTING)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
LANGUAGE = click.option(
    "--lang", type=click.Choice(LOCALES), help="Language of what is said; that of LANG if not given."
)


@click.group("programme")
def programme() -> None:
    """The programme as a file."""


@programme.command("check")
@PROGRAMME_FILE
@LANGUAGE
@AS_JSON
def check_command(file: Path, lang: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes a flag
    """Say whether FILE is a programme, and where not."""
    found = _read_or_exit(file, lang=lang, as_json=as_json)
    _say(
        found,
        as_json=as_json,
        text=say(_language(lang), CORRECT, file=file.name, programme=found.programme, currency=found.currency),
    )


@programme.command("load")
@PROGRAMME_FILE
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="From when on, with an offset.")
@LANGUAGE
@AS_JSON
@with_appcontext
def load_command(file: Path, since: datetime | None, lang: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Store FILE as the next version of its programme, in force from now on, or from a moment still to come."""
    found = _read_or_exit(file, lang=lang, as_json=as_json)
    try:
        with transaction() as session:
            stored = service.write_draft(session, file.read_text(encoding="utf-8"), by=WHO)
            if stored.state in ("draft", "scheduled"):
                stored = service.activate(session, stored.id, at=since.astimezone(UTC) if since else None, by=WHO)
    except DomainError as refused:
        click.echo(f"{file.name}: {str(refused.title) % refused.facts}", err=True)
        sys.exit(EXIT_REFUSED)
    since_text = stored.in_force_from.isoformat() if stored.in_force_from else ""
    is_to_come = stored.in_force_from is not None and stored.in_force_from > business_now()
    facts = {"programme": stored.programme, "version": stored.version, "since": since_text}
    text = say(_language(lang), TO_COME if is_to_come else IN_FORCE, **facts)
    _say(found, as_json=as_json, text=text, version=stored.version, in_force_from=since_text)


@programme.command("schema")
def schema_command() -> None:
    """Print the document's JSON Schema."""
    click.echo(json_schema_text(), nl=False)


@programme.command("diff")
@click.argument("old", type=EXISTING)
@click.argument("new", type=EXISTING)
@LANGUAGE
@AS_JSON
def diff_command(old: Path, new: Path, lang: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Say in words what is otherwise in NEW than in OLD; exit with 1 where something is."""
    before = _read_or_exit(old, lang=lang, as_json=as_json)
    after = _read_or_exit(new, lang=lang, as_json=as_json)
    said = [in_words(one, _language(lang)) for one in differences(before, after)]
    if as_json:
        click.echo(json.dumps({"differences": said}, ensure_ascii=False))
    else:
        click.echo("\n".join(said) if said else say(_language(lang), SAME))
    sys.exit(EXIT_DIFFERENT if said else 0)


def _read_or_exit(file: Path, *, lang: str | None, as_json: bool) -> Programme:
    locale = _language(lang)
    try:
        return read_programme(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        sentence = say(locale, NOT_TEXT)
        errors, mistakes, lines = {"": [sentence]}, [], [sentence]
    except BadProgramme as bad:
        errors = by_path(bad.mistakes, locale)
        mistakes = [as_data(mistake, locale) for mistake in bad.mistakes]
        lines = [f"{m.path + ': ' if m.path else ''}{with_place(m, locale)}" for m in bad.mistakes]
    if as_json:
        click.echo(json.dumps({"correct": False, "errors": errors, "mistakes": mistakes}, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(f"{file.name}: {line}", err=True)
    sys.exit(EXIT_BAD_PROGRAMME)


def _language(lang: str | None) -> str:
    """The one that was asked for, or that of the terminal."""
    stated = lang or (os.environ.get("LC_ALL") or os.environ.get("LANG") or "")[:2].lower()
    return stated if stated in LOCALES else "en"


def _say(found: Programme, *, as_json: bool, text: str, **facts: object) -> None:
    if as_json:
        document = {"correct": True, "programme": found.programme, "currency": found.currency, "version": found.version}
        click.echo(json.dumps(document | facts))
    else:
        click.echo(text)
