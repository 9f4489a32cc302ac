"""The queue: what is claimed, what is begun, what is written down; fences, leases, repeats."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.members.devices import PushToken, register_device
from backend.members.profile import erase
from backend.members.queries import push_device_ids
from backend.notifications import queries, service
from backend.notifications.models import AddressedMessage, DeliveryChannel, Message
from backend.shared.clock import system_now
from push.delivery import Address, AddressKind, Channel
from push.outcome import REPEATS_MAX, Result
from tests.factories.notifications import Hands, a_guest, a_phone, deliveries, some_points, states


@pytest.fixture
def hands(app, session, clock):
    return Hands(app)


@pytest.fixture
def alice(session, clock):
    """Alice, who was just told of 120 points."""
    member_id = a_guest(session)
    service.tell(session, [some_points(member_id)])
    return member_id


def test_a_claimed_delivery_knows_where_to_go_and_what_to_say(session, hands, alice):
    (claimed,) = hands.claim()

    message = session.scalars(select(Message)).one()
    assert claimed.address.kind is AddressKind.TOKEN
    assert claimed.address.value.startswith("token-")
    assert (claimed.title, claimed.body) == ("+120\N{NO-BREAK SPACE}points", "Grain, Pokrovka 12. Yours on 6 December.")
    assert claimed.data == {"kind": "receipt_accrued", "message_id": str(message.id)}
    assert claimed.repeat_when_unknown
    assert len(claimed.collapse_id) <= 64


def test_each_reads_in_their_own_language(session, hands):
    boris = a_guest(session, locale="ru", kind="fid")
    service.tell(session, [some_points(boris)])

    (claimed,) = hands.claim()

    assert claimed.title == "+120\N{NO-BREAK SPACE}баллов"
    assert claimed.address.kind is AddressKind.FID


def test_what_one_worker_holds_no_other_gets(app, session, hands, alice):
    assert len(hands.claim()) == 1
    assert Hands(app).claim() == []
    assert states(session) == [("claimed", "")]


def test_the_oldest_come_first_and_no_more_than_asked(session, hands, clock):
    first, second, third = (a_guest(session) for _ in range(3))
    for member_id in (second, first, third):
        clock.advance(seconds=1)
        service.tell(session, [some_points(member_id, natural_key=str(member_id))])

    claimed = hands.claim(limit=2)

    assert {delivery.id for delivery in claimed} == {
        row.id for member_id in (second, first) for row in deliveries(session, member_id)
    }


def test_begun_means_sending_is_written_down_before_anything_leaves(session, hands, alice):
    claimed = hands.claim()
    assert hands.begin(claimed) == claimed
    (row,) = deliveries(session)
    assert (row.state, row.attempt_id, row.begun_at) == ("sending", claimed[0].attempt_id, system_now())


def test_accepted_is_the_end(session, hands, alice, clock):
    hands.deliver(provider_message_id="projects/x/messages/1")

    (row,) = deliveries(session)
    assert (row.state, row.provider_message_id, row.settled_at) == ("accepted", "projects/x/messages/1", system_now())
    clock.advance(days=1)
    assert hands.queue.recover(channel=Channel.PUSH) == 0
    assert hands.claim() == []


def test_an_accrual_of_unknown_fate_is_sent_again_as_the_same_message(session, hands, alice, clock):
    (first,) = hands.deliver(Result.UNKNOWN, detail="timeout")
    assert hands.claim() == []

    clock.advance(minutes=1)
    (second,) = hands.claim()

    assert (second.collapse_id, second.repeats) == (first.collapse_id, 1)
    assert second.attempt_id != first.attempt_id


def test_repeats_end(session, hands, alice, clock):
    for _ in range(REPEATS_MAX + 1):
        assert hands.deliver(Result.UNKNOWN)
        clock.advance(hours=1)
    assert hands.deliver() == []
    assert states(session) == [("unknown", "")]


def test_not_sent_waits_as_long_as_the_provider_asked_and_counts_as_no_repeat(session, hands, alice, clock):
    hands.deliver(Result.NOT_SENT, detail="busy", pause_seconds=30)
    clock.advance(seconds=29)
    assert hands.claim() == []
    clock.advance(seconds=2)
    assert [delivery.repeats for delivery in hands.claim()] == [0]


def test_refused_is_failed_with_the_reason(session, hands, alice):
    hands.deliver(Result.REFUSED, detail="INVALID_ARGUMENT")
    assert states(session) == [("failed", "INVALID_ARGUMENT")]


def test_a_device_that_is_gone_is_forgotten(session, hands, alice, clock):
    clock.advance(seconds=1)
    hands.deliver(Result.UNREGISTERED, detail="UNREGISTERED")
    assert states(session) == [("failed", "UNREGISTERED")]
    assert push_device_ids(session, [alice]) == {}


def test_a_device_that_registered_anew_meanwhile_stays(session, hands, alice, clock):
    begun = hands.begin(hands.claim())
    clock.advance(seconds=1)
    token = PushToken(kind="token", value="fresh")
    device = push_device_ids(session, [alice])[alice][0]
    install = begun[0].address.value
    register_device(
        session, member_id=alice, install_id=f"install.{install}", platform="ios", push_token=token, app_version=None
    )

    hands.settle(begun, Result.UNREGISTERED)

    assert push_device_ids(session, [alice]) == {alice: [device]}


def test_whoever_lost_the_lease_can_change_nothing(app, session, hands, alice, clock):
    slow = hands.claim()
    clock.advance(seconds=61)
    assert hands.begin(slow) == []
    assert hands.queue.recover(channel=Channel.PUSH) == 1

    (fresh,) = Hands(app).begin(Hands(app).claim())
    hands.settle(slow, Result.REFUSED)
    hands.queue.release(slow)

    (row,) = deliveries(session)
    assert (row.state, row.attempt_id) == ("sending", fresh.attempt_id)


def test_a_result_that_comes_after_recovery_is_ignored(session, hands, alice, clock):
    begun = hands.begin(hands.claim())
    clock.advance(seconds=121)
    hands.queue.recover(channel=Channel.PUSH)

    hands.settle(begun, Result.REFUSED)

    assert states(session) == [("queued", "worker_lost")]
    assert deliveries(session)[0].repeats == 1


def test_recovery_touches_nothing_that_is_still_held(session, hands, alice, clock):
    hands.begin(hands.claim())
    clock.advance(seconds=119)
    assert hands.queue.recover(channel=Channel.PUSH) == 0
    assert states(session) == [("sending", "")]


def test_released_deliveries_are_due_at_once(session, hands, alice):
    claimed = hands.claim()
    hands.queue.release(claimed)
    assert [delivery.id for delivery in hands.claim()] == [claimed[0].id]


def test_what_was_begun_is_not_released(session, hands, alice):
    begun = hands.begin(hands.claim())
    hands.queue.release(begun)
    assert states(session) == [("sending", "")]


def test_a_device_removed_between_claim_and_begin_gets_nothing(session, hands, alice):
    claimed = hands.claim()
    erase(session, member_id=alice)
    assert hands.begin(claimed) == []
    assert states(session) == [("dropped", "no_device")]


def test_the_inbox_and_the_line_of_an_erased_member_are_empty(session, hands, alice):
    erase(session, member_id=alice)
    assert list(session.scalars(select(Message))) == []
    assert hands.claim() == []
    assert [state for state, _ in states(session)] == ["dropped"]


def test_a_device_that_moved_to_somebody_else_tells_the_new_owner_nothing(session, hands, alice):
    boris = a_guest(session, phones=0)
    claimed = hands.claim()
    a_phone(session, boris, claimed[0].address.value)
    assert hands.begin(claimed) == []
    assert states(session, alice) == [("dropped", "no_device")]

    service.tell(session, [some_points(alice, natural_key="2")])
    assert hands.claim() == []


def test_a_message_that_its_facts_do_not_fill_fails_alone(session, hands, alice):
    boris = a_guest(session)
    service.tell(session, [some_points(boris, natural_key="2", facts={"points": "many"})])

    claimed = hands.claim()

    assert len(claimed) == 1
    assert states(session, boris) == [("failed", "unrenderable")]


def test_a_pause_stops_the_channel_for_every_worker(app, session, hands, alice, clock):
    hands.queue.pause(channel=Channel.PUSH, seconds=30)
    hands.queue.pause(channel=Channel.PUSH, seconds=5)

    claim = PostgresClaim(app)
    assert claim() == ([], 30.0)
    clock.advance(seconds=31)
    taken, pause_ends_in = claim()
    assert (len(taken), pause_ends_in) == (1, -1.0)
    clock.advance(minutes=5)
    assert claim() == ([], None)


class PostgresClaim:
    def __init__(self, app):
        self._queue = Hands(app).queue

    def __call__(self):
        claim = self._queue.claim(channel=Channel.PUSH, limit=10, lease_seconds=60)
        return list(claim.deliveries), claim.pause_ends_in_seconds


def test_channels_do_not_wait_for_each_other(app, session, hands, alice, clock):
    service.tell(session, [some_points(alice, natural_key="2", channels=("sms",))])
    hands.queue.pause(channel=Channel.PUSH, seconds=30)

    (by_sms,) = Hands(app, Channel.SMS).claim()

    assert by_sms.address.kind is AddressKind.PHONE
    assert by_sms.address.value.startswith("+7916")


def test_an_alarm_is_remembered_from_when_it_began_until_all_is_clear(session, hands, clock):
    hands.queue.alarm(channel=Channel.PUSH, problem="401")
    began_at = system_now()
    clock.advance(minutes=1)
    hands.queue.alarm(channel=Channel.PUSH, problem="401 again")

    channel = session.get(DeliveryChannel, "push", populate_existing=True)
    assert (channel.problem, channel.problem_since) == ("401 again", began_at)
    assert queries.channel_problem(session, "push") == "401 again"
    hands.queue.all_clear(channel=Channel.PUSH)
    assert queries.channel_problem(session, "push") is None


def a_secret(session, *, minutes=10):
    service.send_to_address(
        session,
        channel="email",
        address="boris@example.org",
        kind="receipt_accrued",
        facts={"points": 1, "store": {"ru": "Зерно", "en": "Grain"}, "available_at": "2026-12-06T09:00:00+00:00"},
        locale="ru",
        expires_at=system_now() + timedelta(minutes=minutes),
    )


def test_a_secret_is_opened_for_the_sender_and_gone_when_it_was_taken(app, session, clock):
    a_secret(session)
    hands = Hands(app, Channel.EMAIL)

    (begun,) = hands.begin(hands.claim())
    assert begun.address == Address(AddressKind.EMAIL, "boris@example.org")
    assert begun.title == "+1\N{NO-BREAK SPACE}балл"
    hands.settle([begun])

    assert states(session) == [("accepted", "")]
    assert list(session.scalars(select(AddressedMessage))) == []


def test_a_secret_past_its_time_is_not_sent(app, session, clock):
    a_secret(session, minutes=10)
    hands = Hands(app, Channel.EMAIL)
    clock.advance(minutes=9, seconds=30)
    claimed = hands.claim()
    clock.advance(seconds=30)
    assert hands.begin(claimed) == []
    assert states(session) == [("dropped", "expired")]


def test_secrets_that_nobody_fetched_are_deleted_with_their_deliveries(session, clock):
    a_secret(session, minutes=10)
    assert queries.next_secret_expiry(session) == system_now() + timedelta(minutes=10)
    clock.advance(minutes=10)
    assert service.drop_expired_secrets(session, system_now()) == 1
    assert list(session.scalars(select(AddressedMessage))) == []
    assert states(session) == [("dropped", "expired")]


def test_the_demo_clock_does_not_age_a_secret(app, session, clock):
    a_secret(session, minutes=10)
    clock.advance(days=30, business_only=True)
    assert len(Hands(app, Channel.EMAIL).deliver()) == 1
