"""Whatever comes when, in whichever batches: members end where one recomputation from their whole history puts them."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.programmes.programme import Tiers, Window
from backend.tiers import service as tiers
from backend.tiers.jobs import TIER_REVIEW
from tests.conftest import ObedientClock
from tests.factories.ledger import member_with_book
from tests.factories.shops import a_shop, a_store
from tests.factories.tiers import bring_back, buy, ladder_of, programme_with_tiers, put_in_force
from tests.tiers.reference import Bought, Life

BEGINNING = datetime(2024, 2, 28, 22, 30, tzinfo=UTC)
DAYS = 1_400
Event = tuple[datetime, int, str, Bought]


@pytest.fixture
def seed() -> int:
    chosen = random.SystemRandom().randrange(10**9)
    print(f"seed={chosen}")  # noqa: T201 - pytest shows it with the failure
    return chosen


def any_ladder(chance: random.Random) -> Tiers:
    window = chance.choice([Window("year"), Window("months", 12), Window("months", 1), Window("months", 7), Window()])
    grace_days, landing = chance.choice([0, 0, 1, 30]), chance.choice(["soft", "hard"])
    if chance.random() < 0.3:
        return ladder_of("visits", silver=2, gold=5, platinum=9, window=window, grace_days=grace_days, landing=landing)
    return ladder_of(window=window, grace_days=grace_days, landing=landing)


def any_past(chance: random.Random, members: int) -> list[Event]:
    """Purchases of several members, of which some come back, in order of time."""
    events: list[Event] = []
    for member in range(members):
        for _ in range(chance.randint(0, 40)):
            at = BEGINNING + timedelta(seconds=chance.randrange(DAYS * 86_400))
            bought = Bought(at, chance.choice([1, 400, 999, 1_000, 2_500, 6_000, 20_000]))
            events.append((at, member, "buy", bought))
            while chance.random() < 0.3 and bought.kept(at + timedelta(days=9_999)):
                back_at = at + timedelta(seconds=chance.randrange(1, 500 * 86_400))
                minor = chance.randint(1, bought.kept(at + timedelta(days=9_999)))
                bought.came_back.append((back_at, minor))
                events.append((back_at, member, f"back {minor}", bought))
    return sorted(events, key=lambda event: event[0])


def review_all(session: Session, clock: ObedientClock) -> None:
    while (due := TIER_REVIEW.next_due(session)) is not None and due <= clock.now:
        assert TIER_REVIEW.run(session, due)


@pytest.mark.parametrize("trial", [*range(12), *(pytest.param(n, marks=pytest.mark.long) for n in range(12, 300))])
def test_batches_and_late_reviews_end_as_one_recomputation(
    session: Session, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch, seed: int, trial: int
) -> None:
    chance = random.Random(seed + trial)
    zone = chance.choice(["Europe/Moscow", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
    a_shop(session).zone = zone
    ladder = any_ladder(chance)
    programme, store_id = programme_with_tiers(ladder), a_store(session).id
    put_in_force(monkeypatch, (BEGINNING, programme))
    members = [member_with_book(session) for _ in range(3)]
    past, receipts = any_past(chance, len(members)), dict[int, UUID]()
    events = list(past)
    end = BEGINNING + timedelta(days=DAYS + 900)
    while events:
        batch = [events.pop(0) for _ in range(min(len(events), chance.randint(1, 6)))]
        clock.set(batch[0][0] - timedelta(seconds=1))
        if chance.random() < 0.3:
            review_all(session, clock)
        clock.set(batch[-1][0])
        for at, member, what, bought in batch:
            if what == "buy":
                receipts[id(bought)] = buy(session, store_id, members[member], bought.minor, at=at)
            else:
                bring_back(session, receipts[id(bought)], int(what.split()[1]), at=at)
        tiers.keep_up(session, programme, [(members[who], at) for at, who, what, _ in batch if what == "buy"])
    clock.set(end)
    review_all(session, clock)
    for number, member_id in enumerate(members):
        life = Life(ladder, zone)
        life.live([bought for _, who, what, bought in past if who == number and what == "buy"], end)
        assert stored_changes(session, member_id) == life.changes
        assert stored(session, member_id) == (life.stood.tier, life.stood.since, life.stood.until)


def stored(session: Session, member_id: UUID) -> tuple[str | None, datetime | None, datetime | None]:
    row = session.execute(
        text("SELECT tier, since, holds_until FROM member_tiers WHERE member_id = :id"), {"id": member_id}
    ).one_or_none()
    return (row[0], row[1], row[2]) if row else (None, None, None)


def stored_changes(session: Session, member_id: UUID) -> list[tuple[datetime, str | None, str | None]]:
    rows = session.execute(
        text("SELECT at, tier_before, tier_after FROM tier_changes WHERE member_id = :id ORDER BY at, id"),
        {"id": member_id},
    )
    return [(row[0], row[1], row[2]) for row in rows]
