"""The jobs of segments in a process that dies: SIGKILL before or after a named function, at its so-manieth call.

    python -m tests.segments.mortal_jobs DATABASE_URL VAR MODULE:NAME before|after CALL

Only two members fit into a chunk, so that there is something between chunks to die in.
"""

import sys
from pathlib import Path

from backend.app import create_app
from backend.segments import touching
from backend.shared.jobs import run_due_jobs
from tests.conftest import make_settings
from tests.worker.mortal_worker import die_at

CHUNK_MEMBERS = 2


def main(database_url: str, var: str, place: str, moment: str, call: str) -> None:
    """Works until it dies."""
    touching.MEMBERS_MAXIMUM = CHUNK_MEMBERS
    die_at(place, moment, int(call))
    with create_app(make_settings(database_url, Path(var))).app_context():
        run_due_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
