"""`molva run`: PostgreSQL, migrations, the demo shop, then web server, worker and phone stand-in, until Ctrl-C."""

import contextlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from backend.running import demo_environment, ports, welcome
from backend.running import lock as run_lock
from backend.running.child_process import ChildProcess
from backend.running.local_tls import LocalAuthority, NoLocalNetwork, lan_address
from backend.settings import Settings, SettingsError, load_settings, read_demo_environment
from backend.shared import migrations
from backend.shared.database_roles import owner_engine
from backend.shared.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, ensure_running, is_embedded

# As sysexits.h names them.
EXIT_UNAVAILABLE = 69
EXIT_BROKEN = 70
EXIT_CANNOT_WRITE = 73
EXIT_ALREADY_RUNNING = 75
EXIT_WRONG_SETTINGS = 78

WEB_WORKERS = 2
WEB_THREADS = 8
READY_SECONDS = 60
STOP_SECONDS = 10
DRAIN_SECONDS = 5  # for requests that are being answered
WATCH_SECONDS = 0.2
DEATHS_BEFORE_GIVING_UP = 3
LOOPBACK = "127.0.0.1"
PHONE_PORT_FIRST = 8765
SOURCE_ROOT = Path(__file__).resolve().parents[2]
INTERPRETER = (sys.executable, "-P")
FOR_MIGRATIONS_ALONE = ("MOLVA_DATABASE_OWNER_URL", "MOLVA_DATABASE_OWNER_URL_FILE")


