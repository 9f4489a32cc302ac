"""What a member brings to a question of the programme: gathered only where somebody asks for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes.engine.facts import MemberFacts
from backend.programmes.needs import Needs
from backend.programmes.programme import Programme
from backend.receipts import queries as receipts
from backend.referrals import queries as referrals
from backend.segments import queries as segments
from backend.tiers import queries as tiers


def facts_of(session: Session, member_id: UUID, programme: Programme, needs: Needs, *, at: datetime) -> MemberFacts:
    """The member as this programme's conditions see them at this moment; what nothing needs is left out."""
    facts, only = MemberFacts(), [member_id]
    if needs.tier:
        facts.tier = tiers.tiers_of(session, only, programme=programme.programme).get(member_id)
    if needs.segments:
        facts.segments = segments.memberships(session, only, needs.segments).get(member_id, frozenset())
    if needs.profile:
        profile = members.profiles(session, only)[member_id]
        facts.joined_at, facts.language, facts.birthday = profile.joined_at, profile.language, profile.birthday
    if needs.referrals:
        facts.referrals = referrals.rewarded_counts(session, only).get(member_id, 0)
    if needs.history:
        histories = receipts.histories(session, only, currency=programme.currency, window_days=needs.window_days, at=at)
        facts.history = histories.get(member_id)
    return facts
