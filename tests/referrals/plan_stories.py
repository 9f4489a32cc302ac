"""Made-up plans and stories of friends, as Hypothesis draws them."""

from typing import Any

from hypothesis import strategies as st

PEOPLE = ("olga", "alice", "boris", "dasha", "ivan", "lena")


@st.composite
def caps(draw: st.DrawFn) -> dict[str, int]:
    measure = draw(st.sampled_from(("times", "points")))
    return {measure: draw(st.integers(1, 60 if measure == "points" else 3)), "window_days": draw(st.integers(1, 20))}


@st.composite
def rewards(draw: st.DrawFn) -> dict[str, Any]:
    on = draw(st.sampled_from(("join", "qualifying", "purchase", "every_purchase", "spend", "milestone")))
    side = "advocate" if on == "milestone" else draw(st.sampled_from(("advocate", "friend", "second_advocate")))
    reward: dict[str, Any] = {"on": on, "to": side}
    if on in {"qualifying", "purchase", "every_purchase"} and draw(st.booleans()):
        reward["rate_basis_points"] = draw(st.integers(50, 2_000))
    else:
        reward["points"] = draw(st.integers(1, 40))
    if on == "purchase":
        reward["number"] = draw(st.integers(1, 4))
    if on == "spend":
        reward["from_minor"] = draw(st.integers(1, 12)) * 10_000
    if on == "milestone":
        reward["friends"] = draw(st.integers(1, 4))
    if on in {"purchase", "every_purchase", "spend"} and draw(st.booleans()):
        reward["within_days"] = draw(st.integers(1, 20))
    if draw(st.booleans()):
        reward["cap"] = draw(caps())
    return reward


@st.composite
def plans(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = draw(st.lists(rewards(), min_size=1, max_size=5))
    return [{"reward": f"reward_{number}", **reward} for number, reward in enumerate(found)]


def steps(*, with_returns: bool) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """What happens, each after some hours: `buys`, who and for how much; `bought`, the same of before joining, which a
    till that was away tells now; `returns`, which receipt and what share.
    """
    who_and_how_much = st.integers(2, 5), st.integers(1, 10)
    buys = st.tuples(st.just("buys"), st.integers(0, 300), *who_and_how_much)
    bought = st.tuples(st.just("bought"), st.integers(0, 9), *who_and_how_much)
    if not with_returns:
        return st.lists(buys, min_size=3, max_size=14)
    returns = st.tuples(st.just("returns"), st.integers(0, 300), st.integers(0, 8), st.sampled_from((2, 1)))
    return st.lists(st.one_of(buys, buys, returns, bought), min_size=3, max_size=10)
