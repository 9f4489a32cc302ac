"""`/healthz`, `/readyz`, `/metrics`: what a supervisor and Prometheus hear."""

from prometheus_client.parser import text_string_to_metric_families

from backend.app import create_app
from backend.notifications import service
from backend.shared.ids import new_id
from backend.shared.workers import beat
from push.delivery import Channel
from tests.conftest import make_settings
from tests.factories.campaigns import a_started_campaign
from tests.factories.notifications import Hands, a_guest, an_open_broadcast, some_points


def figures(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_process_answers(client, session):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_means_database_migrations_and_a_living_worker(client, session, clock):
    assert client.get("/readyz").json["checks"]["worker"] == "does not run"
    assert client.get("/readyz").status_code == 503

    beat(session, worker_id=new_id())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["checks"]) == (
        200,
        {"database": "ok", "migrations": "ok", "worker": "ok"},
    )

    clock.advance(seconds=20)
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json["checks"]["worker"] == "silent for 20 s"


def test_the_demo_clock_does_not_silence_the_worker(client, session, clock):
    beat(session, worker_id=new_id())
    clock.advance(days=30, business_only=True)
    assert client.get("/readyz").status_code == 200


def test_without_a_database_it_is_not_ready_and_says_so_in_json(tmp_path):
    app = create_app(make_settings("postgresql://nobody@127.0.0.1:9/nothing", tmp_path))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"] == {"database": "does not answer"}
    assert app.test_client().get("/healthz").status_code == 200


def test_an_old_schema_is_not_ready(client, session, monkeypatch):
    monkeypatch.setattr("backend.shared.health._newest_version", lambda: "9999")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "9999 is needed" in answer.json["checks"]["migrations"]


def test_the_figures_count_what_is_in_line(app, client, session, clock):
    beat(session, worker_id=new_id())
    alice, boris = a_guest(session), a_guest(session)
    service.tell(session, [some_points(alice), some_points(alice, natural_key="2", channels=("sms",))])
    an_open_broadcast(session, [alice, boris])
    hands = Hands(app)
    hands.begin(hands.claim(limit=1))
    hands.queue.alarm(channel=Channel.PUSH, problem="401")

    now = figures(client)

    assert now["molva_deliveries", "push", "queued"] == 2
    assert now["molva_deliveries", "push", "sending"] == 1
    assert now["molva_deliveries", "sms", "queued"] == 1
    assert now["molva_channel_refused", "push"] == 1
    assert now["molva_channel_refused", "sms"] == 0
    assert now["molva_worker_heartbeat_age_seconds",] == 0


def test_the_figures_say_how_long_work_has_waited(client, session, clock):
    a_started_campaign(session)
    clock.advance(minutes=5)
    assert figures(client)["molva_job_lateness_seconds", "campaign_audience"] == 300
