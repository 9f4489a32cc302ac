"""What the replay's tests are made of: small programmes, and the purchases of a few people."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from backend.programmes.document import read_programme
from backend.programmes.engine.facts import StoreFacts
from backend.programmes.programme import Programme
from backend.receipts.sale import ReturnedLine, SaleLine
from backend.replay import running
from backend.replay.past import KeptPast, PastEvent, PastReturn, PastSale
from backend.replay.tally import Tally
from backend.replay.trial import Trial

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
POKROVKA = StoreFacts(code="pokrovka", region="moscow", country="RU", zone="UTC")


def a_programme(
    more: str = "", *, earning: str = "[{rule: base, rate_basis_points: 1000}]", pending: int = 0
) -> Programme:
    """Ten points of a hundred roubles, one rouble each, at once and for ever, unless something else is said."""
    return read_programme(
        "programme: cafe\ntitle: {en: Café, ru: Кофейня}\ncurrency: RUB\npoint_value_minor: 100\n"
        f"availability: {{pending_days: {pending}}}\nearning: {earning}\n{more}"
    )


def bought(day: float, amount: int, *, member: str = "alice", number: str = "", **facts: Any) -> PastSale:
    """A purchase of one thing, so many days after the beginning, for so many roubles."""
    lines = facts.pop("lines", (SaleLine("cup", Decimal(1), amount * 100, facts.pop("category", "coffee")),))
    at = BEGIN + timedelta(days=day)
    return PastSale(member, number or f"{member}-{day}", at, amount * 100, lines, facts.pop("store", POKROVKA), **facts)


def brought_back(day: float, number: str, amount: int, *, member: str = "alice", sku: str = "cup") -> PastReturn:
    """A return of one whole thing that cost so many roubles."""
    line = ReturnedLine(sku=sku, quantity=Decimal(1), amount_minor=amount * 100)
    return PastReturn(member, number, BEGIN + timedelta(days=day), (line,))


def past_of(*events: PastEvent, days: float = 0) -> KeptPast:
    """A past of these events, which ends so many days after its beginning or with the last of them."""
    past = KeptPast("past.csv", "columns", "UTC", BEGIN + timedelta(days=days))
    past.keep(events)
    return past


def judged(programme: Programme, events: Sequence[PastEvent], *, share: int = 0, days: float = 0, **more: Any) -> Tally:
    """What a programme does on these events, where so many of a hundred members spend."""
    [tally] = running.run(past_of(*events, days=days), [Trial(programme, "UTC", share, **more)])
    return tally


def total(tally: Tally, name: str) -> int:
    """Points of all months."""
    return sum(getattr(month, name) for month in tally.months.values())