class StartError(Exception):
    """It cannot start; the message is one sentence for the operator."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def run(environ: Mapping[str, str], console: Console | None = None) -> int:
    """Run Molva until it is told to stop; the exit code of the command. Failures are said in one sentence."""
    console = console or Console(highlight=False, soft_wrap=True)
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a script in the background ignores SIGINT
        signal.signal(request, _interrupt)
    var = Path(environ.get("MOLVA_VAR") or "var").resolve()
    try:
        with contextlib.ExitStack() as end:
            Supervisor(environ, var=var, lock=_lock(var, end), console=console).run()
    except SettingsError as error:
        return _fail(str(error), EXIT_WRONG_SETTINGS)
    except (EmbeddedPostgresError, NoLocalNetwork) as error:
        return _fail(str(error), EXIT_UNAVAILABLE)
    except StartError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 0
    return 0


class Supervisor:
    """Starts the parts of one installation in their order, watches them, and ends them in the opposite order."""

    def __init__(self, environ: Mapping[str, str], *, var: Path, lock: run_lock.FolderLock, console: Console) -> None:
        self._console = console
        self._var = var
        self._lock = lock
        self._environ = dict(environ)
        self._variables: dict[str, str] = {}
        self._postgres: EmbeddedPostgres | None = None
        self._children: list[ChildProcess] = []
        self._lan: str | None = None

    def run(self) -> None:
        """Start all, watch all, stop all."""
        try:
            started_at = time.monotonic()
            settings = self._decide()
            settings = self._start_database(settings)
            self._prepare_database(settings)
            self._start_children(settings)
            self._wait_until_ready(settings)
            self._tell(settings, seconds=time.monotonic() - started_at)
            self._watch()
        finally:
            self._stop()

    def _decide(self) -> Settings:
        """Settings and addresses, before anything is started; `demo.env` as every other command will read it."""
        environ = self._environ
        demo = (environ.get("MOLVA_DEMO") or read_demo_environment(self._var).get("MOLVA_DEMO", "0")) == "1"
        port = _port(environ)
        self._lan = lan_address() if environ.get("LAN", "0") == "1" else None
        _check_port_is_free(LOOPBACK, port)
        if self._lan:
            _check_port_is_free(self._lan, port)
            _check_port_is_free(self._lan, port + 1)  # the certificate's page
        here = f"https://{self._lan}:{port}" if self._lan else f"http://{LOOPBACK}:{port}"
        self._variables = {"PORT": str(port), "MOLVA_PUBLIC_URL": environ.get("MOLVA_PUBLIC_URL") or here}
        if demo:
            self._variables |= demo_environment.decide(environ, var=self._var, port=port)
            demo_environment.write(self._var, self._variables)
        elif (self._var / "demo.env").exists():
            raise SettingsError(f"{self._var} holds a demo; give MOLVA_VAR a folder of its own to run without one.")
        return load_settings({**environ, **self._variables})

    def _start_database(self, settings: Settings) -> Settings:
        """The settings with the URL of a database that answers."""
        if not is_embedded(settings):
            return settings
        with self._step("PostgreSQL"):
            self._postgres = ensure_running(self._var)
        self._variables["MOLVA_DATABASE_URL"] = self._postgres.application_url
        return replace(load_settings({**self._environ, **self._variables}), database_owner_url=self._postgres.url)

    def _prepare_database(self, settings: Settings) -> None:
        """The newest schema, and on the first run the demo shop."""
        with self._step("Database schema"):
            try:
                migrations.bring_up(settings)
            except OperationalError as error:
                reason = str(error.orig).splitlines()[0].removeprefix("connection failed: ")
                raise StartError(f"The database does not answer: {reason}", EXIT_UNAVAILABLE) from error
        if settings.demo and not _has_shop(owner_engine(settings)):
            self._console.print("Filling the demo shop; this happens once.")
            self._run_command("demo", "seed")

    def _run_command(self, *arguments: str) -> None:
        """One of Molva's own commands, with its output and progress bars on this terminal."""
        command = [*INTERPRETER, "-m", "backend.cli", *arguments]
        exit_code = subprocess.run(command, env=self._child_environment(), check=False).returncode  # noqa: S603
        if exit_code:
            raise StartError(f"`molva {' '.join(arguments)}` failed; what it said stands above.", EXIT_BROKEN)

    def _start_children(self, settings: Settings) -> None:
        """Phone stand-in, worker and web server; the first says where messages go, so it comes before the others."""
        if settings.demo:
            self._prepare_phone()
            demo_environment.write(self._var, self._variables)
        self._add("worker", "worker", "-m", "backend.cli", "worker")
        self._add("web server", "web", *_granian(LOOPBACK, settings.port))
        if self._lan:
            self._serve_lan(self._lan, settings.port)
        for child in self._children:
            child.start()

    def _prepare_phone(self) -> None:
        from backend.demo.phone import preparation

        port = ports.first_free(LOOPBACK, PHONE_PORT_FIRST, count=preparation.PORTS)
        prepared = preparation.prepare(self._var / "phone", LOOPBACK, port)
        own_firebase = "GOOGLE_APPLICATION_CREDENTIALS" in self._environ
        for name, value in prepared.settings.items():
            kept = name in self._environ or f"{name}_FILE" in self._environ
            if not kept and not (own_firebase and name.startswith("MOLVA_FCM_")):
                self._variables[name] = value
        self._variables["MOLVA_PHONE_URL"] = prepared.url
        self._add("phone stand-in", "phone", *prepared.command_arguments)

    def _serve_lan(self, address: str, port: int) -> None:
        authority = LocalAuthority(self._var / "tls")
        authority.ensure_certificate(address)
        tls = (
            f"--ssl-certificate={authority.server_certificate_file}",
            f"--ssl-keyfile={authority.server_key_file}",
            "--ssl-protocol-min=tls1.2",
        )
        self._add("web server for the local network", "web-lan", *_granian(address, port), *tls)
        self._add(
            "certificate's page",
            "certificate",
            "-m",
            "backend.running.local_tls",
            str(authority.certificate_file),
            address,
            str(port + 1),
        )

    def _add(self, name: str, log_name: str, *arguments: str) -> None:
        log = self._var / "log" / f"{log_name}.log"
        command = [*INTERPRETER, *arguments]
        self._children.append(
            ChildProcess(name, command, self._child_environment(), log, descriptors=(self._lock.descriptor,))
        )

    def _child_environment(self) -> dict[str, str]:
        given = {name: value for name, value in self._environ.items() if name not in FOR_MIGRATIONS_ALONE}
        # PYTHONPATH: a checkout works without being installed.
        return {**given, **self._variables, "PYTHONPATH": str(SOURCE_ROOT), "PYTHONUNBUFFERED": "1"}

    def _wait_until_ready(self, settings: Settings) -> None:
        deadline = time.monotonic() + READY_SECONDS
        with self._step("Web server and worker"):
            while problem := _not_ready(settings.port):
                self._check_children()
                for child in self._children:
                    if child.deaths_in_a_row >= DEATHS_BEFORE_GIVING_UP:
                        raise StartError(f"The {child.name} does not start: {child.last_words()}", EXIT_BROKEN)
                if time.monotonic() > deadline:
                    said = "; ".join(f"the {child.name} said: {child.last_words()}" for child in self._children)
                    raise StartError(f"Not ready after {READY_SECONDS} s ({problem}): {said}", EXIT_BROKEN)
                time.sleep(WATCH_SECONDS)

    def _tell(self, settings: Settings, *, seconds: float) -> None:
        welcome.say_ready(self._console, settings, seconds=seconds)
        if settings.demo:
            welcome.say_what_to_try(self._console, settings)
        if self._lan:
            welcome.say_how_to_trust(
                self._console,
                certificate_file=LocalAuthority(self._var / "tls").certificate_file,
                certificate_url=f"http://{self._lan}:{settings.port + 1}/molva-ca.crt",
            )

    def _watch(self) -> NoReturn:
        while True:
            if self._postgres and not self._postgres.is_running():
                self._console.print("PostgreSQL ended; it starts again, and recovers what was committed.")
                ended, self._postgres = self._postgres, ensure_running(self._var)
                ended.release()
            self._check_children()
            time.sleep(WATCH_SECONDS)

    def _check_children(self) -> None:
        for child in self._children:
            if news := child.check():
                self._console.print(news)

    def _stop(self) -> None:
        """End everything in bounded time; a second Ctrl-C ends it at once."""
        self._lock.say_ending()
        if not (self._children or self._postgres):
            return
        self._console.print("Stopping…")
        deadline = time.monotonic() + STOP_SECONDS
        try:
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.wait_or_kill(deadline=deadline)
        except KeyboardInterrupt:
            for child in self._children:
                child.kill_group()
        if self._postgres:
            self._postgres.release()
        self._console.print("Stopped.")

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started_at = time.monotonic()
        with self._console.status(f"{name}…"):
            yield
        self._console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - started_at:.1f} s[/]")


