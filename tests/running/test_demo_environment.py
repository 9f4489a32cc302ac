"""`demo.env`: what the demo decided, for every other command in the checkout."""

import stat
from pathlib import Path

import pytest

from backend.running import demo_environment
from backend.settings import SettingsError, load_settings, read_demo_environment


def test_other_commands_read_what_was_decided(tmp_path: Path) -> None:
    decided = demo_environment.decide({}, var=tmp_path, port=8123)
    demo_environment.write(tmp_path, {**decided, "PORT": "8123"})
    settings = load_settings({"MOLVA_VAR": str(tmp_path)})
    assert settings.demo
    assert settings.port == 8123
    assert settings.secret_key == decided["MOLVA_SECRET_KEY"]


def test_the_secret_key_stays_for_the_life_of_the_folder(tmp_path: Path) -> None:
    first = demo_environment.decide({}, var=tmp_path, port=8000)
    demo_environment.write(tmp_path, first)
    again = demo_environment.decide({}, var=tmp_path, port=8000)
    assert again["MOLVA_SECRET_KEY"] == first["MOLVA_SECRET_KEY"]


def test_what_the_caller_names_is_kept(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    given = {"MOLVA_SECRET_KEY_FILE": str(secret), "MOLVA_DATABASE_URL": "postgresql://db.example.org/molva"}
    decided = demo_environment.decide(given, var=tmp_path, port=8000)
    assert given.items() <= decided.items()
    assert "MOLVA_SECRET_KEY" not in decided


@pytest.mark.parametrize("minutes", ["0", "4", "-5", "an hour", "1e3", "10081", "9" * 5000])
def test_an_idle_time_that_is_none_ends_the_start(tmp_path: Path, minutes: str) -> None:
    environment = {"MOLVA_VAR": str(tmp_path), "MOLVA_SECRET_KEY": "k" * 32}
    assert load_settings(environment).staff_idle_minutes == 120
    assert load_settings(environment | {"MOLVA_STAFF_IDLE_MINUTES": "15"}).staff_idle_minutes == 15
    with pytest.raises(SettingsError, match="MOLVA_STAFF_IDLE_MINUTES"):
        load_settings(environment | {"MOLVA_STAFF_IDLE_MINUTES": minutes})


def test_whoever_tries_the_demo_is_not_signed_out(tmp_path: Path) -> None:
    decided = demo_environment.decide({}, var=tmp_path, port=8000)
    assert load_settings({"MOLVA_VAR": str(tmp_path), **decided}).staff_idle_minutes == 7 * 24 * 60


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    demo_environment.write(tmp_path, {"MOLVA_DEMO": "1"})
    demo_environment.write(tmp_path, {"MOLVA_DEMO": "1", "PORT": "8000"})
    path = tmp_path / "demo.env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_demo_environment(tmp_path) == {"MOLVA_DEMO": "1", "PORT": "8000"}
    assert sorted(tmp_path.iterdir()) == [path]
