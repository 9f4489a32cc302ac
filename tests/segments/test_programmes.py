"""Programmes that name segments: refused while these are not there, and the segments stay while they are named."""

import pytest

from backend.programmes import service as programmes
from backend.segments import service
from backend.segments.errors import SegmentInUse, UnknownSegments
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from tests.factories.members import alice, boris
from tests.factories.segments import MARAT, a_segment, leaf
from tests.factories.till import DEMO_PROGRAMME, open_till

FOR_REGULARS = DEMO_PROGRAMME.replace(
    "  - {rule: base, rate_basis_points: 500}\n",
    "  - {rule: base, rate_basis_points: 500}\n"
    "  - {rule: regulars, rate_basis_points: 500, when: '\"regulars\" in member.segments'}\n",
)
REGULARS = leaf("purchases", "at_least", 1)


def load(session):
    return programmes.load(session, FOR_REGULARS, in_force_from=business_now())


def test_a_programme_that_names_a_segment_that_is_not_there_is_refused_whole(committed_app):
    with committed_app.app_context():
        with pytest.raises(UnknownSegments) as refused:
            run_transaction(load)
        assert refused.value.facts == {"codes": "regulars"}
        run_transaction(lambda session: a_segment(session, "regulars", REGULARS))
        run_transaction(load)


def test_a_segment_that_a_programme_names_stays(session, client, clock):
    made = a_segment(session, "regulars", REGULARS)
    load(session)
    with pytest.raises(SegmentInUse) as refused:
        service.archive(session, segment_id=made.id, by=MARAT)
    assert refused.value.facts == {"users": "grain"}


def test_who_is_in_earns_more_at_the_next_purchase(session, client, clock):
    a_segment(session, "regulars", REGULARS)
    till = open_till(session, client, programme=FOR_REGULARS)
    regular, other = alice(session), boris(session)
    assert till.sell(regular.id, 100_000, external_id="first").json["points_pending"] == 50
    run_due_jobs()
    assert till.sell(regular.id, 100_000, external_id="second").json["points_pending"] == 100
    assert till.sell(other.id, 100_000, external_id="third").json["points_pending"] == 50
