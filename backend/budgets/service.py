"""Taking from budgets and giving back, set-based, in the caller's transaction.

Locks are taken in one order: the members' books first, by the caller, then slices sorted by period and number. Nobody
takes a book after a slice.
"""

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from backend.budgets.errors import SlicesMoved as SlicesMoved
from backend.budgets.errors import Wanted
from backend.budgets.opened import MemberUse, PeriodKey, SharedPeriod, Slice
from backend.budgets.opened import OpenBudgets as OpenBudgets
from backend.budgets.periods import ALL_TIME, Period, period_of
from backend.budgets.slices import FIRST_TAKE_POINTS, home_of, homes_of, slices_for, spread_anew
from backend.budgets.statements import (
    FIND_PERIOD,
    GIVE_BACK_OVERSPENT,
    GIVE_BACK_TO_MEMBER,
    GIVE_BACK_TO_SLICE,
    LAY_OUT,
    LOCK_PERIOD,
    LOCK_SLICES,
    LOCK_SLICES_OF_PERIOD,
    MEMBER_USES,
    OPEN_PERIODS,
    WRITE,
    ZONE,
)
from backend.programmes.programme import Budget, Programme
from backend.shared.db import as_rows, driver_connection, run_transaction, sent_together
from backend.shared.errors import Busy
from backend.shared.ids import new_id
from backend.shops.queries import the_shop

Result = TypeVar("Result")
SPREADS_MAXIMUM = 8


@dataclass(frozen=True, slots=True)
class _Wish:
    """A period that the batch may take from."""

    budget: Budget
    programme_version: int
    period: Period


def open_budgets(
    session: Session,
    programmes: Sequence[Programme],
    member_ids: Collection[UUID],
    *,
    at: datetime | Collection[datetime],
    zone: str | None = None,
) -> OpenBudgets:
    """Locks the slices that these members may take from, after their books, and loads what they used.

    `at` is when what gives points happened: a receipt that comes late takes from the period of its own time. Where a
    batch has several moments, `view` is told which. `zone` is the shop's, where the caller has read it. Periods that
    nobody took from yet are opened. Programmes without budgets cost no statement.

    Raises:
        SlicesMoved: they have to be laid out anew first (see `with_budgets`).
    """
    opened, wishes = OpenBudgets(), {}
    known = _newest(programmes)
    if not known or not member_ids:
        return opened
    moments = [at] if isinstance(at, datetime) else sorted(set(at))
    zone = zone or _zone(session, (budget for budget, _ in known.values()))
    for (programme, name), (budget, version) in known.items():
        for moment in moments:
            period = period_of(budget.period, moment, zone=zone)
            key = (programme, name, period.kind, period.first_day)
            wishes[key] = _Wish(budget, version, period)
            opened.budgets.setdefault((programme, moment), {})[name] = key
    opened.moment = moments[0] if len(moments) == 1 else None
    opened.homes = homes_of(member_ids)
    shared = {key: wish for key, wish in wishes.items() if wish.budget.scope != "member"}
    own = {key: wish for key, wish in wishes.items() if wish.budget.scope == "member"}
    locked = _lock(session, shared, own, member_ids, opened)
    missing = {key: wish for key, wish in shared.items() if key not in locked}
    if missing:
        _open_periods(session, missing, zone)
        locked |= _lock(session, missing, {}, member_ids, opened)
    _keep_slices(opened, shared, locked)
    return opened


def write(session: Session, opened: OpenBudgets) -> None:
    """Keeps what was taken, in one statement. The budgets stay open and may be taken from again."""
    slices, uses = list(opened.taken_slices()), list(opened.taken_uses())
    if not slices and not uses:
        return
    parameters = {
        "slices": as_rows(
            [{"period_id": one.period_id, "slice": one.number, "points": one.points_taken} for one in slices]
        ),
        "uses": as_rows(
            [_named(key) | {"member_id": member_id, "points": use.points_taken} for key, member_id, use in uses]
        ),
    }
    driver_connection(session).execute(WRITE, parameters, prepare=True)
    for one in slices:
        one.points_left -= one.points_taken
        one.points_taken = 0
    for _key, _member_id, use in uses:
        use.points_used += use.points_taken
        use.points_taken = 0


