"""The rewards' desk over HTTP: how it stands, codes, a pause, and orders that wait."""

import pytest

from backend.ledger import queries as ledger
from backend.staff.models import AuditEntry
from tests.factories.rewards import ordered
from tests.factories.staff import a_staff_token, bearer

pytestmark = pytest.mark.usefixtures("books")


@pytest.fixture
def call(client, session, till):
    """A program of the marketer calls the staff's API; another role where that is named."""

    def do(method, path, body=None, *, role="marketer"):
        headers = bearer(a_staff_token(session, role))
        return client.open(f"/api/v1/staff{path}", method=method, json=body, headers=headers)

    return do


def standing(call, name):
    return next(one for one in call("GET", "/rewards").json["items"] if one["id"] == f"grain:{name}")


def audited(session):
    return [(entry.action, entry.subject.split(":")[0]) for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_every_reward_stands_with_what_was_ordered_and_what_is_left(call, session, alice):
    ordered(session, alice, "bun")
    bun = standing(call, "bun")
    assert (bun["ordered_in_all"], bun["ordered_today"], bun["left"], bun["orders"]) == (1, 1, 1, {"issued": 1})
    assert (standing(call, "cappuccino")["left"], standing(call, "cinema")["codes_free"]) == (None, 0)


def test_codes_are_loaded_once(call, session):
    codes = {"codes": ["RODINA-1", "RODINA-2"]}
    assert call("POST", "/rewards/grain:cinema/codes", codes).json == {"loaded": 2, "repeated": 0}
    assert call("POST", "/rewards/cinema/codes", codes).json == {"loaded": 0, "repeated": 2}
    assert standing(call, "cinema")["codes_free"] == 2
    refused = call("POST", "/rewards/cappuccino/codes", codes)
    assert (refused.status_code, refused.json["type"]) == (422, "codes-made-here")
    assert call("POST", "/rewards/yacht/codes", codes).status_code == 404
    assert call("POST", "/rewards/cinema/codes", {"codes": []}).status_code == 422


def test_a_pause_and_its_end_are_written_down_once(call, session):
    for _ in range(2):
        assert call("POST", "/rewards/cappuccino/pause").json["is_paused"]
    for _ in range(2):
        assert not call("POST", "/rewards/cappuccino/resume").json["is_paused"]
    assert [action for action, _ in audited(session) if "reward" in action] == ["pause_reward", "resume_reward"]


def test_what_waits_is_handed_out_or_cancelled(call, session, alice):
    first, second = ordered(session, alice, "class"), ordered(session, alice, "class")
    waiting = call("GET", "/redemptions?state=ordered&reward=class").json["items"]
    assert [one["id"] for one in waiting] == [str(second.id), str(first.id)]
    assert "code" not in waiting[0]
    for _ in range(2):
        assert call("POST", f"/redemptions/{first.id}/issue").json["state"] == "issued"
        assert call("POST", f"/redemptions/{second.id}/cancel").json["state"] == "cancelled"
    assert call("GET", "/redemptions?state=ordered").json["items"] == []
    assert ledger.balance(session, alice).available == 800
    assert [one for one in audited(session) if one[1] == "redemption"] == [
        ("issue_reward", "redemption"),
        ("cancel_reward", "redemption"),
    ]


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("analyst", "/rewards/cappuccino/pause", 403),
        ("support", "/rewards/cappuccino/pause", 403),
        ("administrator", "/rewards/cappuccino/pause", 200),
    ],
)
def test_who_may_pause(call, role, path, status):
    assert call("POST", path, role=role).status_code == status
