"""The worker as a process: it beats, ends when it is told to, shares work with another, and lives through faults."""

import signal
import time
from collections import Counter
from datetime import timedelta

import psycopg

from backend.campaigns import queries as campaigns
from backend.campaigns import service as campaign_service
from backend.notifications import queries, service
from backend.shared.clock import system_now
from backend.shared.db import db
from backend.shared.ids import new_id
from backend.shared.workers import seconds_since_last_beat, take_lease
from tests.factories.campaigns import MARAT, a_started_campaign
from tests.factories.notifications import a_guest, agree, deliveries, some_points, states
from tests.worker.test_killed import nids


def test_it_says_that_it_lives_and_ends_within_seconds_of_being_told_to(installation):
    assert installation.do(seconds_since_last_beat) is None
    worker = installation.start_worker()
    installation.wait_until(lambda session: seconds_since_last_beat(session) is not None)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(10) == 0
    assert installation.do(seconds_since_last_beat) is None
    assert "worker ends" in installation.log()


def test_what_is_told_is_on_the_phone_at_once_in_the_readers_language(installation):
    installation.start_worker()
    boris = installation.do(lambda session: a_guest(session, locale="ru"))
    installation.do(lambda session: service.tell(session, [some_points(boris)]))

    installation.wait_until(lambda session: states(session, boris) == [("accepted", "")])

    (arrived,) = installation.arrived()
    assert arrived["title"] == "+120\N{NO-BREAK SPACE}баллов"
    assert arrived["data"]["kind"] == "receipt_accrued"
    assert "7916" not in repr(arrived)


def test_secrets_go_by_sms_and_by_mail(installation):
    installation.start_worker()
    facts = {"points": 1, "store": {"ru": "Зерно", "en": "Grain"}, "available_at": "2026-12-06T09:00:00+00:00"}

    def send(session):
        for channel, address in (("sms", "+79161234567"), ("email", "boris@example.org")):
            expires_at = system_now() + timedelta(minutes=10)
            service.send_to_address(
                session,
                channel=channel,
                address=address,
                kind="receipt_accrued",
                facts=facts,
                locale="en",
                expires_at=expires_at,
            )

    installation.do(send)
    installation.wait_until(lambda session: [state for state, _ in states(session)] == ["accepted"] * 2)

    assert len(installation.arrived("+79161234567")) == 1
    assert len(installation.arrived("boris@example.org")) == 1
    assert "9161234567" not in installation.log()


def all_in_line_and_some_told(session, campaign_id, *, people):
    """The audience comes chunk by chunk, and the first are told before the last stand in line."""
    counts = queries.broadcast_counts(session, campaign_id)
    return sum(counts.values()) == people and counts["accepted"] > 3


def test_two_workers_at_once_tell_everybody_once(installation, daytime_zone):
    installation.do(lambda session: [a_guest(session, zone=daytime_zone) for _ in range(60)])
    installation.start_worker()
    installation.start_worker()
    campaign_id = installation.do(lambda session: a_started_campaign(session).id)

    installation.wait_until(lambda session: campaigns.view(session, campaign_id).status == "finished")

    assert Counter(nids(installation.arrived()).values()) == {1: 60}


def test_stop_works_while_it_is_sending_and_the_remainder_is_exact(installation, daytime_zone):
    installation.do(lambda session: [a_guest(session, zone=daytime_zone) for _ in range(80)])
    installation.phone.fail({"kind": "slow", "delay_ms": 100})
    installation.start_worker()
    campaign_id = installation.do(lambda session: a_started_campaign(session, rate_per_second=20).id)
    installation.wait_until(lambda session: all_in_line_and_some_told(session, campaign_id, people=80))

    installation.do(lambda session: campaign_service.stop(session, campaign_id=campaign_id, by=MARAT))
    in_flight = installation.do(lambda session: queries.broadcast_counts(session, campaign_id))
    installation.wait_until(lambda session: queries.broadcast_counts(session, campaign_id)["sending"] == 0)
    # In this time a dozen more would have gone out.
    time.sleep(0.6)
    after = installation.do(lambda session: queries.broadcast_counts(session, campaign_id))
    assert after["accepted"] == in_flight["accepted"] + in_flight["sending"] < 80
    assert after["queued"] == 80 - after["accepted"]
    assert len(installation.arrived()) == after["accepted"]

    installation.do(lambda session: campaign_service.send_remainder(session, campaign_id=campaign_id, by=MARAT))
    installation.wait_until(lambda session: campaigns.view(session, campaign_id).status == "finished")
    assert Counter(nids(installation.arrived()).values()) == {1: 80}


