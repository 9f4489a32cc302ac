"""Ladders, and purchases that are measured for them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.programmes.document import read_programme
from backend.programmes.programme import Level, Programme, Tiers, Window
from backend.programmes.queries import Programmes
from backend.receipts.models import Receipt, ReceiptReturn
from backend.shared.ids import new_id
from tests.factories.till import DEMO_PROGRAMME

TITLES = {
    "silver": {"en": "Silver", "ru": "Серебро"},
    "gold": {"en": "Gold", "ru": "Золото"},
    "platinum": {"en": "Platinum", "ru": "Платина"},
}


def ladder_of(
    measure: str = "spend",
    *,
    silver: int = 1_000,
    gold: int = 5_000,
    platinum: int = 20_000,
    window: Window | None = None,
    grace_days: int = 0,
    landing: str = "soft",
) -> Tiers:
    """Silver, gold and platinum."""
    thresholds = {"silver": silver, "gold": gold, "platinum": platinum}
    benefits = ({"en": "A drink on your birthday", "ru": "Напиток в день рождения"},)
    levels = tuple(Level(name, TITLES[name], thresholds[name], benefits) for name in thresholds)
    return Tiers(measure, window or Window("year"), levels, grace_days, landing)


def programme_with_tiers(tiers: Tiers | None, *, version: int = 1) -> Programme:
    """The café's programme with this ladder."""
    return replace(read_programme(DEMO_PROGRAMME, version=version), tiers=tiers)


def put_in_force(monkeypatch: pytest.MonkeyPatch, *versions: tuple[datetime, Programme]) -> None:
    """Lets reviews find these programmes, each in force from its moment."""
    newest_first = sorted(((one.currency, since, one) for since, one in versions), key=lambda row: row[1], reverse=True)
    known = Programmes(tuple(newest_first))
    monkeypatch.setattr("backend.tiers.service.programmes", lambda _session: known)
    monkeypatch.setattr("backend.tiers.service.in_force", lambda _session, at: [known.in_force("RUB", at)])


def buy(session: Session, store_id: UUID, member_id: UUID, minor: int, *, at: datetime) -> UUID:
    """A recorded receipt of so many minor units; its id."""
    receipt = Receipt(
        id=new_id(),
        store_id=store_id,
        external_id=str(new_id()),
        member_id=member_id,
        occurred_at=at,
        recorded_at=at,
        currency="RUB",
        total_amount_minor=minor,
        source="till",
        content_hash=b"",
        answer={},
    )
    session.add(receipt)
    session.flush()
    return receipt.id


def bring_back(session: Session, receipt_id: UUID, minor: int, *, at: datetime) -> None:
    """A recorded return of so many minor units."""
    receipt = session.get_one(Receipt, receipt_id)
    receipt.returned_amount_minor += minor
    session.add(
        ReceiptReturn(
            id=new_id(),
            store_id=receipt.store_id,
            external_id=str(new_id()),
            receipt_id=receipt_id,
            member_id=receipt.member_id,
            occurred_at=at,
            recorded_at=at,
            amount_minor=minor,
            content_hash=b"",
            answer={},
        )
    )
    session.flush()
