"""Installations of the app: where pushes go, and whose they have been."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.members import cards, queries
from backend.members.browsers import know_device
from backend.members.device_links import link_device
from backend.members.errors import UnknownDevice, UnknownMember
from backend.members.events import MemberChanged
from backend.members.models import Device
from backend.members.personal_data import personal_data
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.errors import Invalid
from backend.shared.events import publish
from backend.shared.i18n import _l
from backend.shared.ids import new_id

INSTALL_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PushToken:
    """How a provider of pushes knows an installation. The two kinds are never mixed for one."""

    kind: Literal["token", "fid"]
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RegisteredDevice:
    """A device as its owner sees it."""

    id: UUID
    install_id: str
    platform: str
    app_version: str | None
    push: bool
    refreshed_at: datetime


def read_install_id(text: str) -> str:
    """The install id, if it can be one.

    Raises:
        Invalid: on the field `install_id`.
    """
    if not INSTALL_ID.fullmatch(text):
        raise Invalid(errors={"install_id": [_l("Take 1 to 64 of letters, digits and . _ : -")]})
    return text


def register_device(
    session: Session,
    *,
    member_id: UUID,
    install_id: str,
    platform: str,
    push_token: PushToken | None,
    app_version: str | None,
    by_sign_in: bool = True,
    family_id: UUID | None = None,
) -> RegisteredDevice:
    """The device, which is the member's from now on, whoever had it before; both links are kept as evidence.
    `by_sign_in` is false for devices that are brought along with a member (see `link_device`); `family_id` is the
    sign-in on it.

    The whole of it is replaced: without a push token the device is not pushed to any more.

    Raises:
        UnknownMember: there is no such member, or not any more.
    """
    key = queries.member_keys(session, [member_id]).get(member_id)
    if key is None:
        raise UnknownMember
    # Before the device is there, so that those who are warned of it are the others.
    link_device(session, member_id=member_id, install_id=install_id, platform=platform, by_sign_in=by_sign_in)
    if family_id is not None:
        know_device(session, family_id=family_id)
    now = system_now()
    before = session.scalar(select(Device.member_id).where(Device.install_id == install_id))
    facts = {"member_id": member_id, "platform": platform, "app_version": app_version, "refreshed_at": now}
    no_token = {"token_kind": None, "token_ciphertext": None, "token_lookup_hmac": None}
    device_id = session.execute(
        insert(Device)
        .values(id=new_id(), install_id=install_id, linked_at=now, **facts)
        .on_conflict_do_update(index_elements=[Device.install_id], set_=facts | no_token)
        .returning(Device.id)
    ).scalar_one()
    if push_token is not None:
        lookup = personal_data().lookup(f"push.{push_token.kind}", push_token.value)
        # One token reaches one installation: after a restored backup the old one must not be told as well.
        session.execute(update(Device).where(Device.token_lookup_hmac == lookup).values(**no_token))
        session.execute(
            update(Device)
            .where(Device.id == device_id)
            .values(
                token_kind=push_token.kind,
                token_ciphertext=key.seal_text(push_token.value, place=queries.token_place(device_id)),
                token_lookup_hmac=lookup,
            )
        )
    for changed in {member_id, before or member_id}:
        publish(session, MemberChanged(member_id=changed))
    return RegisteredDevice(
        id=device_id,
        install_id=install_id,
        platform=platform,
        app_version=app_version,
        push=push_token is not None,
        refreshed_at=now,
    )


def remove_device(session: Session, *, member_id: UUID, install_id: str) -> None:
    """Forgets the member's device; its card codes may still earn for some days, and never spend.

    Raises:
        UnknownDevice: the member has no such device.
    """
    removed = session.execute(
        delete(Device).where(Device.member_id == member_id, Device.install_id == install_id).returning(Device.id)
    ).first()
    revoked = cards.revoke_card_key(session, member_id=member_id, install_id=install_id)
    if removed is None and not revoked:
        raise UnknownDevice
    publish(session, MemberChanged(member_id=member_id))


def forget_push_address(session: Session, *, device_id: UUID, registered_before: datetime) -> None:
    """Forgets a push token that its provider says is dead, unless the app registered again at or after that moment."""
    forgotten = driver_connection(session).execute(
        """
        UPDATE devices SET token_kind = NULL, token_ciphertext = NULL, token_lookup_hmac = NULL
        WHERE id = %s AND refreshed_at < %s RETURNING member_id
        """,
        (device_id, registered_before),
    )
    for (member_id,) in forgotten.fetchall():
        publish(session, MemberChanged(member_id=member_id))
