"""Wrong settings are told at the start, in one sentence that says what to do."""

import json
from pathlib import Path

import pytest

from push.fcm import FcmSender, FcmSettings
from push.sender import TransportError
from tests.push.conftest import RunningPhone


def refusal_of(settings: FcmSettings) -> TransportError:
    with pytest.raises(TransportError) as refusal:
        FcmSender(settings)
    assert refusal.value.permanent
    assert "\n" not in str(refusal.value)
    return refusal.value


def test_a_key_file_that_is_not_there(phone: RunningPhone, tmp_path: Path) -> None:
    refusal = refusal_of(phone.fcm_settings(credentials_file=tmp_path / "none.json"))
    assert "none.json cannot be read: No such file" in str(refusal)


@pytest.mark.parametrize("content", ["not json", "[]", "{}", json.dumps({"type": "authorized_user"})])
def test_a_file_that_is_no_service_accounts_key(phone: RunningPhone, tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    assert "key.json" in str(refusal_of(phone.fcm_settings(credentials_file=path)))


def test_a_key_without_a_project(phone: RunningPhone, tmp_path: Path) -> None:
    key = json.loads(Path(phone.preparation.settings["GOOGLE_APPLICATION_CREDENTIALS"]).read_text())
    path = tmp_path / "key.json"
    path.write_text(json.dumps({name: value for name, value in key.items() if name != "project_id"}))
    assert "names no project_id" in str(refusal_of(phone.fcm_settings(credentials_file=path)))


@pytest.mark.parametrize("endpoint", ["", "fcm.googleapis.com", "http://fcm.googleapis.com"])
def test_an_endpoint_that_is_none(phone: RunningPhone, endpoint: str) -> None:
    assert "MOLVA_FCM_ENDPOINT" in str(refusal_of(phone.fcm_settings(endpoint=endpoint)))


def test_a_ca_file_that_is_not_there(phone: RunningPhone, tmp_path: Path) -> None:
    assert "MOLVA_FCM_CA" in str(refusal_of(phone.fcm_settings(ca_file=tmp_path / "none.pem")))
