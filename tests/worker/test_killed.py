"""The real worker is killed at every step, and another one takes over: nobody is skipped, no offer comes twice."""

from collections import Counter

import pytest

from backend.campaigns import queries as campaigns
from backend.notifications import service
from tests.factories.campaigns import a_started_campaign
from tests.factories.notifications import a_guest, deliveries, some_points

# The quick ones are always tried; a worker takes seconds to start, so the rest is for long runs.
GUESTS = 24
KILLED = -9
STEPS = [
    ("backend.notifications.queue:take_due", "after", "1"),
    ("backend.notifications.queue:PostgresQueue.claim", "after", "1"),
    ("backend.notifications.queue:PostgresQueue.begin", "before", "1"),
    ("backend.notifications.queue:PostgresQueue.begin", "after", "1"),
    ("push.fcm:FcmSender.submit", "before", "1"),
    ("push.fcm:FcmSender.submit", "after", "1"),
    ("push.fcm:FcmSender.collect", "after", "2"),
    ("backend.notifications.queue:PostgresQueue.settle", "before", "1"),
    ("backend.notifications.queue:PostgresQueue.settle", "after", "1"),
]
AUDIENCE_STEPS = [
    ("backend.campaigns.jobs:outbox.broadcast_to", "before", "1"),
    ("backend.campaigns.jobs:outbox.broadcast_to", "after", "2"),
    ("backend.campaigns.jobs:outbox.broadcast_to", "before", "4"),
    ("backend.campaigns.jobs:_complete", "before", "1"),
    ("backend.campaigns.jobs:_complete", "after", "1"),
]


QUICK = {STEPS[3], STEPS[5], STEPS[7], AUDIENCE_STEPS[1]}


def steps(*every):
    return [pytest.param(step, id=names(step), marks=() if step in QUICK else pytest.mark.long) for step in every]


def names(step):
    return f"{step[0].rsplit(':', 1)[1]}-{step[1]}-{step[2]}"


def nids(messages):
    return Counter((message["to"], message["data"]["nid"]) for message in messages)


@pytest.mark.parametrize("step", steps(*STEPS))
def test_accruals_reach_everybody_and_only_what_was_in_flight_comes_twice(installation, step):
    guests = installation.do(lambda session: [a_guest(session) for _ in range(GUESTS)])
    told = [some_points(guest, natural_key=f"receipt:{guest}") for guest in guests]
    installation.do(lambda session: service.tell(session, told))

    assert installation.start_worker(*step).wait(60) == KILLED
    in_flight = installation.do(lambda session: [row.id for row in deliveries(session) if row.state == "sending"])
    installation.start_worker()
    installation.wait_until(lambda session: {row.state for row in deliveries(session)} == {"accepted"})

    arrived = nids(installation.arrived())
    assert len(arrived) == GUESTS
    twice = [nid for nid, times in arrived.items() if times > 1]
    assert len(twice) <= len(in_flight)
    assert max(arrived.values()) <= 2


@pytest.mark.parametrize("step", steps(*STEPS, *AUDIENCE_STEPS))
def test_a_campaign_skips_nobody_and_tells_nobody_twice(installation, daytime_zone, step):
    installation.do(lambda session: [a_guest(session, zone=daytime_zone) for _ in range(GUESTS)])
    campaign_id = installation.do(lambda session: a_started_campaign(session).id)

    assert installation.start_worker(*step).wait(60) == KILLED
    in_flight = installation.do(lambda session: [row.id for row in deliveries(session) if row.state == "sending"])
    installation.start_worker()
    installation.wait_until(lambda session: campaigns.view(session, campaign_id).status == "finished")

    counts = installation.do(lambda session: campaigns.view(session, campaign_id).counts)
    assert counts["accepted"] + counts["unknown"] == GUESTS
    assert counts["unknown"] <= len(in_flight)
    arrived = nids(installation.arrived())
    assert set(arrived.values()) == {1}  # somebody was told, and nobody twice
    assert len(arrived) >= counts["accepted"]
    assert len(arrived) + counts["unknown"] >= GUESTS
