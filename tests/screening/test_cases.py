"""A case waits for a person: opened once per subject, due in three working days, decided once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.screening import queries, service
from backend.screening.errors import CaseDecidedAlready, UnknownCase
from backend.screening.events import CaseClosed
from backend.screening.models import ScreeningCase
from backend.screening.rules import Ruling
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.shared.working_days import working_days_after
from tests.conftest import ObedientClock
from tests.factories import members

HELD = Ruling(
    rule="joins_per_code",
    version=1,
    mode="active",
    outcome="hold",
    reason_kind="referral_held_joins_per_code",
    reason_facts={"friends": 5, "window_hours": 24},
    inputs={"joins_in_window": 6},
)


@pytest.fixture
def case(session: Session, clock: ObedientClock) -> ScreeningCase:
    """Boris's referral is held."""
    case_id = service.open_case(
        session,
        ruling=HELD,
        subject_kind="referral",
        subject_id=new_id(),
        member_id=members.boris(session).id,
        at=clock.now,
    )
    return queries.case(session, case_id)


def decides(session: Session, case: ScreeningCase, *, by: str = "Olga", outcome: str = "release") -> ScreeningCase:
    """Somebody of the staff decides."""
    return service.close_case(
        session,
        case_id=case.id,
        outcome=outcome,  # type: ignore[arg-type]
        reason="They are three friends of one course.",
        decided_by=f"staff_member:{by}",
        decided_by_name=by,
        at=business_now(),
    )


def test_a_case_is_due_in_three_working_days(case: ScreeningCase):
    sunday_noon = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
    assert (case.opened_at, case.state) == (sunday_noon, "open")
    assert case.due_at == datetime(2026, 11, 25, 9, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-11-18T12:00", "2026-11-23T12:00"),
        ("2026-11-20T12:00", "2026-11-25T12:00"),
        ("2026-11-21T12:00", "2026-11-25T12:00"),
    ],
)
def test_weekends_do_not_count(opened: str, due: str):
    after = working_days_after(datetime.fromisoformat(f"{opened}+00:00"), days=3, zone="Europe/Moscow")
    assert after == datetime.fromisoformat(f"{due}+00:00")


def test_one_subject_has_one_open_case(session: Session, case: ScreeningCase):
    again = service.open_case(
        session,
        ruling=HELD,
        subject_kind="referral",
        subject_id=case.subject_id,
        member_id=case.member_id,
        at=business_now(),
    )
    assert again == case.id


def test_a_decision_closes_the_case_and_is_heard(
    session: Session, case: ScreeningCase, monkeypatch: pytest.MonkeyPatch
):
    heard: list[CaseClosed] = []
    monkeypatch.setattr(service, "publish", lambda _session, event: heard.append(event))
    decided = decides(session, case)
    assert (decided.state, decided.decided_by_name) == ("released", "Olga")
    assert [(event.subject_id, event.outcome) for event in heard] == [(case.subject_id, "release")]
    assert session.scalar(text("SELECT action FROM audit_log ORDER BY at DESC LIMIT 1")) == "release_case"


def test_the_second_of_two_hears_who_was_first(session: Session, case: ScreeningCase, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "publish", lambda _session, _event: None)
    decides(session, case)
    with pytest.raises(CaseDecidedAlready) as refused:
        decides(session, case, by="Marat", outcome="refuse")
    assert refused.value.facts["decided_by_name"] == "Olga"
    assert queries.case(session, case.id).state == "released"


def test_a_subject_may_be_held_again_after_a_decision(
    session: Session, case: ScreeningCase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service, "publish", lambda _session, _event: None)
    decides(session, case)
    again = service.open_case(
        session,
        ruling=HELD,
        subject_kind="referral",
        subject_id=case.subject_id,
        member_id=case.member_id,
        at=business_now(),
    )
    assert again != case.id
    assert (
        queries.cases_of(session, subject_kind="referral", subject_ids=[case.subject_id])[case.subject_id].id == again
    )


def test_nobody_decides_on_a_case_that_is_not(session: Session):
    with pytest.raises(UnknownCase):
        service.close_case(
            session,
            case_id=new_id(),
            outcome="release",
            reason="-",
            decided_by="command:x",
            decided_by_name="x",
            at=business_now(),
        )