def shares_to_give_back(taken: Mapping[str, int], *, points: int, taken_back: int, due: int) -> dict[str, int]:
    """What goes back to each budget when `due` more of `points` go, of which `taken_back` went before.

    It is the same share of what was `taken` of it, reckoned on all that came back so far: nothing is lost by rounding.
    """
    return {
        budget: share * (taken_back + due) // points - share * taken_back // points for budget, share in taken.items()
    }


def give_back(
    session: Session, programme: Programme, member_id: UUID, takes: Mapping[str, int], *, at: datetime
) -> None:
    """Gives points back to the periods in which they were taken, by the budget's name; `at` as when they were taken.

    A budget that the programme does not have, or not any more, gets nothing.
    """
    budgets = [budget for budget in programme.budgets if takes.get(budget.budget)]
    if not budgets:
        return
    zone = _zone(session, budgets)
    for budget in sorted(budgets, key=lambda one: one.budget):
        period = period_of(budget.period, at, zone=zone)
        facts = _named((programme.programme, budget.budget, period.kind, period.first_day))
        points = takes[budget.budget]
        if budget.scope == "member":
            driver_connection(session).execute(
                GIVE_BACK_TO_MEMBER, facts | {"member_id": member_id, "points": points}, prepare=True
            )
        else:
            _give_back_to_all(session, facts, home_of(member_id), points)


def with_budgets(work: Callable[[Session], Result]) -> Result:
    """Runs `work` in a transaction, again from the start where slices had to be laid out anew.

    Raises:
        Busy: they were laid out anew again and again; nothing was done.
    """
    for attempt in range(SPREADS_MAXIMUM):
        try:
            return run_transaction(work)
        except SlicesMoved as moved:
            for period_id, wanted in sorted(moved.moved.items()):
                run_transaction(partial(rebalance, period_id=period_id, wanted=wanted))
        time.sleep(random.uniform(0, 0.002) * attempt)  # noqa: S311 - spreads the retries, guards nothing
    raise Busy


def in_this_transaction(session: Session, work: Callable[[], Result]) -> Result:
    """Runs `work`, which opens budgets and takes from them, inside a larger transaction that has locked the books: done
    again to the savepoint where slices have to be laid out anew, which then happens here and is felt until the commit.

    For what happens now and then; what happens all day goes through `with_budgets`. `work` changes nothing in memory
    that outlives it.

    Raises:
        Busy: they were laid out anew again and again.
    """
    for _attempt in range(SPREADS_MAXIMUM):
        try:
            with session.begin_nested():
                return work()
        except SlicesMoved as moved:
            for period_id, wanted in sorted(moved.moved.items()):
                rebalance(session, period_id=period_id, wanted=wanted)
    raise Busy


def rebalance(session: Session, *, period_id: UUID, wanted: Wanted) -> bool:
    """Spreads what is left of a period over slices of which each holds the wanted take, or over one; whether it had to.

    In a transaction of its own: it waits for all who take from the period.
    """
    connection = driver_connection(session)
    row = connection.execute(LOCK_PERIOD, {"id": period_id}, prepare=True).fetchone()
    if row is None:
        return False
    total, overspent, version, generation = row
    slices = dict(connection.execute(LOCK_SLICES_OF_PERIOD, {"id": period_id}, prepare=True).fetchall())
    left = sum(slices.values())
    if wanted.programme_version > version and wanted.points_total != total:
        spent = total + overspent - left
        total, version = wanted.points_total, wanted.programme_version
        left, overspent = max(0, total - spent), max(0, spent - total)
    layout = spread_anew(slices, points_left=left, largest_take=wanted.largest_take)
    if layout is None and total == row[0]:
        return False
    points = layout.points if layout else tuple(slices.values())
    connection.execute(
        LAY_OUT,
        {
            "id": period_id,
            "points": list(points),
            "slices": len(points),
            "points_total": total,
            "points_overspent": overspent,
            "programme_version": version,
            "generation": generation + 1,
        },
        prepare=True,
    )
    return True


def _newest(programmes: Iterable[Programme]) -> dict[tuple[str, str], tuple[Budget, int]]:
    """Each budget as the newest version that has it says; a late receipt is judged by an older one."""
    by_version = sorted(programmes, key=lambda one: one.version)
    return {(one.programme, budget.budget): (budget, one.version) for one in by_version for budget in one.budgets}


