"""What a visitor's browser keeps for the landing page: by whose links it came, and how far joining has got.

Visits are signed, not secret: codes, channels, moments. What a person has typed is encrypted and short-lived.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from backend.referrals.codes import NO_ORIGIN, Origin
from backend.shared.clock import system_now

VISITS_COOKIE = "invited"
VISITS_KEPT = 10
JOINING_COOKIE = "joining"
CARD_COOKIE = "card"
JOINING_PATH = "/join"
SEALED_MINUTES = 30
ORIGIN_FIELDS = ("link_slug", "utm_source", "utm_medium", "utm_campaign")
COOKIE_LENGTH_MAXIMUM = 3_500


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A code whose link this browser opened; `at` is business time in whole seconds."""

    code: str
    channel: str
    at: int
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True, kw_only=True)
class Joining:
    """What a person has given before the one-time code: where it went, which offers were agreed to, who invited."""

    kind: str
    address: str
    offers: tuple[str, ...]
    code: str | None
    channel: str
    origin: Origin = NO_ORIGIN


@dataclass(frozen=True, kw_only=True)
class CardShown:
    """Whose card the welcome page shows, and whether they joined just now."""

    member_id: str
    joined: bool


def with_visit(visits: Sequence[Visit], visit: Visit, *, first_wins: bool) -> list[Visit]:
    """The visits after one more: a new code goes to the end; a known one stays where the first visit counts."""
    is_known = any(earlier.code == visit.code for earlier in visits)
    if is_known and first_wins:
        return list(visits)
    others = [earlier for earlier in visits if earlier.code != visit.code]
    return [*others, visit][-VISITS_KEPT:]


def counting(visits: Sequence[Visit], *, at: datetime, window: timedelta, first_wins: bool) -> list[Visit]:
    """The visits that may still bring somebody in, the one that counts first."""
    oldest = (at - window).timestamp()
    live = [visit for visit in visits if visit.at > oldest]
    return live if first_wins else live[::-1]


def read_visits() -> list[Visit]:
    """The visits that this browser remembers; none where the cookie is missing or was tampered with."""
    try:
        rows = _signer().loads(request.cookies.get(VISITS_COOKIE, ""))
        return [
            Visit(
                code=code, channel=channel, at=int(at), origin=Origin(**dict(zip(ORIGIN_FIELDS, origin, strict=False)))
            )
            for code, channel, at, *origin in rows
        ]
    except (BadSignature, ValueError, TypeError):
        return []


def keep_visits(response: Response, visits: Sequence[Visit], *, window: timedelta) -> None:
    """Has the browser remember the visits for as long as they count."""
    rows = [(visit.code, visit.channel, visit.at, *_trimmed(visit.origin)) for visit in visits]
    value = str(_signer().dumps(rows))
    # Browsers drop what is larger. Whose link it was goes before what its campaign was called.
    if len(value) > COOKIE_LENGTH_MAXIMUM:
        value = str(_signer().dumps([row[:3] for row in rows]))
    _set(response, VISITS_COOKIE, value, path="/", max_age=window)


def forget_visits(response: Response) -> None:
    """The invitation is used: the next person at this browser begins anew."""
    response.delete_cookie(VISITS_COOKIE, path="/")


def read_joining() -> Joining | None:
    """How far joining has got in this browser; None where it has not begun or took too long."""
    facts = _unsealed(JOINING_COOKIE)
    if facts is None:
        return None
    return Joining(**facts | {"offers": tuple(facts["offers"]), "origin": Origin(**facts["origin"])})


def read_card() -> CardShown | None:
    """Whose card this browser may show; None after half an hour."""
    facts = _unsealed(CARD_COOKIE)
    return CardShown(**facts) if facts else None


def keep_joining(response: Response, joining: Joining) -> None:
    """Has the browser carry what was typed to the next step."""
    _seal(response, JOINING_COOKIE, asdict(joining))


def keep_card(response: Response, card: CardShown) -> None:
    """Lets the browser show the card; what was typed on the way is forgotten."""
    _seal(response, CARD_COOKIE, asdict(card))
    response.delete_cookie(JOINING_COOKIE, path=JOINING_PATH)


def _trimmed(origin: Origin) -> list[str | None]:
    """What is known of the origin, without the empty end."""
    said = [getattr(origin, name) for name in ORIGIN_FIELDS]
    while said and said[-1] is None:
        said.pop()
    return said


def _seal(response: Response, cookie: str, facts: dict[str, Any]) -> None:
    content = json.dumps({"for": cookie, **facts}).encode()
    sealed = _box().encrypt_at_time(content, int(system_now().timestamp()))
    _set(response, cookie, sealed.decode(), path=JOINING_PATH, max_age=timedelta(minutes=SEALED_MINUTES))


def _unsealed(cookie: str) -> dict[str, Any] | None:
    now = int(system_now().timestamp())
    try:
        content = _box().decrypt_at_time(request.cookies.get(cookie, "").encode(), SEALED_MINUTES * 60, now)
    except InvalidToken:
        return None
    facts: dict[str, Any] = json.loads(content)
    # One cookie's content is not taken for the other's.
    return facts if facts.pop("for", None) == cookie else None


def _set(response: Response, cookie: str, value: str, *, path: str, max_age: timedelta) -> None:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(cookie, value, max_age=max_age, path=path, secure=secure, httponly=True, samesite="Lax")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["MOLVA"].derived_key("landing visits"), salt=VISITS_COOKIE)


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(current_app.config["MOLVA"].derived_key("landing")))
