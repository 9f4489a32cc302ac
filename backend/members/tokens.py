"""Tokens: a short access token that names its sign-in, and refresh tokens that are used once.

A refresh token that comes a second time was copied: then the whole family ends, for whoever holds it.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backend.members.errors import SignedOut
from backend.members.models import RefreshToken, TokenFamily
from backend.members.sign_in_codes import network_mark
from backend.shared.clock import system_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id

ALGORITHM = "HS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type (RFC 9068)
AUDIENCE = "molva:participant"
ACCESS_MINUTES = 10
REFRESH_BYTES = 32
# A sign-in ends when it is not used for so long, and at the latest after a year.
IDLE_DAYS = 60
FAMILY_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a signed-in app holds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    """Seconds for which the access token is good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who asks, by an access token whose sign-in is alive."""

    member_id: UUID
    family_id: UUID
    locale: str
    zone: str
    device_known: bool
    """Whether this sign-in is on an installation, or was judged as a browser before."""


def open_family(session: Session, *, member_id: UUID, network_address: str | None = None) -> Tokens:
    """A new sign-in of the member, with its first tokens."""
    now = system_now()
    family = TokenFamily(
        id=new_id(),
        member_id=member_id,
        created_at=now,
        expires_at=now + timedelta(days=IDLE_DAYS),
        network_hmac=network_mark(network_address) if network_address else None,
    )
    session.add(family)
    session.flush()
    return _issue(session, family, now)


def rotate(session: Session, *, refresh_token: str) -> Tokens | SignedOut:
    """The next tokens for a refresh token, which is used up by it.

    A refusal is returned, not raised: where a token came a second time, the end of its family must be committed.
    """
    now = system_now()
    used = session.execute(
        update(RefreshToken)
        .where(RefreshToken.token_hash == _hash(refresh_token), RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.family_id)
    ).scalar_one_or_none()
    if used is None:
        _end_family_of_reused(session, refresh_token)
        return SignedOut()
    family = session.scalars(
        select(TokenFamily).where(TokenFamily.id == used).execution_options(populate_existing=True)
    ).one()
    if family.revoked_at is not None or family.expires_at <= now:
        return SignedOut()
    family.expires_at = min(now + timedelta(days=IDLE_DAYS), family.created_at + timedelta(days=FAMILY_DAYS))
    return _issue(session, family, now)


def end_family(session: Session, *, family_id: UUID, because: str) -> None:
    """Ends a sign-in: its access tokens are refused from the next request on."""
    session.execute(
        update(TokenFamily)
        .where(TokenFamily.id == family_id, TokenFamily.revoked_at.is_(None))
        .values(revoked_at=system_now(), revoked_because=because)
    )


def forget_families(session: Session, *, member_id: UUID) -> None:
    """Removes all sign-ins of a member."""
    session.execute(delete(TokenFamily).where(TokenFamily.member_id == member_id))


_CALLER = """
SELECT member.id, member.locale, member.zone, family.device_known
FROM token_families AS family JOIN members AS member ON member.id = family.member_id
WHERE family.id = %s AND family.revoked_at IS NULL AND member.erased_at IS NULL
"""


def recognise(session: Session, *, access_token: str) -> Caller:
    """Whose access token this is.

    Raises:
        SignedOut: it is no access token of ours, it is too old, or its sign-in has ended.
    """
    family_id, member_id = _read(access_token)
    row = driver_connection(session).execute(_CALLER, (family_id,), prepare=True).fetchone()
    if row is None or row[0] != member_id:
        raise SignedOut
    return Caller(member_id=member_id, family_id=family_id, locale=row[1], zone=row[2], device_known=row[3])


def _issue(session: Session, family: TokenFamily, now: datetime) -> Tokens:
    refresh_token = secrets.token_urlsafe(REFRESH_BYTES)
    session.add(RefreshToken(id=new_id(), family_id=family.id, token_hash=_hash(refresh_token), issued_at=now))
    session.flush()
    lifetime = timedelta(minutes=ACCESS_MINUTES)
    claims = {
        "aud": AUDIENCE,
        "sub": str(family.member_id),
        "sid": str(family.id),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": secrets.token_urlsafe(12),
    }
    access_token = jwt.encode({"alg": ALGORITHM, "typ": TOKEN_TYPE}, claims, _key(), algorithms=[ALGORITHM])
    return Tokens(access_token=access_token, refresh_token=refresh_token, expires_in=int(lifetime.total_seconds()))


def _read(access_token: str) -> tuple[UUID, UUID]:
    """Family and member of a token that we signed, for this audience, that has not run out."""
    registry = jwt.JWTClaimsRegistry(
        now=int(system_now().timestamp()),
        leeway=0,
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
        sid={"essential": True},
    )
    try:
        token = jwt.decode(access_token, _key(), algorithms=[ALGORITHM])
        registry.validate(token.claims)
        if token.header.get("typ") != TOKEN_TYPE:
            raise SignedOut
        return UUID(str(token.claims["sid"])), UUID(str(token.claims["sub"]))
    except (JoseError, ValueError) as error:
        raise SignedOut from error


def _end_family_of_reused(session: Session, refresh_token: str) -> None:
    family_id = session.scalar(select(RefreshToken.family_id).where(RefreshToken.token_hash == _hash(refresh_token)))
    if family_id is not None:
        end_family(session, family_id=family_id, because="refresh token used twice")


def _key() -> OctKey:
    extensions = current_app.extensions
    if "molva_access_token_key" not in extensions:
        extensions["molva_access_token_key"] = OctKey.import_key(
            current_app.config["MOLVA"].derived_key("access-tokens")
        )
    key: OctKey = extensions["molva_access_token_key"]
    return key


def _hash(refresh_token: str) -> bytes:
    # 256 random bits need no salt and no slow hash.
    return hashlib.sha256(refresh_token.encode("utf-8", "surrogatepass")).digest()
