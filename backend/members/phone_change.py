"""Moving to another phone number, which the member has proven to have; whoever has the old one hears of it."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.members import queries
from backend.members.account_changes import note_change
from backend.members.addresses import Address, home_region, parse_phone
from backend.members.enrolment import add_contact, member_of_address, says_taken
from backend.members.errors import PhoneTaken, WrongCode
from backend.members.events import MemberChanged, PhoneChanged
from backend.members.models import MemberContact
from backend.members.profile import Profile, lock, profile
from backend.members.sign_in_codes import CodeAccepted, spend_code, try_code
from backend.shared.events import publish
from backend.shops.queries import the_shop


def change_phone(
    session: Session, *, member_id: UUID, phone: str, code: str, network_address: str | None
) -> Profile | WrongCode:
    """Gives the member this phone, to which the one-time code was sent, in place of the one they have, if any.

    A wrong code is returned, not raised: that it was tried must be committed.

    Raises:
        Invalid: the phone is not one.
        TooManyGuesses: too many codes were wrong before.
        PhoneTaken: it is another member's.
        UnknownMember: there is no such member, or not any more.
    """
    address = parse_phone(phone, region=home_region(the_shop(session).zone))
    accepted = try_code(session, address=address, code=code, network_address=network_address)
    if not isinstance(accepted, CodeAccepted):
        return accepted
    lock(session, member_id)
    owner = member_of_address(session, address=address)
    if owner not in {None, member_id}:
        raise PhoneTaken
    spend_code(session, accepted)
    if owner is None:
        before = queries.contact_addresses(session, [member_id], "phone").get(member_id)
        _replace_phone(session, member_id, address)
        publish(session, MemberChanged(member_id=member_id))
        if before is not None:
            change = note_change(session, member_id=member_id, kind="phone")
            publish(session, PhoneChanged(member_id=member_id, phone_before=before, change=change))
    return profile(session, member_id=member_id)


def _replace_phone(session: Session, member_id: UUID, address: Address) -> None:
    key = queries.member_keys(session, [member_id])[member_id]
    try:
        with session.begin_nested():
            is_phone = (MemberContact.member_id == member_id, MemberContact.kind == "phone")
            session.execute(delete(MemberContact).where(*is_phone))
            add_contact(session, member_id=member_id, key=key, address=address, verified=True)
    except IntegrityError as error:
        if not says_taken(error):
            raise
        # Say, a till enrolled it in the same moment and was first.
        raise PhoneTaken from error
