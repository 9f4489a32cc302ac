"""Versions of a programme: written, activated, withdrawn; what was sold before stays judged as it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes import queries, service
from backend.programmes.errors import (
    AlreadyInForce,
    BadProgramme,
    CurrencyTaken,
    PastIsWritten,
    UnknownVersion,
    WasWithdrawn,
)
from backend.programmes.events import ProgrammeScheduled
from backend.shared.errors import Conflict
from tests.factories.staff import a_staff_token, bearer
from tests.factories.till import DEMO_PROGRAMME

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)
PATH = "/api/v1/staff/programmes"
GALLERY = Path(__file__).parents[2] / "backend/programmes/gallery"
RICHER = DEMO_PROGRAMME.replace("rate_basis_points: 500", "rate_basis_points: 700")
MARAT = "staff:marat"


@pytest.fixture(autouse=True)
def _noon(clock) -> None:
    clock.set(NOON)


@pytest.fixture
def marat(session: Session) -> dict[str, str]:
    return bearer(a_staff_token(session, "marketer"))


def rate_at(session: Session, at: datetime) -> int | None:
    found = queries.programmes(session).in_force("RUB", at)
    return found.earning[0].rate_basis_points if found else None


def test_a_draft_judges_nothing_until_it_is_activated(session: Session) -> None:
    draft = service.write_draft(session, DEMO_PROGRAMME, by=MARAT, note="To begin with")
    assert (draft.version, draft.state, draft.created_by, draft.note) == (1, "draft", MARAT, "To begin with")
    assert rate_at(session, TOMORROW) is None
    activated = service.activate(session, draft.id, by=MARAT)
    assert (activated.state, activated.in_force_from) == ("in_force", NOON)
    assert rate_at(session, TOMORROW) == 500


def test_a_draft_with_a_mistake_is_not_kept(session: Session) -> None:
    with pytest.raises(BadProgramme):
        service.write_draft(session, DEMO_PROGRAMME.replace("RUB", "RUR5"), by=MARAT)
    assert queries.versions(session, at=NOON) == []


def test_the_next_version_takes_over_at_its_time_and_what_was_before_stays(session: Session) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON - timedelta(days=9))
    second = service.write_draft(session, RICHER, by=MARAT)
    scheduled = service.activate(session, second.id, at=TOMORROW, by=MARAT)
    assert (scheduled.state, scheduled.version) == ("scheduled", 2)
    assert [rate_at(session, TOMORROW + timedelta(seconds=seconds)) for seconds in (-1, 0, 1)] == [500, 700, 700]
    first = queries.versions(session, "grain", at=NOON)[1]
    assert (first.state, first.in_force_until) == ("in_force", TOMORROW)
    later = {one.version: one.state for one in queries.versions(session, "grain", at=TOMORROW)}
    assert later == {1: "replaced", 2: "in_force"}


def test_the_first_version_may_begin_in_the_past_and_no_other(session: Session) -> None:
    first = service.write_draft(session, DEMO_PROGRAMME, by=MARAT)
    service.activate(session, first.id, at=NOON - timedelta(days=365), by=MARAT)
    second = service.write_draft(session, RICHER, by=MARAT)
    with pytest.raises(PastIsWritten):
        service.activate(session, second.id, at=NOON - timedelta(seconds=1), by=MARAT)
    assert rate_at(session, NOON) == 500


def test_a_version_still_to_come_may_be_moved_and_withdrawn(session: Session) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    second = service.write_draft(session, RICHER, by=MARAT)
    service.activate(session, second.id, at=TOMORROW, by=MARAT)
    service.activate(session, second.id, at=TOMORROW + timedelta(days=1), by=MARAT)
    assert rate_at(session, TOMORROW) == 500
    assert service.withdraw(session, second.id, by=MARAT).state == "withdrawn"
    assert rate_at(session, TOMORROW + timedelta(days=9)) == 500
    with pytest.raises(WasWithdrawn):
        service.activate(session, second.id, by=MARAT)


def test_a_version_that_judges_is_neither_withdrawn_nor_activated_again(session: Session) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    version_id = queries.versions(session, at=NOON)[0].id
    with pytest.raises(AlreadyInForce):
        service.withdraw(session, version_id, by=MARAT)
    with pytest.raises(AlreadyInForce):
        service.activate(session, version_id, at=TOMORROW, by=MARAT)


def test_the_same_text_is_the_same_version_unless_it_was_withdrawn(session: Session) -> None:
    first = service.write_draft(session, DEMO_PROGRAMME, by=MARAT)
    assert service.write_draft(session, DEMO_PROGRAMME, by=MARAT).id == first.id
    service.withdraw(session, first.id, by=MARAT)
    assert service.write_draft(session, DEMO_PROGRAMME, by=MARAT).version == 2


def test_a_withdrawn_programme_lets_go_of_its_currency(session: Session) -> None:
    first = service.write_draft(session, DEMO_PROGRAMME, by=MARAT)
    other = DEMO_PROGRAMME.replace("programme: grain", "programme: other")
    with pytest.raises(CurrencyTaken):
        service.write_draft(session, other, by=MARAT)
    service.withdraw(session, first.id, by=MARAT)
    assert service.write_draft(session, other, by=MARAT).programme == "other"


def test_whoever_listens_may_refuse_and_nothing_is_half_activated(app, session: Session) -> None:
    class Refused(Conflict):
        pass

    heard: list[ProgrammeScheduled] = []

    def refuse(_session: Session, event: ProgrammeScheduled) -> None:
        heard.append(event)
        raise Refused

    subscribers = app.extensions["molva_events"]._subscribers[ProgrammeScheduled]
    subscribers.append(refuse)
    try:
        draft = service.write_draft(session, DEMO_PROGRAMME, by=MARAT)
        with pytest.raises(Refused), session.begin_nested():
            service.activate(session, draft.id, by=MARAT)
    finally:
        subscribers.remove(refuse)
    assert [(event.programme.version, event.in_force_from) for event in heard] == [(1, NOON)]
    session.expire_all()
    assert queries.version(session, draft.id, at=NOON).state == "draft"


def test_every_act_stands_in_the_audit_log(session: Session) -> None:
    draft = service.write_draft(session, DEMO_PROGRAMME, by=MARAT)
    service.activate(session, draft.id, at=TOMORROW, by=MARAT)
    service.withdraw(session, draft.id, by=MARAT)
    session.flush()
    rows = session.execute(
        text("SELECT who, action, subject FROM audit_log WHERE subject LIKE 'programme:%' ORDER BY id")
    )
    acts = [tuple(row) for row in rows]
    assert acts == [
        (MARAT, action, "programme:grain:1")
        for action in ("write_programme", "activate_programme", "withdraw_programme")
    ]


def test_an_unknown_version_is_said_to_be_one(session: Session) -> None:
    with pytest.raises(UnknownVersion):
        service.activate(session, uuid4(), by=MARAT)


def test_from_writing_to_judging_by_the_api(client: FlaskClient, session: Session, marat: dict[str, str]) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON - timedelta(days=1))
    written = client.post(PATH, json={"document": RICHER, "note": "Two more"}, headers=marat)
    assert (written.status_code, written.json["state"], written.json["document"]) == (201, "draft", RICHER)
    one = f"{PATH}/{written.json['id']}"
    compared = client.get(f"{one}/differences", headers=marat).json
    assert compared == {
        "version": 2,
        "against": 1,
        "differences": ["Rule base, share of the amount: 7%. Before: 5%."],
    }
    in_russian = client.get(f"{one}/differences?lang=ru", headers=marat).json["differences"]
    assert in_russian == ["Правило base, доля суммы: 7\N{NO-BREAK SPACE}%. Было: 5\N{NO-BREAK SPACE}%."]
    activated = client.post(f"{one}/activate", json={"from": "2026-11-23T15:00:00+03:00"}, headers=marat)
    assert (activated.json["state"], activated.json["in_force_from"]) == ("scheduled", "2026-11-23T12:00:00+00:00")
    items = client.get(PATH, headers=marat).json["items"]
    assert [(item["version"], item["state"]) for item in items] == [(2, "scheduled"), (1, "in_force")]
    assert client.post(f"{one}/withdraw", headers=marat).json["state"] == "withdrawn"
    assert client.get(one, headers=marat).json["state"] == "withdrawn"
    past = client.post(f"{PATH}/{items[1]['id']}/activate", json={}, headers=marat)
    assert (past.status_code, past.json["type"].split("/")[-1]) == (409, "already-in-force")


def test_a_document_with_a_mistake_is_refused_by_the_api_with_its_place(
    client: FlaskClient, marat: dict[str, str]
) -> None:
    broken = DEMO_PROGRAMME.replace("rate_basis_points: 500", "rate_basis_points: five")
    refused = client.post(PATH, json={"document": broken}, headers=marat)
    assert refused.status_code == 422
    assert refused.json["errors"] == {
        "earning.0.rate_basis_points": ["Line 7, column 37: A whole number is expected, not `five`."]
    }


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "A whole number is expected, not `five`."), ("ru", "Здесь ожидается целое число, а не `five`.")],
)
def test_check_keeps_nothing_and_says_each_mistake_in_the_callers_language(
    client: FlaskClient, session: Session, marat: dict[str, str], language: str, said: str
) -> None:
    broken = DEMO_PROGRAMME.replace("rate_basis_points: 500", "rate_basis_points: five")
    found = client.post(f"{PATH}/check", json={"document": broken}, headers=marat | {"Accept-Language": language})
    assert found.json["correct"] is False
    assert found.json["mistakes"] == [
        {"line": 7, "column": 37, "path": "earning.0.rate_basis_points", "kind": "not_whole", "text": said}
    ]
    correct = client.post(f"{PATH}/check", json={"document": DEMO_PROGRAMME}, headers=marat).json
    assert correct == {"correct": True, "mistakes": [], "programme": "grain", "currency": "RUB"}
    assert queries.versions(session, at=NOON) == []


def test_an_analyst_reads_and_does_not_write(client: FlaskClient, session: Session) -> None:
    analyst = bearer(a_staff_token(session, "analyst"))
    assert client.get(PATH, headers=analyst).status_code == 200
    assert client.post(PATH, json={"document": DEMO_PROGRAMME}, headers=analyst).status_code == 403
    assert client.get(PATH).status_code == 401


def test_the_schema_is_for_everybody(client: FlaskClient) -> None:
    schema = client.get("/api/v1/programme-schema.json").json
    assert schema["properties"]["currency"]["pattern"] == "^[A-Z]{3}$"


def test_a_receipt_that_nobody_made_is_previewed_with_its_steps(
    client: FlaskClient, session: Session, marat: dict[str, str]
) -> None:
    cafe = (GALLERY / "cafe.yaml").read_text(encoding="utf-8")
    receipt = {
        "occurred_at": "2026-11-21T12:00:00+03:00",
        "lines": [{"category": "beans", "amount": 100_000}, {"category": "coffee", "amount": 50_000}],
    }
    body = {"document": cafe, "receipt": receipt, "member": {"birthday": "11-23", "purchases": 3}}
    found = client.post(f"{PATH}/preview", json=body, headers=marat)
    assert found.status_code == 200
    assert (found.json["points"], found.json["terms"]) == (75 + 50 + 100, "")
    assert {award["points"] for award in found.json["awards"]} == {125, 100}
    assert any("Double points on beans" in step["text"] for step in found.json["steps"])
    stored = service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    assert stored.version == 1
    version_id = str(queries.versions(session, at=NOON)[0].id)
    by_version = client.post(f"{PATH}/preview", json={"version_id": version_id, "receipt": receipt}, headers=marat)
    assert by_version.json["points"] == 75
    neither = client.post(f"{PATH}/preview", json={"receipt": receipt}, headers=marat)
    assert (neither.status_code, list(neither.json["errors"])) == (422, ["document"])
