"""What a till may ask for, each with what it changes once it has happened: the same acts for every fault."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.ledger.queries import Balance
from backend.shared.clock import business_now
from tests.proofs.shop import MINOR_FOR_A_POINT, ServedShop

POINTS = 100


@dataclass(frozen=True)
class Act:
    """A request of one member's till: what it finds, what it leaves, and what else it may not be taken for."""

    member_id: UUID
    path: str
    body: dict[str, Any]
    other_body: dict[str, Any] | None
    """The same number with another content; None for an act without a content."""
    after: Balance
    statement: str
    """Counts the act's rows, 0 or 1."""
    number: str

    def happened(self, shop: ServedShop) -> int:
        """How often the database has it."""
        return shop.count(self.statement, number=self.number)


def sale(shop: ServedShop) -> Act:
    alice = shop.guest()
    body = shop.sale(alice, POINTS)
    other = body | {"occurred_at": business_now().isoformat()}
    statement = "SELECT count(*) FROM receipts WHERE external_id = :number"
    return Act(alice, "/receipts", body, other, Balance(available=POINTS), statement, body["external_id"])


def return_of_half(shop: ServedShop) -> Act:
    alice = shop.guest()
    sold = shop.sale(alice, POINTS)
    assert shop.ask_until_answered("/receipts", sold).ok
    body = {
        "external_id": shop.number("return"),
        "occurred_at": business_now().isoformat(),
        "amount": POINTS // 2 * MINOR_FOR_A_POINT,
    }
    path, other = f"/receipts/{sold['external_id']}/returns", body | {"amount": MINOR_FOR_A_POINT}
    statement = "SELECT count(*) FROM receipt_returns WHERE external_id = :number"
    return Act(alice, path, body, other, Balance(available=POINTS // 2), statement, body["external_id"])


def reservation(shop: ServedShop) -> Act:
    alice = shop.guest(POINTS)
    body = shop.reservation(shop.code(alice), POINTS // 2)
    after = Balance(available=POINTS // 2, reserved=POINTS // 2)
    statement = "SELECT count(*) FROM reservations WHERE external_id = :number"
    return Act(alice, "/reservations", body, body | {"points": 1}, after, statement, body["external_id"])


def confirmation_of_a_part(shop: ServedShop) -> Act:
    alice, held = _held(shop)
    statement = """
    SELECT count(*) FROM ledger_transactions WHERE kind = 'spend' AND natural_key = 'spend:' || :number
    """
    path, after = f"/reservations/{held}/confirm", Balance(available=POINTS * 3 // 4)
    return Act(alice, path, {"points": POINTS // 4}, {"points": POINTS // 2}, after, statement, held)


def cancellation(shop: ServedShop) -> Act:
    alice, held = _held(shop)
    statement = """
    SELECT count(*) FROM ledger_transactions WHERE kind = 'cancel' AND natural_key = 'cancel:' || :number
    """
    return Act(alice, f"/reservations/{held}/cancel", {}, None, Balance(available=POINTS), statement, held)


def _held(shop: ServedShop) -> tuple[UUID, str]:
    alice = shop.guest(POINTS)
    return alice, shop.ask_until_answered("/reservations", shop.reservation(shop.code(alice), POINTS // 2)).json()["id"]


ACTS: dict[str, Callable[[ServedShop], Act]] = {
    "sale": sale,
    "return": return_of_half,
    "reservation": reservation,
    "confirmation": confirmation_of_a_part,
    "cancellation": cancellation,
}
