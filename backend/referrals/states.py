"""The states that a referral went through, each with its time and reason, as the advocate may read them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.referrals.models import STATUSES, ReferralState
from backend.shared.wording import Reader, render_body, render_title


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """That a referral became so at a moment, and why."""

    status: str
    at: datetime
    reason_kind: str | None
    reason_facts: Mapping[str, Any]


def states_of(session: Session, referral_ids: Collection[UUID]) -> dict[UUID, list[State]]:
    """The states of these referrals in the order in which they came; one statement."""
    rows = session.scalars(
        select(ReferralState).where(ReferralState.referral_id.in_(referral_ids)).order_by(ReferralState.at)
    ).all()
    found: defaultdict[UUID, list[State]] = defaultdict(list)
    # What became so in one moment went through the states in their order.
    for row in sorted(rows, key=lambda row: (row.at, STATUSES.index(row.status))):
        found[row.referral_id].append(
            State(status=row.status, at=row.at, reason_kind=row.reason_kind, reason_facts=row.reason_facts)
        )
    return found


def in_words(state: State, reader: Reader) -> str:
    """One state as a line for the advocate; where there is a reason, the reason."""
    if state.reason_kind and state.status in ("qualified", "rejected", "reversed"):
        return render_body(state.reason_kind, state.reason_facts, reader)
    return render_title(f"referral_state_{state.status}", {}, reader)
