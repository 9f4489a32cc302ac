"""What rules caught and what of it was wrong: by rule, version and month."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.screening.reporting import Tally, report, together
from backend.screening.rules import Ruling
from backend.screening.service import NewRuling, close_case, open_case, record_rulings
from backend.shared.ids import new_id
from tests.factories import members

JANUARY, MARCH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def said(session, clock):
    """Lets a rule say something of Boris at a moment; the ruling."""
    boris = members.boris(session).id

    def say(outcome, *, at, mode="active", version=1, decided=None, hours=0):
        ruling = Ruling(
            rule="ring_shares_device",
            version=version,
            mode=mode,
            outcome=outcome,
            reason_kind="" if outcome == "allow" else "referral_held_ring_shares_device",
        )
        subject = {"subject_kind": "referral", "subject_id": new_id(), "member_id": boris, "at": at}
        record_rulings(session, [NewRuling(ruling=ruling, **subject)])
        if mode == "active" and outcome == "hold":
            case_id = open_case(session, ruling=ruling, **subject)
            if decided:
                close_case(
                    session,
                    case_id=case_id,
                    outcome=decided,
                    reason="-",
                    decided_by="staff_member:olga",
                    decided_by_name="Olga",
                    at=at + timedelta(hours=hours),
                )

    return say


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch):
    monkeypatch.setattr("backend.screening.service.publish", lambda _session, _event: None)


def at(day, hour=12, *, month=1):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_what_was_held_is_told_by_what_people_found(session, said):
    said("allow", at=at(2))
    said("hold", at=at(3), decided="release", hours=2)
    said("hold", at=at(4), decided="refuse", hours=10)
    said("hold", at=at(5), decided="refuse", hours=4)
    said("hold", at=at(6))
    (one,) = report(session, since=JANUARY, until=MARCH, zone="Europe/Moscow")
    assert (one.whole.judged, one.whole.allowed, one.whole.held) == (5, 1, 4)
    assert (one.whole.released, one.whole.refused, one.whole.waits) == (1, 2, 1)
    assert (one.whole.caught, one.whole.wrong, one.whole.median_hours) == (4, 1, 4.0)


def test_what_shadow_would_have_done_is_told_apart(session, said):
    said("hold", at=at(2), mode="shadow")
    said("reject", at=at(2), mode="shadow")
    said("allow", at=at(2), mode="shadow")
    (one,) = report(session, since=JANUARY, until=MARCH, zone="Europe/Moscow")
    assert (one.whole.judged, one.whole.caught, one.whole.in_shadow_would_have) == (3, 0, 2)


def test_each_version_is_told_by_itself_the_newest_first(session, said):
    said("hold", at=at(2), version=1)
    said("allow", at=at(3), version=2)
    told = report(session, since=JANUARY, until=MARCH, zone="Europe/Moscow")
    assert [(one.version, one.whole.held) for one in told] == [(2, 0), (1, 1)]


def test_months_are_those_of_the_shop_and_a_case_counts_where_it_was_opened(session, said):
    said("hold", at=at(31, 22), decided="release", hours=24 * 40)
    said("allow", at=at(31, 12))
    (one,) = report(session, since=JANUARY, until=MARCH, zone="Europe/Moscow")
    assert [(month, tally.judged, tally.released) for month, tally in one.months] == [
        (date(2026, 1, 1), 1, 0),
        (date(2026, 2, 1), 1, 1),
    ]


def test_what_lies_outside_of_the_time_is_left_out(session, said):
    said("hold", at=at(1, 0, month=3))
    said("hold", at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    assert report(session, since=JANUARY, until=MARCH, zone="UTC") == []


def test_tallies_add_up():
    assert together([Tally(judged=2, held=1, median_hours=3.0), Tally(judged=1, released=1)]) == Tally(
        judged=3, held=1, released=1
    )
