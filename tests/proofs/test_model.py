"""Any course of a shop's days – sales, paying, returns, staff's corrections, jobs, time – leaves what the coins say.

The till's API, the services and the jobs do it on a real database; beside them a model of a few lines does the same
with coins (`coins.py`), from the programme's terms as its document words them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import adjusting
from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.ledger.audit import check_books
from backend.shared.jobs import run_due_jobs
from backend.staff.queries import StaffIdentity
from backend.staff.roles import Role
from tests.conftest import STARTING_MOMENT, ObedientClock
from tests.factories.till import OpenTill, fresh_code, guest, open_till
from tests.proofs.coins import AVAILABLE, PENDING, Purse

PENDING_DAYS, LIFE_DAYS = timedelta(days=3), timedelta(days=20)
LEASE = timedelta(minutes=10)
PROGRAMME = """
programme: grain
title: {en: Grain, ru: Зерно}
currency: RUB
point_value_minor: 100
earning:
  - {rule: base, rate_basis_points: 500}
availability: {pending_days: 3}
expiry: {days: 20}
"""
MINOR_FOR_A_POINT, POINT_VALUE_MINOR = 2_000, 100
OLGA = StaffIdentity(id=None, who="test", name="Olga", role=Role.SUPPORT, store_id=None)
totals = st.integers(0, 300_000)
shares = st.one_of(st.just(100), st.integers(1, 100))


@dataclass(eq=False)
class Sale:
    """A receipt as the model knows it."""

    number: str
    total: int
    earned: int
    credit_id: UUID | None
    spend: tuple[str, str] | None
    paid_points: int
    returned: int = 0
    taken_back: int = 0
    given_back: int = 0


@dataclass(eq=False)
class Hold:
    """A reservation as the model knows it."""

    id: str
    number: str
    points: int
    ends_at: Any
    status: str = "held"
    spent: int = 0
    has_receipt: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return "held", self.id


@dataclass
class ShopToTry:
    """What stays from course to course: the shop on its database, and its clock."""

    session: Session
    till: OpenTill
    clock: ObedientClock
    courses: int = 0
    lots_seen: set[UUID] = field(default_factory=set)


class DaysOfAShop(RuleBasedStateMachine):
    """Alice's points, over days and weeks."""

    sales, holds = Bundle("sales"), Bundle("holds")

    def __init__(self, shop: ShopToTry) -> None:
        super().__init__()
        self.shop, self.session, self.till, self.clock = shop, shop.session, shop.till, shop.clock

    @initialize()
    def alice_joins(self) -> None:
        self.shop.courses += 1
        self.clock.set(STARTING_MOMENT)
        self.alice = guest(self.session, f"+79{self.shop.courses:09}")
        self.purse, self.held, self.numbers, self.frozen = Purse(), [], 0, False
        self.staff_give(100, 30)

    def teardown(self) -> None:
        """All that is left burns, so that nothing of this course is due in the next."""
        if not hasattr(self, "alice"):
            return
        if self.frozen:
            self.the_auditor_freezes_or_frees()
        self.clock.set(STARTING_MOMENT + timedelta(days=10_000))
        self.the_worker_works()
        self.balances_are_the_coins()
        self.lots_are_the_coins()
        assert check_books(self.session, [self.alice]) == []

    def number(self, kind: str) -> str:
        self.numbers += 1
        return f"{kind}-{self.shop.courses}-{self.numbers}"

    @rule(target=sales, total=totals, hours_ago=st.sampled_from((0, 0, 1, 20)))
    def sell(self, total: int, hours_ago: int) -> Sale:
        return self._sell(total, sold_at=self.clock.now - timedelta(hours=hours_ago))

    @rule(target=sales, hold=holds, total=totals)
    def sell_for_points(self, hold: Hold, total: int) -> Any:
        """A receipt that names the reservation: as many of its points as may pay, the rest goes back; where it was
        confirmed before, what was spent then.
        """
        lasts = hold.status == "held" and self.clock.now < hold.ends_at
        waits = hold.status == "confirmed" and not hold.has_receipt and hold.spent * POINT_VALUE_MINOR <= total
        if lasts or waits:
            return self._sell(total, sold_at=self.clock.now, hold=hold)
        answer = self._post_sale(self.number("sale"), total, self.clock.now, reservation_id=hold.id)
        assert answer.status_code in {409, 422}, answer.text
        return multiple()

    def _sell(self, total: int, *, sold_at: Any, hold: Hold | None = None) -> Sale:
        number = self.number("sale")
        answer = self._post_sale(number, total, sold_at, **({"reservation_id": hold.id} if hold else {}))
        assert answer.status_code == 201, answer.text
        paid = self._pay(hold, total) if hold else 0
        earned = (total - paid * POINT_VALUE_MINOR) // MINOR_FOR_A_POINT
        spend = ("spent", hold.id) if hold and paid else None
        sale = Sale(number, total, earned, self._new_lot() if earned else None, spend, paid)
        if earned:
            available_at = sold_at + PENDING_DAYS
            self._credit(sale.credit_id, earned, available_at=available_at, expires_at=available_at + LIFE_DAYS)
        assert (answer.json["points_spent"], answer.json["points_pending"]) == (paid, earned)
        return sale

    def _pay(self, hold: Hold, total: int) -> int:
        """How many points of the reservation pay for a receipt of this total."""
        hold.has_receipt = True
        if hold.status == "held":
            hold.spent = min(hold.points, total // POINT_VALUE_MINOR)
            self.purse.spend_held(hold.place, hold.spent, ("spent", hold.id))
            self.purse.let_go(hold.place)
            hold.status = "confirmed" if hold.spent else "cancelled"
        return hold.spent

    def _post_sale(self, number: str, total: int, sold_at: Any, **fields: Any) -> Any:
        return self.till.sell(self.alice, total, external_id=number, occurred_at=sold_at.isoformat(), **fields)

    @rule(sale=sales, share=shares)
    def give_back_goods(self, sale: Sale, share: int) -> None:
        """A share of what is left, or all of it; what paid comes back first, then what was earned goes."""
        left = sale.total - sale.returned
        amount = max(1, left * share // 100)
        body = {"external_id": self.number("return"), "occurred_at": self.clock.now.isoformat()}
        if share < 100:
            body |= {"amount": amount}  # type: ignore[dict-item]
        answer = self.till.post(f"/receipts/{sale.number}/returns", body)
        if share < 100 and amount > left:
            assert (answer.status_code, answer.json["type"]) == (422, "more-than-sold")
            return
        assert answer.status_code == 201, answer.text
        sale.returned += amount if share < 100 else left
        whole = sale.returned == sale.total
        back = (sale.paid_points if whole else sale.paid_points * sale.returned // sale.total) - sale.given_back
        kept = 0 if whole else sale.earned * (sale.total - sale.returned) // sale.total
        goes = sale.earned - kept - sale.taken_back
        if back:
            self.purse.give_back(sale.spend, self._youngest_first(sale, back))
        if goes and sale.credit_id:
            self.purse.take_back(sale.credit_id, goes)
        sale.given_back, sale.taken_back = sale.given_back + back, sale.taken_back + goes
        assert (answer.json["points_given_back"], answer.json["points_taken_back"]) == (back, goes)

    def _youngest_first(self, sale: Sale, points: int) -> dict[UUID, int]:
        """The coins that paid are given back from the credit that came last to that which came first."""
        parts: dict[UUID, int] = {}
        for credit_id, paid in sorted(self.purse.by_credit(sale.spend).items(), reverse=True):
            parts[credit_id] = min(points, paid)
            points -= parts[credit_id]
        return {credit_id: part for credit_id, part in parts.items() if part}

    @rule(target=holds, share=st.one_of(shares, st.just(110)))
    def reserve(self, share: int) -> Any:
        has = self.purse.count(AVAILABLE)
        points = max(1, has * share // 100)
        number = self.number("reservation")
        answer = self.till.reserve(fresh_code(self.session, self.alice), points, points * 100, external_id=number)
        if self.frozen:
            assert (answer.status_code, answer.json["type"]) == (409, "spending-frozen")
        elif points > has:
            assert (answer.status_code, answer.json["type"]) == (422, "too-many-points")
            assert str(has) in answer.json["title"]
        else:
            assert answer.status_code == 201, answer.text
            hold = Hold(answer.json["id"], number, points, self.clock.now + LEASE)
            self.purse.take(points, "grain", to=hold.place)
            self.held.append(hold)
            return hold
        return multiple()

    @rule(target=sales, share=shares, total=totals)
    def buy_for_points(self, share: int, total: int) -> Any:
        hold = self.reserve(share)
        return self.sell_for_points(hold, total) if isinstance(hold, Hold) else multiple()

    @rule(hold=holds, share=shares)
    def confirm(self, hold: Hold, share: int) -> None:
        points = max(1, hold.points * share // 100)
        answer = self.till.post(f"/reservations/{hold.id}/confirm", {"points": points})
        if hold.status == "held" and self.clock.now < hold.ends_at:
            assert (answer.status_code, answer.json["points"]) == (200, points), answer.text
            self.purse.spend_held(hold.place, points, ("spent", hold.id))
            self.purse.let_go(hold.place)
            hold.status, hold.spent = "confirmed", points
        else:
            assert answer.status_code in {200, 409, 422}, answer.text
            assert answer.status_code != 200 or hold.status == "confirmed"

    @rule(hold=holds)
    def cancel(self, hold: Hold) -> None:
        answer = self.till.post(f"/reservations/{hold.id}/cancel", {})
        assert answer.status_code == (409 if hold.status == "confirmed" else 200), answer.text
        if hold.status == "held":
            self.purse.let_go(hold.place)
            hold.status = "cancelled"

    @rule(points=st.integers(1, 100), life=st.one_of(st.none(), st.integers(1, 40)))
    def staff_give(self, points: int, life: int | None) -> None:
        expires_at = None if life is None else self.clock.now + timedelta(days=life)
        self._adjust(points, expires_at=expires_at)
        self._credit(self._new_lot(), points, available_at=self.clock.now, expires_at=expires_at)

    @rule(share=shares)
    def staff_take(self, share: int) -> None:
        points = self.purse.count(AVAILABLE) * share // 100
        if points:
            self._adjust(-points)
            self.purse.take(points, "grain")

    def _adjust(self, points: int, *, expires_at: Any = None) -> None:
        terms = adjusting.AdjustmentTerms(
            programme="grain", programme_version=1, second_person_above_points=10**9, expires_at=expires_at
        )
        adjusting.ask(
            self.session, member_id=self.alice, points=points, reason="correction", note="…", by=OLGA, terms=terms
        )

    @rule()
    def the_auditor_freezes_or_frees(self) -> None:
        if self.frozen:
            ledger_service.unfreeze(self.session, self.alice)
        else:
            ledger_service.freeze(self.session, [self.alice], reason="test")
        self.frozen = not self.frozen

    @rule(minutes=st.sampled_from((1, 9, 11, 60, 24 * 60, 3 * 24 * 60, 10 * 24 * 60)), works=st.booleans())
    def time_passes(self, minutes: int, works: bool) -> None:
        """The worker may be away for a while; what is due meanwhile is done when it is back, in its order."""
        self.clock.advance(minutes=minutes)
        if works:
            self.the_worker_works()

    @rule()
    def the_worker_works(self) -> None:
        assert run_due_jobs().failed == ()
        now = self.clock.now
        while True:
            due: list[tuple[Any, int, str, Any]] = []
            if not self.frozen:  # time stands still in a frozen book
                due = [(hold.ends_at, 2, hold.id, hold) for hold in self.held if hold.status == "held"]
                for credit in self.purse.credits.values():
                    if self.purse.count(PENDING, credit.id):
                        due.append((credit.available_at, 0, str(credit.id), credit))  # type: ignore[arg-type]
                    elif self.purse.count(AVAILABLE, credit.id) and credit.expires_at:
                        due.append((credit.expires_at, 1, str(credit.id), credit))  # type: ignore[arg-type]
            ready = sorted((one for one in due if one[0] <= now), key=lambda one: one[:3])
            if not ready:
                return
            _, what, _, which = ready[0]
            if what == 2:
                self.purse.let_go(which.place)
                which.status = "timed_out"
            elif what == 0:
                self.purse.release(which.id)  # type: ignore[arg-type]
            else:
                self.purse.burn(which.id)  # type: ignore[arg-type]

    def _new_lot(self) -> UUID:
        """The lot that the database has and the model not yet."""
        statement = "SELECT transaction_id FROM ledger_lots WHERE member_id = :member_id"
        lots = set(self.session.scalars(text(statement), {"member_id": self.alice}))
        [new] = lots - self.shop.lots_seen
        self.shop.lots_seen.add(new)
        return new

    def _credit(self, lot_id: UUID | None, points: int, *, available_at: Any, expires_at: Any) -> None:
        assert lot_id is not None
        self.purse.credit(
            lot_id, points, programme="grain", at=self.clock.now, available_at=available_at, expires_at=expires_at
        )

    @invariant()
    def balances_are_the_coins(self) -> None:
        if hasattr(self, "alice"):
            purse = self.purse
            assert ledger.balance(self.session, self.alice) == ledger.Balance(
                available=purse.count(AVAILABLE),
                pending=purse.count(PENDING),
                reserved=purse.set_aside(),
                debt=purse.owed,
            )

    @invariant()
    def lots_are_the_coins(self) -> None:
        if not hasattr(self, "alice"):
            return
        statement = "SELECT transaction_id, points_remaining, points_reserved FROM ledger_lots WHERE member_id = :id"
        found = {row[0]: (row[1], row[2]) for row in self.session.execute(text(statement), {"id": self.alice})}
        purse = self.purse
        assert found == {
            id_: (purse.count(PENDING, id_) + purse.count(AVAILABLE, id_), purse.set_aside(id_))
            for id_ in purse.credits
        }


@pytest.fixture
def shop_to_try(session: Session, client: FlaskClient, clock: ObedientClock) -> ShopToTry:
    clock.set(STARTING_MOMENT - timedelta(days=2))
    till = open_till(session, client, programme=PROGRAMME)
    session.commit()
    return ShopToTry(session, till, clock)


def test_any_course_of_days_leaves_what_the_coins_say(shop_to_try: ShopToTry) -> None:
    try_courses(shop_to_try, courses=6, steps=25)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shop_number", range(8))
def test_any_course_of_days_at_length(shop_to_try: ShopToTry, shop_number: int) -> None:
    """In several shops: what one went through stays in its open transaction, and slows every course after it."""
    try_courses(shop_to_try, courses=50, steps=60)


def try_courses(shop: ShopToTry, *, courses: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: DaysOfAShop(shop),
        settings=settings(
            max_examples=courses,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            database=None,
            # A shorter course with the same end would take minutes to find.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
