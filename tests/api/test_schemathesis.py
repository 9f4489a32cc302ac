"""Requests made at random from the description, right ones and wrong ones: every answer is as the description says."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from backend.shared.openapi import METHODS
from tests.api.conftest import Served
from tests.api.lifelike import Programs

OPENAPI_FILE = Path(__file__).parents[2] / "openapi.json"
SEED = 20261122
EXAMPLES = 6
ANSWER_SECONDS = 60
# `positive_data_acceptance` is left out: a description cannot state that lines add up to the total, that one of two
# fields is there, that a phone, a currency or a zone exists, or that a one-time code is the right one. `ignored_auth`
# is left out because every stranger is sent to every operation here and in the access matrix.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
)
# Each receipt of a batch is judged by itself: a wrong one is refused in its place, and the batch is accepted.
ACCEPTS_WRONG_DATA = {"recordReceipts"}


def loaded(*, examples: int, coverage: bool) -> BaseSchema:
    """The description, without the word that anything else may be answered too."""
    document = json.loads(OPENAPI_FILE.read_text(encoding="utf-8"))
    for methods in document["paths"].values():
        for method in METHODS:
            if method in methods:
                del methods[method]["responses"]["default"]
    # Thousands of receipts in one request are a trial of the machine, not of the description.
    document["components"]["schemas"]["Batch"]["properties"]["receipts"]["maxItems"] = 20
    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "suppress-health-check": ["all"],  # the machine may be busy
            "cache": {"enabled": False},
            "generation": {
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": False,
            },
            "phases": {"coverage": {"enabled": coverage}},
        }
    )
    return schemathesis.openapi.from_dict(document, config=config)


@pytest.fixture(scope="module")
def programs(served: Served) -> Programs:
    return Programs(served)


@pytest.fixture(scope="module")
def connection() -> Any:
    with requests.Session() as session:
        yield session


def send(case: Case, served: Served, connection: requests.Session, headers: dict[str, str]) -> requests.Response:
    """Sends the request and holds the answer to the description."""
    response = case.call(base_url=served.address, session=connection, headers=headers, timeout=ANSWER_SECONDS)
    operation_id = case.operation.definition.raw["operationId"]
    left_out = {"negative_data_rejection"} if operation_id in ACCEPTS_WRONG_DATA else set()
    checks = schemathesis.checks.CHECKS.get_by_names([name for name in CHECKS if name not in left_out])
    try:
        case.validate_response(response, checks=checks, headers=headers)
    except Exception as failure:
        failure.add_note(f"Seed: {SEED}")
        raise
    return response


@loaded(examples=EXAMPLES, coverage=True).parametrize()
def test_every_operation_answers_its_callers_as_described(
    case: Case, served: Served, connection: requests.Session, programs: Programs
) -> None:
    if case.meta is not None and case.meta.generation.mode.is_positive:
        programs.make_lifelike(case)
    send(case, served, connection, programs.credential(case.operation.definition.raw))


@loaded(examples=2, coverage=False).parametrize()
def test_every_operation_answers_strangers_as_described(
    case: Case, served: Served, connection: requests.Session, programs: Programs
) -> None:
    schemes = {name for scheme in case.operation.definition.raw["security"] for name in scheme}
    for stranger in sorted(programs.headers.keys() - schemes):
        response = send(case, served, connection, programs.headers[stranger])
        if schemes:
            assert response.status_code in {401, 404}, stranger
