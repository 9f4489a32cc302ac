"""The way in: by a link that lets set up an account, or by login and password; then the second factor; then a session.

Until the end an `Entry` says where somebody stands. Its credential is the browser's alone, and the page session that
opens at the end is another one. A wrong answer is counted and told as None, so that the caller can commit the count;
whoever asks too often meets `TooManySignInTries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff import factors, queries, service, sessions, sign_in_limits
from backend.staff.credentials import new_credential, read_credential
from backend.staff.errors import SignInLinkRefused
from backend.staff.logins import free_login, kept_form
from backend.staff.models import Entry, SignInLink, StaffMember
from backend.staff.passwords import check_new_password, hash_password, is_outdated, password_matches
from backend.staff.sessions import SignedIn
from backend.staff.stages import Stage

SET_UP_LIFE = timedelta(hours=1)
FACTOR_LIFE = timedelta(minutes=10)
FRESH_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Arrival:
    """Somebody on the way in: where they stand, and who they say they are."""

    entry: Entry
    member: StaffMember


def arrival(session: Session, *, entry_text: str, stage: Stage | None = None) -> Arrival | None:
    """Who is on the way in with this credential, the account held; None when nobody is, or at another stage."""
    credential = read_credential(entry_text, "entry")
    if credential is None:
        return None
    entry = session.scalar(select(Entry).where(Entry.prefix == credential.prefix))
    if entry is None or not credential.matches(entry.secret_hash):
        return None
    member = factors.locked(session, entry.staff_id)
    # Another request of this browser may have gone on in the meantime; the account's lock lets one act at a time.
    session.refresh(entry)
    if entry.ended_at is not None or entry.expires_at <= system_now() or entry.stage != (stage or entry.stage):
        return None
    return Arrival(entry, member) if member.disabled_at is None else None


def begin_by_link(session: Session, *, link_text: str) -> str:
    """Uses up a link; the credential of somebody who is to set a password, within the hour.

    Raises:
        SignInLinkRefused: it is unknown, used, too old, or its person is disabled.
    """
    credential = read_credential(link_text, "link")
    if credential is None:
        raise SignInLinkRefused
    # The lock lets one of two simultaneous clicks win.
    link = session.scalar(select(SignInLink).where(SignInLink.prefix == credential.prefix).with_for_update())
    member = queries.person_of_link(session, credential, at=system_now())
    if link is None or member is None:
        raise SignInLinkRefused
    link.used_at = system_now()
    return _open(session, member, stage=Stage.PASSWORD, life=SET_UP_LIFE)


def begin_by_password(session: Session, *, login: str, password: str, network_address: str | None) -> str | None:
    """The credential of somebody who knows the password and is to prove a second factor; None when it is wrong.

    Raises:
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    login = kept_form(login)
    account = sign_in_limits.password_key(login)
    member = session.scalar(select(StaffMember).where(StaffMember.login == login).with_for_update(key_share=True))
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    # An account that nobody has, one without a password and a disabled one take the same time and get the same answer.
    able = member is not None and member.disabled_at is None and factors.has_any(session, member)
    right = password_matches(password, member.password_hash if member and able else None)
    if member is None or not right:
        sign_in_limits.note_failure(session, account=account, network_address=network_address)
        return None
    if member.password_hash is not None and is_outdated(member.password_hash):
        member.password_hash = hash_password(password)
    return _open(session, member, stage=Stage.FACTOR, life=FACTOR_LIFE)


def set_password(session: Session, found: Arrival, *, login: str, password: str, others: Sequence[str] = ()) -> None:
    """Keeps the login (where the account has none) and the password until the second factor is there.

    `others` are words besides name and login that the password must not be made of.

    Raises:
        LoginRefused: the login is not of the right form, or another account's.
        PasswordRefused: the password is too short, made of the person's name, or easy to guess.
    """
    entry, member = found.entry, found.member
    entry.login = member.login or free_login(session, login, of=member.id)
    check_new_password(password, personal_words=[member.name, entry.login, *others])
    entry.password_hash = hash_password(password)
    entry.stage = Stage.FACTOR if factors.has_any(session, member) else Stage.ENROL
    if entry.stage == Stage.ENROL:
        factors.begin_totp(entry)
    session.flush()


