"""The job that starts replays: each in a process of its own, so that neither the worker nor a page waits for it."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from backend.replay import queries, service
from backend.replay.service import SILENT_SECONDS
from backend.settings import Settings
from backend.shared.clock import system_now
from backend.shared.jobs import Job

SOURCES = Path(__file__).resolve().parents[2]
IN_FILES = ("MOLVA_DATABASE_URL_FILE", "MOLVA_SECRET_KEY_FILE")
# Started processes, to be waited for once they have ended.
_started: list["subprocess.Popen[bytes]"] = []


def start(replay_id: UUID, attempt: int, settings: Settings) -> "subprocess.Popen[bytes]":
    """Starts the process of an attempt, which waits until it is allowed to hold it."""
    # A value and the file that holds it must not be named both.
    environment = {name: value for name, value in os.environ.items() if name not in IN_FILES} | {
        "MOLVA_DATABASE_URL": settings.database_url or "",
        "MOLVA_SECRET_KEY": settings.secret_key,
        "MOLVA_VAR": str(settings.var),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(SOURCES), os.environ.get("PYTHONPATH")))),
    }
    command = [sys.executable, "-m", "backend.cli", "replay", str(replay_id), str(attempt)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module


def next_due(session: Session) -> datetime | None:
    """When the next replay may begin: one at a time, and one that fell silent before those that wait."""
    heard = queries.last_heartbeat(session)
    return heard + timedelta(seconds=SILENT_SECONDS) if heard else queries.earliest_waiting(session)


def run(session: Session, now: datetime) -> int:  # noqa: ARG001 - a job's signature
    """Starts one replay."""
    _started[:] = [process for process in _started if process.poll() is None]
    claimed = service.claim(session, now=system_now())
    if claimed is None:
        return 0
    _started.append(start(*claimed, current_app.config["MOLVA"]))
    return 1


REPLAY_START = Job(name="replay_start", clock="system", next_due=next_due, run=run)
