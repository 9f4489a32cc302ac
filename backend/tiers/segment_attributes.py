"""What segments may ask of tiers: which one a member has, and since when."""

from backend.shared.attributes import Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

TIERS = N_("Tier")

_HELD = Source(
    "tiers", "(SELECT * FROM member_tiers WHERE tier IS NOT NULL) AS held", member="held.member_id", at="held.since"
)

FACTS = SegmentFacts(
    attributes=(
        # A text and no choice: a tier that nobody has reached yet may be asked for too.
        Attribute("tier", TIERS, N_("Tier, by its name in the programme"), "text", _HELD, "max(held.tier)"),
        Attribute("tier_since", TIERS, N_("Has the tier since"), "day", _HELD, "max(held.since)"),
    ),
    touches=(Touches("SELECT id, member_id FROM tier_changes WHERE id >= %(floor)s"),),
)
