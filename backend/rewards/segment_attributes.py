"""What segments may ask of rewards: what was ordered, and which coupons wait to be used."""

from backend.shared.attributes import Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

REWARDS = N_("Rewards")
_ORDERS = Source(
    "orders",
    "(SELECT member_id, state, ordered_at FROM reward_orders WHERE state <> 'cancelled') AS reward_order",
    member="reward_order.member_id",
    at="reward_order.ordered_at",
)

FACTS = SegmentFacts(
    attributes=(
        Attribute(
            "orders",
            REWARDS,
            N_("Rewards ordered"),
            "whole",
            _ORDERS,
            "count(*) FILTER (WHERE {window})",
            windowed=True,
        ),
        Attribute(
            "coupons_unused",
            REWARDS,
            N_("Coupons not used yet"),
            "whole",
            _ORDERS,
            "count(*) FILTER (WHERE reward_order.state IN ('ordered', 'issued'))",
        ),
        Attribute("last_order", REWARDS, N_("Last reward ordered"), "day", _ORDERS, "max(reward_order.ordered_at)"),
    ),
    # A coupon that is used or runs out makes no new row: segments hear of it with the purchase, or within the hour.
    touches=(Touches("SELECT id, member_id FROM reward_orders WHERE id >= %(floor)s"),),
)
