"""E-mail over SMTP, against the stand-in's mail server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from push.delivery import Address, AddressKind, Channel
from push.email import EmailSender, parse_url
from push.outcome import Outcome, Result, settlement
from push.sender import TransportError, UnsendableError
from tests.push.conftest import RunningPhone, free_port, send
from tests.push.deliveries import make_delivery

ALICE = Address(AddressKind.EMAIL, "alice@example.com")


@pytest.fixture
def make_email_sender(phone: RunningPhone) -> Iterator[Callable[..., EmailSender]]:
    senders: list[EmailSender] = []

    def make(url: str = phone.preparation.settings["MOLVA_SMTP_URL"]) -> EmailSender:
        senders.append(EmailSender(url))
        return senders[-1]

    yield make
    for sender in senders:
        sender.close()


def send_one(sender: EmailSender, **facts: Any) -> Outcome:
    delivery = make_delivery(**({"channel": Channel.EMAIL, "address": ALICE} | facts))
    [outcome] = send(sender, sender.encode(delivery))
    return outcome


def test_an_email_reaches_its_mailbox(phone: RunningPhone, make_email_sender: Callable[..., EmailSender]) -> None:
    assert send_one(make_email_sender(), body="Первая строка\nвторая").result is Result.ACCEPTED
    [message] = phone.messages("Alice@example.com")
    assert (message["channel"], message["title"]) == ("email", "+120 баллов")
    assert message["body"].splitlines() == ["Первая строка", "вторая"]


def test_a_title_of_two_lines_starts_no_header_of_its_own(
    phone: RunningPhone, make_email_sender: Callable[..., EmailSender]
) -> None:
    assert send_one(make_email_sender(), title="Points\r\nBcc: eve@example.com").result is Result.ACCEPTED
    [message] = phone.messages("alice@example.com")
    assert message["title"] == "Points Bcc: eve@example.com"
    assert phone.messages("eve@example.com") == []


def test_a_repeat_has_the_same_message_id(make_email_sender: Callable[..., EmailSender]) -> None:
    sender = make_email_sender()
    payload = sender.encode(make_delivery(address=ALICE, collapse_id="accrual-1")).payload
    assert b"Message-ID: <accrual-1@127.0.0.1>" in payload


@pytest.mark.parametrize(
    "address", [Address(AddressKind.PHONE, "+79990000000"), Address(AddressKind.EMAIL, "ж@пример.рф")]
)
def test_what_is_no_mailbox_is_unsendable(make_email_sender: Callable[..., EmailSender], address: Address) -> None:
    with pytest.raises(UnsendableError):
        make_email_sender().encode(make_delivery(address=address))


@pytest.mark.parametrize(
    ("kind", "result"),
    [("unregistered", Result.REFUSED), ("invalid_argument", Result.REFUSED), ("unavailable", Result.NOT_SENT)],
)
def test_a_mailbox_that_is_refused_for_ever_is_told_from_one_that_is_busy(
    phone: RunningPhone, make_email_sender: Callable[..., EmailSender], kind: str, result: Result
) -> None:
    phone.fail({"kind": kind, "channel": "email", "to": "alice@example.com"})
    sender = make_email_sender()
    outcome = send_one(sender)
    assert outcome.result is result
    if result is Result.NOT_SENT:
        assert settlement(outcome).retry_in_seconds == 300.0
    # Its neighbour on the same connection is not concerned.
    assert send_one(sender, address=Address(AddressKind.EMAIL, "boris@example.com")).result is Result.ACCEPTED


def test_a_mail_server_that_is_not_there_was_sent_nothing(make_email_sender: Callable[..., EmailSender]) -> None:
    outcome = send_one(make_email_sender(f"smtp://127.0.0.1:{free_port()}"))
    assert outcome.result is Result.NOT_SENT
    assert outcome.detail == "The mail server cannot be reached (ConnectionRefusedError)."


def test_a_password_that_nobody_asked_for_is_a_matter_for_people(
    phone: RunningPhone, make_email_sender: Callable[..., EmailSender]
) -> None:
    url = phone.preparation.settings["MOLVA_SMTP_URL"].replace("smtp://", "smtp://molva:secret@")
    outcome = send_one(make_email_sender(url))
    assert outcome.result is Result.UNAUTHORISED
    assert "secret" not in outcome.detail


def test_many_emails_share_a_few_connections(
    phone: RunningPhone, make_email_sender: Callable[..., EmailSender]
) -> None:
    sender = make_email_sender()
    deliveries = [make_delivery(channel=Channel.EMAIL, address=ALICE) for _ in range(40)]
    outcomes = send(sender, *(sender.encode(delivery) for delivery in deliveries))
    assert {outcome.result for outcome in outcomes} == {Result.ACCEPTED}
    assert len(phone.messages("alice@example.com")) == 40


def test_the_url_says_all() -> None:
    server = parse_url("smtps://shop%40example.com:p%3Ass@mail.example.com?from=hello@example.com")
    assert (server.host, server.port, server.implicit_tls) == ("mail.example.com", 465, True)
    assert (server.user, server.password, server.sender) == ("shop@example.com", "p:ss", "hello@example.com")
    assert "p:ss" not in repr(server)
    assert parse_url("smtp://mail.example.com").port == 587


@pytest.mark.parametrize("url", ["", "mail.example.com", "http://mail.example.com", "smtp://mail.example.com:port"])
def test_a_url_that_is_no_mail_server_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(TransportError, match="MOLVA_SMTP_URL"):
        EmailSender(url)
