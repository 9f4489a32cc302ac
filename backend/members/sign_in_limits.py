"""How many one-time codes may be asked for, and how many guesses made, before it looks like an attack.

Limits per network address are wide, because the phones of one operator share addresses. What is counted lies in the
tables of the codes themselves, so that every process sees the same figures and a restart forgets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import current_app
from sqlalchemy.orm import Session

from backend.members.addresses import Address
from backend.members.errors import CodeJustSent, CodesOfDaySpent, CodesPaused, TooManyGuesses
from backend.shared.db import driver_connection
from backend.shared.errors import Invalid
from backend.shared.i18n import _l

log = structlog.get_logger(__name__)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class SignInLimits:
    """The figures. A code that was used cost its sender a person's time; an unused one costs only us."""

    seconds_between_codes: int = 60
    unused_codes_per_address_day: int = 5
    codes_per_address_day: int = 200
    unused_codes_per_prefix_hour: int = 500
    codes_per_network_hour: int = 5_000
    text_messages_per_day: int = 50_000
    # A country other than the shop's own is stopped when so many codes went there within an hour, and hardly any
    # came back.
    unanswered_country_codes: int = 100
    unanswered_country_used_percent: int = 5
    wrong_guesses_per_network_hour: int = 1_000
    wrong_referral_codes_per_address_hour: int = 20
    # Where codes are sent besides the shop's own country: neighbours that share its phones and roaming.
    regions: Sequence[str] = ("AM", "BY", "KG", "KZ", "RU")


def sign_in_limits() -> SignInLimits:
    """The current application's limits."""
    limits: SignInLimits = current_app.config.get("SIGN_IN_LIMITS") or SignInLimits()
    return limits


def check_region(address: Address, *, home_region: str) -> None:
    """Refuses phones of countries to which no codes are sent.

    Raises:
        Invalid: on the field `phone`.
    """
    if address.kind != "phone" or address.region in {home_region, *sign_in_limits().regions}:
        return
    raise Invalid(errors={"phone": [_l("Codes are not sent to this country. Please give an e-mail address.")]})


_OF_ADDRESS = """
SELECT max(created_at),
       (array_agg(used_at ORDER BY created_at DESC, id DESC))[1],
       count(*) FILTER (WHERE created_at > %(day_ago)s),
       count(*) FILTER (WHERE created_at > %(day_ago)s AND used_at IS NULL),
       min(created_at) FILTER (WHERE created_at > %(day_ago)s)
FROM sign_in_codes WHERE address_hmac = %(address_hmac)s AND created_at > %(day_ago)s
"""


def check_address(session: Session, *, address_hmac: bytes, now: datetime) -> None:
    """Refuses a code that comes too soon after another one, or after too many of the day, to the same address.

    Raises:
        CodeJustSent: the one before is younger than a minute and unused.
        CodesOfDaySpent: the day's codes are spent.
    """
    limits = sign_in_limits()
    last_at, last_used_at, in_day, unused, oldest_at = _one(
        session, _OF_ADDRESS, {"address_hmac": address_hmac, "day_ago": now - DAY}
    )
    if last_at is None:
        return
    wait = last_at + timedelta(seconds=limits.seconds_between_codes) - now
    if last_used_at is None and wait > timedelta(0):
        raise CodeJustSent(retry_after_seconds=_whole_seconds(wait))
    if unused >= limits.unused_codes_per_address_day or in_day >= limits.codes_per_address_day:
        raise CodesOfDaySpent(retry_after_seconds=_whole_seconds(oldest_at + DAY - now))


_OF_PREFIX = """
SELECT count(*) FROM sign_in_codes WHERE prefix = %(prefix)s AND created_at > %(hour_ago)s AND used_at IS NULL
"""
_OF_REGION = """
SELECT count(*), count(used_at) FROM sign_in_codes
WHERE region = %(region)s AND created_at > %(hour_ago)s AND expires_at <= %(now)s
"""
_OF_NETWORK = """
SELECT count(*) FROM sign_in_codes WHERE network_hmac = %(network_hmac)s AND created_at > %(hour_ago)s
"""
_OF_DAY = "SELECT count(*) FROM sign_in_codes WHERE created_at > %(day_ago)s AND channel = 'sms'"


def check_demand(session: Session, *, address: Address, network_hmac: bytes, home_region: str, now: datetime) -> None:
    """Refuses a code where demand is unusual: from one network, for one range of numbers, for a country, or in all.

    Raises:
        CodesPaused: with the seconds after which it is worth trying again.
    """
    limits = sign_in_limits()
    facts = {
        "prefix": address.prefix,
        "region": address.region,
        "network_hmac": network_hmac,
        "now": now,
        "hour_ago": now - HOUR,
        "day_ago": now - DAY,
    }
    (from_network,) = _one(session, _OF_NETWORK, facts)
    if from_network >= limits.codes_per_network_hour:
        raise _paused("network", HOUR)
    if address.kind == "email":
        return
    (unused,) = _one(session, _OF_PREFIX, facts)
    if unused >= limits.unused_codes_per_prefix_hour:
        raise _paused("prefix", HOUR)
    if address.region != home_region:
        sent, used = _one(session, _OF_REGION, facts)
        if sent >= limits.unanswered_country_codes and used * 100 < sent * limits.unanswered_country_used_percent:
            raise _paused("country", HOUR)
    (in_day,) = _one(session, _OF_DAY, facts)
    if in_day >= limits.text_messages_per_day:
        raise _paused("day", DAY)


_FAILURES = """
SELECT count(*) FILTER (WHERE network_hmac = %(network_hmac)s),
       count(*) FILTER (WHERE address_hmac = %(address_hmac)s AND kind = 'referral_code')
FROM sign_in_failures
WHERE failed_at > %(hour_ago)s AND (network_hmac = %(network_hmac)s OR address_hmac = %(address_hmac)s)
"""


def check_guesses(session: Session, *, address_hmac: bytes, network_hmac: bytes, now: datetime) -> None:
    """Refuses to look at another guess after too many wrong ones.

    Raises:
        TooManyGuesses: with the seconds after which it is worth trying again.
    """
    limits = sign_in_limits()
    from_network, wrong_referral_codes = _one(
        session, _FAILURES, {"address_hmac": address_hmac, "network_hmac": network_hmac, "hour_ago": now - HOUR}
    )
    if (
        from_network >= limits.wrong_guesses_per_network_hour
        or wrong_referral_codes >= limits.wrong_referral_codes_per_address_hour
    ):
        log.warning("sign-in guesses limited", from_network=from_network, wrong_referral_codes=wrong_referral_codes)
        raise TooManyGuesses(retry_after_seconds=_whole_seconds(HOUR))


def _paused(because: str, wait: timedelta) -> CodesPaused:
    log.warning("sign-in codes paused", because=because)
    return CodesPaused(retry_after_seconds=_whole_seconds(wait))


def _one(session: Session, statement: str, facts: dict[str, Any]) -> tuple[Any, ...]:
    row = driver_connection(session).execute(statement, facts, prepare=True).fetchone()
    if row is None:
        raise AssertionError("an aggregate always has a row")
    return tuple(row)


def _whole_seconds(duration: timedelta) -> int:
    return max(1, -(-duration // timedelta(seconds=1)))
