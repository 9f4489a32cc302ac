"""Any order of everything that can happen to two members' books, held to the coins (tests/proofs/coins.py)."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
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

from backend.ledger.book import MEMBER_ACCOUNTS, Book, Cause
from backend.ledger.errors import NotEnoughPoints, SpendingFrozen
from tests.proofs.coins import AVAILABLE, PENDING, Purse

NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)
YEAR = timedelta(days=365)
PEOPLE = ("alice", "boris")

people = st.sampled_from(PEOPLE)
programmes = st.sampled_from(("grain", "grain", "leaf"))
shares = st.one_of(st.just(100), st.integers(1, 100))
amounts = st.integers(1, 60)
lives = st.one_of(st.none(), st.integers(1, 1_000))


class BookMachine(RuleBasedStateMachine):
    """Alice and Boris, two programmes whose points are apart, and every transaction there is."""

    earned, holds, spends = Bundle("earned"), Bundle("holds"), Bundle("spends")

    @initialize(target=earned, points=amounts, lives=st.permutations((30, 60, 90)))
    def open_books(self, points: int, lives: list[int]) -> Any:
        """Each has some points already, and what came first need not burn first."""
        self.books = {who: Book(UUID(int=0)) for who in PEOPLE}
        self.purses = {who: Purse() for who in PEOPLE}
        self.now = NOON
        self.numbers = count(1)
        # Hypothesis repeats what it found: nothing here may be random but its own choices.
        ids = (UUID(int=number) for number in count(1))
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("backend.ledger.book.new_id", lambda: next(ids))
        self.left_to_take_back: dict[UUID, int] = {}
        self.held: dict[tuple[str, int], dict[UUID, int]] = {}
        return multiple(*(self.accrue(who, "grain", points, 0, days) for who in PEOPLE for days in lives))

    def teardown(self) -> None:
        self.patch.undo()

    def cause(self, programme: str | None = "grain") -> Cause:
        key = str(next(self.numbers))
        return Cause(natural_key=key, effective_at=self.now, recorded_at=self.now, wording="test", programme=programme)

    def credited(self, who: str, transaction: Any, programme: str, expires_at: datetime | None) -> tuple[str, UUID]:
        lot = self.books[who].lots[transaction.id]
        self.purses[who].credit(
            lot.transaction_id,
            lot.points,
            programme=programme,
            at=self.now,
            available_at=lot.available_at,
            expires_at=expires_at,
        )
        self.left_to_take_back[transaction.id] = lot.points
        return who, transaction.id

    @rule(target=earned, who=people, programme=programmes, points=amounts, days=st.sampled_from((0, 0, 14)), life=lives)
    def accrue(self, who: str, programme: str, points: int, days: int, life: int | None) -> Any:
        available_at = self.now + timedelta(days=days)
        expires_at = None if life is None else available_at + timedelta(days=life)
        transaction = self.books[who].accrue(
            self.cause(programme), points=points, available_at=available_at, expires_at=expires_at
        )
        return self.credited(who, transaction, programme, expires_at)

    @rule(who=people, data=st.data())
    def release(self, who: str, data: st.DataObject) -> None:
        pending = [lot_id for lot_id, lot in self.books[who].lots.items() if lot.state == PENDING]
        if pending:
            lot_id = data.draw(st.sampled_from(pending))
            self.books[who].release(self.cause(), lot_id=lot_id)
            self.purses[who].release(lot_id)

    @rule(credit=earned)
    def what_is_available_is_not_released_again(self, credit: tuple[str, UUID]) -> None:
        who, lot_id = credit
        if self.books[who].lots[lot_id].state == AVAILABLE:
            assert self.books[who].release(self.cause(), lot_id=lot_id) is None

    @rule(credit=earned, share=shares)
    def buy_and_refund(self, credit: tuple[str, UUID], share: int) -> None:
        """The trick that other shops fall for: all points are spent, and then what they were for is returned."""
        who, lot_id = credit
        book, purse = self.books[who], self.purses[who]
        programme = book.lots[lot_id].programme
        points = purse.spendable(programme)
        if points and not book.frozen:
            purse.take(points, programme, to=("spent", book.spend(self.cause(programme), points=points).number))
        self.take_back(credit, share)

    @rule(credit=earned, share=shares)
    def take_back(self, credit: tuple[str, UUID], share: int) -> None:
        who, lot_id = credit
        left = self.left_to_take_back[lot_id]
        if left == 0:
            return
        points = max(1, left * share // 100)
        self.left_to_take_back[lot_id] -= points
        self.books[who].take_back(self.cause(), lot_id=lot_id, points=points)
        self.purses[who].take_back(lot_id, points)

    @rule(credit=earned)
    def expire(self, credit: tuple[str, UUID]) -> None:
        who, lot_id = credit
        self.books[who].expire(self.cause(), lot_id=lot_id)
        self.purses[who].burn(lot_id)

    @rule(target=holds, who=people, programme=programmes, share=st.one_of(shares, st.just(110)))
    def reserve(self, who: str, programme: str, share: int) -> Any:
        book, purse = self.books[who], self.purses[who]
        points = max(1, purse.spendable(programme) * share // 100)
        possible = not book.frozen and purse.spendable(programme) >= points
        if not possible:
            self.refused(who, programme, lambda: book.reserve(self.cause(programme), points=points))
            return multiple()
        transaction = book.reserve(self.cause(programme), points=points)
        hold = ("held", transaction.number)
        purse.take(points, programme, to=hold)
        # In the order in which a database may read them, which says nothing.
        moved = sorted((movement.lot_id, movement.points_reserved_change) for movement in transaction.movements)
        self.held[who, transaction.number] = dict(moved)
        assert self.held[who, transaction.number] == purse.by_credit(hold)
        return who, transaction.number

    @rule(target=spends, hold=holds, share=shares)
    def spend_reserved(self, hold: tuple[str, int], share: int) -> Any:
        who, number = hold
        held = self.held[hold]
        if not held:
            return multiple()
        points = max(1, sum(held.values()) * share // 100)
        self.held[hold] = dict(self.books[who].spend_reserved(self.cause(), held=held, points=points))
        spend = ("spent", self.books[who].transactions_count)
        self.purses[who].spend_held(("held", number), points, spend)
        assert self.held[hold] == self.purses[who].by_credit(("held", number))
        return who, spend

    @rule(hold=holds, more=st.integers(1, 3))
    def more_than_is_held_is_never_spent(self, hold: tuple[str, int], more: int) -> None:
        who, held = hold[0], self.held[hold]
        entered = len(self.books[who].entered)
        before = {lot.transaction_id: lot.points_reserved for lot in self.books[who].lots.values()}
        with pytest.raises(ValueError, match="more than the reservation holds"):
            self.books[who].spend_reserved(self.cause(), held=held, points=sum(held.values()) + more)
        assert len(self.books[who].entered) == entered
        for lot in self.books[who].lots.values():  # a book that refused is thrown away; this one goes on
            lot.points_reserved = before[lot.transaction_id]

    @rule(hold=holds)
    def cancel_reserved(self, hold: tuple[str, int]) -> None:
        who, number = hold
        if self.held[hold]:
            self.books[who].cancel_reserved(self.cause(), held=self.held[hold])
            self.purses[who].let_go(("held", number))
            self.held[hold] = {}

    @rule(target=spends, who=people, programme=programmes, points=amounts)
    def spend(self, who: str, programme: str, points: int) -> Any:
        book, purse = self.books[who], self.purses[who]
        if book.frozen or purse.spendable(programme) < points:
            self.refused(who, programme, lambda: book.spend(self.cause(programme), points=points))
            return multiple()
        transaction = book.spend(self.cause(programme), points=points)
        spend = ("spent", transaction.number)
        purse.take(points, programme, to=spend)
        return who, spend

    @rule(spend=spends, data=st.data())
    def give_back(self, spend: tuple[str, tuple[str, int]], data: st.DataObject) -> None:
        who, place = spend
        spent = self.purses[who].by_credit(place)
        back = {lot: data.draw(st.integers(0, points)) for lot, points in sorted(spent.items(), reverse=True)}
        back = {lot: points for lot, points in back.items() if points}
        if back:
            self.books[who].give_back(self.cause(), lots=back)
            self.purses[who].give_back(place, back)
            for lot, points in back.items():  # those coins have left the spend for good
                assert self.purses[who].by_credit(place).get(lot, 0) == spent[lot] - points

    @rule(target=earned, who=people, programme=programmes, points=amounts, life=lives)
    def adjust_upwards(self, who: str, programme: str, points: int, life: int | None) -> Any:
        expires_at = None if life is None else self.now + timedelta(days=life)
        transaction = self.books[who].adjust(self.cause(programme), points=points, expires_at=expires_at)
        return self.credited(who, transaction, programme, expires_at)

    @rule(who=people, programme=programmes, points=amounts)
    def adjust_downwards(self, who: str, programme: str, points: int) -> None:
        """Also in a frozen book: staff may put right what the auditor found."""
        book, purse = self.books[who], self.purses[who]
        if purse.take(points, programme) is None:
            self.refused(who, programme, lambda: book.adjust(self.cause(programme), points=-points), frozen=False)
        else:
            book.adjust(self.cause(programme), points=-points)

    @rule(who=people, share=shares)
    def forgive(self, who: str, share: int) -> None:
        purse = self.purses[who]
        if purse.owed:
            points = max(1, purse.owed * share // 100)
            self.books[who].forgive(self.cause(), points=points)
            purse.owed -= points
        else:
            with pytest.raises(ValueError, match="cannot be forgiven"):
                self.books[who].forgive(self.cause(), points=1)

    @rule(target=earned, giver=people, programme=programmes, points=amounts)
    def transfer(self, giver: str, programme: str, points: int) -> Any:
        taker = next(who for who in PEOPLE if who != giver)
        book, purse = self.books[giver], self.purses[giver]
        if book.frozen or purse.spendable(programme) < points:
            self.refused(giver, programme, lambda: book.transfer_out(self.cause(programme), points=points))
            return multiple()
        coins = purse.take(points, programme) or []
        parts = book.transfer_out(self.cause(programme), points=points)
        days = {expires_at for _, expires_at in parts}
        assert len(days) == len(parts), "one part for each day of burning"
        for part, expires_at in parts:
            assert part == sum(coin.credit.expires_at == expires_at for coin in coins)
        received = []
        for part, expires_at in parts:
            transaction = self.books[taker].accrue(
                self.cause(programme), points=part, available_at=self.now, expires_at=expires_at, kind="transfer"
            )
            received.append(self.credited(taker, transaction, programme, expires_at))
        return multiple(*received)

    @rule(who=people, programme=programmes, points=amounts, days=st.integers(1, 500))
    def buy_and_prolong(self, who: str, programme: str, points: int, days: int) -> None:
        until = self.now + timedelta(days=days)
        transaction = self.books[who].accrue(
            self.cause(programme), points=points, available_at=self.now, expires_at=self.now + YEAR
        )
        self.credited(who, transaction, programme, self.now + YEAR)
        self.books[who].prolong(programme=programme, expires_at=until)
        self.purses[who].prolong(programme, at=self.now, until=until)

    @rule(who=people)
    def freeze_or_unfreeze(self, who: str) -> None:
        self.books[who].frozen = not self.books[who].frozen

    @rule(hours=st.integers(1, 1_000))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def refused(self, who: str, programme: str, act: Any, *, frozen: bool | None = None) -> None:
        """What leaves a book is refused whole, and the problem names how much could have left."""
        book = self.books[who]
        frozen = book.frozen if frozen is None else frozen
        with pytest.raises(SpendingFrozen if frozen else NotEnoughPoints) as problem:
            act()
        if not frozen:
            assert problem.value.facts["maximum"] == self.purses[who].spendable(programme)

    @invariant()
    def accounts_are_the_coins(self) -> None:
        for who, book in self.books.items():
            purse = self.purses[who]
            has = (book.pending, book.available, book.reserved, -book.debt)
            assert has == (purse.count(PENDING), purse.count(AVAILABLE), purse.set_aside(), purse.owed)
            assert min(has) >= 0

    @invariant()
    def lots_are_the_coins_of_their_credits(self) -> None:
        for who, book in self.books.items():
            purse = self.purses[who]
            for lot_id, lot in book.lots.items():
                remaining = purse.count(PENDING, lot_id) + purse.count(AVAILABLE, lot_id)
                assert (lot.points_remaining, lot.points_reserved) == (remaining, purse.set_aside(lot_id))
                assert lot.expires_at == purse.credits[lot_id].expires_at

    @invariant()
    def entries_sum_to_zero_and_replay_to_the_balances(self) -> None:
        for book in self.books.values():
            replayed = dict.fromkeys(MEMBER_ACCOUNTS, 0)
            for number, transaction in enumerate(book.entered, start=1):
                assert transaction.number == number
                assert sum(entry.points for entry in transaction.entries) == 0
                assert any(entry.points for entry in transaction.entries), "what moves nothing is no transaction"
                for entry in transaction.entries:
                    if entry.account in replayed:
                        replayed[entry.account] += entry.points
                        assert entry.balance_after == replayed[entry.account]
            assert replayed == {account: getattr(book, account) for account in MEMBER_ACCOUNTS}

    @invariant()
    def lots_are_their_movements(self) -> None:
        for book in self.books.values():
            moved = {lot_id: (lot.points, 0) for lot_id, lot in book.lots.items()}
            for transaction in book.entered:
                for movement in transaction.movements:
                    remaining, reserved = moved[movement.lot_id]
                    moved[movement.lot_id] = (
                        remaining + movement.points_remaining_change,
                        reserved + movement.points_reserved_change,
                    )
            for lot_id, lot in book.lots.items():
                assert moved[lot_id] == (lot.points_remaining, lot.points_reserved)
                assert lot.points_remaining + lot.points_reserved <= lot.points

    @invariant()
    def nobody_owes_and_has_at_once(self) -> None:
        """Within one currency; what another programme gave is not taken for it."""
        for who, book in self.books.items():
            if len({credit.programme for credit in self.purses[who].credits.values()}) == 1:
                assert book.debt == 0 or book.available == 0


TestBookMachine = BookMachine.TestCase
TestBookMachine.settings = settings(max_examples=60, stateful_step_count=50, deadline=None, print_blob=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_any_order_of_everything_at_length() -> None:
    at_length = settings(
        max_examples=5_000,
        stateful_step_count=80,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(BookMachine, settings=at_length)
