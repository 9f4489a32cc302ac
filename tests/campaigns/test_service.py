"""A campaign's life: draft, running, paused, stopped or finished; and the remainder."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.campaigns import jobs, queries, service
from backend.campaigns.errors import NoSuchAudience, NothingRemains, NotNow
from backend.campaigns.holdout import is_held_out
from backend.campaigns.models import CampaignHoldout
from backend.segments import service as segments
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.shared.jobs import run_due_jobs
from backend.shared.wording import Reader
from backend.staff.queries import audit_entries
from push.delivery import Channel
from push.outcome import Result
from tests.factories.campaigns import MARAT, a_campaign, a_started_campaign
from tests.factories.notifications import Hands, a_guest, agree, states
from tests.factories.segments import a_segment, leaf


@pytest.fixture
def hands(app, session, clock):
    return Hands(app)


def standing(session, campaign):
    view = queries.view(session, campaign.id)
    return view.status, {state: count for state, count in view.counts.items() if count}


def log(session, campaign, locale="en"):
    return [line.text for line in queries.log(session, campaign.id, reader=Reader(locale, "Europe/Moscow"))]


def test_a_draft_tells_nobody(session, hands):
    a_guest(session)
    campaign = a_campaign(session)
    run_due_jobs()
    assert hands.deliver() == []
    assert standing(session, campaign) == ("draft", {})


def test_it_reaches_all_who_agreed_and_have_a_phone_and_finishes(session, hands):
    reached = [a_guest(session) for _ in range(3)]
    a_guest(session, agrees=False)
    a_guest(session, phones=0)
    assert queries.reachable_count(session, kind="marketing") == 3

    campaign = a_started_campaign(session)
    run_due_jobs()
    assert standing(session, campaign) == ("running", {"queued": 3})
    assert len(hands.deliver()) == 3
    run_due_jobs()

    assert standing(session, campaign) == ("finished", {"accepted": 3})
    assert all(states(session, guest) == [("accepted", "")] for guest in reached)


def test_a_service_message_reaches_everybody_with_a_phone_whatever_they_agreed_to(session, hands):
    reached = [a_guest(session, agrees=agrees) for agrees in (True, False)]
    withdrew = a_guest(session)
    agree(session, withdrew, given=False)
    a_guest(session, phones=0)
    assert queries.reachable_count(session, kind="service") == 3

    campaign = a_started_campaign(session, kind="service")
    run_due_jobs()
    assert len(hands.deliver()) == 3
    run_due_jobs()

    assert standing(session, campaign) == ("finished", {"accepted": 3})
    assert all(states(session, guest) == [("accepted", "")] for guest in (*reached, withdrew))


def test_a_service_message_is_put_in_line_chunk_by_chunk_too(session, hands, monkeypatch):
    monkeypatch.setattr(jobs, "AUDIENCE_CHUNK_MEMBERS", 2)
    for _ in range(5):
        a_guest(session, agrees=False, phones=2)
    campaign = a_started_campaign(session, kind="service")
    for in_line in (2, 4, 5):
        assert jobs.put_in_line.run(session, business_now())
        assert standing(session, campaign)[1] == {"queued": in_line}


def test_a_campaign_that_reaches_nobody_finishes_at_once(session, hands):
    campaign = a_started_campaign(session)
    run_due_jobs()
    assert standing(session, campaign) == ("finished", {})


def test_people_are_put_in_line_chunk_by_chunk(session, hands, monkeypatch):
    monkeypatch.setattr(jobs, "AUDIENCE_CHUNK_MEMBERS", 2)
    for _ in range(5):
        a_guest(session)
    campaign = a_started_campaign(session)
    for in_line in (2, 4, 5):
        assert jobs.put_in_line.run(session, business_now())
        assert standing(session, campaign)[1] == {"queued": in_line}
    assert jobs.put_in_line.run(session, business_now()) == 1
    assert jobs.put_in_line.next_due(session) is None


def test_who_opts_out_before_their_message_leaves_is_not_told(session, hands):
    a_guest(session)
    boris = a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    agree(session, boris, given=False)

    assert len(hands.deliver()) == 1

    run_due_jobs()
    assert standing(session, campaign) == ("finished", {"accepted": 1, "dropped": 1})


def test_pause_and_resume_skip_nobody_and_tell_nobody_twice(session, hands):
    for _ in range(6):
        a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    begun, claimed = hands.begin(hands.claim(limit=2)), hands.claim(limit=2)

    service.pause(session, campaign_id=campaign.id, by=MARAT)

    assert hands.begin(claimed) == []
    hands.settle(begun)
    assert hands.deliver() == []
    run_due_jobs()
    assert standing(session, campaign) == ("paused", {"accepted": 2, "queued": 4})
    assert "Paused by Marat. Already on the way: 2" in log(session, campaign)

    service.resume(session, campaign_id=campaign.id, by=MARAT)
    assert len(hands.deliver()) == 4
    assert hands.deliver() == []
    run_due_jobs()
    assert standing(session, campaign) == ("finished", {"accepted": 6})


def test_pausing_while_people_are_put_in_line_loses_nobody(session, hands, monkeypatch):
    monkeypatch.setattr(jobs, "AUDIENCE_CHUNK_MEMBERS", 2)
    for _ in range(5):
        a_guest(session)
    campaign = a_started_campaign(session)
    jobs.put_in_line.run(session, business_now())
    service.pause(session, campaign_id=campaign.id, by=MARAT)
    assert jobs.put_in_line.next_due(session) is None
    assert jobs.put_in_line.run(session, business_now()) == 0

    service.resume(session, campaign_id=campaign.id, by=MARAT)
    run_due_jobs()
    assert len(hands.deliver()) == 5


def test_the_time_of_a_pause_is_added_to_the_time_it_has(session, hands, clock):
    a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    service.pause(session, campaign_id=campaign.id, by=MARAT)
    clock.advance(days=30)
    service.resume(session, campaign_id=campaign.id, by=MARAT)
    assert len(hands.deliver()) == 1


def test_stop_ends_it_and_the_remainder_is_exactly_who_was_not_reached(session, hands):
    guests = [a_guest(session) for _ in range(8)]
    campaign = a_started_campaign(session)
    run_due_jobs()
    begun = hands.begin(hands.claim(limit=4))
    hands.settle(begun[:2])
    hands.settle(begun[2:3], Result.REFUSED)
    hands.settle(begun[3:], Result.UNKNOWN)

    service.stop(session, campaign_id=campaign.id, by=MARAT)
    assert hands.deliver() == []
    run_due_jobs()
    assert standing(session, campaign) == ("stopped", {"accepted": 2, "failed": 1, "unknown": 1, "queued": 4})
    assert queries.remaining_count(session, queries.view(session, campaign.id)) == 4

    service.send_remainder(session, campaign_id=campaign.id, by=MARAT)
    told = {delivery.id for delivery in hands.deliver()}
    assert len(told) == 4
    assert told.isdisjoint(delivery.id for delivery in begun)
    run_due_jobs()
    assert standing(session, campaign) == ("finished", {"accepted": 6, "failed": 1, "unknown": 1})
    assert len(guests) == 8


def test_the_remainder_of_a_campaign_stopped_before_all_were_in_line(session, hands, monkeypatch):
    monkeypatch.setattr(jobs, "AUDIENCE_CHUNK_MEMBERS", 2)
    for _ in range(5):
        a_guest(session)
    campaign = a_started_campaign(session)
    jobs.put_in_line.run(session, business_now())
    service.stop(session, campaign_id=campaign.id, by=MARAT)
    service.send_remainder(session, campaign_id=campaign.id, by=MARAT)
    run_due_jobs()
    assert len(hands.deliver()) == 5


def test_nothing_remains_of_a_campaign_that_reached_everybody(session, hands):
    a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    hands.deliver()
    run_due_jobs()
    with pytest.raises(NothingRemains):
        service.send_remainder(session, campaign_id=campaign.id, by=MARAT)


def test_the_held_who_come_too_late_are_the_remainder(session, hands, clock):
    clock.advance(hours=12)  # night in Moscow
    a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    hands.deliver()
    assert standing(session, campaign) == ("running", {"held": 1})
    clock.advance(days=4)
    hands.deliver()
    run_due_jobs()
    assert standing(session, campaign) == ("finished", {"dropped": 1})

    service.send_remainder(session, campaign_id=campaign.id, by=MARAT)
    clock.advance(hours=12)
    assert len(hands.deliver()) == 1


def test_a_tenth_is_held_out_by_chance_and_remembered(session, hands):
    guests = [a_guest(session) for _ in range(40)]
    campaign = a_started_campaign(session, holdout_percent=25)
    run_due_jobs()
    held_out = {guest for guest in guests if is_held_out(campaign.id, guest, percent=25)}
    assert 0 < len(held_out) < 40

    assert len(hands.deliver()) == 40 - len(held_out)
    view = queries.view(session, campaign.id)
    assert (sum(view.counts.values()), view.holdout) == (40 - len(held_out), len(held_out))
    assert set(session.scalars(select(CampaignHoldout.member_id))) == held_out
    assert f"({25}%)" in log(session, campaign)[0]


def test_the_lot_is_fair_and_another_one_for_each_campaign():
    members = [new_id() for _ in range(2000)]
    first, second = new_id(), new_id()
    drawn = [
        {member for member in members if is_held_out(campaign, member, percent=10)} for campaign in (first, second)
    ]
    assert all(140 < len(one) < 260 for one in drawn)
    assert len(drawn[0] & drawn[1]) < 60
    assert not any(is_held_out(first, member, percent=0) for member in members)


def test_a_scheduled_campaign_begins_at_its_time_with_those_who_agree_then(session, hands, clock):
    campaign = a_started_campaign(session, starts_at=business_now() + timedelta(hours=2))
    run_due_jobs()
    late = a_guest(session)
    assert standing(session, campaign) == ("running", {})
    assert log(session, campaign)[0] == "Scheduled by Marat for 22 November, 14:31"

    clock.advance(hours=2, business_only=True)
    run_due_jobs()
    assert len(hands.deliver()) == 1
    assert states(session, late) == [("accepted", "")]


def test_refused_credentials_pause_what_runs_and_say_so(session, hands, clock):
    a_guest(session)
    campaign = a_started_campaign(session)
    run_due_jobs()
    hands.queue.alarm(channel=Channel.PUSH, problem="invalid_grant")
    assert standing(session, campaign) == ("paused", {"queued": 1})
    assert "invalid_grant" in log(session, campaign)[0]

    hands.queue.all_clear(channel=Channel.PUSH)
    clock.advance(minutes=1)
    service.resume(session, campaign_id=campaign.id, by=MARAT)
    assert len(hands.deliver()) == 1


def test_a_draft_can_be_rewritten_and_a_started_one_cannot(session, hands):
    campaign = a_campaign(session)
    fields = {
        "name": "Triple points",
        "kind": "service",
        "segment_id": None,
        "message": {"ru": {"title": "Т", "body": "Т"}, "en": {"title": "T", "body": "T"}},
        "rate_per_second": 5,
        "starts_at": None,
        "holdout_percent": 1,
    }
    service.rewrite(session, campaign_id=campaign.id, **fields, by=MARAT)
    assert queries.view(session, campaign.id).name == "Triple points"
    service.start(session, campaign_id=campaign.id, by=MARAT)
    with pytest.raises(NotNow):
        service.rewrite(session, campaign_id=campaign.id, **fields, by=MARAT)


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("draft", ("pause", "resume", "stop", "send_remainder")),
        ("running", ("send_remainder",)),
        ("paused", ("start", "send_remainder")),
        ("stopped", ("start", "pause", "resume")),
    ],
)
def test_what_makes_no_sense_is_refused(session, hands, status, refused):
    a_guest(session)
    campaign = a_campaign(session)
    for act in {"draft": (), "running": ("start",), "paused": ("start", "pause"), "stopped": ("start", "stop")}[status]:
        getattr(service, act)(session, campaign_id=campaign.id, by=MARAT)
    for act in refused:
        with pytest.raises(NotNow):
            getattr(service, act)(session, campaign_id=campaign.id, by=MARAT)
    assert queries.view(session, campaign.id).status == status


def test_doing_it_twice_changes_nothing(session, hands):
    campaign = a_campaign(session)
    for act in ("start", "pause", "resume", "stop"):
        first = getattr(service, act)(session, campaign_id=campaign.id, by=MARAT).status
        lines = len(log(session, campaign))
        assert getattr(service, act)(session, campaign_id=campaign.id, by=MARAT).status == first
        assert len(log(session, campaign)) == lines


@pytest.fixture
def regulars(session, hands):
    """A segment of those who speak English, kept up by the worker."""
    made = a_segment(session, "english", leaf("language", "one_of", ["en"]))
    run_due_jobs()
    return made


def test_it_reaches_those_of_its_segment_who_agreed(session, hands, regulars):
    reached = [a_guest(session) for _ in range(2)]
    a_guest(session, locale="ru")
    a_guest(session, agrees=False)
    a_guest(session, phones=0)
    run_due_jobs()
    assert queries.reachable_counts(session, segment_id=regulars.id) == {"service": 3, "marketing": 2}

    campaign = a_started_campaign(session, segment_id=regulars.id)
    run_due_jobs()
    assert len(hands.deliver()) == 2
    run_due_jobs()

    assert standing(session, campaign) == ("finished", {"accepted": 2})
    assert all(states(session, guest) == [("accepted", "")] for guest in reached)
    assert queries.view(session, campaign.id).segment_id == regulars.id


def test_a_service_message_reaches_its_segment_whatever_they_agreed_to(session, hands, regulars):
    for agrees in (True, False):
        a_guest(session, agrees=agrees)
    a_guest(session, locale="ru")
    run_due_jobs()
    a_started_campaign(session, kind="service", segment_id=regulars.id)
    run_due_jobs()
    assert len(hands.deliver()) == 2


def test_a_chunk_in_which_nobody_agreed_does_not_end_it(session, hands, regulars, monkeypatch):
    for agrees in (False, False, True):
        a_guest(session, agrees=agrees)
    run_due_jobs()
    monkeypatch.setattr(jobs, "AUDIENCE_CHUNK_MEMBERS", 1)
    campaign = a_started_campaign(session, segment_id=regulars.id)
    run_due_jobs()
    assert standing(session, campaign) == ("running", {"queued": 1})


def test_the_log_keeps_the_version_of_the_segment_that_it_started_with(session, hands, regulars):
    campaign = a_started_campaign(session, segment_id=regulars.id)
    assert "For the segment “English”, as its version 1 has it" in log(session, campaign)
    assert "Для сегмента «English», по его версии 1" in log(session, campaign, "ru")


def test_a_segment_that_is_not_there_is_no_audience(session, hands, regulars):
    with pytest.raises(NoSuchAudience):
        a_campaign(session, segment_id=new_id())
    written = a_campaign(session, segment_id=regulars.id)
    segments.archive(session, segment_id=regulars.id, by=MARAT)
    with pytest.raises(NoSuchAudience):
        service.start(session, campaign_id=written.id, by=MARAT)
    with pytest.raises(NoSuchAudience):
        a_campaign(session, segment_id=regulars.id)


def test_who_did_what_is_in_the_audit_log(session, hands):
    campaign = a_started_campaign(session)
    service.set_rate(session, campaign_id=campaign.id, rate_per_second=40, by=MARAT)
    entries = audit_entries(session, f"campaign:{campaign.id}")
    assert [(entry["who"], entry["action"]) for entry in entries] == [
        ("test:marat", "created"),
        ("test:marat", "started"),
        ("test:marat", "rate"),
    ]


def test_a_slow_rate_gives_the_campaign_the_time_that_it_needs(session, hands, clock):
    for _ in range(10):
        a_guest(session)
    campaign = a_started_campaign(session, rate_per_second=1)
    assert campaign.expires_at == business_now() + timedelta(days=3, seconds=10)


def test_a_slow_service_message_has_the_time_for_those_who_agreed_to_nothing(session, hands, clock):
    for _ in range(10):
        a_guest(session, agrees=False)
    campaign = a_started_campaign(session, kind="service", rate_per_second=1)
    assert campaign.expires_at == business_now() + timedelta(days=3, seconds=10)


def test_the_log_reads_in_both_languages(session, hands):
    campaign = a_started_campaign(session)
    assert log(session, campaign, "ru") == ["Запуск: Marat", "Черновик: Marat"]
    assert session.scalar(select(func.count()).select_from(CampaignHoldout)) == 0
