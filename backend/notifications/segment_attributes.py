"""What segments may ask of messages: which campaigns somebody got, and whether they were read."""

from backend.shared.attributes import Attribute, SegmentFacts, Source
from backend.shared.wording import N_

MESSAGES = N_("Messages")

_CAMPAIGNS = Source(
    "campaign_messages",
    "(SELECT member_id, created_at, read_at FROM messages WHERE broadcast_id IS NOT NULL) AS message",
    member="message.member_id",
    at="message.created_at",
)

# Without touches: a campaign's messages have ids of their own making, and segments hear of them within the hour.
FACTS = SegmentFacts(
    attributes=(
        Attribute(
            "campaigns_received",
            MESSAGES,
            N_("Campaigns they got"),
            "whole",
            _CAMPAIGNS,
            "count(*) FILTER (WHERE {window})",
            windowed=True,
        ),
        Attribute(
            "campaigns_read",
            MESSAGES,
            N_("Campaigns they read"),
            "whole",
            _CAMPAIGNS,
            "count(message.read_at) FILTER (WHERE {window})",
            windowed=True,
        ),
        Attribute(
            "last_campaign", MESSAGES, N_("Last campaign they got"), "day", _CAMPAIGNS, "max(message.created_at)"
        ),
    ),
)
