"""How often staff may be wrong about a password or a second factor, for one account and from one address.

The account is counted by what was typed as login, whether or not anybody has it: an answer tells nothing. What is
counted lies in the database, so that every process sees the same figures and a restart forgets nothing.
"""

import hmac
import ipaddress
from datetime import timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.shared.clock import system_now
from backend.staff.errors import TooManySignInTries
from backend.staff.models import SignInFailure

log = structlog.get_logger(__name__)

TRIES_PER_ACCOUNT = 5
ACCOUNT_WINDOW = timedelta(minutes=15)
# A shop's tills share an address.
TRIES_PER_NETWORK = 50
NETWORK_WINDOW = timedelta(hours=1)
KEPT = timedelta(days=1)
PURPOSE = "staff sign-in limits"
IPV6_NETWORK_BITS = 64


def password_key(login: str) -> str:
    """Under which wrong passwords for this login are counted."""
    return f"password:{login}"


def factor_key(staff_id: UUID) -> str:
    """Under which wrong second factors of this account are counted."""
    return f"factor:{staff_id}"


def check_tries(session: Session, *, account: str, network_address: str | None) -> None:
    """Passes a try to be looked at, right or wrong, while there were not too many wrong ones before.

    Raises:
        TooManySignInTries: with the seconds after which it is worth trying again.
    """
    now = system_now()
    for column, value, tries, window in (
        (SignInFailure.account_hmac, _hmac(account), TRIES_PER_ACCOUNT, ACCOUNT_WINDOW),
        (SignInFailure.network_hmac, _hmac(_network(network_address)), TRIES_PER_NETWORK, NETWORK_WINDOW),
    ):
        counted = select(SignInFailure.failed_at).where(column == value, SignInFailure.failed_at > now - window)
        # The try that must grow old before another one is permitted.
        oldest = session.scalar(counted.order_by(SignInFailure.failed_at.desc()).offset(tries - 1).limit(1))
        if oldest is not None:
            log.warning("staff sign-in limited", by=column.key)
            raise _too_many(oldest + window - now)


def note_failure(session: Session, *, account: str, network_address: str | None) -> None:
    """Counts a wrong try, and forgets those of long ago."""
    now = system_now()
    session.execute(delete(SignInFailure).where(SignInFailure.failed_at < now - KEPT))
    session.add(
        SignInFailure(account_hmac=_hmac(account), network_hmac=_hmac(_network(network_address)), failed_at=now)
    )
    session.flush()
    log.warning("staff sign-in refused", kind=account.partition(":")[0])


def _too_many(wait: timedelta) -> TooManySignInTries:
    seconds = max(1, -(-wait // timedelta(seconds=1)))
    return TooManySignInTries(retry_after_seconds=seconds, minutes=-(-seconds // 60))


def _network(address: str | None) -> str:
    """The address that is counted: of IPv6, the network, for a home or a shop has a whole one."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "network:unknown"
    if parsed.version == 4:
        return f"network:{parsed}"
    return f"network:{ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False)}"


def _hmac(value: str) -> bytes:
    return hmac.digest(current_app.config["MOLVA"].derived_key(PURPOSE), value.encode(), "sha256")
