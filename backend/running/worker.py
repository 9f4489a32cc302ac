"""`molva worker`: brings messages out, runs what is due, and says that it lives.

Everything it does is a row that it claims: killed at any moment it leaves nothing behind but what was in flight.
"""

import contextlib
import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask

from backend.notifications.queue import PostgresQueue
from backend.settings import Settings
from backend.shared.db import run_transaction
from backend.shared.ids import new_id
from backend.shared.jobs import run_due_jobs
from backend.shared.workers import beat, fall_silent, let_lease_go, take_lease
from push import worker as push_worker
from push.delivery import Channel
from push.email import EmailSender
from push.fcm import FcmSender, FcmSettings
from push.sender import Sender, TransportError
from push.sms import SmsSender

log = structlog.get_logger(__name__)

BEAT_SECONDS = 3.0
JOBS_LEASE = "jobs"
JOBS_LEASE_SECONDS = 10.0
"""Renewed with each beat. After a crash the jobs of the dead worker wait for so long at most."""

JOBS_PAUSE_SECONDS = 0.5
TROUBLE_SECONDS = 2.0
STOP_SECONDS = 7.0
"""Those who start and stop us kill after ten."""


class Worker:
    """One worker process: a thread for each channel, one for the heart, and the jobs in the caller's."""

    def __init__(self, app: Flask, stop: threading.Event) -> None:
        self.id = new_id()
        self._app, self._stop = app, stop
        self._queue = PostgresQueue(app)
        self._holds_jobs = False

    def run(self) -> None:
        """Works until `stop` is set; returns within seconds then."""
        log.info("worker starts", worker=str(self.id))
        threads = [
            threading.Thread(target=self._deliver, name="deliveries", daemon=True),
            threading.Thread(target=self._beat_on, name="heart", daemon=True),
            # Each batch of a job is one transaction: the one that is running when we end is rolled back whole.
            threading.Thread(target=self._run_jobs, name="jobs", daemon=True),
        ]
        for thread in threads:
            thread.start()
        self._stop.wait()
        deadline = _Deadline(STOP_SECONDS)
        for thread in threads:
            thread.join(deadline.seconds_left())
        self._end()
        log.info("worker ends", worker=str(self.id))

    def _deliver(self) -> None:
        try:
            senders = make_senders(self._app.config["MOLVA"], refused=self._raise_alarm)
            push_worker.run(self._queue, senders, stop=self._stop)
        except Exception:
            # Without its senders a worker is of no use: whoever watches it starts a new one.
            log.exception("the deliveries ended")
            self._stop.set()

    def _raise_alarm(self, channel: Channel, problem: str) -> None:
        with contextlib.suppress(Exception):
            self._queue.alarm(channel=channel, problem=problem)

    def _beat_on(self) -> None:
        while not self._stop.is_set():
            try:
                self._beat()
            except Exception as error:
                # The database may be away for a moment; a traceback every few seconds would bury what matters.
                log.warning("the heart stumbled", error=str(error).splitlines()[0])
            self._stop.wait(BEAT_SECONDS)

    def _beat(self) -> None:
        with self._app.app_context():
            run_transaction(lambda session: beat(session, worker_id=self.id))
            self._holds_jobs = run_transaction(
                lambda session: take_lease(session, name=JOBS_LEASE, holder=self.id, seconds=JOBS_LEASE_SECONDS)
            )

    def _run_jobs(self) -> None:
        while not self._stop.is_set():
            pause_seconds = JOBS_PAUSE_SECONDS
            try:
                if self._holds_jobs:
                    with self._app.app_context():
                        if run_due_jobs().failed:
                            pause_seconds = TROUBLE_SECONDS
            except Exception:
                log.exception("the jobs could not be run; they are tried again")
                pause_seconds = TROUBLE_SECONDS
            self._stop.wait(pause_seconds)

    def _end(self) -> None:
        with contextlib.suppress(Exception), self._app.app_context():
            run_transaction(lambda session: let_lease_go(session, name=JOBS_LEASE, holder=self.id))
            run_transaction(lambda session: fall_silent(session, worker_id=self.id))


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - time.monotonic())


def make_senders(settings: Settings, *, refused: Callable[[Channel, str], None]) -> list[Sender]:
    """A sender for each channel that has settings; `refused(channel, problem)` hears of settings that cannot work.

    What is in line for a channel without a sender waits; secrets among it are dropped when they are no longer good.
    """
    made: list[Sender] = []
    for channel, name, make in (
        (Channel.PUSH, "GOOGLE_APPLICATION_CREDENTIALS", lambda: _fcm(settings)),
        (Channel.SMS, "MOLVA_SMS_URL", lambda: SmsSender(settings.sms_url) if settings.sms_url else None),
        (Channel.EMAIL, "MOLVA_SMTP_URL", lambda: EmailSender(settings.smtp_url) if settings.smtp_url else None),
    ):
        try:
            sender = make()
        except TransportError as error:
            log.error("channel cannot be used", channel=channel.value, problem=str(error))  # noqa: TRY400
            refused(channel, str(error))
            continue
        if sender is None:
            log.warning("channel has no settings: its messages wait", channel=channel.value, setting=name)
        else:
            made.append(sender)
    return made


def _fcm(settings: Settings) -> FcmSender | None:
    if settings.google_credentials is None:
        return None
    return FcmSender(
        FcmSettings(
            credentials_file=settings.google_credentials, endpoint=settings.fcm_endpoint, ca_file=settings.fcm_ca
        )
    )


def run(app: Flask, stop: threading.Event) -> None:
    """Works until `stop` is set."""
    Worker(app, stop).run()
