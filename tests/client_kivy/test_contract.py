"""The app and the server hold to one contract: `openapi.json`."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from client_kivy.api.client import Client
from client_kivy.api.transport import Request, Response
from client_kivy.state.complaint import Complaint
from client_kivy.state.joining import Draft
from client_kivy.state.session import Session
from client_kivy.state.store import PATHS, Store
from tests.client_kivy.conftest import INSTALL_ID
from tests.client_kivy.scripted_answers import ENTRIES
from tests.client_kivy.scripted_server import CODE, FlaskTransport

ENTRY_ID = "019aa000-0000-7000-8000-000000000120"
OPENAPI = json.loads((Path(__file__).resolve().parents[2] / "openapi.json").read_text())


class Recorded:
    """Carries on every call and keeps it with its answer."""

    def __init__(self, transport: FlaskTransport) -> None:
        self._transport = transport
        self.calls: list[tuple[Request, Response]] = []

    def send(self, request: Request) -> Response:
        answer = self._transport.send(request)
        self.calls.append((request, answer))
        return answer


@pytest.fixture
def recorded(api: Client, transport: FlaskTransport) -> Recorded:
    recorded = Recorded(transport)
    api.transport = recorded
    return recorded


def operation_of(request: Request) -> dict[str, Any]:
    """The operation of a call; fails where the contract has none."""
    path = request.path.partition("?")[0]
    for template, operations in OPENAPI["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and request.method.lower() in operations:
            found: dict[str, Any] = operations[request.method.lower()]
            return found
    raise AssertionError(f"the contract has no {request.method} {path}")


def check(schema: dict[str, Any], document: Any) -> list[str]:
    """What of a document is not as its schema says; ids of the script need not be UUIDs."""
    validator = OAS31Validator({**schema, "components": OPENAPI["components"]})
    return [error.message for error in validator.iter_errors(document)]


def use_everything(session: Session, store: Store) -> None:
    """Every call that the app ever makes."""
    session.request_code({"phone": "+79120000001"}, lambda _digits: None, pytest.fail)
    draft = Draft(typed="+79120000001", offers={"push"}, data_agreed=True, name="Alice", referral_code="ALICE7KQP")
    session.sign_in(draft.joining(CODE, locale="ru"), lambda: None, pytest.fail)
    session.register_device({"platform": "desktop", "app_version": "1", "push_token": "token"})
    store.refresh(*PATHS)
    store.explain(ENTRY_ID)
    store.mark_read(["m1"])
    order: dict[str, str] = {"reward_id": "grain:cappuccino"}
    answers: list[dict[str, Any]] = []
    store.act("POST", "/me/redemptions", order, key="order-1", done=answers.append, failed=pytest.fail)
    cancel = f"/me/redemptions/{answers[0]['id']}/cancel"
    store.act("POST", cancel, None, done=answers.append, failed=pytest.fail)
    given: dict[str, Any] = {"to": "9710 0044 2031 3201", "points": 50}
    store.act("POST", "/me/transfers", given, key="given-1", done=answers.append, failed=pytest.fail)
    use_questions_and_links(store, answers)
    consent = {"purpose": "marketing", "channel": "push", "given": False}
    session.update({"locale": "en", "consents": [consent]}, lambda: None, pytest.fail)
    session.sign_out()


def use_questions_and_links(store: Store, answers: list[dict[str, Any]]) -> None:
    """What is asked about points, and what is done about codes and links."""

    def act(method: str, path: str, body: Any, *, key: str = "") -> None:
        store.act(method, path, body, key=key, done=answers.append, failed=pytest.fail)

    now = datetime(2026, 11, 22, 12, 40, tzinfo=UTC)
    receipt = Complaint(number="0042", day="20.11", amount="540", text="I forgot my card.")
    entry = Complaint(kind="entry", item={**ENTRIES[0], "id": ENTRY_ID}, choice="too_few")
    for number, complaint in enumerate((receipt, entry)):
        letter = complaint.letter(now=now, currency="RUB")
        act("POST", "/me/disputes", {**(letter.opening or {}), "text": letter.text}, key=f"letter-{number}")
    question = answers[-1]["id"]
    store.refresh(f"dispute:{question}")
    act("POST", f"/me/disputes/{question}/messages", {"text": "One more thing"}, key="letter-2")
    act("POST", f"/me/disputes/{question}/rating", {"rating": 5, "text": "Quick."})
    act("POST", f"/me/disputes/{question}/withdrawal", None)
    act("PUT", "/me/referral/code", {"code": "ALICE"})
    act("POST", "/me/referral/code/rotation", None)
    act("POST", "/me/referral/advocate", {"code": "K7M-3QX-B9T"})
    act("POST", "/me/referral/links", {"label": "My blog"})
    act("DELETE", f"/me/referral/links/{answers[-1]['id']}", None)


def test_every_call_of_the_app_is_in_the_contract_and_says_what_it_asks_for(
    phone_session: Session, store: Store, recorded: Recorded
) -> None:
    use_everything(phone_session, store)
    assert len({(request.method, request.path) for request, _answer in recorded.calls}) >= len(PATHS) + 10
    for request, _answer in recorded.calls:
        operation = operation_of(request)
        if request.body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert check(schema, request.body) == [], request


def test_the_script_of_these_tests_answers_as_the_contract_says(
    phone_session: Session, store: Store, recorded: Recorded
) -> None:
    use_everything(phone_session, store)
    wrong = []
    for request, answer in recorded.calls:
        content = operation_of(request)["responses"][str(answer.status)].get("content")
        if content:
            mistakes = check(content["application/json"]["schema"], answer.document())
            wrong += [(request.method, request.path, mistake) for mistake in mistakes]
    assert wrong == []
    assert any(INSTALL_ID in request.path for request, _answer in recorded.calls)