def _zone(session: Session, budgets: Iterable[Budget]) -> str:
    """The shop's, read only where a period follows the calendar."""
    if all(budget.period == ALL_TIME for budget in budgets):
        return "UTC"
    row = driver_connection(session).execute(ZONE, prepare=True).fetchone()
    return row[0] if row else the_shop(session).zone


def _lock(
    session: Session,
    shared: Mapping[PeriodKey, _Wish],
    own: Mapping[PeriodKey, _Wish],
    member_ids: Collection[UUID],
    opened: OpenBudgets,
) -> dict[PeriodKey, list[Any]]:
    """The rows of the locked slices by period; what members used goes into `opened`."""
    homes = sorted(set(opened.homes.values()))
    opened.uses |= {(key, one): MemberUse(wish.budget.points) for key, wish in own.items() for one in member_ids}
    with sent_together(session):
        connection = driver_connection(session)
        slices = (
            connection.execute(LOCK_SLICES, {"periods": _rows(shared), "homes": homes}, prepare=True) if shared else ()
        )
        uses = (
            connection.execute(MEMBER_USES, {"periods": _rows(own), "member_ids": list(member_ids)}, prepare=True)
            if own
            else ()
        )
    locked: dict[PeriodKey, list[Any]] = {}
    for row in slices:
        locked.setdefault((row[1], row[2], row[3], row[4]), []).append(row)
    for programme, budget, period, period_from, member_id, points in uses:
        opened.uses[(programme, budget, period, period_from), member_id].points_used = points
    return locked


def _keep_slices(
    opened: OpenBudgets, shared: Mapping[PeriodKey, _Wish], locked: Mapping[PeriodKey, Sequence[Any]]
) -> None:
    """The locked slices into `opened`, where they are as the document wants them."""
    for key, wish in shared.items():
        rows = locked.get(key, ())
        if not rows or any(row[8] != row[11] for row in rows):
            # Somebody spread them while this waited for the lock.
            raise SlicesMoved({})
        period_id, *_, version, total, slices, _generation, _number, _left, _slice_generation = rows[0]
        if wish.programme_version > version and wish.budget.points != total:
            raise SlicesMoved({period_id: Wanted(wish.budget.points, wish.programme_version, FIRST_TAKE_POINTS)})
        wanted = Wanted(total, version, 0)
        opened.shared[key] = SharedPeriod(
            slices,
            {row[9]: Slice(period_id, row[9], row[10], wanted, is_only_one=slices == 1) for row in rows},
        )


def _open_periods(session: Session, missing: Mapping[PeriodKey, _Wish], zone: str) -> None:
    rows = [
        _named(key)
        | {
            "id": new_id(),
            "period_until": wish.period.ends_at(zone=zone),
            "programme_version": wish.programme_version,
            "points_total": wish.budget.points,
            "slices": slices_for(wish.budget.points, largest_take=FIRST_TAKE_POINTS),
        }
        for key, wish in missing.items()
    ]
    driver_connection(session).execute(OPEN_PERIODS, {"periods": as_rows(rows)}, prepare=True)


def _give_back_to_all(session: Session, facts: dict[str, Any], home: int, points: int) -> None:
    connection = driver_connection(session)
    row = connection.execute(FIND_PERIOD, facts, prepare=True).fetchone()
    if row is None:
        return
    period_id, slices, overspent = row
    if overspent:
        made_up = connection.execute(GIVE_BACK_OVERSPENT, {"id": period_id, "points": points}).fetchone()
        points -= made_up[0] if made_up else 0
    # The first slice is there however they are spread meanwhile.
    for number in (home % slices, 0):
        given = {"id": period_id, "slice": number, "points": points}
        if not points or connection.execute(GIVE_BACK_TO_SLICE, given, prepare=True).rowcount:
            return


def _rows(periods: Iterable[PeriodKey]) -> str:
    return as_rows([_named(key) for key in periods])


def _named(key: PeriodKey) -> dict[str, Any]:
    return dict(zip(("programme", "budget", "period", "period_from"), key, strict=True))
