"""The door of the participants' routes: who is calling, by access token, looked up at every request."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from flask import Response, after_this_request, g, request
from flask_babel import refresh
from flask_smorest import Blueprint
from werkzeug.exceptions import UnsupportedMediaType

from backend.members.errors import SignedOut
from backend.members.tokens import Caller, recognise
from backend.shared.access import View, declare_access
from backend.shared.db import db
from backend.shared.openapi import PROBLEM_TYPE
from backend.shared.problems import ProblemSchema

__all__ = ["PROBLEM_TYPE", "Caller", "current_caller", "current_member_id", "member_required", "refuse_other_than_json"]

# Every route behind the door describes its refusal; this blueprint has no routes, it only writes that down.
_described = Blueprint("member_access", __name__)


def current_caller() -> Caller:
    """Who is asking, in a view of `@member_required`."""
    return cast(Caller, g.caller)


def current_member_id() -> UUID:
    """The member who is asking, in a view of `@member_required`."""
    return current_caller().member_id


def member_required(view: View) -> View:
    """For participants: a bearer access token whose sign-in is alive. They are answered in their own language.

    What is only read carries an ETag, and is not sent again to an app that has it.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.caller = recognise(db.session(), access_token=_bearer())
        g.member_locale = g.caller.locale
        refresh()
        if request.method in {"GET", "HEAD"}:
            after_this_request(_conditional)
        return view(*args, **kwargs)

    described: Callable[..., Any] = _described.alt_response(
        401, schema=ProblemSchema, description="The access token is not good (any more)"
    )(guarded)
    return declare_access(cast(View, described), "member")


def refuse_other_than_json() -> None:
    """Runs before the requests of a blueprint whose bodies are all JSON: another body would be passed over in silence.

    Raises:
        UnsupportedMediaType: the body is not declared as JSON.
    """
    if request.method in {"POST", "PUT", "PATCH"} and not request.is_json:
        raise UnsupportedMediaType


def _bearer() -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignedOut
    return token.strip()


def _conditional(response: Response) -> Response:
    if response.status_code == 200 and not response.cache_control.no_store:
        response.cache_control.private = True
        if response.cache_control.max_age is None:
            response.cache_control.no_cache = True
        response.vary.update(("Authorization", "Accept-Language"))
        if "ETag" not in response.headers:
            response.add_etag()
        response.make_conditional(request)
    return response
