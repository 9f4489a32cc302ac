"""What granian serves for the proofs: the product as it is, killed at a named step when a test asks for it.

Each place is a function of the product, wrapped here; the product knows nothing of this. The file `dies_at` in
`MOLVA_VAR` names a place and a moment ("before" or "after" it). The process that comes there first takes the file away
and kills itself, so that it dies once.
"""

import functools
import importlib
import os
import signal
import threading
from pathlib import Path
from typing import Any

COMMIT, LEDGER = "sqlalchemy.orm:Session.commit", "backend.ledger.service:write"
PLACES = (
    "backend.ledger.service:ask_books",
    "backend.receipts.service:record_sales",
    "backend.receipts.service:record_returns",
    LEDGER,
    "backend.till.earning:tell",
    "backend.till.reserving:_hold",
    "backend.till.resolving:ask_resolved",
    COMMIT,
)
ORDER = Path(os.environ["MOLVA_VAR"]) / "dies_at"
_under_way = threading.local()


def make_mortal(place: str) -> None:
    """Wraps a function, so that the process may die before or after it."""
    module_name, _, path = place.partition(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    act = getattr(owner, name)

    @functools.wraps(act)
    def act_or_die(*arguments: Any, **named: Any) -> Any:
        # Only the commit of points is meant, not that of what is noted beside them.
        is_meant = place != COMMIT or getattr(_under_way, "has_points", False)
        if is_meant:
            _die_if_told(f"before {place}")
        result = act(*arguments, **named)
        if is_meant:
            _die_if_told(f"after {place}")
        if place in {LEDGER, COMMIT}:
            _under_way.has_points = place == LEDGER
        return result

    setattr(owner, name, act_or_die)


def _die_if_told(here: str) -> None:
    try:
        if ORDER.read_text() == here:
            ORDER.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
    except FileNotFoundError:
        return


for _place in PLACES:
    make_mortal(_place)

# Last, for the product takes some of these functions by name.
from backend.wsgi import application  # noqa: E402

__all__ = ["application"]