def enrol_by_code(session: Session, found: Arrival, *, code: str) -> list[str] | None:
    """Completes the account by an authenticator app that shows `code`; the recovery codes, or None when it is wrong."""
    if not factors.finish_totp(found.member, found.entry, code=code):
        return None
    return _complete(session, found, factor="totp")


def enrol_by_passkey(session: Session, found: Arrival, *, answer: str) -> list[str] | None:
    """Completes the account by the passkey that the browser has made; the recovery codes, or None when it is none."""
    if not factors.take_new_passkey(session, found.entry, member=found.member, answer=answer):
        return None
    return _complete(session, found, factor="passkey")


def finish(session: Session, found: Arrival) -> SignedIn:
    """Signs in whoever has set everything up and keeps the recovery codes."""
    found.entry.ended_at = system_now()
    return sessions.open_page_session(session, staff_id=found.member.id, fresh_for=FRESH_FOR)


def prove_by_code(session: Session, found: Arrival, *, code: str, network_address: str | None) -> SignedIn | None:
    """Signs in by a code of the authenticator app or a recovery code; None when it is wrong or was used.

    Raises:
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    account = sign_in_limits.factor_key(found.member.id)
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    proven = factors.proven_by_code(session, found.member, code)
    if proven is None:
        sign_in_limits.note_failure(session, account=account, network_address=network_address)
        return None
    return _sign_in(session, found, proven)


def prove_by_passkey(session: Session, found: Arrival, *, answer: str, network_address: str | None) -> SignedIn | None:
    """Signs in by a passkey's signature; None when it is not the account's.

    Raises:
        TooManySignInTries: there were too many wrong tries; this one was not looked at.
    """
    account = sign_in_limits.factor_key(found.member.id)
    sign_in_limits.check_tries(session, account=account, network_address=network_address)
    proven = factors.proven_by_passkey(session, found.entry, member=found.member, answer=answer)
    if proven is None:
        sign_in_limits.note_failure(session, account=account, network_address=network_address)
        return None
    return _sign_in(session, found, proven)


def _open(session: Session, member: StaffMember, *, stage: Stage, life: timedelta) -> str:
    credential, now = new_credential("entry"), system_now()
    session.add(
        Entry(
            prefix=credential.prefix,
            secret_hash=credential.secret_hash,
            staff_id=member.id,
            stage=stage,
            created_at=now,
            expires_at=now + life,
        )
    )
    session.flush()
    return credential.text


def _complete(session: Session, found: Arrival, *, factor: str) -> list[str]:
    codes = factors.replace_recovery_codes(session, found.member)
    _take_over_password(session, found, action="set_up", after={"login": found.entry.login, "factor": factor})
    found.entry.stage, found.entry.ended_at = Stage.RECOVERY, None
    session.flush()
    return codes


def _sign_in(session: Session, found: Arrival, proven: str) -> SignedIn:
    subject = f"staff_member:{found.member.id}"
    if proven == "recovery_code":
        left = {"recovery_codes_left": factors.recovery_codes_left(session, found.member.id)}
        service.audit(session, who=subject, action="use_recovery_code", subject=subject, after=left)
    if found.entry.password_hash is not None:
        _take_over_password(session, found, action="change_password", after=None)
    found.entry.ended_at = system_now()
    return sessions.open_page_session(session, staff_id=found.member.id, fresh_for=FRESH_FOR)


def _take_over_password(session: Session, found: Arrival, *, action: str, after: dict[str, object] | None) -> None:
    """Makes what was set by a link the account's own; whoever was signed in by the earlier password is so no more."""
    entry, member = found.entry, found.member
    member.login, member.password_hash = entry.login, entry.password_hash
    entry.password_hash = None
    service.end_ways_in(session, staff_id=member.id)
    subject = f"staff_member:{member.id}"
    service.audit(session, who=subject, action=action, subject=subject, after=after)