def _lock(var: Path, end: contextlib.ExitStack) -> run_lock.FolderLock:
    try:
        return end.enter_context(run_lock.hold(var))
    except run_lock.AlreadyRunning as error:
        advice = "Stop it there, or give this one a folder and a port: MOLVA_VAR=var-2 PORT=8100 make run"
        raise StartError(f"{error} {advice}", EXIT_ALREADY_RUNNING) from error
    except OSError as error:
        message = f"Cannot write to {error.filename or var}: {error.strerror}. MOLVA_VAR names the folder to use."
        raise StartError(message, EXIT_CANNOT_WRITE) from error


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(message: str, exit_code: int) -> int:
    Console(stderr=True, highlight=False, soft_wrap=True, markup=False).print(message)
    return exit_code


def _granian(host: str, port: int) -> tuple[str, ...]:
    return (
        *("-m", "granian", "--interface", "wsgi", "backend.wsgi:application"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(DRAIN_SECONDS)),
        "--no-ws",
    )


def _port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or "8000"
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SettingsError(f"PORT is {value!r}; it takes a number from 1 to 65535.")
    return int(value)


def _check_port_is_free(host: str, port: int) -> None:
    try:
        if ports.is_free(host, port):
            return
    except PermissionError as error:
        raise StartError(f"Port {port} is for root alone; PORT names another one.", EXIT_UNAVAILABLE) from error
    free = ports.first_free(host, port + 1)
    message = f"Port {port} is taken by another program. This one is free: PORT={free} make run"
    raise StartError(message, EXIT_UNAVAILABLE)


def _not_ready(port: int) -> str:
    """What `/readyz` still misses, or nothing."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=5):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")
    except OSError as error:
        return str(error)


def _has_shop(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(text("SELECT EXISTS (SELECT 1 FROM shops)")).scalar())
