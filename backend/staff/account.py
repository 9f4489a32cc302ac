"""What somebody of the staff does about their own account, signed in: a new password, other factors, a fresh proof."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import factors, service, sign_in_limits
from backend.staff.credentials import read_credential
from backend.staff.errors import StaffTokenNeeded
from backend.staff.models import PageSession, StaffMember
from backend.staff.passwords import check_new_password, hash_password, password_matches
from backend.staff.sign_in import FRESH_FOR


@dataclass(frozen=True)
class Holding:
    """The page session of a browser and the account behind it, which is held until the transaction ends."""

    page_session: PageSession
    member: StaffMember


def holding(session: Session, *, session_text: str) -> Holding:
    """The page session with this credential.

    Raises:
        StaffTokenNeeded: there is none, or it is over.
    """
    credential = read_credential(session_text, "session")
    if credential is None:
        raise StaffTokenNeeded
    found = session.scalar(select(PageSession).where(PageSession.prefix == credential.prefix))
    if found is None or not credential.matches(found.secret_hash):
        raise StaffTokenNeeded
    member = factors.locked(session, found.staff_id)
    session.refresh(found)
    if found.ended_at is not None or found.expires_at <= system_now() or member.disabled_at is not None:
        raise StaffTokenNeeded
    return Holding(found, member)


def confirm_by_code(session: Session, held: Holding, *, code: str, network_address: str | None) -> bool:
    """Makes the session fresh by a code of the app or a recovery code; whether the code was right.

    Raises:
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    account = sign_in_limits.factor_key(held.member.id)
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    proven = factors.proven_by_code(session, held.member, code)
    return _confirmed(session, held, proven, network_address=network_address)


def confirm_by_passkey(session: Session, held: Holding, *, answer: str, network_address: str | None) -> bool:
    """Makes the session fresh by a passkey's signature; whether it was the account's.

    Raises:
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    account = sign_in_limits.factor_key(held.member.id)
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    proven = factors.proven_by_passkey(session, held.page_session, member=held.member, answer=answer)
    return _confirmed(session, held, proven, network_address=network_address)


def change_password(
    session: Session, held: Holding, *, present: str, new: str, shop: str, network_address: str | None
) -> bool:
    """Sets another password and ends all other sessions of the person; False when the present one is wrong.

    Raises:
        PasswordRefused: the new one is too short, made of the person's name, or easy to guess.
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    member = held.member
    account = sign_in_limits.password_key(member.login or "")
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    if not password_matches(present, member.password_hash):
        sign_in_limits.note_failure(session, account=account, network_address=network_address)
        return False
    check_new_password(new, personal_words=[member.name, member.login or "", shop])
    member.password_hash = hash_password(new)
    service.end_ways_in(session, staff_id=member.id, besides=held.page_session.id)
    _audit(session, member.id, "change_password")
    return True


def add_passkey(session: Session, held: Holding, *, answer: str) -> bool:
    """Adds the passkey that the browser has made; False when it is none of ours."""
    added = factors.take_new_passkey(session, held.page_session, member=held.member, answer=answer)
    if added:
        _audit(session, held.member.id, "add_passkey")
    return added


def remove_passkey(session: Session, held: Holding, *, passkey_id: UUID) -> bool:
    """Removes a passkey; False when it is not the person's, or their only factor."""
    own = factors.own_passkeys(session, held.member.id)
    found = next((passkey for passkey in own if passkey.id == passkey_id), None)
    if found is None or (len(own) == 1 and held.member.totp_ciphertext is None):
        return False
    session.delete(found)
    _audit(session, held.member.id, "remove_passkey")
    return True


def replace_totp(session: Session, held: Holding, *, code: str) -> bool:
    """Makes the authenticator app that shows `code` the person's own, instead of the earlier one."""
    replaced = factors.finish_totp(held.member, held.page_session, code=code)
    if replaced:
        _audit(session, held.member.id, "replace_totp")
    return replaced


def replace_recovery_codes(session: Session, held: Holding) -> list[str]:
    """Ten fresh recovery codes, told this once; the earlier ones are worthless."""
    codes = factors.replace_recovery_codes(session, held.member)
    _audit(session, held.member.id, "replace_recovery_codes")
    return codes


def _confirmed(session: Session, held: Holding, proven: str | None, *, network_address: str | None) -> bool:
    if proven is None:
        account = sign_in_limits.factor_key(held.member.id)
        sign_in_limits.note_failure(session, account=account, network_address=network_address)
        return False
    if proven == "recovery_code":
        _audit(session, held.member.id, "use_recovery_code")
    held.page_session.fresh_until = system_now() + FRESH_FOR
    return True


def _audit(session: Session, staff_id: UUID, action: str) -> None:
    subject = f"staff_member:{staff_id}"
    service.audit(session, who=subject, action=action, subject=subject)
    session.flush()
