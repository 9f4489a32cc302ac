"""Tells the corpus and prints how well the rules judged."""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog
from rich.console import Console

from backend.app import create_app
from backend.shared import embedded_postgres
from tests.conftest import Databases, make_settings
from tests.stories.corpus import PER_KIND, SEED, corpus
from tests.stories.report import report
from tests.stories.telling import tell


def main() -> int:
    """The exit code: 0 when the stories were told."""
    parser = argparse.ArgumentParser(prog="tests.stories", description=__doc__)
    parser.add_argument("--per-kind", type=int, default=PER_KIND, help="how many stories of each kind")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed draws other stories")
    parser.add_argument("--shadow", action="store_true", help="every rule watches and does nothing")
    asked = parser.parse_args()
    console = Console(width=120)
    stories = corpus(per_kind=asked.per_kind, seed=asked.seed)
    console.print(f"{len(stories)} stories, {sum(len(story.events) for story in stories)} events. This takes minutes.")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="molva-stories-") as var, embedded_postgres.throwaway() as server:
        databases = Databases(server)
        databases.prepare_template(Path(var))
        app = create_app(make_settings(databases.create(), Path(var)))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        report(tell(stories, app, shadow=asked.shadow), console)
    console.print(f"Told in {time.perf_counter() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
