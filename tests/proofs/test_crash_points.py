"""The web process is killed at each named step: all or nothing is there, and a retry converges."""

from dataclasses import dataclass

import pytest
import requests

from tests.proofs.acts import ACTS
from tests.proofs.shop import ServedShop

COMMITTED = "after sqlalchemy.orm:Session.commit"
STEPS = {
    "locked": "after backend.ledger.service:ask_books",
    "receipt written": "after backend.receipts.service:record_sales",
    "return written": "after backend.receipts.service:record_returns",
    "reservation written": "after backend.till.reserving:_hold",
    "reservation resolved": "after backend.till.resolving:ask_resolved",
    "ledger about to be written": "before backend.ledger.service:write",
    "ledger written": "after backend.ledger.service:write",
    "messages written": "after backend.till.earning:tell",
    "about to commit": "before sqlalchemy.orm:Session.commit",
    "committed, not yet answered": COMMITTED,
}
IN_BETWEEN = {
    "sale": ["receipt written", "messages written"],
    "return": ["return written"],
    "reservation": ["reservation written"],
    "confirmation": ["reservation resolved"],
    "cancellation": ["reservation resolved"],
}
OF_ALL = ["locked", "ledger about to be written", "ledger written", "about to commit", "committed, not yet answered"]
# The others are for long runs: a killed process is replaced in seconds.
QUICK = {
    ("sale", "receipt written"),
    ("sale", "committed, not yet answered"),
    ("return", "ledger written"),
    ("return", "committed, not yet answered"),
    ("reservation", "reservation written"),
    ("reservation", "committed, not yet answered"),
    ("confirmation", "reservation resolved"),
    ("confirmation", "committed, not yet answered"),
    ("cancellation", "about to commit"),
}


@dataclass(frozen=True)
class Crash:
    """Which act dies at which step."""

    act: str
    step: str


CRASHES = [
    pytest.param(Crash(act, step), id=f"{act}: {step}", marks=() if (act, step) in QUICK else pytest.mark.long)
    for act, in_between in IN_BETWEEN.items()
    for step in [*OF_ALL, *in_between]
]


@pytest.mark.parametrize("crash", CRASHES)
def test_a_process_killed_at_any_step_leaves_all_or_nothing_and_a_retry_converges(
    shop: ServedShop, crash: Crash
) -> None:
    act = ACTS[crash.act](shop)
    before = shop.balance(act.member_id)
    rows_before = rows_of(shop, act.member_id)

    shop.dies(STEPS[crash.step])
    with pytest.raises(requests.ConnectionError):
        shop.ask(act.path, act.body)
    assert shop.has_died

    if STEPS[crash.step] == COMMITTED:
        assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)
        rows_after = rows_of(shop, act.member_id)
    else:
        assert (act.happened(shop), shop.balance(act.member_id)) == (0, before)
        assert rows_of(shop, act.member_id) == rows_before
        rows_after = None
    shop.check_books()

    retried = shop.ask_until_answered(act.path, act.body)
    first_time = 201 if crash.act in {"sale", "return", "reservation"} else 200
    assert retried.status_code == (200 if rows_after else first_time), retried.text
    assert rows_after in {None, rows_of(shop, act.member_id)}
    once_more = shop.ask_until_answered(act.path, act.body)
    assert (once_more.status_code, once_more.json()) == (200, retried.json())
    assert (act.happened(shop), shop.balance(act.member_id)) == (1, act.after)


def rows_of(shop: ServedShop, member_id: object) -> tuple[int, ...]:
    """How much there is of the member in every table that an act writes."""
    tables = (
        *("receipts", "receipt_lines", "receipt_returns", "reservations", "messages"),
        *("ledger_transactions", "ledger_entries", "ledger_lots", "ledger_lot_movements"),
    )
    return tuple(
        shop.count(f"SELECT count(*) FROM {table} WHERE member_id = :member_id", member_id=member_id)
        for table in tables
    )
