"""What no form would send: it is refused in the one shape, and whatever is read afterwards can still be read."""

from datetime import timedelta, timezone
from typing import Any

import pytest
import requests
from sqlalchemy.orm import Session

from backend.shared.clock import business_now
from tests.api.conftest import Served
from tests.factories.members import alice, headers_of
from tests.factories.staff import a_staff_token, a_till_key, bearer
from tests.factories.till import sale

JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"


class Programs:
    """Programs of the shop, each with its credential."""

    def __init__(self, served: Served) -> None:
        self._served = served

        def take(session: Session) -> dict[str, Any]:
            member_id = alice(session).id
            headers = {
                "app": headers_of(session, member_id),
                "till": bearer(a_till_key(session)),
                "console": bearer(a_staff_token(session, "marketer")),
                "anybody": {},
            }
            return {"member_id": member_id, "headers": headers}

        taken = served.run(take)
        self.alice_id, self._headers = taken["member_id"], taken["headers"]

    def call(self, who: str, method: str, path: str, **options: Any) -> requests.Response:
        headers = self._headers[who] | options.pop("headers", {})
        return requests.request(method, f"{self._served.address}{path}", headers=headers, timeout=30, **options)


@pytest.fixture(scope="module")
def programs(served: Served) -> Programs:
    return Programs(served)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b"1" * 5_000, b"\xff\xfe", b'{"code": "x"} x'],
    ids=["nothing", "half", "deep", "endless", "not unicode", "more"],
)
def test_what_is_no_json_cannot_be_read(programs: Programs, body: bytes) -> None:
    answer = programs.call("till", "POST", "/api/v1/till/scans", data=body, headers=JSON)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["type"] == "bad-request"


@pytest.mark.parametrize("body", [b"null", b"[]", b'"code"', b"1"])
def test_what_is_no_object_is_told_in_the_shape_of_errors(programs: Programs, body: bytes) -> None:
    answer = programs.call("till", "POST", "/api/v1/till/scans", data=body, headers=JSON)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"_schema": ["Invalid input type."]})


def test_a_body_that_is_not_declared_as_json_is_not_passed_over(programs: Programs) -> None:
    answer = programs.call("app", "PATCH", "/api/v1/me", data=b'{"name": "Mallory"}', headers={"Content-Type": "x/y"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (415, PROBLEM)
    assert programs.call("app", "GET", "/api/v1/me").json()["name"] == "Alice Kovaleva"


@pytest.mark.parametrize(
    "code", ["http://[/r/x", "/r/", "\ud800", "a\x00b", "٣" * 16, "0" * 512, "https://example.org/r/%00"]
)
def test_a_scanner_reads_any_nonsense(programs: Programs, code: str) -> None:
    answer = programs.call("till", "POST", "/api/v1/till/scans", json={"code": code})
    assert answer.status_code in {404, 422}
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize("number", ["%00", "%ff%fe", "x" * 5_000, "a%2Fb"])
def test_a_return_of_a_number_that_is_none_is_of_an_unknown_receipt(programs: Programs, number: str) -> None:
    body = {"external_id": "R1", "occurred_at": business_now().isoformat()}
    assert programs.call("till", "POST", f"/api/v1/till/receipts/{number}/returns", json=body).status_code == 404


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1969-12-31T00:00:00Z", "2199-12-31T23:00:00-23:00"],
)
def test_a_time_at_the_end_of_the_calendar_leaves_everything_readable(programs: Programs, moment: str) -> None:
    number = f"sold-{moment[:4]}"
    sold = sale(programs.alice_id, 70_000, external_id=number)
    assert programs.call("till", "POST", "/api/v1/till/receipts", json=sold).status_code == 201
    returned = {"external_id": f"R-{number}", "occurred_at": moment, "amount": 100}
    answer = programs.call("till", "POST", f"/api/v1/till/receipts/{number}/returns", json=returned)
    assert answer.status_code == 422
    words = {"title": "A", "body": "B"}
    campaign = {"name": "C", "kind": "service", "message": {"ru": words, "en": words}, "starts_at": moment}
    assert programs.call("console", "POST", "/api/v1/staff/campaigns", json=campaign).status_code in {201, 422}
    assert programs.call("app", "GET", "/api/v1/me/entries").status_code == 200
    assert programs.call("console", "GET", "/api/v1/staff/campaigns").status_code == 200


def test_a_time_is_the_same_whatever_its_offset(programs: Programs) -> None:
    now = business_now()
    far_east = now.astimezone(timezone(timedelta(hours=23, minutes=59)))
    sold = sale(programs.alice_id, 10_000, external_id="far-east", occurred_at=far_east.isoformat())
    answer = programs.call("till", "POST", "/api/v1/till/receipts", json=sold)
    again = programs.call("till", "POST", "/api/v1/till/receipts", json=sold | {"occurred_at": now.isoformat()})
    assert (answer.status_code, again.status_code) == (201, 200)


@pytest.mark.parametrize("query", ["limit=0", "limit=999999999999999999999", "limit=1e3", "cursor=%00", "cursor=%ff"])
@pytest.mark.parametrize("path", ["/me/entries", "/me/messages", "/me/referrals"])
def test_a_page_that_cannot_be_is_refused(programs: Programs, path: str, query: str) -> None:
    answer = programs.call("app", "GET", f"/api/v1{path}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [query.partition("=")[0]])


@pytest.mark.parametrize(
    ("query", "language", "text"),
    [
        ("limit=0", "ru", "Нужно число от 1 до 200."),
        ("limit=0", "en", "Must be greater than or equal to 1 and less than or equal to 200."),
        ("limit=x", "ru", "Нужно целое число."),
    ],
)
def test_a_wrong_field_is_told_in_the_callers_language(
    programs: Programs, query: str, language: str, text: str
) -> None:
    answer = programs.call("app", "GET", f"/api/v1/me/entries?{query}&lang={language}")
    assert answer.json()["errors"] == {"limit": [text]}


@pytest.mark.parametrize(
    "token", ["", "\xff", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "W10.W10.W10", "bnVsbA.bnVsbA.bnVsbA", "a" * 5_000]
)
@pytest.mark.parametrize("path", ["/me", "/till/context", "/staff/campaigns"])
def test_a_credential_that_is_none_is_refused(programs: Programs, path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = programs.call("anybody", "GET", f"/api/v1{path}", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_whoever_guesses_too_much_is_told_when_to_come_again(
    programs: Programs, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(served.app.config, "WRONG_REFERRAL_CODES_LIMIT", "2 per hour")
    headers = {"Accept": "application/json"}
    answers = [programs.call("anybody", "GET", "/r/WWWWWWWWW", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json()["retry_after_seconds"] == int(answers[2].headers["Retry-After"])
    assert 0 < answers[2].json()["retry_after_seconds"] <= 3601
