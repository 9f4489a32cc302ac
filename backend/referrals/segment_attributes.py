"""What segments may ask of referrals: whom somebody brought, and who brought them."""

from backend.shared.attributes import Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

FRIENDS = N_("Friends")

_JOINED = Source("friends_joined", "referrals AS referral", member="referral.advocate_id", at="referral.joined_at")
_QUALIFIED = Source(
    "friends_rewarded",
    "(SELECT advocate_id, qualified_at FROM referrals WHERE status = 'rewarded') AS referral",
    member="referral.advocate_id",
    at="referral.qualified_at",
)
_BROUGHT = Source("brought", "referrals AS referral", member="referral.friend_id", single=True)

FACTS = SegmentFacts(
    attributes=(
        Attribute(
            "friends_joined",
            FRIENDS,
            N_("Friends who joined"),
            "whole",
            _JOINED,
            "count(*) FILTER (WHERE {window})",
            windowed=True,
        ),
        Attribute(
            "friends_rewarded",
            FRIENDS,
            N_("Friends who were rewarded"),
            "whole",
            _QUALIFIED,
            "count(*) FILTER (WHERE {window})",
            windowed=True,
        ),
        Attribute("brought_by_friend", FRIENDS, N_("Was brought by a friend"), "flag", _BROUGHT, "true"),
    ),
    touches=(
        Touches(
            "SELECT id, advocate_id AS member_id FROM referrals WHERE id >= %(floor)s"
            " UNION ALL SELECT id, friend_id FROM referrals WHERE id >= %(floor)s"
        ),
    ),
)
