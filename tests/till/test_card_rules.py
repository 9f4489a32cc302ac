"""How often a card was rung up: the most receipts that any window holds together with this one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backend.receipts.queries import SeenCard
from backend.screening.rules import RuleSetting
from backend.till.card_rules import judge_frequency, most_in_a_window

NOON = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
POKROVKA, ARBAT = UUID(int=1), UUID(int=2)
ACTIVE = {
    "receipts_per_card_day": RuleSetting(mode="active"),
    "receipts_per_card_till_hour": RuleSetting(mode="active"),
}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def slowly(others: list[datetime], this: datetime, window: timedelta) -> int:
    """Every window that begins with a receipt, looked at one by one."""
    everything = [*others, this]
    held = [[one for one in everything if begin <= one < begin + window] for begin in everything]
    return max(len(inside) for inside in held if this in inside)


@given(st.lists(st.integers(-300, 300), max_size=12), st.sampled_from([1, 30, 60, 90]))
def test_the_fullest_window_is_found_whatever_the_order_of_arrival(minutes: list[int], window: int) -> None:
    others, span = [at(one) for one in minutes], timedelta(minutes=window)
    assert most_in_a_window(others, NOON, span) == slowly(others, NOON, span)


def test_a_whole_window_apart_is_apart() -> None:
    assert most_in_a_window([at(-60)], NOON, HOUR) == 1
    assert most_in_a_window([at(-59)], NOON, HOUR) == 2


def seen(*minutes: float, store: UUID = POKROVKA, cashier: str | None = "Vera") -> list[SeenCard]:
    return [SeenCard(at(one), store, cashier) for one in minutes]


def names(others: list[SeenCard]) -> list[str]:
    rulings = judge_frequency(others, SeenCard(NOON, POKROVKA, "Vera"), ACTIVE, zone="Europe/Moscow")
    assert all(ruling.outcome == "hold" for ruling in rulings)
    return [ruling.rule for ruling in rulings]


def test_the_third_in_an_hour_at_one_till_is_held() -> None:
    assert names(seen(-20)) == []
    assert names(seen(-20, -40)) == ["receipts_per_card_till_hour"]


def test_two_cashiers_or_two_stores_are_two_tills() -> None:
    assert names(seen(-20) + seen(-40, cashier="Ivan")) == []
    assert names(seen(-20) + seen(-40, store=ARBAT)) == []


def test_the_fourth_in_a_day_is_held_wherever_they_were() -> None:
    assert names(seen(-200) + seen(-400, store=ARBAT)) == []
    assert names(seen(-200) + seen(-400, store=ARBAT) + seen(600, cashier=None)) == ["receipts_per_card_day"]


def test_the_day_is_the_shops() -> None:
    # Noon in Moscow: its midnight is twelve hours away, the one of Greenwich nine.
    assert names(seen(-200) + seen(-400, store=ARBAT) + seen(-715, store=ARBAT)) == ["receipts_per_card_day"]
    assert names(seen(-200) + seen(-400, store=ARBAT) + seen(-725, store=ARBAT)) == []


def test_the_programme_sets_the_limits() -> None:
    wide = {"receipts_per_card_day": RuleSetting(mode="shadow", limits={"receipts": 1})}
    (ruling,) = judge_frequency(seen(-200), SeenCard(NOON, POKROVKA, "Vera"), wide, zone="UTC")
    assert (ruling.mode, ruling.inputs) == ("shadow", {"receipts_counted": 2, "receipts": 1})
