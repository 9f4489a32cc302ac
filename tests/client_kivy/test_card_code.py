"""The member's code, as the published vectors have it."""

from datetime import UTC, datetime, timedelta

import pytest

from client_kivy.state.card_code import CardKey, code, decoded

MOMENT = datetime(2026, 11, 22, 9, 31, tzinfo=UTC)
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ANSWER = {
    "version": 1,
    "device_id": "0001020304050607",
    "secret": SECRET,
    "step_seconds": 30,
    "server_time": MOMENT.isoformat(),
}


@pytest.mark.parametrize(
    ("device_id", "secret", "step", "expected"),
    [
        (
            "0001020304050607",
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            59844662,
            "AEAACAQDAQCQMBYDSEUDNIODSCT2BTYZKG7KBFFS",
        ),
        ("f" * 16, "0" * 64, 0, "AH777777777777YAAAAAB2G2YL4T63WJLTZBWBRU"),
        (
            "8000000000000001",
            "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100",
            4294967295,
            "AGAAAAAAAAAAAAP777777QE2IREWF2N7R5C2LDLD",
        ),
    ],
)
def test_a_phone_makes_the_published_codes(device_id: str, secret: str, step: int, expected: str) -> None:
    assert code(device_id=bytes.fromhex(device_id), secret=bytes.fromhex(secret), step=step) == expected


def test_a_code_is_that_of_the_servers_moment_whatever_the_phones_clock_shows() -> None:
    phone_is_slow = MOMENT - timedelta(hours=3)
    key = CardKey.from_answer(ANSWER, received_at=phone_is_slow)
    assert key.code_at(phone_is_slow) == "AEAACAQDAQCQMBYDSEUDNIODSCT2BTYZKG7KBFFS"


def test_a_code_lives_to_the_end_of_its_step() -> None:
    key = CardKey.from_answer(ANSWER, received_at=MOMENT)
    codes = {key.code_at(MOMENT + timedelta(seconds=second)) for second in range(30)}
    assert len(codes) == 1
    assert key.code_at(MOMENT + timedelta(seconds=30)) not in codes
    assert [key.seconds_left(MOMENT + timedelta(seconds=second)) for second in (0, 1, 29, 30)] == [30, 29, 1, 30]


@pytest.mark.parametrize("written", ["-_-_", "+/+/", "-_8", "+/8="])
def test_a_secret_is_read_in_either_base64(written: str) -> None:
    assert decoded(written)[:2] == b"\xfb\xff"
