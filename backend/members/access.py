"""The door of the participants' routes: who is calling, by access token, looked up at every request."""

from functools import wraps
from typing import Any, cast
from uuid import UUID

from flask import Response, after_this_request, g, request
from flask_babel import refresh

from backend.members.browsers import look_at_browser
from backend.members.errors import SignedOut
from backend.members.tokens import Caller, recognise
from backend.shared.access import View, declare_access
from backend.shared.db import db, run_transaction

__all__ = ["Caller", "current_caller", "current_member_id", "look_at_device", "member_required"]


def current_caller() -> Caller:
    """Who is asking, in a view of `@member_required`."""
    return cast(Caller, g.caller)


def current_member_id() -> UUID:
    """The member who is asking, in a view of `@member_required`."""
    return current_caller().member_id


def look_at_device() -> None:
    """Judges, before the caller spends anything, whether they do so in a browser that is a further device of theirs.

    In a transaction of its own: what is noted here stays, though it is why the caller's own act is refused.
    """
    caller = current_caller()
    if not caller.device_known:
        run_transaction(
            lambda session: look_at_browser(session, member_id=caller.member_id, family_id=caller.family_id)
        )


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

    return declare_access(cast(View, guarded), "member")


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
