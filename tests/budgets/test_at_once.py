"""64 workers and one budget: never a point too many, never one too few, and a killed process leaves nothing to heal."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.programmes.programme import Budget
from backend.shared.db import run_transaction
from tests.budgets.shop import give, lay_out, points_accrued, points_left, programme_with
from tests.budgets.spenders import AT
from tests.factories.ledger import findings, member_with_book

GUESTS = 40


def _spenders(
    app: Flask, var: Path, *, processes: int, threads: int, total: int, largest: int, dying: int = 0
) -> "list[subprocess.Popen[str]]":
    url = app.config["MOLVA"].database_url
    running = [
        subprocess.Popen(
            [
                sys.executable,
                *("-m", "tests.budgets.spenders", url, str(var), str(threads), str(total), str(largest)),
                "die" if number < dying else "until_spent",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return running


def _opened(app: Flask, total: int) -> list[UUID]:
    """A shop whose budget is opened, and its guests."""

    def prepare(session: Session) -> list[UUID]:
        members = [member_with_book(session) for _ in range(GUESTS)]
        budgets.open_budgets(session, [programme_with(Budget("all_of_it", total, "month"))], members, at=AT)
        return members

    with app.app_context():
        return run_transaction(prepare)


def _look(app: Flask, look: Callable[[Session], int]) -> int:
    with app.app_context():
        return run_transaction(look)


@pytest.mark.parametrize(
    ("total", "largest"), [(9_973, 40), pytest.param(200_003, 400, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_64_workers_end_a_budget_exactly_at_nothing(
    committed_app: Flask, tmp_path: Path, total: int, largest: int
) -> None:
    _opened(committed_app, total)
    running = _spenders(committed_app, tmp_path, processes=4, threads=16, total=total, largest=largest)
    ends = [process.communicate(timeout=240) for process in running]
    assert [error for _, error in ends if error] == []
    assert sum(int(given) for given, _ in ends) == total
    assert _look(committed_app, points_accrued) == total
    assert _look(committed_app, lambda session: points_left(session, "all_of_it")) == 0
    with committed_app.app_context():
        assert run_transaction(findings) == []


def test_a_killed_process_takes_nothing_with_it(committed_app: Flask, tmp_path: Path) -> None:
    total = 6_007
    _opened(committed_app, total)
    running = _spenders(committed_app, tmp_path, processes=3, threads=8, total=total, largest=12, dying=2)
    ends = [process.communicate(timeout=240) for process in running]
    assert [process.returncode for process in running] == [-9, -9, 0]
    assert [error for _, error in ends if error] == []
    # The living one went on until nothing was left, without anybody having healed anything.
    assert _look(committed_app, points_accrued) == total
    assert _look(committed_app, lambda session: points_left(session, "all_of_it")) == 0


def test_the_last_points_are_in_one_slice_and_first_ones_in_many(committed_app: Flask) -> None:
    programme = programme_with(Budget("all_of_it", 51_200, "month"))
    members = _opened(committed_app, 51_200)

    def spend_most(session: Session) -> int:
        return give(session, programme, members[:1], 51_100, at=AT)

    with committed_app.app_context():
        assert len(run_transaction(lambda session: lay_out(session, "all_of_it"))) == 64
        assert budgets.with_budgets(spend_most) == 51_100
        assert run_transaction(lambda session: lay_out(session, "all_of_it")) == [(0, 100)]
