"""Whatever order tills' news come in, once or several times, the end is that of news that came in order."""

import random
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.shared.clock import business_now
from tests.proofs.shop import ServedShop

SALES = 8
TILLS = 8
HOURS_OFFLINE_MAXIMUM = 71
# What the end is: the balance, each lot with its days, and what each account of the programme came to.
END = """
SELECT 'balance', pending, available, reserved, debt, NULL, NULL FROM ledger_balances WHERE member_id = :member_id
UNION ALL
SELECT state, points, points_remaining, points_reserved, 0, available_at, expires_at
FROM ledger_lots WHERE member_id = :member_id
UNION ALL
SELECT account, sum(points), 0, 0, 0, NULL, NULL FROM ledger_entries WHERE member_id = :member_id GROUP BY account
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True)
class News:
    """Something that a till tells."""

    path: str
    body: dict[str, Any]
    is_part: bool = False
    """A return of an amount."""


def days_of_a_shop(chance: random.Random) -> list[dict[str, Any]]:
    """Sales of three days, and returns of some of them."""
    now = business_now()
    events: list[dict[str, Any]] = []
    for number in range(SALES):
        sold_at = now - timedelta(hours=chance.uniform(1, HOURS_OFFLINE_MAXIMUM))
        prices = [chance.randint(1, 90_000) for _ in range(chance.randint(1, 3))]
        lines = [
            {"sku": f"SKU-{place}", "quantity": chance.randint(1, 3), "amount": price}
            for place, price in enumerate(prices)
        ]
        events.append({"number": number, "at": sold_at, "total": sum(prices), "lines": lines})
        events += returns_of(chance, events[-1])
    return events


def returns_of(chance: random.Random, sale: dict[str, Any]) -> list[dict[str, Any]]:
    """None, some by amount, one for each line, or some by amount and then all that is left."""
    kind = chance.choice(("none", "amounts", "lines", "amounts and the rest"))
    parts: list[dict[str, Any]] = []
    if kind.startswith("amounts"):
        parts += [{"amount": max(1, sale["total"] // chance.randint(4, 9))} for _ in range(3)]
    if kind == "lines":
        parts += [{"lines": [{"sku": line["sku"], "quantity": 1}]} for line in sale["lines"]]
    if kind.endswith("the rest"):
        parts.append({"is_rest": True})
    return [
        part
        | {"of": sale["number"], "number": f"{sale['number']}-{place}", "at": sale["at"] + timedelta(minutes=place)}
        for place, part in enumerate(parts, start=1)
    ]


def told(shop_prefix: str, member_id: UUID, event: dict[str, Any]) -> News:
    """The event as a till of this run tells it."""
    at = {"occurred_at": event["at"].isoformat()}
    if "of" not in event:
        sale = {"external_id": f"{shop_prefix}-{event['number']}", "member_id": str(member_id), "currency": "RUB"}
        return News("/receipts", sale | at | {"offline": True, "total": event["total"], "lines": event["lines"]})
    back = {name: event[name] for name in ("amount", "lines") if name in event}
    path = f"/receipts/{shop_prefix}-{event['of']}/returns"
    return News(path, {"external_id": f"{shop_prefix}-R{event['number']}"} | at | back, is_part="amount" in event)


def tell(shop: ServedShop, news: list[News], *, tills: int) -> int:
    """Tells everything; a return whose sale is not known yet is told again later. How often that was so."""
    waiting, too_early, lock = deque(news), 0, threading.Lock()

    def till() -> None:
        nonlocal too_early
        while True:
            with lock:
                if not waiting:
                    return
                one = waiting.popleft()
            answer = shop.ask(one.path, one.body)
            if answer.status_code == 404:
                assert answer.json()["type"] == "unknown-receipt", answer.text
                with lock:
                    waiting.append(one)
                    too_early += 1
            elif answer.status_code == 422:
                # A part comes after all that was left of its sale, and so it is back already.
                assert (answer.json()["type"], one.is_part) == ("more-than-sold", True), answer.text
            else:
                assert answer.status_code in {200, 201}, answer.text

    with ThreadPoolExecutor(tills) as pool:
        for done in [pool.submit(till) for _ in range(tills)]:
            done.result()
    return too_early


def end_of(shop: ServedShop, member_id: UUID) -> list[tuple[Any, ...]]:
    rows = shop.run(lambda session: session.execute(text(END), {"member_id": member_id}).all())
    return [tuple(row) for row in rows]


def one_trial(shop: ServedShop, chance: random.Random) -> None:
    events = days_of_a_shop(chance)
    alice, boris, vera = shop.guest(), shop.guest(), shop.guest()
    prefixes = {member: shop.number("order") for member in (alice, boris, vera)}
    by_time = sorted(events, key=lambda event: event["at"])
    tell(shop, [told(prefixes[alice], alice, event) for event in by_time], tills=1)
    expected = end_of(shop, alice)

    shuffled = [told(prefixes[boris], boris, event) for event in events] * 3
    chance.shuffle(shuffled)
    tell(shop, shuffled, tills=1)
    assert end_of(shop, boris) == expected

    backwards = [told(prefixes[vera], vera, event) for event in reversed(by_time)] * 2
    too_early = tell(shop, backwards, tills=TILLS)
    assert end_of(shop, vera) == expected
    assert too_early or all("of" not in event for event in events), "no return came before its sale"


def test_shuffled_doubled_and_concurrent_news_end_as_those_in_order(shop: ServedShop, seed: int) -> None:
    one_trial(shop, random.Random(seed))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_news_in_any_order_at_length(shop: ServedShop, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        one_trial(shop, chance)
