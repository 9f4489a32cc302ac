"""The worker is killed while it releases and burns, and another one goes on: every lot is released and burnt once."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import service
from backend.shared.clock import business_now
from tests.factories.ledger import cause, findings, member_with_book
from tests.factories.shops import a_shop
from tests.worker.conftest import Installation

KILLED = -9
MEMBERS, LOTS = 3, 8
STEPS = [
    ("backend.ledger.service:write", "after", "3"),
    ("backend.ledger.service:write", "before", "2"),
    ("backend.shared.jobs:_note_success", "after", "4"),
]


def done(session: Session) -> dict[str, int]:
    kinds = "SELECT kind, count(*) FROM ledger_transactions WHERE kind <> 'accrual' GROUP BY kind"
    return dict(session.execute(text(kinds)).all())


@pytest.mark.long
@pytest.mark.parametrize("step", STEPS)
def test_every_lot_is_released_and_burnt_once(installation: Installation, step: tuple[str, str, str]) -> None:
    def begin(session: Session) -> None:
        a_shop(session)
        first = business_now() - timedelta(days=90)
        for member in range(MEMBERS):
            [book] = service.open_books(session, [member_with_book(session)]).values()
            for number in range(LOTS):
                comes = first + timedelta(days=number, hours=member)
                at = comes - timedelta(days=14)
                burns = comes + timedelta(days=30)
                book.accrue(cause(f"{number}", at=at), points=10, available_at=comes, expires_at=burns)
            service.write(session, [book])

    installation.do(begin)
    assert installation.start_worker(*step).wait(60) == KILLED
    assert installation.do(done).get("expiry", 0) < MEMBERS * LOTS
    installation.start_worker()
    installation.wait_until(lambda session: done(session).get("expiry") == MEMBERS * LOTS)
    assert installation.do(done) == {"release": MEMBERS * LOTS, "expiry": MEMBERS * LOTS}
    assert installation.do(findings) == []
