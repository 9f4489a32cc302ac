"""The worker is killed while it seals the ledger, and another one takes over: nothing is left out or sealed twice."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger.audit import check_chain
from tests.factories.ledger import findings, member_with_book
from tests.ledger.test_sealing import earn, sealed
from tests.worker.conftest import Installation

KILLED = -9
RECONCILED_LONG_AGO = text(
    "INSERT INTO ledger_progress (job, worked_at, ended_at, place) "
    "SELECT 'ledger_reconciliation', recorded_at - interval '1 day', recorded_at - interval '1 day', member_id "
    "FROM ledger_transactions LIMIT 1"
)
MEMBERS, TIMES = 4, 6
STEPS = [
    ("backend.ledger.sealing:_seal", "after", "2"),
    ("backend.ledger.sealing:_seal", "before", "1"),
    ("backend.ledger.sealing:_seal", "before", "3"),
    ("backend.ledger.sealing:_before_all_that_is_open", "after", "1"),
    ("backend.ledger.reconciliation:check_members", "after", "1"),
]


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step is STEPS[0] else pytest.mark.long) for step in STEPS]
)
def test_every_transaction_is_sealed_once(installation: Installation, step: tuple[str, str, str]) -> None:
    def begin(session: Session) -> None:
        for _ in range(MEMBERS):
            earn(session, member_with_book(session), times=TIMES)
        # Reconciliation is due too.
        session.execute(RECONCILED_LONG_AGO)

    installation.do(begin)
    assert installation.start_worker(*step).wait(60) == KILLED
    installation.start_worker()
    installation.wait_until(lambda session: len(sealed(session)) == MEMBERS * TIMES)
    places = installation.do(sealed)
    assert len({(member_id, number) for _seal, member_id, number in places}) == MEMBERS * TIMES
    assert installation.do(lambda session: list(check_chain(session))) == []
    assert installation.do(findings) == []
