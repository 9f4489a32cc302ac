"""The auditor compares what the till holds with what the books have set aside."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.ledger import reconciliation
from tests.conftest import ObedientClock
from tests.factories.ledger import corrupt, findings
from tests.factories.till import fresh_code, guest, open_till, with_points


def test_a_reservation_that_the_book_does_not_know_is_found(
    session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    till = open_till(session, client)
    alice, boris = guest(session), guest(session)
    for number, member_id in enumerate((alice, boris)):
        with_points(session, member_id, 500)
        assert (
            till.reserve(fresh_code(session, member_id), 300, 54_000, external_id=f"sale-{number}").status_code == 201
        )
    assert findings(session) == []
    corrupt(session, "UPDATE reservations SET status = 'cancelled' WHERE member_id = :alice", alice=alice)
    (finding,) = reconciliation.check_members(session, [alice, boris])
    assert (finding.invariant, finding.member_id) == ("reservations hold what is set aside", alice)
