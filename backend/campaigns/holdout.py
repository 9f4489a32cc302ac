"""Who is kept out of a campaign to compare with. Pure."""

import hashlib
from uuid import UUID


def is_held_out(campaign_id: UUID, member_id: UUID, *, percent: int) -> bool:
    """Whether this member is among the `percent` of a hundred that this campaign leaves out.

    Decided by a hash of both: the same at every asking, and drawn anew for each campaign.
    """
    digest = hashlib.blake2b(member_id.bytes, key=campaign_id.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100 < percent
