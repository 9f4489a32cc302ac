"""How the installation does, for supervisors and for Prometheus: `/healthz`, `/readyz`, `/metrics`."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.shared import migrations, workers
from backend.shared.access import public
from backend.shared.clock import business_now, system_now
from backend.shared.db import db, transaction
from backend.shared.jobs import job_records, registered_jobs

log = structlog.get_logger(__name__)

Measures = Callable[[Session], Iterable[Metric]]
Alarms = Callable[[Session], Mapping[str, str]]

blueprint = Blueprint("health", __name__)


def add_measures(app: Flask, *measures: Measures) -> None:
    """A feature's own figures for `/metrics`."""
    app.extensions.setdefault("molva_measures", []).extend(measures)


def add_alarms(app: Flask, *alarms: Alarms) -> None:
    """What a feature wants somebody to look at; `/readyz` shows it by name, and it takes no instance out of service."""
    app.extensions.setdefault("molva_alarms", []).extend(alarms)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether everything is there that work needs: database, migrations, worker. 503 where something is missing.

    `alarms` names what somebody should look at, and is no reason to send requests elsewhere.
    """
    checks = _checks()
    ready = all(check == "ok" for check in checks.values())
    document = {"status": "ready" if ready else "not ready", "checks": checks, "alarms": _alarms() if ready else {}}
    return jsonify(document), 200 if ready else 503


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Figures of the installation as a whole, read from the database: each web process answers the same."""
    registry = CollectorRegistry()
    registry.register(_Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _checks() -> dict[str, str]:
    try:
        version = migrations.database_version(db.engine)
        if version != _newest_version():
            return {"database": "ok", "migrations": f"{version}, and {_newest_version()} is needed"}
        with transaction() as session:
            silent_seconds = workers.seconds_since_last_beat(session)
    except SQLAlchemyError as error:
        log.warning("database does not answer", error=str(error))
        return {"database": "does not answer"}
    worker = "ok"
    if silent_seconds is None:
        worker = "does not run"
    elif silent_seconds > workers.SILENT_SECONDS:
        worker = f"silent for {silent_seconds:.0f} s"
    return {"database": "ok", "migrations": "ok", "worker": worker}


def _alarms() -> dict[str, str]:
    raised: dict[str, str] = {}
    with transaction() as session:
        for alarms in current_app.extensions.get("molva_alarms", []):
            raised.update(alarms(session))
    return raised


@cache
def _newest_version() -> str | None:
    return migrations.newest_version()


class _Figures(Collector):
    """What the database says now."""

    def collect(self) -> Iterable[Metric]:
        with transaction() as session:
            yield from _worker(session)
            yield from _jobs(session)
            for measures in current_app.extensions.get("molva_measures", []):
                yield from measures(session)


def _worker(session: Session) -> Iterable[Metric]:
    silent_seconds = workers.seconds_since_last_beat(session)
    if silent_seconds is not None:
        yield GaugeMetricFamily(
            "molva_worker_heartbeat_age_seconds", "Since the liveliest worker was heard", value=silent_seconds
        )


def _jobs(session: Session) -> Iterable[Metric]:
    now: dict[str, Any] = {"business": business_now(), "system": system_now()}
    late = GaugeMetricFamily("molva_job_lateness_seconds", "How long the earliest due work has waited", labels=["job"])
    most = GaugeMetricFamily("molva_job_maximum_lateness_seconds", "How long it may wait", labels=["job"])
    succeeded = GaugeMetricFamily("molva_job_last_success_timestamp", "When a batch was last done", labels=["job"])
    handled = CounterMetricFamily("molva_job_handled", "What was done, in the job's own units", labels=["job"])
    failures = CounterMetricFamily("molva_job_failures", "Batches that failed and were tried again", labels=["job"])
    records = job_records(session)
    for job in registered_jobs():
        due_at = job.next_due(session)
        late.add_metric([job.name], 0.0 if due_at is None else max(0.0, (now[job.clock] - due_at).total_seconds()))
        most.add_metric([job.name], job.maximum_lateness_seconds)
        record = records.get(job.name)
        handled.add_metric([job.name], record.handled if record else 0)
        failures.add_metric([job.name], record.failures if record else 0)
        if record and record.succeeded_at:
            succeeded.add_metric([job.name], record.succeeded_at.timestamp())
    yield from (late, most, succeeded, handled, failures)
