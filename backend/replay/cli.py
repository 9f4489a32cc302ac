"""`molva programme simulate`, which needs neither database nor secret; and what the worker starts for a replay."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import structlog
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.programme import Programme
from backend.receipts.online_retail import NotThisFormat
from backend.replay import reading, report, running, service
from backend.replay.past import Past
from backend.replay.performing import TakenOver, perform
from backend.replay.report_text import ReportText
from backend.replay.running import ReplayProcessLost
from backend.replay.synthetic import SyntheticPast
from backend.replay.trial import NO_SEGMENTS, Trial
from backend.shared.db import run_transaction
from backend.shared.i18n import LOCALES

EXIT_WRONG_FILE = 65
EXIT_LOST = 70
NICENESS = 10
WIDTH = 120
log = structlog.get_logger(__name__)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("simulate")
@click.argument("file", type=FILE)
@click.option(
    "--receipts", type=FILE, help="Receipts of the past, .csv or .csv.gz: our columns or UCI Online Retail's."
)
@click.option("--synthetic", type=click.IntRange(1), help="Make up so many receipts instead.")
@click.option("--against", type=FILE, help="The programme to compare with.")
@click.option("--segments", type=FILE, help="Who is in which segments: a file of the columns member,code.")
@click.option("--zone", help="Time zone of the file's local times.")
@click.option(
    "--spending-share",
    type=click.IntRange(0, 100),
    default=50,
    show_default=True,
    help="How many of a hundred members pay with all the points they may.",
)
@click.option(
    "--margin", type=click.IntRange(1, 100), default=30, show_default=True, help="Percent of turnover that is margin."
)
@click.option("--processes", type=click.IntRange(1, 64), help="How many work at once; one for each core if not given.")
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the report (JSON)."
)
@click.option("--lang", type=click.Choice(LOCALES), help="Language of the report; that of LANG if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def simulate_command(  # noqa: PLR0913 - one argument an option
    file: Path,
    receipts: Path | None,
    synthetic: int | None,
    against: Path | None,
    segments: Path | None,
    zone: str | None,
    spending_share: int,
    margin: int,
    processes: int | None,
    report_file: Path | None,
    lang: str | None,
    as_json: bool,  # noqa: FBT001 - click passes a flag
) -> None:
    """Judge the past by the programme FILE: what it would have given and cost."""
    if (receipts is None) == (synthetic is None):
        raise click.UsageError("Say --receipts FILE, or --synthetic COUNT: one of the two.")
    programmes = [_programme(each) for each in (file, against) if each is not None]
    if len({programme.currency for programme in programmes}) > 1:
        _refuse("The two programmes are of different currencies: they cannot be compared.")
    past = _past(receipts, synthetic, programmes[0], zone)
    known_segments = _segments(segments)
    trials = [Trial(each, past.zone, spending_share, known_segments) for each in programmes]
    document = _judge(past, trials, processes or os.cpu_count() or 1, margin)
    if report_file is not None:
        report_file.write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        ReportText(document, locale=lang or _language(), console=_console_for_text()).show()


@click.command("replay", hidden=True)
@click.argument("replay_id", type=click.UUID)
@click.argument("attempt", type=int)
@with_appcontext
def replay_command(replay_id: UUID, attempt: int) -> None:
    """One attempt at a replay that was asked for at the console, out of everybody's way."""
    os.nice(NICENESS)
    try:
        perform(replay_id, attempt, processes=os.cpu_count() or 1)
    except TakenOver:
        log.info("this attempt at a replay is over", replay=str(replay_id), attempt=attempt)
    except ReplayProcessLost:
        # Nothing is written: after a minute of silence it is taken up again.
        log.warning("a process of a replay was lost", replay=str(replay_id), attempt=attempt)
        sys.exit(EXIT_LOST)
    except Exception:
        log.exception("a replay broke", replay=str(replay_id), attempt=attempt)
        run_transaction(lambda session: service.fail(session, replay_id, attempt=attempt, kind="replay.broken"))
        sys.exit(EXIT_LOST)


def _programme(file: Path) -> Programme:
    try:
        return read_programme(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        _refuse(f"{file.name} is not UTF-8 text.")
    except BadProgramme as problem:
        sentences = [f"{file.name}: {place}: {text}" for place, texts in problem.errors.items() for text in texts]
        _refuse("\n".join(sentences))
    raise AssertionError


def _past(receipts: Path | None, synthetic: int | None, programme: Programme, zone: str | None) -> Past:
    if receipts is None:
        return SyntheticPast(synthetic or 0)
    try:
        with _bar() as bar:
            task = bar.add_task("Reading", total=None)
            return reading.read(
                receipts, currency=programme.currency, zone=zone, read_so_far=lambda rows: bar.advance(task, rows)
            )
    except NotThisFormat as problem:
        _refuse(str(problem))
    except (KeyError, ValueError) as problem:
        _refuse(f"{zone} is no time zone: {problem}")
    raise AssertionError


def _segments(file: Path | None) -> Mapping[str, frozenset[str]]:
    if file is None:
        return NO_SEGMENTS
    try:
        return reading.read_segments(file)
    except NotThisFormat as problem:
        _refuse(str(problem))
    raise AssertionError


def _judge(past: Past, trials: Sequence[Trial], processes: int, margin_percent: int) -> dict[str, Any]:
    try:
        with _bar() as bar:
            task = bar.add_task("Judging", total=past.events)
            tallies = running.run(past, trials, processes=processes, progress=lambda events: bar.advance(task, events))
    except ReplayProcessLost as lost:
        click.echo(str(lost), err=True)
        sys.exit(EXIT_LOST)
    return report.make(past, trials, tallies, margin_percent=margin_percent).document()


@contextmanager
def _bar() -> Iterator[Progress]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        yield bar


def _console_for_text() -> Console:
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, soft_wrap=False)


def _language() -> str:
    return "ru" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("ru") else "en"


def _refuse(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(EXIT_WRONG_FILE)
