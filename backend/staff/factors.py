"""The second factors of an account: made, replaced, proven. A proof counts once.

Whoever holds a page open (`Entry` on the way in, `PageSession` when signed in) carries what is asked of the browser.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import passkeys, recovery_codes, sealing, service, totp
from backend.staff.errors import AccountDisabled, OwnAccount
from backend.staff.models import Entry, PageSession, Passkey, RecoveryCode, StaffMember
from backend.staff.passkeys import NewPasskey, PasskeyRefused
from backend.staff.queries import staff_member

CHALLENGE_LIFE = timedelta(minutes=5)
# Rows that only refer to the account need not wait.
HELD = {"key_share": True}
Holder = Entry | PageSession


def locked(session: Session, staff_id: UUID) -> StaffMember:
    """The account, held until the transaction ends: of two proofs by the same code one comes first."""
    return session.get_one(StaffMember, staff_id, with_for_update=HELD, populate_existing=True)


def own_passkeys(session: Session, staff_id: UUID) -> list[Passkey]:
    """The account's passkeys, oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.staff_id == staff_id).order_by(Passkey.id)))


def has_any(session: Session, member: StaffMember) -> bool:
    """Whether the account has a second factor; recovery codes alone are none."""
    return member.totp_ciphertext is not None or bool(own_passkeys(session, member.id))


def recovery_codes_left(session: Session, staff_id: UUID) -> int:
    """How many recovery codes are unused."""
    unused = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def begin_totp(holder: Holder) -> bytes:
    """A fresh secret for an authenticator app, kept with the open page until the app has shown a code of it."""
    secret = totp.new_secret()
    holder.totp_ciphertext = sealing.seal(secret, row_id=holder.id)
    return secret


def totp_under_way(holder: Holder) -> bytes | None:
    """The secret that `begin_totp` has kept; None when there is none."""
    return sealing.unseal(holder.totp_ciphertext, row_id=holder.id) if holder.totp_ciphertext else None


def finish_totp(member: StaffMember, holder: Holder, *, code: str) -> bool:
    """Makes the new app the account's own, if `code` is the app's; whether it was."""
    secret = totp_under_way(holder)
    step = totp.matching_step(secret, code, at=system_now(), after=None) if secret else None
    if secret is None or step is None:
        return False
    member.totp_ciphertext = sealing.seal(secret, row_id=member.id)
    member.totp_step_last = step
    holder.totp_ciphertext = None
    return True


def ask_to_make_passkey(session: Session, holder: Holder, *, member: StaffMember, login: str | None, shop: str) -> str:
    """Options for the browser (JSON) to make another passkey; its answer counts once, for five minutes."""
    present = [passkey.credential_id for passkey in own_passkeys(session, member.id)]
    asked = passkeys.ask_to_make(
        staff_id=member.id, login=login or member.name, name=member.name, shop=shop, present=present
    )
    _keep_challenge(holder, asked.challenge)
    return asked.options


def take_new_passkey(session: Session, holder: Holder, *, member: StaffMember, answer: str) -> bool:
    """Makes the passkey that the browser has made the account's own; False when the answer is not to the question."""
    challenge = _take_challenge(holder)
    try:
        made = passkeys.check_made(answer, challenge=challenge) if challenge else None
    except PasskeyRefused:
        made = None
    if made is None or _is_known(session, made):
        return False
    session.add(
        Passkey(
            staff_id=member.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            signatures=made.signatures,
            created_at=system_now(),
        )
    )
    session.flush()
    return True


def ask_for_passkey(session: Session, holder: Holder, *, staff_id: UUID) -> str:
    """Options for the browser (JSON) to sign with one of the account's passkeys; its answer counts once."""
    asked = passkeys.ask_to_sign([passkey.credential_id for passkey in own_passkeys(session, staff_id)])
    _keep_challenge(holder, asked.challenge)
    return asked.options


def proven_by_code(session: Session, member: StaffMember, code: str) -> str | None:
    """What was proven by what was typed: `totp`, `recovery_code`, or nothing (None). The account must be `locked`."""
    if recovery_codes.looks_like_one(code):
        return "recovery_code" if _use_recovery_code(session, member, code) else None
    if member.totp_ciphertext is None:
        return None
    secret = sealing.unseal(member.totp_ciphertext, row_id=member.id)
    step = totp.matching_step(secret, code, at=system_now(), after=member.totp_step_last)
    if step is None:
        return None
    member.totp_step_last = step
    return "totp"


def proven_by_passkey(session: Session, holder: Holder, *, member: StaffMember, answer: str) -> str | None:
    """`passkey` when the browser's answer is signed by one of the account's; the question is used up either way."""
    challenge = _take_challenge(holder)
    if challenge is None:
        return None
    try:
        credential_id = passkeys.credential_id_of(answer)
        known = {passkey.credential_id: passkey for passkey in own_passkeys(session, member.id)}
        passkey = known.get(credential_id)
        if passkey is None:
            return None
        passkey.signatures = passkeys.check_signature(
            answer, challenge=challenge, public_key=passkey.public_key, signatures=passkey.signatures
        )
    except PasskeyRefused:
        return None
    passkey.last_used_at = system_now()
    return "passkey"


def replace_recovery_codes(session: Session, member: StaffMember) -> list[str]:
    """Ten fresh codes, told this once; the earlier ones are worthless."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    codes = recovery_codes.new_codes()
    now = system_now()
    session.add_all(
        RecoveryCode(staff_id=member.id, code_hash=recovery_codes.code_hash(code, staff_id=member.id), created_at=now)
        for code in codes
    )
    session.flush()
    return codes


def reset(session: Session, *, staff_id: UUID, who: str, reason: str | None = None) -> None:
    """Takes password, factors, recovery codes and sessions from an account: its person sets up anew, by a link.

    Raises:
        UnknownStaffMember: there is no such account.
        AccountDisabled: it was ended.
        OwnAccount: the person acts on themselves.
    """
    member = staff_member(session, staff_id)
    if who == f"staff_member:{staff_id}":
        raise OwnAccount
    if member.disabled_at is not None:
        raise AccountDisabled
    before = {"totp": member.totp_ciphertext is not None, "passkeys": len(own_passkeys(session, staff_id))}
    member.password_hash = member.totp_ciphertext = member.totp_step_last = None
    session.execute(delete(Passkey).where(Passkey.staff_id == staff_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    service.end_ways_in(session, staff_id=staff_id)
    service.audit(
        session, who=who, action="reset_factors", subject=f"staff_member:{staff_id}", before=before, reason=reason
    )
    session.flush()


def _keep_challenge(holder: Holder, challenge: bytes) -> None:
    holder.challenge, holder.challenge_expires_at = challenge, system_now() + CHALLENGE_LIFE


def _take_challenge(holder: Holder) -> bytes | None:
    challenge, expires_at = holder.challenge, holder.challenge_expires_at
    holder.challenge = holder.challenge_expires_at = None
    return challenge if challenge and expires_at and expires_at > system_now() else None


def _is_known(session: Session, made: NewPasskey) -> bool:
    return session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None


def _use_recovery_code(session: Session, member: StaffMember, code: str) -> bool:
    kept = recovery_codes.code_hash(code, staff_id=member.id)
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.staff_id == member.id, RecoveryCode.code_hash == kept, RecoveryCode.used_at.is_(None))
        .values(used_at=system_now())
        .returning(RecoveryCode.id)
    )
    return session.scalar(used) is not None
