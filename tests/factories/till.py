"""A shop that is open for business: programme, store, till, guests."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Cause
from backend.members import cards
from backend.members import service as members
from backend.programmes import service as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.ids import new_id
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer

DEMO_PROGRAMME = """
programme: grain
title: {en: Grain, ru: Зерно}
currency: RUB
point_value_minor: 100
earning:
  - {rule: base, rate_basis_points: 500}
availability: {pending_days: 14}
expiry: {days: 365}
referral:
  advocate_points: 200
  friend_points: 200
  minimum_receipt_minor: 50000
  cap: {friends: 10, window_days: 30}
screening:
  - {rule: self_referral, mode: active}
"""


@dataclass(frozen=True)
class OpenTill:
    """A till with its key, as software at a till sees Molva."""

    client: FlaskClient
    headers: dict[str, str]
    store_id: UUID

    def post(self, path: str, body: object, **headers: str) -> Any:
        return self.client.post(f"/api/v1/till{path}", json=body, headers=self.headers | headers)

    def sell(self, member_id: UUID, total: int, *, external_id: str = "sale-1", **fields: Any) -> Any:
        """Posts a receipt of one amount."""
        return self.post("/receipts", sale(member_id, total, external_id=external_id, **fields))

    def reserve(self, code: str, points: int, amount: int, *, external_id: str = "sale-1", **fields: Any) -> Any:
        """Sets points aside with the code that a phone shows."""
        body = {"external_id": external_id, "code": code, "points": points, "amount": amount}
        return self.post("/reservations", body | fields)

    def give_back(self, *, of: str = "sale-1", external_id: str = "return-1", **fields: Any) -> Any:
        """Posts a return: of all that is left, unless lines or an amount are given."""
        body = {"external_id": external_id, "occurred_at": business_now().isoformat()} | fields
        return self.post(f"/receipts/{of}/returns", body)


def sale(member_id: UUID, total: int, *, external_id: str = "sale-1", **fields: Any) -> dict[str, Any]:
    """The body of a receipt of one line."""
    lines = [{"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": total}]
    body: dict[str, Any] = {
        "external_id": external_id,
        "member_id": str(member_id),
        "occurred_at": business_now().isoformat(),
        "currency": "RUB",
        "total": total,
        "lines": lines,
    }
    body |= fields
    return {name: value for name, value in body.items() if value is not None}


def open_till(session: Session, client: FlaskClient, *, programme: str = DEMO_PROGRAMME) -> OpenTill:
    """A shop with its programme in force, and a till at Pokrovka."""
    a_shop(session)
    store = a_store(session)
    programmes.load(session, programme, in_force_from=business_now())
    return OpenTill(client, bearer(a_till_key(session, store.id)), store.id)


def guest(session: Session, phone: str = "+79120000001") -> UUID:
    """Somebody with a card."""
    return members.enrol_by_phone(session, phone=phone, locale="en").member_id


def with_points(session: Session, member_id: UUID, points: int, *, days: int = 365, programme: str = "grain") -> UUID:
    """Gives the guest points that may be spent at once and burn after so many days; the lot."""
    now = business_now()
    cause = Cause(
        natural_key=f"gift:{new_id()}",
        effective_at=now,
        recorded_at=system_now(),
        wording="earning.receipt",
        facts={
            "store": {"en": "Pokrovka 12", "ru": "Покровка, 12"},
            "rate_basis_points": 500,
            "points": points,
            "available_at": now.isoformat(),
        },
        programme=programme,
    )
    books = ledger.open_books(session, [member_id], with_lots=True)
    given = books[member_id].accrue(cause, points=points, available_at=now, expires_at=now + timedelta(days=days))
    ledger.write(session, books.values())
    return given.id


def fresh_code(session: Session, member_id: UUID) -> str:
    """What the guest's app shows now; another code at each call."""
    return cards.show_card(session, member_id=member_id).code
