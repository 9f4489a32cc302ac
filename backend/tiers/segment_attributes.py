"""What segments may ask of tiers: where somebody stands, and since when; of several programmes, the last tier reached."""

from backend.shared.attributes import Attribute, SegmentFacts, Source, Touches
from backend.shared.wording import N_

TIERS = N_("Tiers")
_STANDINGS = Source(
    "standings",
    "(SELECT member_id, tier, since FROM member_tiers WHERE tier IS NOT NULL) AS standing",
    member="standing.member_id",
)

FACTS = SegmentFacts(
    attributes=(
        Attribute(
            "tier",
            TIERS,
            N_("Tier"),
            "choice",
            _STANDINGS,
            "(array_agg(standing.tier ORDER BY standing.since DESC, standing.tier))[1]",
            choices_rows="SELECT DISTINCT tier, tier FROM member_tiers WHERE tier IS NOT NULL ORDER BY tier",
        ),
        Attribute("tier_since", TIERS, N_("In the tier since"), "day", _STANDINGS, "max(standing.since)"),
    ),
    touches=(Touches("SELECT id, member_id FROM tier_changes WHERE id >= %(floor)s"),),
)
