"""The stand-in is as strict as what it stands for, and as durable as a phone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509

from backend.demo.phone.preparation import prepare
from push.fcm import FcmSender
from push.outcome import Result
from push.sender import TransportError
from tests.push.conftest import RunningPhone, free_port, send, start_phone
from tests.push.deliveries import make_delivery

GOOD: dict[str, Any] = {"token": "alices-phone", "notification": {"title": "a", "body": "b"}, "data": {"nid": "1"}}


def access_token(make_sender: Callable[..., FcmSender]) -> str:
    return make_sender()._account.access_token()


def post(phone: RunningPhone, document: Any, *, token: str, project: str = "molva-demo") -> requests.Response:
    settings = phone.preparation.settings
    return requests.post(
        f"{settings['MOLVA_FCM_ENDPOINT']}/v1/projects/{project}/messages:send",
        data=document if isinstance(document, str) else json.dumps(document),
        headers={"Authorization": f"Bearer {token}"},
        verify=settings["MOLVA_FCM_CA"],
        timeout=5,
    )


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("{", "Invalid JSON"),
        ({}, "Message is empty"),
        ({"message": GOOD | {"token": ""}}, "Exactly one"),
        ({"message": GOOD | {"fid": "too"}}, "Exactly one"),
        ({"message": GOOD | {"data": {"points": 120}}}, "must be strings"),
        ({"message": GOOD | {"data": {"from": "x"}}}, "Invalid data payload key"),
        ({"message": GOOD | {"data": {"nid": "x" * 4096}}}, "too big"),
        ({"message": GOOD | {"sound": "ding"}}, "Unknown name"),
        ({"message": GOOD | {"apns": {"headers": {"apns-collapse-id": "x" * 65}}}}, "64 bytes"),
    ],
)
def test_what_firebase_refuses_the_stand_in_refuses(
    phone: RunningPhone, make_sender: Callable[..., FcmSender], document: Any, text: str
) -> None:
    answer = post(phone, document, token=access_token(make_sender))
    error = answer.json()["error"]
    assert (answer.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["errorCode"] == "INVALID_ARGUMENT"
    assert text in error["message"]


def test_a_message_that_is_only_validated_rings_no_phone(
    phone: RunningPhone, make_sender: Callable[..., FcmSender]
) -> None:
    answer = post(phone, {"message": GOOD, "validate_only": True}, token=access_token(make_sender))
    assert answer.status_code == 200
    assert phone.messages("alices-phone") == []


@pytest.mark.parametrize("token", ["", "made-up", "ya29.9999999999.abc.def"])
def test_a_token_that_was_not_bought_here_is_refused(phone: RunningPhone, token: str) -> None:
    answer = post(phone, {"message": GOOD}, token=token)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_key_that_is_not_ours_buys_no_token(
    phone: RunningPhone, make_sender: Callable[..., FcmSender], tmp_path: Path
) -> None:
    settings = phone.preparation.settings
    stranger = prepare(tmp_path, "127.0.0.1", free_port()).settings["GOOGLE_APPLICATION_CREDENTIALS"]
    key = json.loads(Path(stranger).read_text()) | {"token_uri": f"{settings['MOLVA_FCM_ENDPOINT']}/token"}
    Path(stranger).write_text(json.dumps(key))
    with pytest.raises(TransportError, match="invalid_grant") as refusal:
        make_sender(credentials_file=Path(stranger)).prepare()
    assert refusal.value.permanent


def test_a_repeat_to_the_same_phone_is_a_duplicate_and_to_another_is_not(
    phone: RunningPhone, make_sender: Callable[..., FcmSender]
) -> None:
    token = access_token(make_sender)
    for address in ("alices-phone", "boriss-phone", "alices-phone"):
        post(phone, {"message": GOOD | {"token": address}}, token=token)
    assert phone.statistics() == {"requests": 3, "taken": 3, "duplicates": 1}


def test_messages_are_newest_first_and_addresses_forgiving(phone: RunningPhone) -> None:
    sms = f"{phone.preparation.url}/sms"
    for text in ("first", "second"):
        requests.post(sms, json={"to": "+79125550102", "title": "", "message": text}, timeout=5)
    assert [message["body"] for message in phone.messages("+79125550102")] == ["second", "first"]
    unescaped = requests.get(f"{phone.preparation.url}/messages?to=+79125550102&limit=1", timeout=5).json()
    [newest] = unescaped["items"]
    assert newest["body"] == "second"
    assert set(newest) == {"channel", "to", "title", "body", "data", "sent_at"}


def test_a_fault_strikes_as_often_as_it_was_told_and_only_whom(
    phone: RunningPhone, make_sender: Callable[..., FcmSender]
) -> None:
    token = access_token(make_sender)
    phone.fail({"kind": "quota", "to": "alices-phone", "times": 2, "retry_after_seconds": 3})
    answers = [post(phone, {"message": GOOD}, token=token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert post(phone, {"message": GOOD | {"token": "boriss-phone"}}, token=token).status_code == 200


def test_a_fault_that_nobody_knows_is_refused(phone: RunningPhone) -> None:
    answer = requests.post(f"{phone.preparation.url}/faults", json={"faults": [{"kind": "gremlin"}]}, timeout=5)
    assert answer.status_code == 422
    assert "gremlin" in answer.json()["error"]


def test_prepared_again_it_keeps_its_keys(tmp_path: Path) -> None:
    port = free_port()
    first = prepare(tmp_path, "127.0.0.1", port)
    content = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert prepare(tmp_path, "127.0.0.1", port) == first
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == content
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_moved_to_another_host_it_gets_a_certificate_for_it(tmp_path: Path) -> None:
    prepare(tmp_path, "127.0.0.1", 20000)
    prepare(tmp_path, "phones.example.com", 20000)
    certificate = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "phones.example.com" in names.get_values_for_type(x509.DNSName)


def test_killed_and_started_again_it_has_every_message_and_knows_the_sender(tmp_path: Path) -> None:
    phone = start_phone(tmp_path)
    sender, again = FcmSender(phone.fcm_settings()), FcmSender(phone.fcm_settings())
    again._account = sender._account
    try:
        delivery = make_delivery()
        send(sender, sender.encode(delivery))
        os.kill(phone.process.pid, signal.SIGKILL)
        phone.process.wait(5)
        # As after a kill in the middle of a line.
        with (tmp_path / "messages.jsonl").open("ab") as file:
            file.write(b'{"channel": "pu')
        port = int(phone.preparation.settings["MOLVA_FCM_ENDPOINT"].rpartition(":")[2])
        phone = start_phone(tmp_path, port)
        assert len(phone.messages("alices-phone")) == 1
        # The same access token is good, and a repeat is recognised across the restart.
        [outcome] = send(again, again.encode(delivery))
        assert outcome.result is Result.ACCEPTED
        assert phone.statistics()["duplicates"] == 1
        assert [message["data"]["nid"] for message in phone.messages("alices-phone")] == [delivery.collapse_id] * 2
    finally:
        sender.close()
        again.close()
        phone.process.terminate()
        assert phone.process.wait(10) == 0


def test_a_taken_port_is_said_in_one_sentence(running_phone: RunningPhone, tmp_path: Path) -> None:
    port = running_phone.preparation.settings["MOLVA_FCM_ENDPOINT"].rpartition(":")[2]
    command = [sys.executable, "-m", "backend.demo.phone", "--directory", str(tmp_path), "--port", port]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert ended.stderr == f"The phone stand-in cannot start: port {port} of 127.0.0.1 is taken.\n"