def test_an_opt_out_beats_a_running_campaign(installation, daytime_zone):
    guests = installation.do(lambda session: [a_guest(session, zone=daytime_zone) for _ in range(30)])
    installation.start_worker()
    campaign_id = installation.do(lambda session: a_started_campaign(session, rate_per_second=8).id)

    installation.wait_until(lambda session: all_in_line_and_some_told(session, campaign_id, people=30))

    def withdraw(session):
        for guest in guests:
            agree(session, guest, given=False)

    def waiting(session):
        return [guest for guest in guests if states(session, guest) == [("queued", "")]]

    installation.do(withdraw)
    spared = installation.do(waiting)
    assert spared
    installation.wait_until(lambda session: campaigns.view(session, campaign_id).status == "finished")

    ended = installation.do(lambda session: [states(session, guest) for guest in spared])
    assert ended == [[("dropped", "no_consent")]] * len(spared)
    counts = installation.do(lambda session: campaigns.view(session, campaign_id).counts)
    assert len(installation.arrived()) == counts["accepted"] == 30 - counts["dropped"]


def test_refused_credentials_pause_the_campaign_and_lose_nothing(installation, daytime_zone):
    alice = installation.do(lambda session: a_guest(session, zone=daytime_zone))
    installation.phone.fail({"kind": "unauthenticated"})
    installation.do(lambda session: service.tell(session, [some_points(alice)]))
    campaign_id = installation.do(lambda session: a_started_campaign(session).id)
    installation.start_worker()

    installation.wait_until(lambda session: campaigns.view(session, campaign_id).status == "paused")

    assert installation.do(lambda session: queries.channel_problem(session, "push"))
    assert installation.do(lambda session: {row.state for row in deliveries(session)}) <= {"queued", "claimed"}
    assert installation.arrived() == []


def test_a_channel_without_settings_waits_and_the_others_work(installation):
    settings = installation.phone.preparation.settings
    firebase = {name: value for name, value in settings.items() if name not in ("MOLVA_SMS_URL", "MOLVA_SMTP_URL")}
    installation.start_worker(settings=firebase)
    alice = installation.do(a_guest)
    installation.do(lambda session: service.tell(session, [some_points(alice, channels=("push", "sms"))]))

    installation.wait_until(lambda session: ("accepted", "") in states(session, alice))

    assert ("queued", "") in installation.do(lambda session: states(session, alice))
    assert installation.log().count("MOLVA_SMS_URL") == 1


def test_settings_that_cannot_work_are_told_to_the_staff_and_the_rest_goes_on(installation, tmp_path):
    broken = tmp_path / "key.json"
    broken.write_text("{}")
    settings = installation.phone.preparation.settings | {"GOOGLE_APPLICATION_CREDENTIALS": str(broken)}
    worker = installation.start_worker(settings=settings)

    installation.wait_until(lambda session: queries.channel_problem(session, "push") is not None)

    assert "Generate new private key" in installation.do(lambda session: queries.channel_problem(session, "push"))
    assert worker.poll() is None


def test_it_goes_on_when_the_database_drops_its_connections(installation):
    installation.start_worker()
    installation.wait_until(lambda session: seconds_since_last_beat(session) is not None)
    url = installation.app.config["MOLVA"].database_url
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(2):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            time.sleep(0.5)
    with installation.app.app_context():
        db.engine.dispose()
    alice = installation.do(a_guest)
    installation.do(lambda session: service.tell(session, [some_points(alice)]))
    installation.wait_until(lambda session: states(session, alice) == [("accepted", "")])


def test_a_lease_is_one_holders_until_it_is_over(session, clock):
    first, second = new_id(), new_id()
    assert take_lease(session, name="jobs", holder=first, seconds=10)
    assert not take_lease(session, name="jobs", holder=second, seconds=10)
    clock.advance(seconds=6)
    assert take_lease(session, name="jobs", holder=first, seconds=10)
    clock.advance(seconds=9)
    assert not take_lease(session, name="jobs", holder=second, seconds=10)
    clock.advance(seconds=1)
    assert take_lease(session, name="jobs", holder=second, seconds=10)
    assert not take_lease(session, name="jobs", holder=first, seconds=10)
