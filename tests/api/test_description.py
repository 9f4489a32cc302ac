"""The API's description: complete, valid, and enough for a program to be generated from it."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from backend.shared.clock import business_now
from backend.shared.openapi import METHODS, PROBLEM_CONTENT, PROBLEM_TYPE, openapi_text
from tests.api.conftest import Served
from tests.factories.members import ALICE_PHONE, code_for
from tests.factories.staff import a_till_key

OPENAPI_FILE = Path(__file__).parents[2] / "openapi.json"
Operation = tuple[str, dict[str, Any]]


def operations(description: dict[str, Any]) -> list[Operation]:
    """Each operation with a name to find it by."""
    return [
        (f"{method.upper()} {path}", methods[method])
        for path, methods in description["paths"].items()
        for method in METHODS
        if method in methods
    ]


def test_the_description_is_valid_openapi(description: dict[str, Any]) -> None:
    assert description["openapi"].startswith("3.1")
    validate(description)


def test_the_file_in_the_repository_is_the_description(app: Flask) -> None:
    assert OPENAPI_FILE.read_text(encoding="utf-8") == openapi_text(app), "run `molva openapi`"


def test_every_operation_says_what_it_is(description: dict[str, Any]) -> None:
    silent = [
        f"{name} has no {part}"
        for name, operation in operations(description)
        for part in ("operationId", "summary", "description", "tags")
        if not operation.get(part)
    ]
    assert silent == []


def test_every_description_adds_to_its_summary(description: dict[str, Any]) -> None:
    assert [name for name, one in operations(description) if one["description"].strip() == one["summary"]] == []


def test_every_body_comes_with_an_example_that_its_schema_takes(description: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(description):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" not in content:
                wrong.append(f"{name} has no example")
                continue
            validator = OAS31Validator({**content["schema"], "components": description["components"]})
            wrong += [f"{name}: {error.message}" for error in validator.iter_errors(content["example"])]
    assert wrong == []


def test_every_error_has_the_one_shape(description: dict[str, Any]) -> None:
    other = [
        f"{name} {status}"
        for name, operation in operations(description)
        for status, response in operation["responses"].items()
        if (status == "default" or status >= "400") and response["content"] != PROBLEM_CONTENT
    ]
    assert other == []


def test_every_operation_documents_the_errors_that_it_must_have(description: dict[str, Any]) -> None:
    missing = []
    for name, operation in operations(description):
        expected = {"default"}
        if operation["security"]:
            expected.add("401")
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if "{" in name:
            expected.add("404")
        missing += [f"{name}: {status}" for status in sorted(expected - operation["responses"].keys())]
    assert missing == []


def test_every_protected_operation_names_its_credential(description: dict[str, Any]) -> None:
    schemes = {"/me": "member_token", "/till/": "till_key", "/staff/": "staff_token"}
    wrong = [
        name
        for name, operation in operations(description)
        for part, scheme in schemes.items()
        if name.split(" ")[1].startswith(f"/api/v1{part}") and operation["security"] != [{scheme: []}]
    ]
    assert wrong == []


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A client made from `openapi.json` by openapi-python-client."""
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.json"
    settings = {
        "post_hooks": [],  # no formatter is run over what is thrown away
        "package_name_override": "generated_molva",
        "content_type_overrides": {
            "image/png": "application/octet-stream",
            "image/jpeg": "application/octet-stream",
            "image/svg+xml": "text/html",
        },
    }
    config.write_text(json.dumps(settings))
    command = ["openapi_python_client", "generate", "--path", str(OPENAPI_FILE), "--config", str(config)]
    output = folder / "generated_molva"
    done = subprocess.run(
        [sys.executable, "-m", *command, "--meta", "none", "--output-path", str(output), "--fail-on-warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_molva")
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == "generated_molva"]:
        del sys.modules[name]


def call(operation: str, tag: str) -> ModuleType:
    """The module of an operation of the generated client."""
    return importlib.import_module(f"generated_molva.api.{tag}.{operation}")


def model(name: str) -> Any:
    """A model of the generated client."""
    return getattr(importlib.import_module("generated_molva.models"), name)


def test_every_operation_has_a_function_in_the_generated_client(
    generated: ModuleType, description: dict[str, Any]
) -> None:
    folder = Path(str(generated.__file__)).parent / "api"
    made = {path.stem.replace("_", "") for path in folder.glob("*/*.py")}
    assert {one["operationId"].lower() for _, one in operations(description)} <= made


def test_a_generated_client_signs_in_scans_sells_and_reads_the_balance(generated: ModuleType, served: Served) -> None:
    key, code = served.run(lambda session: (a_till_key(session), code_for(session, ALICE_PHONE)))
    anybody = generated.Client(base_url=served.address)
    signed_in = call("sign_in", "cabinet").sync(
        client=anybody, body=model("SignIn")(phone=ALICE_PHONE, code=code, name="Alice")
    )
    assert signed_in.joined is True

    till = generated.AuthenticatedClient(base_url=served.address, token=key)
    guest = call("scan_at_till", "till").sync(client=till, body=model("Scan")(code=signed_in.member.card_number))
    assert (guest.kind, str(guest.member.id)) == ("member", str(signed_in.member.id))

    sale = model("Receipt")(
        external_id="generated-1",
        member_id=guest.member.id,
        occurred_at=business_now(),
        currency="RUB",
        total=70_000,
        lines=[model("Line")(sku="BEANS", quantity=1, amount=70_000)],
    )
    answer = call("record_receipt", "till").sync_detailed(client=till, body=sale)
    assert (answer.status_code, answer.parsed.points_pending) == (201, 35)
    again = call("record_receipt", "till").sync_detailed(client=till, body=sale)
    assert (again.status_code, again.parsed) == (200, answer.parsed)

    alice = generated.AuthenticatedClient(base_url=served.address, token=signed_in.access_token)
    assert call("get_balance", "cabinet").sync(client=alice).pending == 35
    assert [row.points for row in call("list_entries", "cabinet").sync(client=alice).items] == [35]


def test_a_generated_client_is_told_of_errors_in_the_one_shape(generated: ModuleType, served: Served) -> None:
    stranger = generated.AuthenticatedClient(base_url=served.address, token="till_wrong.key")
    answer = call("scan_at_till", "till").sync_detailed(client=stranger, body=model("Scan")(code="9710004420313201"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, PROBLEM_TYPE)
    assert answer.parsed.type_ == "till-key-needed"


def test_a_generated_client_can_wait_as_long_as_it_is_told(generated: ModuleType, served: Served) -> None:
    request_code = call("request_code", "cabinet")
    anybody = generated.Client(base_url=served.address)
    body = model("Address")(phone="+79160001122")
    assert request_code.sync_detailed(client=anybody, body=body).status_code == 202
    refused = request_code.sync_detailed(client=anybody, body=body)
    assert refused.status_code == 429
    assert refused.parsed.retry_after_seconds == int(refused.headers["Retry-After"])
    assert 0 < refused.parsed.retry_after_seconds <= 60
