"""The table of outcomes, row by row: the real SDK's credentials and messages, real HTTP/2, real answers."""

from collections.abc import Callable
from typing import Any

import pytest

from push.delivery import Address, AddressKind
from push.fcm import FcmSender
from push.outcome import Outcome, Result, Settlement, State, settlement
from tests.push.conftest import RunningPhone, free_port, send
from tests.push.deliveries import make_campaign_delivery, make_delivery

MakeSender = Callable[..., FcmSender]


def send_one(sender: FcmSender, **facts: Any) -> tuple[Outcome, Settlement]:
    [outcome] = send(sender, sender.encode(make_delivery(**facts)))
    return outcome, settlement(outcome)


def test_what_firebase_takes_is_accepted_and_shown_on_the_phone(phone: RunningPhone, make_sender: MakeSender) -> None:
    outcome, settled = send_one(make_sender(), collapse_id="accrual-1")
    assert outcome.result is Result.ACCEPTED
    assert settled.state is State.ACCEPTED
    assert outcome.provider_message_id is not None
    assert outcome.provider_message_id.startswith("projects/molva-demo/messages/")
    [message] = phone.messages("alices-phone")
    assert message["channel"] == "push"
    assert message["title"] == "+120 баллов"
    assert message["data"] == {"kind": "accrual", "nid": "accrual-1"}


def test_an_installation_id_is_an_address_like_a_token(phone: RunningPhone, make_sender: MakeSender) -> None:
    outcome, _ = send_one(make_sender(), address=Address(AddressKind.FID, "fid-of-alice"))
    assert outcome.result is Result.ACCEPTED
    assert len(phone.messages("fid-of-alice")) == 1


def test_a_failed_connection_sent_nothing(make_sender: MakeSender) -> None:
    sender = make_sender()
    sender.prepare()
    dead = make_sender(endpoint=f"https://127.0.0.1:{free_port()}")
    dead._account = sender._account
    outcome, settled = send_one(dead)
    assert outcome.result is Result.NOT_SENT
    assert (settled.state, settled.repeats) == (State.QUEUED, 0)


def test_an_untrusted_certificate_sent_nothing(make_sender: MakeSender) -> None:
    sender, trusting = make_sender(ca_file=None), make_sender()
    sender._account = trusting._account
    outcome, settled = send_one(sender)
    assert outcome.result is Result.NOT_SENT
    assert "certificate" in outcome.detail
    assert settled.state is State.QUEUED


def test_a_quota_pauses_the_whole_channel_for_as_long_as_asked(phone: RunningPhone, make_sender: MakeSender) -> None:
    phone.fail({"kind": "quota", "retry_after_seconds": 7})
    outcome, settled = send_one(make_sender())
    assert (outcome.result, outcome.pause_seconds) == (Result.NOT_SENT, 7.0)
    assert (settled.state, settled.repeats) == (State.QUEUED, 0)
    assert phone.messages("alices-phone") == []


def test_a_quota_without_a_wish_pauses_for_a_minute(phone: RunningPhone, make_sender: MakeSender) -> None:
    phone.fail({"kind": "quota"})
    outcome, _ = send_one(make_sender())
    assert outcome.pause_seconds == 60.0


@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"kind": "internal"}, 0),
        ({"kind": "internal", "taken": True}, 1),
        ({"kind": "unavailable"}, 0),
        ({"kind": "unavailable", "taken": True}, 1),
        ({"kind": "silent"}, 1),
        ({"kind": "cut_before"}, 0),
        ({"kind": "cut_after"}, 1),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_an_answer_that_cannot_be_trusted_leaves_the_fate_unknown(
    phone: RunningPhone, make_sender: MakeSender, fault: dict[str, Any], arrived: int
) -> None:
    phone.fail(fault)
    sender = make_sender(timeout_seconds=3.0 if fault["kind"] == "silent" else 20.0)
    accrual, campaign = make_delivery(), make_campaign_delivery()
    outcomes = {
        outcome.delivery.id: outcome for outcome in send(sender, sender.encode(accrual), sender.encode(campaign))
    }
    assert outcomes[accrual.id].result is Result.UNKNOWN
    told_again = settlement(outcomes[accrual.id])
    assert (told_again.state, told_again.repeats) == (State.QUEUED, 1)
    assert told_again.retry_in_seconds >= 7.5
    assert outcomes[campaign.id].result is Result.UNKNOWN
    left_alone = settlement(outcomes[campaign.id])
    assert left_alone.state is State.UNKNOWN
    # A cut takes the neighbours on the connection along: what had not arrived by then never did.
    assert len(phone.messages("alices-phone")) <= arrived
    assert phone.statistics()["duplicates"] == 0
    assert phone.statistics()["taken"] <= 2 * arrived


