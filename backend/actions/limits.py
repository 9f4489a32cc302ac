"""How often an action brings points. Pure; days are the shop's."""

from collections.abc import Sequence
from datetime import datetime

from backend.budgets.periods import day_of
from backend.programmes.programme import Action
from backend.shared.wording import Said


def reason_against(action: Action, rewarded: Sequence[datetime], at: datetime, *, zone: str) -> Said | None:
    """Why this action brings nothing at this moment, after those at which it brought something; None where it does."""
    if action.per_member is not None and len(rewarded) >= action.per_member:
        return Said("actions.done_often_enough", {"times": action.per_member})
    if action.per_member_per_day is None:
        return None
    today = day_of(at, zone=zone)
    if sum(1 for moment in rewarded if day_of(moment, zone=zone) == today) >= action.per_member_per_day:
        return Said("actions.done_often_enough_today", {"times": action.per_member_per_day})
    return None
