"""`molva run` with real processes: it survives the death of any part, ends cleanly, and says why it cannot start."""

import contextlib
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.running import ports
from tests.processes import descendants, is_alive, wait_for
from tests.running.installation import Installation


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    # Not tmp_path: pytest closes its folders, and the database has an account of its own under root.
    with tempfile.TemporaryDirectory(prefix="molva-run-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        made = Installation(Path(directory) / "var")
        yield made
        if not made.has_ended():
            made.stop()
        made.forget()


@pytest.fixture
def running(installation: Installation) -> Installation:
    """Up and answering, whatever the test before has done to it."""
    if installation.has_ended():
        installation.start()
    wait_for(installation.is_whole)
    return installation


@pytest.fixture
def elsewhere(tmp_path: Path) -> Installation:
    """Another folder and port, where nothing runs."""
    return Installation(tmp_path / "var")


def test_ctrl_c_ends_everything_and_the_second_start_takes_seconds(installation: Installation) -> None:
    first = installation.start()
    processes = [*descendants(installation.pid), installation.postmaster(), installation.keeper()]
    assert installation.stop() == 0
    assert [pid for pid in processes if is_alive(pid)] == []
    assert ports.is_free("127.0.0.1", installation.port)
    print(f"first start {first:.1f} s, second start {installation.start():.1f} s")  # noqa: T201


def test_web_server_and_worker_have_a_role_that_does_not_own_the_tables(running: Installation) -> None:
    roles = "SELECT array_agg(DISTINCT usename::text) FROM pg_stat_activity WHERE datname = 'molva'"
    assert running.execute(f"{roles} AND pid <> pg_backend_pid()") == (["molva_application"],)
    assert running.execute("SELECT has_table_privilege('molva_application', 'audit_log', 'UPDATE')") == (False,)


@pytest.mark.parametrize(("part", "name"), [("granian", "web server"), ("worker", "worker")])
def test_a_killed_part_starts_again_and_is_said_in_one_line(running: Installation, part: str, name: str) -> None:
    killed = running.children()[part]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.children().get(part, killed) != killed)
    wait_for(running.answers)
    assert running.output.count(f"The {name} ended (killed by SIGKILL); it starts again in 0.5 s.") == 1


def test_a_killed_web_process_takes_its_workers_with_it(running: Installation) -> None:
    web = running.children()["granian"]
    workers = descendants(web)
    assert len(workers) == 2
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in workers))


def test_a_killed_web_worker_is_replaced(running: Installation) -> None:
    web = running.children()["granian"]
    killed = descendants(web)[0]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in descendants(web) and len(descendants(web)) == 2)
    wait_for(running.answers)


def test_a_killed_database_comes_back_with_what_was_committed(running: Installation) -> None:
    running.execute("CREATE TABLE cups AS SELECT 7 AS number")
    killed = running.postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: "PostgreSQL ended; it starts again" in running.output)
    wait_for(lambda: running.postmaster() not in {0, killed} and running.answers())
    assert running.execute("SELECT number FROM cups") == (7,)


def test_after_a_killed_supervisor_nothing_is_left_and_the_next_start_works(running: Installation) -> None:
    running.execute("CREATE TABLE beans AS SELECT 9 AS number")
    processes = [*descendants(running.pid), running.postmaster(), running.keeper()]
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    running.start()
    assert [pid for pid in processes if is_alive(pid)] == []
    assert running.execute("SELECT number FROM beans") == (9,)


def test_after_everything_was_killed_at_once_the_next_start_works(running: Installation) -> None:
    for pid in [running.keeper(), running.pid, *descendants(running.pid), running.postmaster()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert running.process is not None
    running.process.wait()
    running.start()
    assert running.answers()


def test_a_start_waits_for_a_run_that_is_ending(running: Installation) -> None:
    ending = running.process
    assert ending is not None
    ending.terminate()
    running.start()
    assert ending.wait(1) == 0


def test_a_second_start_in_the_same_folder_is_refused(running: Installation) -> None:
    exit_code, said = running.refuse(PORT=str(running.port + 1))
    assert exit_code == 75
    assert said.startswith(f"Molva already runs in {running.var} (process {running.pid}).")
    assert len(said.splitlines()) == 1


def test_a_busy_port_is_named_with_one_that_is_free(elsewhere: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        exit_code, said = elsewhere.refuse(PORT=str(other.getsockname()[1]))
    assert exit_code == 69
    assert "is taken by another program. This one is free: PORT=" in said
    assert len(said.splitlines()) == 1


def test_a_folder_that_cannot_be_written_to_is_named(elsewhere: Installation) -> None:
    elsewhere.var.parent.joinpath("file").touch()
    exit_code, said = elsewhere.refuse(MOLVA_VAR=str(elsewhere.var.parent / "file" / "var"))
    assert exit_code == 73
    assert said.startswith("Cannot write to ")
    assert len(said.splitlines()) == 1


def test_a_database_elsewhere_that_does_not_answer_is_said(elsewhere: Installation) -> None:
    url = f"postgresql://molva@127.0.0.1:{ports.first_free('127.0.0.1', elsewhere.port + 1)}/molva"
    exit_code, said = elsewhere.refuse(MOLVA_DATABASE_URL=url)
    assert exit_code == 69
    assert "The database does not answer: " in said
    assert "Traceback" not in said


def test_a_folder_of_the_demo_is_not_served_as_a_real_shop(elsewhere: Installation) -> None:
    elsewhere.var.mkdir()
    elsewhere.var.joinpath("demo.env").write_text("MOLVA_DEMO=1\n")
    exit_code, said = elsewhere.refuse()
    assert exit_code == 78
    assert "holds a demo" in said
