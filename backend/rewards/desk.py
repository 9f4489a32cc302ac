"""What staff does with rewards, by their names; each act is written down."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.rewards import queries, service, stock
from backend.rewards.order import Order
from backend.rewards.queries import RewardStanding
from backend.rewards.stock import Loaded
from backend.shared.clock import business_now
from backend.staff import service as staff


def load_codes(session: Session, reward_id: str, codes: Sequence[str], *, who: str) -> Loaded:
    """Adds a partner's codes to a reward's stock.

    Raises:
        UnknownReward, CodesNotLoaded: it has no such stock.
    """
    return stock.load_codes(session, queries.find(session, reward_id, at=business_now()), codes, who=who)


def pause(session: Session, reward_id: str, *, who: str) -> dict[str, Any]:
    """Lets nobody order a reward; how it stands.

    Raises:
        UnknownReward: no programme in force offers it.
    """
    found = queries.find(session, reward_id, at=business_now())
    stock.pause(session, found, who=who)
    return _standing(session, found.id)


def resume(session: Session, reward_id: str, *, who: str) -> dict[str, Any]:
    """Lets a reward be ordered again; how it stands.

    Raises:
        UnknownReward: no programme in force offers it.
    """
    found = queries.find(session, reward_id, at=business_now())
    stock.resume(session, found, who=who)
    return _standing(session, found.id)


def issue(session: Session, order_id: UUID, *, who: str) -> Order:
    """Hands out what waited for it (see `service.issue`)."""
    before = queries.order(session, order_id)
    issued = service.issue(session, order_id)
    _audit(session, issued, "issue_reward", before=before, who=who)
    return issued


def cancel(session: Session, order_id: UUID, *, who: str) -> Order:
    """Gives an order's points back (see `service.cancel`)."""
    before = queries.order(session, order_id)
    cancelled = service.cancel(session, order_id)
    _audit(session, cancelled, "cancel_reward", before=before, who=who)
    return cancelled


def orders(
    session: Session, *, reward_id: str | None, state: str | None, before: UUID | None, limit: int
) -> list[Order]:
    """Members' orders, newest first.

    Raises:
        UnknownReward: no programme in force offers it.
    """
    of = queries.find(session, reward_id, at=business_now()).key if reward_id else None
    return queries.orders(session, of=of, states=(state,) if state else (), before=before, limit=limit)


def standing_answer(standing: RewardStanding) -> dict[str, Any]:
    """A reward and how it stands, as programs are told."""
    reward, left = standing.offered.reward, standing.stock
    return {
        "id": standing.offered.id,
        "title": reward.title,
        "kind": reward.kind,
        "price_points": reward.price_points,
        "is_paused": left.is_paused,
        "ordered_in_all": left.ordered_in_all,
        "ordered_today": left.ordered_today,
        "left": left.left,
        "codes_free": left.codes_free,
        "orders": dict(standing.by_state),
    }


def _standing(session: Session, reward_id: str) -> dict[str, Any]:
    standings = queries.standings(session, at=business_now())
    return next(standing_answer(one) for one in standings if one.offered.id == reward_id)


def _audit(session: Session, order: Order, action: str, *, before: Order | None, who: str) -> None:
    if before is None or before.state == order.state:
        return
    staff.audit(
        session,
        who=who,
        action=action,
        subject=f"redemption:{order.id}",
        before={"state": before.state},
        after={"state": order.state, "points": order.price_points},
    )
