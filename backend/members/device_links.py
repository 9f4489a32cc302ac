"""Which installations a member has used: evidence for the fraud rules, and a warning when a further one comes."""

from uuid import UUID

from sqlalchemy import Boolean, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.members.events import FurtherDeviceLinked
from backend.members.models import DeviceLink
from backend.members.personal_data import personal_data
from backend.shared.clock import business_now
from backend.shared.events import publish


def link_device(session: Session, *, member_id: UUID, install_id: str, platform: str | None = None) -> None:
    """Keeps as evidence that the member uses this installation, and tells when it is not their first one."""
    now = business_now()
    is_new = session.execute(
        insert(DeviceLink)
        .values(
            member_id=member_id,
            install_hmac=personal_data().lookup("install", install_id),
            first_linked_at=now,
            last_linked_at=now,
        )
        .on_conflict_do_update(
            index_elements=[DeviceLink.member_id, DeviceLink.install_hmac], set_={"last_linked_at": now}
        )
        # No former version of the row: it was inserted, not updated.
        .returning(literal_column("xmax = 0", Boolean))
    ).scalar_one()
    links = session.scalar(select(func.count()).select_from(DeviceLink).where(DeviceLink.member_id == member_id))
    if is_new and links and links > 1:
        publish(session, FurtherDeviceLinked(member_id=member_id, platform=platform, linked_at=now))
