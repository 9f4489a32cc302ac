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
from backend.members.errors import CodeJustSent, CodeNotSent, CodesOfDaySpent, CodesPaused, TooManyGuesses
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
    # A country other than the shop's own is stopped when of the last so many codes that went there within a day, and
    # have had their time, too few came back. The shop's own cannot be: anybody could shut all guests out with codes
    # that nobody uses; there the limits of ranges and of the day hold.
    country_codes_looked_at: int = 50
    country_used_percent: int = 20
    wrong_guesses_per_network_hour: int = 1_000
    wrong_referral_codes_per_address_hour: int = 20
    regions: Sequence[str] = ()
    """Where codes are sent besides the shop's own country."""


def sign_in_limits() -> SignInLimits:
    """The current application's limits: the countries are a setting of the installation."""
    limits: SignInLimits | None = current_app.config.get("SIGN_IN_LIMITS")
    return limits or SignInLimits(regions=current_app.config["MOLVA"].sms_countries)


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
SELECT count(*), count(used_at) FROM (
    SELECT used_at FROM sign_in_codes
    WHERE region = %(region)s AND created_at > %(day_ago)s AND (used_at IS NOT NULL OR expires_at <= %(now)s)
    ORDER BY created_at DESC LIMIT %(country_codes)s
) AS last
"""
_OF_NETWORK = """
SELECT count(*) FROM sign_in_codes WHERE network_hmac = %(network_hmac)s AND created_at > %(hour_ago)s
"""
_OF_DAY = "SELECT count(*) FROM sign_in_codes WHERE created_at > %(day_ago)s AND channel = 'sms'"


def check_demand(session: Session, *, address: Address, network_hmac: bytes, home_region: str, now: datetime) -> None:
    """Refuses a code where demand is unusual: from one network, for one range of numbers, for a country, or in all.

    Raises:
        CodesPaused: from this network come too many; with the seconds after which it is worth trying again.
        CodeNotSent: this text message would be one too many of those that somebody earns by.
    """
    limits = sign_in_limits()
    facts = {
        "country_codes": limits.country_codes_looked_at,
        "prefix": address.prefix,
        "region": address.region,
        "network_hmac": network_hmac,
        "now": now,
        "hour_ago": now - HOUR,
        "day_ago": now - DAY,
    }
    (from_network,) = _one(session, _OF_NETWORK, facts)
    if from_network >= limits.codes_per_network_hour:
        log.warning("sign-in codes paused", because="network")
        raise CodesPaused(retry_after_seconds=_whole_seconds(HOUR))
    if address.kind == "email":
        return
    (unused,) = _one(session, _OF_PREFIX, facts)
    if unused >= limits.unused_codes_per_prefix_hour:
        raise _not_sent("prefix", HOUR)
    if address.region != home_region:
        sent, used = _one(session, _OF_REGION, facts)
        if sent >= limits.country_codes_looked_at and used * 100 < sent * limits.country_used_percent:
            raise _not_sent("country", DAY)
    (in_day,) = _one(session, _OF_DAY, facts)
    if in_day >= limits.text_messages_per_day:
        raise _not_sent("day", DAY)


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


def _not_sent(because: str, wait: timedelta) -> CodeNotSent:
    log.warning("sign-in codes paused", because=because)
    return CodeNotSent(retry_after_seconds=_whole_seconds(wait))


def _one(session: Session, statement: str, facts: dict[str, Any]) -> tuple[Any, ...]:
    row = driver_connection(session).execute(statement, facts, prepare=True).fetchone()
    if row is None:
        raise AssertionError("an aggregate always has a row")
    return tuple(row)


def _whole_seconds(duration: timedelta) -> int:
    return max(1, -(-duration // timedelta(seconds=1)))
