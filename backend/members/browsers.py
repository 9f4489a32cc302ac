"""Which sign-ins are on a device that is known; a browser has no id of its own that could be kept as evidence.

A sign-in that registered an installation is known by it. Any other is a browser: one that shows the member's card, or
spends from it, from a network from which the member was not known before, while the member has a phone with the app,
is a further device like any other.
"""

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from backend.members.account_changes import note_change
from backend.members.events import FurtherDeviceLinked
from backend.members.models import DeviceLink, TokenFamily
from backend.shared.clock import business_now
from backend.shared.events import publish


def know_device(session: Session, *, family_id: UUID) -> None:
    """This sign-in is on an installation, which is kept as evidence by itself."""
    session.execute(
        update(TokenFamily)
        .where(TokenFamily.id == family_id, TokenFamily.device_known.is_(False))
        .values(device_known=True)
    )


def look_at_browser(session: Session, *, member_id: UUID, family_id: UUID) -> None:
    """Judges, once for each sign-in, whether what shows the member's card, or spends from it, is a further
    device of theirs.
    """
    family = session.scalar(
        select(TokenFamily)
        .where(TokenFamily.id == family_id, TokenFamily.device_known.is_(False))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if family is None:
        return
    family.device_known = True
    has_app = select(exists().where(DeviceLink.member_id == member_id, DeviceLink.by_sign_in))
    was_there = select(
        exists().where(
            TokenFamily.member_id == member_id,
            TokenFamily.id != family_id,
            # A thief may sign in twice: the first time makes nothing known.
            TokenFamily.device_known,
            TokenFamily.created_at <= family.created_at,
            TokenFamily.network_hmac.is_not_distinct_from(family.network_hmac),
        )
    )
    if family.network_hmac is None or not session.scalar(has_app) or session.scalar(was_there):
        return
    change = note_change(session, member_id=member_id, kind="browser")
    linked = FurtherDeviceLinked(member_id=member_id, platform="web", linked_at=business_now(), change=change)
    publish(session, linked)
