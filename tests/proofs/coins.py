"""A reference for the ledger, slow and obvious: every point is a coin, and a coin lies in one place.

It knows nothing of balances, entries or lots: those are counts of coins. Points that somebody owes have no coin.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

PENDING, AVAILABLE, GONE = "pending", "available", "gone"
Place = Hashable


@dataclass(eq=False)
class Credit:
    """What was credited at once: its coins live and burn together."""

    id: UUID
    programme: str | None
    available_at: datetime
    expires_at: datetime | None

    @property
    def burns(self) -> tuple[bool, datetime, UUID]:
        """Sorts by what burns first; what never burns comes last, the oldest of it first."""
        return self.expires_at is None, self.expires_at or self.available_at, self.id


@dataclass(eq=False)
class Coin:
    """One point."""

    credit: Credit
    place: Place


@dataclass
class Purse:
    """A member's coins and how many they owe."""

    coins: list[Coin] = field(default_factory=list)
    credits: dict[UUID, Credit] = field(default_factory=dict)
    owed: int = 0

    def count(self, place: Place, credit_id: UUID | None = None) -> int:
        return sum(coin.place == place and credit_id in {None, coin.credit.id} for coin in self.coins)

    def set_aside(self, credit_id: UUID | None = None) -> int:
        """How many lie in any reservation."""
        return sum(_is_held(coin) and credit_id in {None, coin.credit.id} for coin in self.coins)

    def spendable(self, programme: str | None) -> int:
        return len(self._first_to_burn(programme))

    def by_credit(self, place: Place) -> dict[UUID, int]:
        """How many coins of which credit lie there."""
        return dict(Counter(coin.credit.id for coin in self.coins if coin.place == place))

    def credit(
        self,
        id_: UUID,
        points: int,
        *,
        programme: str | None,
        at: datetime,
        available_at: datetime,
        expires_at: datetime | None,
    ) -> None:
        self.credits[id_] = Credit(id_, programme, available_at, expires_at)
        minted = [Coin(self.credits[id_], PENDING) for _ in range(points)]
        self.coins += minted
        if available_at <= at:
            self._make_available(minted)

    def release(self, credit_id: UUID) -> None:
        self._make_available(self._of(credit_id, PENDING))

    def take_back(self, credit_id: UUID, points: int) -> None:
        """From the credit itself, then from what burns first in its programme; the rest is owed."""
        pending = self._of(credit_id, PENDING)
        own = self._of(credit_id, AVAILABLE)
        others = [coin for coin in self._first_to_burn(self.credits[credit_id].programme) if coin not in own]
        taken = (pending or own + others)[:points]
        self._put(taken, GONE)
        self.owed += points - len(taken)

    def burn(self, credit_id: UUID) -> None:
        self._put(self._of(credit_id, AVAILABLE), GONE)

    def take(self, points: int, programme: str | None, to: Place = GONE) -> list[Coin] | None:
        """What burns first goes somewhere; None, and nothing happens, where there is not so much."""
        coins = self._first_to_burn(programme)[:points]
        if len(coins) < points:
            return None
        self._put(coins, to)
        return coins

    def spend_held(self, reservation: Place, points: int, spend: Place) -> None:
        held = sorted(self._at(reservation), key=lambda coin: coin.credit.burns)
        self._put(held[:points], spend)

    def let_go(self, reservation: Place) -> None:
        self._make_available(sorted(self._at(reservation), key=lambda coin: coin.credit.burns))

    def give_back(self, spend: Place, lots: Mapping[UUID, int]) -> None:
        spent = self._at(spend)
        back = [
            coin for lot, points in lots.items() for coin in [one for one in spent if one.credit.id == lot][:points]
        ]
        self._make_available(back)

    def prolong(self, programme: str | None, *, at: datetime, until: datetime) -> None:
        open_ = {coin.credit for coin in self.coins if coin.place in {PENDING, AVAILABLE} or _is_held(coin)}
        for credit in open_:
            if credit.programme == programme and credit.expires_at and at < credit.expires_at < until:
                credit.expires_at = until

    def due(self, place: str, moment_of: Callable[[Credit], datetime | None], now: datetime) -> list[UUID]:
        """The credits with coins there whose moment has come, the earliest first."""
        found = {coin.credit for coin in self.coins if coin.place == place}
        moments = [(moment, credit.id) for credit in found if (moment := moment_of(credit)) and moment <= now]
        return [credit_id for _, credit_id in sorted(moments)]

    def _make_available(self, coins: list[Coin]) -> None:
        """What is owed is paid first."""
        pays = min(self.owed, len(coins))
        self.owed -= pays
        self._put(coins[:pays], GONE)
        self._put(coins[pays:], AVAILABLE)

    def _first_to_burn(self, programme: str | None) -> list[Coin]:
        free = [coin for coin in self._at(AVAILABLE) if coin.credit.programme == programme]
        return sorted(free, key=lambda coin: coin.credit.burns)

    def _of(self, credit_id: UUID, place: Place) -> list[Coin]:
        return [coin for coin in self._at(place) if coin.credit.id == credit_id]

    def _at(self, place: Place) -> list[Coin]:
        return [coin for coin in self.coins if coin.place == place]

    @staticmethod
    def _put(coins: list[Coin], place: Place) -> None:
        for coin in coins:
            coin.place = place


def _is_held(coin: Coin) -> bool:
    return isinstance(coin.place, tuple) and coin.place[0] == "held"
