"""Telling a fact: once, into the inbox, and to every phone that the member has."""

import pytest
from sqlalchemy import func, select

from backend.notifications import service
from backend.notifications.models import AddressedMessage, Delivery, Message
from backend.shared.clock import business_now, system_now
from backend.shared.db import run_transaction
from tests.factories.notifications import a_guest, a_phone, deliveries, some_points, states


def test_a_fact_comes_into_the_inbox_and_is_on_its_way_to_every_phone(session, clock):
    alice = a_guest(session, phones=2)

    service.tell(session, [some_points(alice)])

    message = the_message(session, "receipt:1")
    assert (message.member_id, message.kind, message.created_at) == (alice, "receipt_accrued", business_now())
    assert message.facts["points"] == 120
    of_it = [row for row in deliveries(session, alice) if row.source_id == message.id]
    assert [(row.state, row.channel, row.marketing) for row in of_it] == [("queued", "push", False)] * 2
    assert len({row.device_id for row in of_it}) == 2


def the_message(session, natural_key):
    return session.scalars(select(Message).where(Message.natural_key == natural_key)).one()


def test_a_member_without_a_phone_finds_it_in_the_inbox(session):
    boris = a_guest(session, phones=0)

    service.tell(session, [some_points(boris)])

    assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert deliveries(session) == []


def test_what_was_told_is_not_told_again_whatever_it_says_now(session):
    alice = a_guest(session)
    service.tell(session, [some_points(alice)])

    service.tell(session, [some_points(alice, facts={"points": 5}), some_points(alice, natural_key="receipt:2")])
    service.tell(session, [some_points(alice, natural_key="receipt:3")] * 2)

    told = {message.natural_key: message.facts["points"] for message in session.scalars(select(Message))}
    assert told == {"receipt:1": 120, "receipt:2": 120, "receipt:3": 120}
    assert states(session) == [("queued", "")] * 3


def test_a_batch_of_many_members_takes_two_statements(session, monkeypatch):
    guests = [a_guest(session) for _ in range(20)]
    statements = []
    connection = service.driver_connection(session)
    monkeypatch.setattr(service, "driver_connection", lambda _session: _Counting(connection, statements))
    monkeypatch.setattr(service.members, "driver_connection", lambda _session: _Counting(connection, statements))

    service.tell(session, [some_points(guest, natural_key=f"receipt:{guest}") for guest in guests])

    assert len(statements) == 2  # whose phones there are; messages together with their deliveries
    assert len(deliveries(session)) == 20


class _Counting:
    def __init__(self, connection, statements):
        self._connection, self._statements = connection, statements

    def execute(self, statement, *arguments, **options):
        self._statements.append(statement)
        return self._connection.execute(statement, *arguments, **options)


def test_nothing_to_tell_is_nothing_done(session):
    service.tell(session, [])
    assert deliveries(session) == []


def test_a_kind_without_words_is_refused_before_anything_is_written(session):
    alice = a_guest(session)
    with pytest.raises(ValueError, match="no_such_kind"):
        service.tell(session, [some_points(alice), some_points(alice, natural_key="2", kind="no_such_kind")])
    assert deliveries(session) == []


def test_a_rolled_back_accrual_tells_nobody(committed_app):
    with committed_app.app_context():
        alice = run_transaction(a_guest)

        def accrue(session):
            service.tell(session, [some_points(alice)])
            raise RuntimeError("the posting was refused")

        with pytest.raises(RuntimeError):
            run_transaction(accrue)
        assert run_transaction(lambda session: (states(session), list(session.scalars(select(Message))))) == ([], [])


def test_a_further_phone_hears_of_what_is_told_from_then_on(session):
    alice = a_guest(session)
    service.tell(session, [some_points(alice)])
    a_phone(session, alice, "tablet")

    service.tell(session, [some_points(alice)])
    service.tell(session, [some_points(alice, natural_key="receipt:2")])

    told = [row.source_id for row in deliveries(session)]
    assert told.count(the_message(session, "receipt:1").id) == 1
    assert told.count(the_message(session, "receipt:2").id) == 2


def test_a_secret_and_its_address_are_not_readable_in_the_database(session, clock):
    service.send_to_address(
        session,
        channel="sms",
        address="+79161234567",
        kind="receipt_accrued",
        facts={"code": "482913"},
        locale="ru",
        expires_at=system_now(),
    )

    secret = session.scalars(select(AddressedMessage)).one()
    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.source_id, delivery.member_id, delivery.channel) == (secret.id, None, "sms")
    everything = repr({column.name: getattr(secret, column.name) for column in AddressedMessage.__table__.columns})
    assert "9161234567" not in everything
    assert "482913" not in everything


def test_a_secret_opens_in_its_own_row_alone(session):
    for code in ("1", "2"):
        service.send_to_address(
            session,
            channel="sms",
            address="+79161234567",
            kind="receipt_accrued",
            facts={"code": code},
            locale="ru",
            expires_at=system_now(),
        )
    first, second = session.scalars(select(AddressedMessage).order_by(AddressedMessage.id))
    assert service.sealing.unseal(first.sealed, row_id=first.id)["facts"] == {"code": "1"}
    with pytest.raises(service.sealing.UnreadableSecretError):
        service.sealing.unseal(second.sealed, row_id=first.id)
