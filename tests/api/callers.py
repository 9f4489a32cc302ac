"""Whoever may come to a route, right and wrong, each with a credential as it really is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.members import profile, tokens
from backend.staff import service as staff
from backend.staff import sessions
from backend.staff.models import StaffMember
from tests.conftest import ObedientClock
from tests.factories import members as cast
from tests.factories.staff import a_staff_token, a_till_key, anna, bearer, marat, olga, vera

Headers = dict[str, str]
WORTHLESS = "worthless"
WHO = "test"


@dataclass(frozen=True)
class Caller:
    """Somebody with a program (`bearer`: what the credential is good for) or with a browser (`page_role`)."""

    bearer: str | None = None
    page_role: str | None = None
    has_page_token: bool = False
    headers: Headers = field(default_factory=dict)


def _page(
    session: Session, client: FlaskClient, person: Callable[[Session], StaffMember], *, with_token: bool
) -> Caller:
    """Signs the browser in as this person; with or without the token that the person's pages carry."""
    member = person(session)
    signed_in = sessions.open_page_session(session, staff_id=member.id)
    with client.session_transaction() as cookie:
        cookie["staff"] = signed_in.session_text
    page = client.get("/staff/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    return Caller(
        page_role=member.role,
        has_page_token=with_token,
        headers={"X-CSRF-Token": token} if with_token else {},
    )


def _nobody(_session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    return Caller()


def _alice(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    return Caller(bearer="member", headers=cast.headers_of(session, cast.member(session).id))


def _alice_long_ago(session: Session, _client: FlaskClient, clock: ObedientClock) -> Caller:
    headers = cast.headers_of(session, cast.member(session).id)
    clock.advance(minutes=tokens.ACCESS_MINUTES, seconds=1)
    return Caller(bearer=WORTHLESS, headers=headers)


def _alice_signed_out(session: Session, client: FlaskClient, _clock: ObedientClock) -> Caller:
    headers = cast.headers_of(session, cast.member(session).id)
    assert client.delete("/api/v1/sign-in/tokens", headers=headers).status_code == 204
    return Caller(bearer=WORTHLESS, headers=headers)


def _alice_erased(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    member_id = cast.member(session).id
    headers = cast.headers_of(session, member_id)
    profile.erase(session, member_id=member_id)
    return Caller(bearer=WORTHLESS, headers=headers)


def _till(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    return Caller(bearer="till", headers=bearer(a_till_key(session)))


def _revoked_till(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    key = a_till_key(session)
    staff.revoke_till_key(session, prefix=key.split(".")[0], who=WHO)
    return Caller(bearer=WORTHLESS, headers=bearer(key))


def _role(role: str) -> Callable[[Session, FlaskClient, ObedientClock], Caller]:
    def make(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
        return Caller(bearer=f"staff:{role}", headers=bearer(a_staff_token(session, role)))

    return make


def _marketer_long_ago(session: Session, _client: FlaskClient, clock: ObedientClock) -> Caller:
    headers = bearer(a_staff_token(session, "marketer"))
    clock.advance(days=staff.TOKEN_LIFE_DAYS, seconds=1)
    return Caller(bearer=WORTHLESS, headers=headers)


def _revoked_marketer(session: Session, _client: FlaskClient, _clock: ObedientClock) -> Caller:
    token = a_staff_token(session, "marketer")
    staff.revoke_staff_token(session, prefix=token.split(".")[0], who=WHO)
    return Caller(bearer=WORTHLESS, headers=bearer(token))


def _on_page(
    person: Callable[[Session], StaffMember], *, with_token: bool
) -> Callable[[Session, FlaskClient, ObedientClock], Caller]:
    def make(session: Session, client: FlaskClient, _clock: ObedientClock) -> Caller:
        return _page(session, client, person, with_token=with_token)

    return make


def _disabled_marat(session: Session, client: FlaskClient, _clock: ObedientClock) -> Caller:
    person = marat(session)
    caller = _page(session, client, lambda _session: person, with_token=True)
    staff.disable_staff_member(session, staff_id=person.id, who=WHO)
    return Caller(headers=caller.headers)


CALLERS: dict[str, Callable[[Session, FlaskClient, Any], Caller]] = {
    "nobody": _nobody,
    "Alice": _alice,
    "Alice with a token of long ago": _alice_long_ago,
    "Alice signed out": _alice_signed_out,
    "Alice erased": _alice_erased,
    "a till": _till,
    "a till whose key is revoked": _revoked_till,
    "Vera at her page": _on_page(vera, with_token=True),
    "another site in Vera's browser": _on_page(vera, with_token=False),
    "Marat at his page": _on_page(marat, with_token=True),
    "another site in Marat's browser": _on_page(marat, with_token=False),
    "Olga at her page": _on_page(olga, with_token=True),
    "Anna at her page": _on_page(anna, with_token=True),
    "another site in Anna's browser": _on_page(anna, with_token=False),
    "Marat, disabled": _disabled_marat,
    "a marketer's program": _role("marketer"),
    "a marketer's program of long ago": _marketer_long_ago,
    "a marketer's program, revoked": _revoked_marketer,
    "a program of support": _role("support"),
    "a program of an administrator": _role("administrator"),
    "a program of an analyst": _role("analyst"),
}
