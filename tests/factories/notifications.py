"""The inbox and the queue for tests: guests with phones, facts to tell, and a worker's hands without a provider."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members import service as members
from backend.members.consents import ConsentChange
from backend.members.devices import PushToken, register_device
from backend.notifications import service
from backend.notifications.models import Delivery
from backend.notifications.queue import PostgresQueue
from backend.notifications.service import NewMessage
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from push.delivery import Channel
from push.delivery import Delivery as Claimed
from push.outcome import Outcome, Result, settlement

_numbers = count(1)
FACTS: dict[str, Any] = {
    "points": 120,
    "store": {"ru": "Зерно, Покровка, 12", "en": "Grain, Pokrovka 12"},
    "available_at": "2026-12-06T09:00:00+00:00",
}


def a_guest(
    session: Session,
    *,
    locale: str = "en",
    zone: str = "Europe/Moscow",
    phones: int = 1,
    agrees: bool = True,
    kind: str = "token",
) -> UUID:
    """A member with so many phones that can be pushed to, who agreed to offers or did not."""
    number = next(_numbers)
    enrolment = members.enrol_by_address(
        session,
        address=members.parse_phone(f"+7916{number:07}", region="RU"),
        locale=locale,
        zone=zone,
        source="app",
        verified=True,
    )
    for position in range(phones):
        a_phone(session, enrolment.member_id, f"token-{number}-{position}", kind=kind)
    if agrees:
        agree(session, enrolment.member_id)
    return enrolment.member_id


def a_phone(session: Session, member_id: UUID, token: str, *, kind: str = "token") -> UUID:
    """A phone with the app, pushed to by `token`."""
    return register_device(
        session,
        member_id=member_id,
        install_id=f"install.{token}",
        platform="android",
        push_token=PushToken(kind=kind, value=token),  # type: ignore[arg-type]
        app_version="1.0",
    ).id


def agree(session: Session, member_id: UUID, *, given: bool = True) -> None:
    """The member's word on offers by push."""
    change = ConsentChange(purpose="marketing", channel="push", given=given)
    members.record_consents(session, member_id=member_id, changes=[change], network_address=None)


def some_points(member_id: UUID, *, natural_key: str = "receipt:1", **fields: Any) -> NewMessage:
    """The telling of 120 points for a receipt."""
    values: dict[str, Any] = {"kind": "receipt_accrued", "facts": FACTS} | fields
    return NewMessage(member_id=member_id, natural_key=natural_key, **values)


class Hands:
    """A worker's hands: claims, begins and settles as the worker does, and the provider is whatever the test says."""

    def __init__(self, app: Flask, channel: Channel = Channel.PUSH) -> None:
        self.queue = PostgresQueue(app)
        self.channel = channel

    def claim(self, limit: int = 100) -> list[Claimed]:
        """What may be worked on."""
        return list(self.queue.claim(channel=self.channel, limit=limit, lease_seconds=60).deliveries)

    def begin(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        """Those that may be sent."""
        allowed = self.queue.begin(claimed, lease_seconds=120)
        return [delivery for delivery in claimed if delivery.id in allowed]

    def settle(self, begun: Sequence[Claimed], result: Result = Result.ACCEPTED, **fields: Any) -> None:
        """Writes down that the provider answered so."""
        self.queue.settle([settlement(Outcome(delivery, result, **fields)) for delivery in begun])

    def deliver(self, result: Result = Result.ACCEPTED, **fields: Any) -> list[Claimed]:
        """One round: whatever is due gets this answer. What was sent."""
        begun = self.begin(self.claim())
        self.settle(begun, result, **fields)
        return begun


def deliveries(session: Session, member_id: UUID | None = None) -> list[Delivery]:
    """Deliveries as they stand, of one member or of all."""
    statement = select(Delivery).order_by(Delivery.id).execution_options(populate_existing=True)
    if member_id is not None:
        statement = statement.where(Delivery.member_id == member_id)
    return list(session.scalars(statement))


def states(session: Session, member_id: UUID | None = None) -> list[tuple[str, str]]:
    """State and reason of each delivery."""
    return [(delivery.state, delivery.detail) for delivery in deliveries(session, member_id)]


TEXTS = {
    "ru": {"title": "Двойные баллы за зерно", "body": "До воскресенья, во всех кофейнях и на сайте."},
    "en": {"title": "Double points on beans", "body": "Until Sunday, in every café and online."},
}


def an_open_broadcast(session: Session, member_ids: Sequence[UUID], **fields: Any) -> UUID:
    """A broadcast that is under way, with these people in line."""
    broadcast_id = new_id()
    values: dict[str, Any] = {
        "marketing": True,
        "texts": TEXTS,
        "rate_per_second": None,
        "expires_at": business_now() + timedelta(days=3),
    }
    service.open_broadcast(session, broadcast_id=broadcast_id, **(values | fields))
    service.broadcast_to(session, broadcast_id=broadcast_id, member_ids=member_ids)
    return broadcast_id
