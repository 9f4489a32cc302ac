"""A real `molva worker` that dies: SIGKILL before or after a named function, at its so-manieth call.

    python -m tests.worker.mortal_worker [MODULE:QUALIFIED.NAME before|after CALL]

Leases are shortened, so that the next worker need not wait for a minute, and few messages fit in flight, so that the
rest waits; the product knows nothing of this.
"""

import functools
import importlib
import os
import signal
import sys
from typing import Any

from backend.campaigns import jobs as campaign_jobs
from backend.cli import main
from backend.ledger import sealing
from backend.ledger import service as ledger
from backend.running import worker
from push import worker as push_worker
from push.fcm import FcmSettings

LEASE_SECONDS = 3.0
RECOVER_SECONDS = 0.5
AUDIENCE_CHUNK_MEMBERS = 7
SEGMENT_TRANSACTIONS = 5
BATCH_LOTS = 5
STREAMS = 8


def make_small() -> None:
    push_worker.CLAIM_LEASE_SECONDS = push_worker.SENDING_LEASE_SECONDS = LEASE_SECONDS
    push_worker.RECOVER_SECONDS = RECOVER_SECONDS
    worker.BEAT_SECONDS, worker.JOBS_LEASE_SECONDS = 0.5, 2.0
    worker.FcmSettings = functools.partial(FcmSettings, connections=1, streams=STREAMS)  # type: ignore[attr-defined,assignment]
    campaign_jobs.AUDIENCE_CHUNK_MEMBERS = AUDIENCE_CHUNK_MEMBERS
    sealing.SEGMENT_TRANSACTIONS = SEGMENT_TRANSACTIONS
    ledger.JOB_BATCH_LOTS = BATCH_LOTS


def die_at(place: str, moment: str, call: int) -> None:
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    act, calls = getattr(owner, name), 0

    def act_and_die(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls < call:
            return act(*arguments, **named)
        if moment == "after":
            act(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")

    setattr(owner, name, act_and_die)


if __name__ == "__main__":
    make_small()
    if sys.argv[1:]:
        die_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv = ["molva", "worker"]
    main()
