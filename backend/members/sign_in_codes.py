"""One-time codes: made, sent to one address, tried at most five times, used once, forgotten.

Nothing here asks whether the address belongs to a member, so that nothing can tell.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from flask import current_app
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from backend.members import sign_in_limits
from backend.members.addresses import Address
from backend.members.errors import WrongCode
from backend.members.models import SignInCode, SignInFailure
from backend.members.personal_data import personal_data
from backend.shared.clock import system_now
from backend.shared.ids import new_id

# Ten million values are 23 bits; six digits would be just under the twenty that are asked for.
CODE_DIGITS = 7
CODE_MINUTES = 10
WRONG_TRIES_MAXIMUM = 5
IPV6_NETWORK_BITS = 64
NO_CODE = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class IssuedCode:
    """A fresh code; the only moment at which it is known in the clear."""

    address: Address
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class CodeAccepted:
    """The right code for the address. It is not used up until `spend_code`."""

    code_id: UUID
    address: Address


def contact_lookup(address: Address) -> bytes:
    """The keyed hash by which an address is found."""
    return personal_data().lookup(f"contact.{address.kind}", address.value)


def contact_mark(address: Address) -> bytes:
    """The keyed hash that spellings of one mailbox share."""
    return personal_data().lookup(f"mark.{address.kind}", address.mark)


def issue_code(session: Session, *, address: Address, network_address: str | None, home_region: str) -> IssuedCode:
    """A fresh code for this address; the one before it, if any, is void.

    Raises:
        Invalid: no codes are sent to the country of this phone.
        CodeJustSent, CodesOfDaySpent, CodesPaused: a limit is reached.
    """
    now = system_now()
    sign_in_limits.check_region(address, home_region=home_region)
    address_hmac, network_hmac = contact_lookup(address), network_mark(network_address)
    _take_turns(session, address_hmac)
    sign_in_limits.check_address(session, address_hmac=address_hmac, now=now)
    sign_in_limits.check_demand(session, address=address, network_hmac=network_hmac, home_region=home_region, now=now)
    code_id, code = new_id(), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    expires_at = now + timedelta(minutes=CODE_MINUTES)
    session.add(
        SignInCode(
            id=code_id,
            channel=address.channel,
            address_hmac=address_hmac,
            code_hmac=_code_hmac(code_id, code),
            region=address.region,
            prefix=address.prefix,
            network_hmac=network_hmac,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return IssuedCode(address=address, code=code, expires_at=expires_at)


def try_code(session: Session, *, address: Address, code: str, network_address: str | None) -> CodeAccepted | WrongCode:
    """Tries a code for an address.

    A wrong one is returned, not raised: that it was tried must be committed.

    Raises:
        TooManyGuesses: too many were wrong before; this one was not looked at.
    """
    now = system_now()
    address_hmac = contact_lookup(address)
    sign_in_limits.check_guesses(
        session, address_hmac=address_hmac, network_hmac=network_mark(network_address), now=now
    )
    newest = session.scalar(
        select(SignInCode)
        .where(SignInCode.address_hmac == address_hmac)
        .order_by(SignInCode.created_at.desc(), SignInCode.id.desc())
        .limit(1)
        # Simultaneous guesses wait for each other, or five tries would be as many as there are connections.
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    digits = "".join(sign for sign in code if sign not in " -\u00a0")
    is_right = _is_right(newest, digits)
    if newest is not None and is_right and _is_live(newest, now):
        return CodeAccepted(code_id=newest.id, address=address)
    if not is_right:
        # Also where there is no code: an address that was never asked for takes as long as one that was.
        tried = newest.id if newest is not None else NO_CODE
        session.execute(update(SignInCode).where(SignInCode.id == tried).values(wrong_tries=SignInCode.wrong_tries + 1))
    note_failure(session, kind="code", address=address, network_address=network_address)
    return WrongCode()


def spend_code(session: Session, accepted: CodeAccepted) -> None:
    """Uses the code up."""
    session.execute(update(SignInCode).where(SignInCode.id == accepted.code_id).values(used_at=system_now()))


def note_failure(
    session: Session, *, kind: Literal["code", "referral_code"], address: Address, network_address: str | None
) -> None:
    """Counts a wrong guess towards the limits."""
    session.add(
        SignInFailure(
            id=new_id(),
            kind=kind,
            address_hmac=contact_lookup(address),
            network_hmac=network_mark(network_address),
            failed_at=system_now(),
        )
    )
    session.flush()


def _is_live(code: SignInCode, now: datetime) -> bool:
    return code.used_at is None and now < code.expires_at and code.wrong_tries < WRONG_TRIES_MAXIMUM


def _is_right(code: SignInCode | None, digits: str) -> bool:
    """Takes as long for an address that has no code."""
    if code is None:
        hmac.compare_digest(_code_hmac(NO_CODE, digits), bytes(32))
        return False
    return hmac.compare_digest(_code_hmac(code.id, digits), code.code_hmac)


def _code_hmac(code_id: UUID, digits: str) -> bytes:
    # Keyed: ten million values would fall to a plain hash in a second.
    key: bytes = current_app.config["MOLVA"].derived_key("sign-in-codes")
    return hmac.digest(key, code_id.bytes + digits.encode("utf-8", "surrogatepass"), "sha256")


def network_mark(network_address: str | None) -> bytes:
    """One mark for one customer of a provider: an IPv4 address, or the /64 that an IPv6 customer has."""
    try:
        address = ipaddress.ip_address(network_address or "")
    except ValueError:
        return personal_data().lookup("network", "unknown")
    if address.version == 6:
        address = ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False).network_address
    return personal_data().lookup("network", address.packed)


def _take_turns(session: Session, address_hmac: bytes) -> None:
    """Two requests for one address at once would both find no code before them."""
    lock = int.from_bytes(address_hmac[:8], "big", signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
