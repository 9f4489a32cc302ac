"""`replay_1m_receipts`: made-up receipts a second by `molva programme simulate`, judged by the gallery's café.

The value: the command as an engineer types it, from its start to the printed report; rules with conditions, history,
tiers, lots, returns, budgets and spending included. The café's budgets are shared by all members, so that one process
judges them in order of time; the note says how much faster it goes by several where nothing is shared.

The reference is the promise: a million receipts within two minutes.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.bench.measurement import Measurement

RECEIPTS = 1_000_000
PROMISED_SECONDS = 120
GALLERY = Path(__file__).parents[2] / "backend/programmes/gallery"
SHARED, APART = "cafe", "clothes"


def replay_1m_receipts(_bench: Path, console: Console, *, receipts: int = RECEIPTS) -> Measurement:
    """Receipts a second."""
    seconds = {name: _judge(GALLERY / f"{name}.yaml", receipts, console) for name in (SHARED, APART)}
    return Measurement(
        name="replay_1m_receipts",
        value=receipts / seconds[SHARED],
        reference=RECEIPTS / PROMISED_SECONDS,
        unit="receipts/s",
        notes=(
            f"{receipts:,} receipts by {SHARED} in {seconds[SHARED]:.1f} s, in one process",
            f"by {APART}, where members share no budget, in {seconds[APART]:.1f} s",
        ),
    )


def _judge(programme: Path, receipts: int, console: Console) -> float:
    command = [sys.executable, "-m", "backend.cli", "programme", "simulate", str(programme), "--json"]
    began = time.perf_counter()
    done = subprocess.run([*command, "--synthetic", str(receipts)], stdout=subprocess.PIPE, check=True)
    seconds = time.perf_counter() - began
    judged = json.loads(done.stdout)["past"]["receipts"]
    if judged != receipts:
        raise RuntimeError(f"{judged} of {receipts} receipts were judged.")
    console.print(f"{programme.stem}: {receipts:,} receipts in {seconds:.1f} s")
    return seconds
