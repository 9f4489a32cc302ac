"""Which installations a member has used: evidence for the fraud rules, and a warning when a further one comes."""

from uuid import UUID

from sqlalchemy import Boolean, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.members.account_changes import note_change
from backend.members.events import FurtherDeviceLinked
from backend.members.models import DeviceLink
from backend.members.personal_data import personal_data
from backend.shared.clock import business_now
from backend.shared.events import publish


def link_device(
    session: Session, *, member_id: UUID, install_id: str, platform: str | None = None, by_sign_in: bool = True
) -> None:
    """Keeps as evidence that the member uses this installation, and tells when it is not their first one.

    A further one also changes the account, unless all others were brought along with the member (not `by_sign_in`):
    then nobody has signed in before, and there was nobody to steal from.
    """
    now, install_hmac = business_now(), personal_data().lookup("install", install_id)
    is_new = session.execute(
        insert(DeviceLink)
        .values(
            member_id=member_id,
            install_hmac=install_hmac,
            first_linked_at=now,
            last_linked_at=now,
            by_sign_in=by_sign_in,
        )
        .on_conflict_do_update(
            index_elements=[DeviceLink.member_id, DeviceLink.install_hmac], set_={"last_linked_at": now}
        )
        # No former version of the row: it was inserted, not updated.
        .returning(literal_column("xmax = 0", Boolean))
    ).scalar_one()
    others = select(func.count(), func.count().filter(DeviceLink.by_sign_in)).where(
        DeviceLink.member_id == member_id, DeviceLink.install_hmac != install_hmac
    )
    links, used = session.execute(others).one() if is_new else (0, 0)
    if not links:
        return
    change = note_change(session, member_id=member_id, kind="device") if used and by_sign_in else None
    publish(session, FurtherDeviceLinked(member_id=member_id, platform=platform, linked_at=now, change=change))
