"""`molva run` with real processes: it survives the death of any part, ends cleanly, and says why it cannot start."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.running import ports
from backend.shared import postgres_files
from tests.processes import descendants, is_alive, parent_of, wait_for

ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "a-secret-for-tests-that-is-long-enough"


class Installation:
    """A folder and a port, and the `molva run` that serves them."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = ports.first_free("127.0.0.1", 20_000 + os.getpid() % 20_000)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return (self.var.parent / "output").read_text()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")}
        own = {"MOLVA_VAR": str(self.var), "MOLVA_DEMO": "0", "MOLVA_SECRET_KEY": SECRET_KEY, "PORT": str(self.port)}
        return {**kept, "PYTHONPATH": str(ROOT), **own, **variables}

    def begin(self) -> None:
        with (self.var.parent / "output").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.cli", "run"],
                env=self.environment(),
                stdout=output,
                stderr=output,
                # As a shell script starts what it leaves in the background; Ctrl-C must be heard all the same.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
            )

    def start(self) -> float:
        """Start, and wait until everything is up; the seconds that it took."""
        started_at = time.monotonic()
        self.begin()
        wait_for(lambda: "Molva is ready" in self.output or self.has_ended())
        assert "Molva is ready" in self.output, self.output
        return time.monotonic() - started_at

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def refuse(self, **variables: str) -> tuple[int, str]:
        """A start that must fail: its exit code and all that it said."""
        command = [sys.executable, "-m", "backend.cli", "run"]
        ended = subprocess.run(
            command, env=self.environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
            return bool(answer.status == 200)
        return False

    def children(self) -> dict[str, int]:
        """The processes that `molva run` watches, by what stands in their command lines."""
        named: dict[str, int] = {}
        for pid in descendants(self.pid):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                parent = parent_of(pid)
                named |= {name: pid for name in ("granian", "worker") if name in command and parent == self.pid}
        return named

    def is_whole(self) -> bool:
        children = self.children()
        return len(children) == 2 and len(descendants(children["granian"])) == 2 and self.answers()

    def postmaster(self) -> int:
        """The number of the database's main process; 0 while there is none."""
        files = postgres_files.existing(self.var)
        assert files is not None
        with contextlib.suppress(OSError, IndexError):
            return int((files.data / "postmaster.pid").read_text().splitlines()[0])
        return 0

    def keeper(self) -> int:
        files = postgres_files.existing(self.var)
        assert files is not None
        return int(files.keeper_lock.read_text())

    def execute(self, statement: str) -> object:
        files = postgres_files.existing(self.var)
        assert files is not None
        with psycopg.connect(host=str(files.socket), user="postgres", dbname="molva", autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchone() if cursor.description else None


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    # Not tmp_path: pytest closes its folders, and the database has an account of its own under root.
    with tempfile.TemporaryDirectory(prefix="molva-run-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        made = Installation(Path(directory) / "var")
        yield made
        if not made.has_ended():
            made.stop()


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
