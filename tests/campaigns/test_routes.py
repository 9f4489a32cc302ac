"""`/api/v1/staff/campaigns`: the contract, and what it refuses."""

from uuid import uuid4

import pytest

from backend.shared.jobs import run_due_jobs
from tests.factories.notifications import TEXTS, Hands, a_guest
from tests.factories.staff import a_staff_token, bearer

PATH = "/api/v1/staff/campaigns"


@pytest.fixture
def marat(session, clock):
    return bearer(a_staff_token(session, "marketer"))


def written(**fields):
    return {"name": "Double points on beans", "kind": "marketing", "segment_id": None, "message": TEXTS} | fields


def test_from_writing_to_finished(app, session, client, marat):
    for _ in range(3):
        a_guest(session)
    made = client.post(PATH, json=written(rate_per_second=1000, holdout_percent=0), headers=marat)
    assert made.status_code == 201
    assert made.json["status"] == "draft"
    one = f"{PATH}/{made.json['id']}"

    assert client.post(f"{one}/start", headers=marat).json == {"status": "running"}
    run_due_jobs()
    assert client.get(one, headers=marat).json["counts"]["queued"] == 3
    assert client.post(f"{one}/pause", headers=marat).json == {"status": "paused"}
    assert client.post(f"{one}/resume", headers=marat).json == {"status": "running"}
    assert client.post(f"{one}/stop", headers=marat).json == {"status": "stopped"}
    assert client.post(f"{one}/remainder", headers=marat).json == {"status": "running"}
    client.post(f"{one}/stop", headers=marat)
    answer = client.get(one, headers=marat).json
    assert answer["counts"] == {
        "queued": 3,
        "held": 0,
        "sending": 0,
        "accepted": 0,
        "failed": 0,
        "unknown": 0,
        "dropped": 0,
    }
    assert (answer["holdout"], answer["segment_id"], answer["message"]) == (0, None, TEXTS)
    assert Hands(app).deliver() == []


def test_campaigns_are_listed_newest_first(client, session, marat):
    for number in range(3):
        client.post(PATH, json=written(name=f"Campaign {number}"), headers=marat)
    first = client.get(PATH, query_string={"limit": 2}, headers=marat).json
    assert [item["name"] for item in first["items"]] == ["Campaign 2", "Campaign 1"]
    second = client.get(PATH, query_string={"limit": 2, "cursor": first["next_cursor"]}, headers=marat).json
    assert [item["name"] for item in second["items"]] == ["Campaign 0"]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"kind": "spam"}, "kind"),
        ({"message": {"ru": TEXTS["ru"]}}, "message"),
        ({"message": {"ru": TEXTS["ru"], "en": {"title": "Only a title"}}}, "message"),
        ({"message": TEXTS | {"de": TEXTS["en"]}}, "message"),
        ({"message": {"ru": TEXTS["ru"], "en": {"title": "t" * 61, "body": "b"}}}, "message"),
        ({"message": {"ru": TEXTS["ru"], "en": {"title": "\u0007", "body": "b"}}}, "message"),
        ({"rate_per_second": 0}, "rate_per_second"),
        ({"rate_per_second": -1}, "rate_per_second"),
        ({"rate_per_second": 1.5}, "rate_per_second"),
        ({"holdout_percent": 51}, "holdout_percent"),
        ({"holdout_percent": "many"}, "holdout_percent"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "2026-11-23T10:00:00"}, "starts_at"),
        ({"segment_id": str(uuid4())}, "segment_id"),
        ({"segment_id": "everybody"}, "segment_id"),
        ({"audience": "all"}, "audience"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(client, marat, broken, field):
    answer = client.post(PATH, json=written(**broken), headers=marat)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert client.get(PATH, headers=marat).json["items"] == []


def test_a_refusal_is_in_the_callers_language(client, marat):
    one = f"{PATH}/{client.post(PATH, json=written(), headers=marat).json['id']}"
    answer = client.post(f"{one}/pause", headers=marat | {"Accept-Language": "ru"})
    assert answer.status_code == 409
    assert answer.json["title"] == "Сейчас с рассылкой этого сделать нельзя: это черновик"


def test_a_campaign_that_is_not_there(client, marat):
    for path in (f"{PATH}/{uuid4()}", f"{PATH}/not-an-id"):
        assert client.get(path, headers=marat).status_code == 404
    assert client.post(f"{PATH}/{uuid4()}/start", headers=marat).status_code == 404


@pytest.mark.parametrize("role", ["support", "analyst", "auditor"])
def test_other_roles_are_turned_away(client, session, marat, role):
    stranger = bearer(a_staff_token(session, role))
    assert client.get(PATH, headers=stranger).status_code == 403
    assert client.post(PATH, json=written(), headers=stranger).status_code == 403


def test_nobody_at_all_is_turned_away(client, session, clock):
    assert client.get(PATH).status_code == 401
    assert client.post(PATH, json=written()).status_code == 401
