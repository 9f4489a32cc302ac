"""A process of several threads that give points as fast as they can, until the budget has none: `python -m` with the
database's address, a folder, how many threads, points of a gift at most, and what to do.

`until_spent` goes on until nothing is left. `die` kills the process by SIGKILL in the middle of a gift, after what was
taken is written and before it is committed.
"""

import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.budgets import service as budgets
from backend.programmes.programme import Budget
from tests.budgets.shop import give, programme_with
from tests.conftest import make_settings

AT = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
GIFTS_BEFORE_DEATH = 20


def main() -> None:
    """Prints how many points this process has given and committed."""
    url, var, threads, points_total, largest, ending = sys.argv[1:7]
    app = create_app(make_settings(url, Path(var)))
    programme = programme_with(Budget("all_of_it", int(points_total), "month"))

    def spend(seed: int) -> int:
        chance, given, gifts = random.Random(seed), 0, 0
        with app.app_context():
            member_ids = budgets.with_budgets(_members)
            while True:
                points, gifts = chance.randint(1, int(largest)), gifts + 1
                dies = ending == "die" and gifts > GIFTS_BEFORE_DEATH
                gift = partial(_give, chosen=chance.sample(member_ids, 2), points=points, dies=dies)
                part = budgets.with_budgets(gift)
                given += part
                if not part:
                    return given

    def _give(session: Session, *, chosen: list[UUID], points: int, dies: bool) -> int:
        part = give(session, programme, chosen, points, at=AT)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return part

    # They begin together: whoever loads faster must not have spent everything before the others come.
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    with ThreadPoolExecutor(int(threads)) as pool:
        print(sum(pool.map(spend, range(os.getpid(), os.getpid() + int(threads)))))  # noqa: T201


def _members(session: Session) -> list[UUID]:
    return list(session.execute(text("SELECT id FROM members ORDER BY id")).scalars())


if __name__ == "__main__":
    main()
