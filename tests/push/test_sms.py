"""SMS through apprise, against the stand-in's gateway."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from push.delivery import Address, AddressKind, Channel
from push.outcome import Outcome, Result, settlement
from push.sender import TransportError, UnsendableError
from push.sms import SmsSender
from tests.push.conftest import RunningPhone, free_port, send
from tests.push.deliveries import make_delivery

BORIS = "+79125550102"


@pytest.fixture
def make_sms_sender(phone: RunningPhone) -> Iterator[Callable[..., SmsSender]]:
    senders: list[SmsSender] = []

    def make(url: str = phone.preparation.settings["MOLVA_SMS_URL"]) -> SmsSender:
        senders.append(SmsSender(url))
        return senders[-1]

    yield make
    for sender in senders:
        sender.close()


def send_one(sender: SmsSender, **facts: Any) -> Outcome:
    delivery = make_delivery(
        **(
            {"channel": Channel.SMS, "address": Address(AddressKind.PHONE, BORIS), "title": "", "body": "Код 1234"}
            | facts
        )
    )
    [outcome] = send(sender, sender.encode(delivery))
    return outcome


def test_an_sms_reaches_its_number(phone: RunningPhone, make_sms_sender: Callable[..., SmsSender]) -> None:
    assert send_one(make_sms_sender()).result is Result.ACCEPTED
    [message] = phone.messages(BORIS)
    assert (message["channel"], message["to"], message["body"]) == ("sms", BORIS, "Код 1234")


def test_the_number_takes_the_place_of_to(phone: RunningPhone, make_sms_sender: Callable[..., SmsSender]) -> None:
    url = phone.preparation.settings["MOLVA_SMS_URL"] + "?:to={to}&:sender=Zerno"
    assert send_one(make_sms_sender(url)).result is Result.ACCEPTED
    assert len(phone.messages(BORIS)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "smsc://login:password@{to}",
        "twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@+15550001111",
        "vonage://" + "a" * 8 + ":" + "b" * 16 + "@15550001111",
        "jsons://sms.example.com/send?verify=yes",
    ],
)
def test_gateways_in_apprises_notation_are_understood(url: str, make_sms_sender: Callable[..., SmsSender]) -> None:
    gateway: Any = make_sms_sender(url)._gateway(BORIS)
    assert BORIS.lstrip("+") in gateway.url().replace("%2B", "")


@pytest.mark.parametrize("url", ["", "nonsense", "carrier-pigeon://roof/{to}", "twilio://nobody"])
def test_a_url_that_is_no_gateway_is_refused_at_the_start_without_naming_secrets(url: str) -> None:
    with pytest.raises(TransportError, match="MOLVA_SMS_URL") as refusal:
        SmsSender(url)
    assert refusal.value.permanent
    assert "nobody" not in str(refusal.value)


def test_an_sms_needs_a_number(make_sms_sender: Callable[..., SmsSender]) -> None:
    with pytest.raises(UnsendableError):
        make_sms_sender().encode(make_delivery())


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("internal", Result.UNKNOWN),
        ("unavailable", Result.UNKNOWN),
        ("cut_after", Result.UNKNOWN),
        ("quota", Result.NOT_SENT),
        ("unauthenticated", Result.UNAUTHORISED),
        ("invalid_argument", Result.REFUSED),
    ],
)
def test_each_failure_of_the_gateway_is_told_apart(
    phone: RunningPhone, make_sms_sender: Callable[..., SmsSender], kind: str, result: Result
) -> None:
    phone.fail({"kind": kind, "channel": "sms"})
    assert send_one(make_sms_sender()).result is result


def test_a_busy_gateway_pauses_the_channel(phone: RunningPhone, make_sms_sender: Callable[..., SmsSender]) -> None:
    phone.fail({"kind": "quota"})
    outcome = send_one(make_sms_sender())
    assert outcome.pause_seconds == settlement(outcome).retry_in_seconds == 30.0


def test_a_gateway_that_is_not_there_was_sent_nothing(make_sms_sender: Callable[..., SmsSender]) -> None:
    outcome = send_one(make_sms_sender(f"json://127.0.0.1:{free_port()}/sms"))
    assert outcome.result is Result.NOT_SENT


class Log(logging.Handler):
    """What an application that logs everything would write down."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_no_number_and_no_code_reach_the_log(
    phone: RunningPhone, make_sms_sender: Callable[..., SmsSender], caplog: pytest.LogCaptureFixture
) -> None:
    log = Log()
    logging.getLogger().addHandler(log)
    try:
        with caplog.at_level(logging.DEBUG):
            sender = make_sms_sender()
            send_one(sender)
            phone.fail({"kind": "internal"})
            send_one(sender)
    finally:
        logging.getLogger().removeHandler(log)
    assert any("/sms" in line for line in log.lines), "the HTTP library was heard"
    assert BORIS.lstrip("+") not in "".join(log.lines)
    assert "1234" not in "".join(log.lines)