def test_unavailable_with_a_wish_pauses_too(phone: RunningPhone, make_sender: MakeSender) -> None:
    phone.fail({"kind": "unavailable", "retry_after_seconds": 30})
    outcome, settled = send_one(make_sender())
    assert (outcome.result, outcome.pause_seconds) == (Result.UNKNOWN, 30.0)
    assert settled.retry_in_seconds >= 30.0


def test_a_repeat_replaces_what_it_repeats(phone: RunningPhone, make_sender: MakeSender) -> None:
    delivery = make_delivery()
    sender = make_sender()
    first = sender.encode(delivery)
    again = sender.encode(make_delivery(id=delivery.id, collapse_id=delivery.collapse_id, repeats=1))
    assert first.payload == again.payload
    for mark in (b'"tag": "%b"', b'"apns-collapse-id": "%b"', b'"nid": "%b"'):
        assert mark % delivery.collapse_id.encode() in first.payload
    send(sender, first, again)
    assert phone.statistics()["duplicates"] == 1


def test_a_reset_connection_is_not_posted_again_behind_our_back(phone: RunningPhone, make_sender: MakeSender) -> None:
    sender = make_sender(connections=1)
    phone.fail({"kind": "cut_after", "to": "boriss-phone"})
    for _ in range(5):
        # On a connection that was good before, an HTTP client is tempted to try once more.
        send(sender, sender.encode(make_delivery()))
        [outcome] = send(sender, sender.encode(make_campaign_delivery()))
        assert outcome.result is Result.UNKNOWN
    assert len(phone.messages("boriss-phone")) == 5
    assert phone.statistics()["duplicates"] == 0


def test_a_phone_that_lost_the_app_is_forgotten(phone: RunningPhone, make_sender: MakeSender) -> None:
    outcome, settled = send_one(make_sender(), address=Address(AddressKind.TOKEN, "unregistered-phone"))
    assert outcome.result is Result.UNREGISTERED
    assert (settled.state, settled.device_gone) == (State.FAILED, True)


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("invalid_argument", "400 INVALID_ARGUMENT"),
        ("sender_id_mismatch", "403 SENDER_ID_MISMATCH"),
        ("third_party_auth", "401 THIRD_PARTY_AUTH_ERROR"),
    ],
)
def test_what_firebase_will_never_take_fails_with_its_reason(
    phone: RunningPhone, make_sender: MakeSender, kind: str, detail: str
) -> None:
    phone.fail({"kind": kind})
    outcome, settled = send_one(make_sender())
    assert (outcome.result, outcome.detail) == (Result.REFUSED, detail)
    assert (settled.state, settled.device_gone, settled.detail) == (State.FAILED, False, detail)


@pytest.mark.parametrize("kind", ["unauthenticated", "permission_denied"])
def test_refused_credentials_fail_no_message(phone: RunningPhone, make_sender: MakeSender, kind: str) -> None:
    phone.fail({"kind": kind})
    outcome, settled = send_one(make_sender())
    assert outcome.result is Result.UNAUTHORISED
    assert (settled.state, settled.repeats) == (State.QUEUED, 0)


def test_a_token_that_ran_out_is_bought_anew_without_an_alarm(phone: RunningPhone, make_sender: MakeSender) -> None:
    sender = make_sender()
    assert send_one(sender)[0].result is Result.ACCEPTED
    phone.fail({"kind": "unauthenticated", "times": 1})
    assert send_one(sender)[0].result is Result.NOT_SENT
    assert send_one(sender)[0].result is Result.ACCEPTED


def test_a_new_token_that_is_refused_too_is_a_matter_for_people(phone: RunningPhone, make_sender: MakeSender) -> None:
    sender = make_sender()
    assert send_one(sender)[0].result is Result.ACCEPTED
    phone.fail({"kind": "unauthenticated"})
    assert send_one(sender)[0].result is Result.NOT_SENT
    assert send_one(sender)[0].result is Result.UNAUTHORISED


def test_a_wrong_project_is_a_matter_for_people(make_sender: MakeSender) -> None:
    sender = make_sender(endpoint=make_sender()._client._url.replace("/v1/projects/molva-demo/messages:send", "/wrong"))
    outcome, _ = send_one(sender)
    assert outcome.result is Result.UNAUTHORISED
