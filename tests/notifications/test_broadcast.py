"""One text to many: consent, nights, two offers a week, the rate, and the switch that stops it."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import func, select

from backend.notifications import judging, queries, service
from backend.notifications.events import BroadcastsHalted
from backend.notifications.models import Message
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from push.delivery import Channel
from push.outcome import Result
from tests.factories.notifications import (
    Hands,
    a_guest,
    agree,
    an_open_broadcast,
    deliveries,
    some_points,
    states,
)


@pytest.fixture
def hands(app, session, clock):
    return Hands(app)


def counts(session, broadcast_id):
    return {state: count for state, count in queries.broadcast_counts(session, broadcast_id).items() if count}


def test_each_gets_it_in_their_own_language_and_once(session, hands):
    alice, boris = a_guest(session, locale="en"), a_guest(session, locale="ru")
    an_open_broadcast(session, [alice, boris])

    sent = hands.deliver()

    assert {delivery.title for delivery in sent} == {"Double points on beans", "Двойные баллы за зерно"}
    assert not any(delivery.repeat_when_unknown for delivery in sent)
    assert hands.deliver() == []


def test_it_comes_into_the_inbox_when_it_leaves_and_not_before(session, hands):
    alice = a_guest(session, locale="ru", phones=2)
    an_open_broadcast(session, [alice])
    assert queries.inbox(session, member_id=alice, after=None, limit=10)[0].kind != "campaign"

    claimed = [delivery for delivery in hands.claim() if delivery.data["kind"] == "campaign"]
    assert queries.inbox(session, member_id=alice, after=None, limit=10)[0].kind != "campaign"
    assert len(hands.begin(claimed)) == 2

    (row,) = [row for row in queries.inbox(session, member_id=alice, after=None, limit=10) if row.kind == "campaign"]
    assert (row.title, row.body) == ("Двойные баллы за зерно", "До воскресенья, во всех кофейнях и на сайте.")


def test_asking_twice_puts_nobody_in_line_twice(session, hands):
    guests = [a_guest(session) for _ in range(3)]
    broadcast_id = an_open_broadcast(session, guests)
    assert service.broadcast_to(session, broadcast_id=broadcast_id, member_ids=guests) == 0
    assert len(hands.deliver()) == 3


def test_an_opt_out_beats_what_is_already_claimed(session, hands):
    alice, boris = a_guest(session), a_guest(session)
    broadcast_id = an_open_broadcast(session, [alice, boris])
    claimed = hands.claim()
    agree(session, boris, given=False)

    begun = hands.begin(claimed)

    assert len(begun) == 1
    assert states(session, boris) == [("dropped", "no_consent")]
    assert session.scalar(select(func.count()).where(Message.member_id == boris)) == 0
    assert counts(session, broadcast_id) == {"sending": 1, "dropped": 1}


def test_a_service_message_needs_a_device_and_no_consent_and_comes_at_night(session, hands, clock):
    clock.advance(hours=12)  # 00:31 in Moscow
    boris = a_guest(session, agrees=False)
    an_open_broadcast(session, [boris], marketing=False)
    service.tell(session, [some_points(boris)])
    assert len(hands.deliver()) == 2


def test_an_offer_waits_for_the_morning_of_its_reader(session, hands, clock):
    clock.advance(hours=6)  # 15:31 UTC: 18:31 in Moscow, night in Vladivostok
    moscow, vladivostok = a_guest(session), a_guest(session, zone="Asia/Vladivostok")
    broadcast_id = an_open_broadcast(session, [moscow, vladivostok])

    assert len(hands.deliver()) == 1
    assert states(session, vladivostok) == [("held", "quiet_hours")]
    assert counts(session, broadcast_id) == {"accepted": 1, "held": 1}
    assert queries.next_held_at(session, broadcast_id) == business_now().replace(hour=23, minute=0)

    clock.advance(hours=7, minutes=28)
    assert hands.deliver() == []
    clock.advance(minutes=2)
    assert len(hands.deliver()) == 1


def test_an_offer_that_became_due_by_day_and_is_begun_at_night_is_held(session, hands, clock):
    alice = a_guest(session)
    an_open_broadcast(session, [alice])
    clock.advance(hours=8, minutes=28, seconds=30)  # 20:59:30
    claimed = hands.claim()
    clock.advance(seconds=30)
    assert hands.begin(claimed) == []
    assert states(session, alice) == [("held", "quiet_hours")]


def test_a_third_offer_in_a_week_waits_until_the_first_is_a_week_old(session, hands, clock):
    alice = a_guest(session)
    for _ in range(2):
        an_open_broadcast(session, [alice])
        assert len(hands.deliver()) == 1
        clock.advance(days=1)
    third = an_open_broadcast(session, [alice], expires_at=business_now() + timedelta(days=9))

    assert hands.deliver() == []
    assert counts(session, third) == {"held": 1}
    assert states(session, alice)[-1] == ("held", "weekly_cap")
    clock.advance(days=5, minutes=-1)
    assert hands.deliver() == []
    clock.advance(minutes=1)
    assert len(hands.deliver()) == 1


def test_service_messages_do_not_count_towards_the_week(session, hands, clock):
    alice = a_guest(session)
    for number in range(3):
        service.tell(session, [some_points(alice, natural_key=str(number))])
        an_open_broadcast(session, [alice], marketing=False)
    assert len(hands.deliver()) == 6
    for _ in range(2):
        an_open_broadcast(session, [alice])
    assert len(hands.deliver()) == 2


def test_two_phones_are_one_offer(session, hands, clock):
    alice = a_guest(session, phones=2)
    for _ in range(2):
        an_open_broadcast(session, [alice])
        assert len([sent for sent in hands.deliver() if sent.data["kind"] == "campaign"]) == 2
    an_open_broadcast(session, [alice])
    assert hands.deliver() == []


def test_two_offers_claimed_together_take_two_places_and_the_third_waits(session, hands):
    alice = a_guest(session)
    for _ in range(3):
        an_open_broadcast(session, [alice])
    assert len(hands.deliver()) == 2
    assert sorted(states(session, alice)) == [("accepted", ""), ("accepted", ""), ("held", "weekly_cap")]


def test_an_offer_that_reached_no_phone_does_not_count(session, hands):
    alice = a_guest(session)
    for _ in range(3):
        an_open_broadcast(session, [alice])
        assert len(hands.deliver(Result.REFUSED)) == 1
    an_open_broadcast(session, [alice])
    assert len(hands.deliver()) == 1


def test_an_offer_of_unknown_fate_is_not_repeated(session, hands, clock):
    broadcast_id = an_open_broadcast(session, [a_guest(session)])
    hands.deliver(Result.UNKNOWN, detail="timeout")
    clock.advance(days=1)
    assert hands.deliver() == []
    assert counts(session, broadcast_id) == {"unknown": 1}


def test_an_offer_whose_worker_died_in_flight_is_unknown_and_not_repeated(session, hands, clock):
    broadcast_id = an_open_broadcast(session, [a_guest(session)])
    hands.begin(hands.claim())
    clock.advance(minutes=3)
    hands.queue.recover(channel=Channel.PUSH)
    assert counts(session, broadcast_id) == {"unknown": 1}
    assert not queries.broadcast_is_open(session, broadcast_id)


def test_halting_sends_back_what_was_claimed_and_resuming_goes_on_with_it(session, hands):
    guests = [a_guest(session) for _ in range(4)]
    broadcast_id = an_open_broadcast(session, guests)
    first = hands.begin(hands.claim(limit=2))
    claimed = hands.claim()

    service.halt_broadcast(session, broadcast_id=broadcast_id)

    assert hands.begin(claimed) == []
    assert hands.claim() == []
    hands.settle(first)
    assert counts(session, broadcast_id) == {"accepted": 2, "queued": 2}

    service.resume_broadcast(session, broadcast_id=broadcast_id, expires_at=business_now() + timedelta(days=1))
    assert len(hands.deliver()) == 2
    assert counts(session, broadcast_id) == {"accepted": 4}


def test_what_comes_too_late_is_dropped_and_is_what_remains(session, hands, clock):
    broadcast_id = an_open_broadcast(session, [a_guest(session), a_guest(session)])
    hands.begin(hands.claim(limit=1))
    clock.advance(days=3)

    assert hands.deliver() == []
    assert counts(session, broadcast_id) == {"sending": 1, "dropped": 1}
    assert queries.broadcast_remaining(session, broadcast_id) == 1

    service.resume_broadcast(session, broadcast_id=broadcast_id, expires_at=business_now() + timedelta(days=1))
    assert len(hands.deliver()) == 1


def test_the_rate_is_kept_second_by_second(session, hands, clock):
    broadcast_id = an_open_broadcast(session, [a_guest(session) for _ in range(12)], rate_per_second=4)
    sent = []
    for _ in range(20):
        clock.advance(seconds=0.1)
        sent.append(len(hands.deliver()))
    assert sum(sent) == 8
    assert max(sent) == 1
    clock.advance(seconds=30)
    assert len(hands.deliver()) == 2  # half a second of the rate may gather, not more
    assert counts(session, broadcast_id)["accepted"] == 10


def test_a_new_rate_counts_at_the_next_claim(session, hands, clock):
    broadcast_id = an_open_broadcast(session, [a_guest(session) for _ in range(12)], rate_per_second=1)
    service.set_broadcast_rate(session, broadcast_id=broadcast_id, rate_per_second=None)
    assert len(hands.deliver()) == 12


def test_what_the_night_holds_does_not_use_up_the_rate(session, hands, clock):
    clock.advance(hours=6)
    sleeping = [a_guest(session, zone="Asia/Vladivostok") for _ in range(4)]
    an_open_broadcast(session, [*sleeping, a_guest(session)], rate_per_second=10)
    clock.advance(seconds=0.5)
    assert len(hands.deliver()) == 1
    assert len([state for state, _ in states(session) if state == "held"]) == 4


def test_broadcasts_share_the_channel_and_triggered_messages_go_first(session, hands, clock):
    guests = [a_guest(session) for _ in range(6)]
    first, second = an_open_broadcast(session, guests), an_open_broadcast(session, guests)
    service.tell(session, [some_points(guests[0])])

    claimed = {delivery.id for delivery in hands.claim(limit=5)}

    of = [row.broadcast_id for row in deliveries(session) if row.id in claimed]
    assert (of.count(None), of.count(first), of.count(second)) == (1, 2, 2)


def test_refused_credentials_halt_what_runs_and_tell_the_features_above(app, session, hands):
    broadcast_id = an_open_broadcast(session, [a_guest(session)])
    heard = []
    app.extensions["molva_events"].subscribe(BroadcastsHalted, lambda _session, event: heard.append(event))

    hands.queue.alarm(channel=Channel.PUSH, problem="401")
    hands.queue.alarm(channel=Channel.PUSH, problem="401")

    assert [(event.broadcast_ids, event.problem) for event in heard] == [([broadcast_id], "401")]
    assert hands.claim() == []
    hands.queue.all_clear(channel=Channel.PUSH)
    assert hands.claim() == []  # a person goes on


def test_a_person_with_two_phones_is_counted_once_where_the_best_of_them_stands(session, hands):
    alice = a_guest(session, phones=2)
    broadcast_id = an_open_broadcast(session, [alice])
    begun = [delivery for delivery in hands.begin(hands.claim()) if delivery.data["kind"] == "campaign"]
    hands.settle(begun[:1], Result.REFUSED)
    assert counts(session, broadcast_id) == {"sending": 1}
    hands.settle(begun[1:])
    assert counts(session, broadcast_id) == {"accepted": 1}


def test_a_stop_waits_for_what_is_just_being_begun(committed_app):
    with committed_app.app_context():
        with transaction() as session:
            broadcast_id = an_open_broadcast(session, [a_guest(session)])
        hands = Hands(committed_app)
        claimed = [delivery for delivery in hands.claim() if delivery.data["kind"] == "campaign"]

        with transaction() as beginning, psycopg.connect(committed_app.config["MOLVA"].database_url) as stopping:
            judging.candidates(beginning, {delivery.id: delivery.attempt_id for delivery in claimed})
            stopping.execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                stopping.execute("SELECT FROM broadcasts WHERE id = %s FOR UPDATE", [broadcast_id])

        run_transaction(lambda session: service.halt_broadcast(session, broadcast_id=broadcast_id))
        assert not hands.begin(claimed)
