"""One member's points during a replay: what the ledger's book does, without a row of it.

Lots are released and burn in due order whenever the member is looked at again. What burns first is spent first; a debt
is paid by whatever becomes available next; what is given back goes to the lots that it came from.
"""

from collections.abc import Callable
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count

Burnt = Callable[[datetime, int], None]
"""Is told when how many points burnt."""


class Lot:
    """Points of one award."""

    __slots__ = ("available_at", "expires_at", "is_pending", "points")

    def __init__(self, points: int, available_at: datetime, expires_at: datetime | None) -> None:
        self.points = points
        self.available_at = available_at
        self.expires_at = expires_at
        self.is_pending = True


class Lots:
    """A member's lots and debt."""

    __slots__ = ("_burning", "_burnt", "_lasting", "_number", "_pending", "available", "debt", "pending")

    def __init__(self, burnt: Burnt) -> None:
        self._burnt = burnt
        self._number = count()
        self._pending: list[tuple[datetime, int, Lot]] = []
        self._burning: list[tuple[datetime, int, Lot]] = []
        self._lasting: list[Lot] = []
        self.pending = 0
        self.available = 0
        self.debt = 0
        """Points owed; zero or more."""

    def credit(self, points: int, *, available_at: datetime, expires_at: datetime | None, at: datetime) -> Lot:
        """Adds points that become available at a moment, perhaps at once."""
        lot = Lot(points, available_at, expires_at)
        self.pending += points
        if available_at <= at:
            self._release(lot)
        else:
            heappush(self._pending, (available_at, next(self._number), lot))
        return lot

    def catch_up(self, at: datetime) -> None:
        """Lets points become available and burn, up to this moment."""
        pending = self._pending
        while pending and pending[0][0] <= at:
            self._release(heappop(pending)[2])
        burning = self._burning
        while burning and burning[0][0] <= at:
            expires_at, _number, lot = heappop(burning)
            if lot.points and lot.expires_at == expires_at:
                self._burnt(expires_at, lot.points)
                self.available -= lot.points
                lot.points = 0

    def spend(self, points: int) -> list[tuple[Lot, int]]:
        """Takes available points, those that burn first before others; which lots paid how much."""
        parts = []
        self.available -= points
        while points:
            lot = self._first_to_burn()
            part = min(points, lot.points)
            lot.points -= part
            points -= part
            parts.append((lot, part))
        return parts

    def give_back(self, parts: list[tuple[Lot, int]], *, at: datetime) -> None:
        """Returns spent points to their lots; what is owed is paid first, and what has burnt by now burns at once."""
        for lot, part in parts:
            paid = min(self.debt, part)
            self.debt -= paid
            lot.points += part - paid
            self.available += part - paid
            self._line_up(lot)
        self.catch_up(at)

    def take_back(self, lot: Lot, points: int) -> int:
        """Takes points back, from their own lot before the others; how many were not there and are owed now."""
        if lot.is_pending:
            lot.points -= points
            self.pending -= points
            return 0
        part = min(points, lot.points)
        lot.points -= part
        self.available -= part
        missing = points - part
        others = min(missing, self.available)
        if others:
            self.spend(others)
        owed = missing - others
        self.debt += owed
        return owed

    def forgive(self, points: int) -> None:
        """Writes off points that are owed."""
        self.debt -= points

    def prolong(self, *, at: datetime, until: datetime) -> None:
        """Lets open lots that had not burnt by `at` live until `until`."""
        for _moment, _number, lot in (*self._pending, *self._burning):
            if lot.points and lot.expires_at and at < lot.expires_at < until:
                lot.expires_at = until
        self._burning = [
            (lot.expires_at, number, lot) for _moment, number, lot in self._burning if lot.points and lot.expires_at
        ]
        heapify(self._burning)

    def _release(self, lot: Lot) -> None:
        lot.is_pending = False
        self.pending -= lot.points
        paid = min(self.debt, lot.points)
        self.debt -= paid
        lot.points -= paid
        self.available += lot.points
        self._line_up(lot)

    def _line_up(self, lot: Lot) -> None:
        if lot.expires_at is None:
            self._lasting.append(lot)
        else:
            heappush(self._burning, (lot.expires_at, next(self._number), lot))

    def _first_to_burn(self) -> Lot:
        burning = self._burning
        while burning:
            lot = burning[0][2]
            if lot.points:
                return lot
            heappop(burning)
        while not self._lasting[0].points:
            self._lasting.pop(0)
        return self._lasting[0]
