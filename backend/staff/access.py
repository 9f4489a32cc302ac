"""Who may call a route of tills and staff, and who is calling.

Recognising is a read at every request, so that a revoked key, a disabled person and a changed role count from the next.

A bearer credential and a page session are never mixed: where the header is there, the cookie is not looked at.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast
from urllib.parse import quote, urlsplit

from flask import current_app, g, redirect, request, url_for
from flask import session as cookie

from backend.shared.access import View, declare_access
from backend.shared.clock import system_now
from backend.shared.db import db, transaction
from backend.staff import queries, service, sessions, till_key_memory
from backend.staff.credentials import Credential, read_credential
from backend.staff.csrf import SAFE_METHODS, check_csrf
from backend.staff.errors import FreshFactorNeeded, RoleNeeded, StaffTokenNeeded, TillKeyNeeded
from backend.staff.queries import StaffIdentity, Till
from backend.staff.roles import ROLE_NAMES, TILL_ROLES, Role

SESSION_COOKIE_KEY = "staff"

__all__ = [
    "StaffIdentity",
    "Till",
    "current_staff",
    "current_till",
    "fresh_factor_required",
    "page_staff_required",
    "person_for_page",
    "signed_in_staff",
    "staff_required",
    "till_of_transaction_required",
    "till_required",
]


def current_till() -> Till:
    """The till that is asking, in a view of `@till_required` or in a cashier's page."""
    return cast(Till, g.till)


def current_staff() -> StaffIdentity:
    """Who of the staff is asking, in a view of `@staff_required` or `@page_staff_required`."""
    return cast(StaffIdentity, g.staff)


def signed_in_staff() -> StaffIdentity | None:
    """Who of the staff is signed in with this browser; None when nobody is."""
    credential = read_credential(cookie.get(SESSION_COOKIE_KEY) or "", "session")
    if credential is None:
        return None
    idle = timedelta(minutes=current_app.config["MOLVA"].staff_idle_minutes)
    staff = queries.staff_by_session(db.session(), credential, at=system_now(), idle=idle)
    if staff is not None and staff.use_to_note:
        with transaction() as session:
            sessions.note_session_use(session, prefix=credential.prefix)
    return staff


def person_for_page(staff: StaffIdentity) -> dict[str, str]:
    """What the console's layout shows of who is signed in: name, role, and the role in the reader's language."""
    return {"name": staff.name, "role": staff.role, "role_label": str(ROLE_NAMES[Role(staff.role)])}


def till_required(view: View) -> View:
    """For tills: a bearer till key, or the page session of a cashier or store manager (with the page's own token)."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.till = _till_of_bearer() if "Authorization" in request.headers else _till_of_page()
        return view(*args, **kwargs)

    return declare_access(cast(View, guarded), "till")


def till_of_transaction_required(view: View) -> View:
    """As `till_required`, for work whose own transaction looks again at `current_till().key_prefix`: a till that this
    process has seen within a minute is let through to it without a read.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.till = _remembered_till() if "Authorization" in request.headers else _till_of_page()
        return view(*args, **kwargs)

    return declare_access(cast(View, guarded), "till")


def staff_required(*roles: str) -> Callable[[View], View]:
    """For staff in one of these roles: a bearer staff token, or a page session (with the page's own token)."""
    permitted = _roles(roles)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.staff = _staff_of_bearer() if "Authorization" in request.headers else _staff_of_page()
            _check_role(g.staff, permitted)
            return view(*args, **kwargs)

        return declare_access(cast(View, guarded), _declared(permitted))

    return decorate


def page_staff_required(*roles: str) -> Callable[[View], View]:
    """For pages of staff in one of these roles; a browser where nobody is signed in is led to the sign-in page."""
    permitted = _roles(roles)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            staff = signed_in_staff()
            if staff is None:
                return redirect(f"{url_for('staff.sign_in_page')}?next={quote(request.path)}", code=303)
            _check_role(staff, permitted)
            check_csrf()
            g.staff, g.till = staff, staff.till
            return view(*args, **kwargs)

        return declare_access(cast(View, guarded), _declared(permitted))

    return decorate


def fresh_factor_required(view: View) -> View:
    """For dangerous acts, inside `@staff_required` or `@page_staff_required`: the second factor was proven just now.

    It counts for ten minutes. A page leads to where it can be proven and back to the page that asked; programs with a
    token have no second factor and pass.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        fresh_until = current_staff().fresh_until
        if fresh_until is None or fresh_until > system_now():
            return view(*args, **kwargs)
        if request.path.startswith("/api/"):
            raise FreshFactorNeeded
        asked = request.path if request.method in SAFE_METHODS else urlsplit(request.referrer or "").path
        return redirect(f"{url_for('staff_account.confirm_page')}?next={quote(asked)}", code=303)

    return cast(View, guarded)


def _remembered_till() -> Till:
    credential = read_credential(_bearer(), "till")
    remembered = till_key_memory.recall(credential) if credential else None
    if credential is None or remembered is None:
        till = _till_of_bearer()
        till_key_memory.remember(cast(Credential, credential), till)
        return till
    return remembered


def _till_of_bearer() -> Till:
    credential = read_credential(_bearer(), "till")
    till = queries.till_by_key(credential) if credential else None
    if credential is None or till is None:
        raise TillKeyNeeded
    if till.use_to_note:
        with transaction() as session:
            service.note_till_key_use(session, prefix=credential.prefix)
    return till


def _till_of_page() -> Till:
    staff = signed_in_staff()
    if staff is None:
        raise TillKeyNeeded
    _check_role(staff, TILL_ROLES)
    check_csrf()
    return cast(Till, staff.till)  # these roles have a store, by a check of the table


def _staff_of_bearer() -> StaffIdentity:
    credential = read_credential(_bearer(), "staff")
    staff = queries.staff_by_token(db.session(), credential, at=system_now()) if credential else None
    if staff is None:
        raise StaffTokenNeeded
    return staff


def _staff_of_page() -> StaffIdentity:
    staff = signed_in_staff()
    if staff is None:
        raise StaffTokenNeeded
    check_csrf()
    return staff


def _bearer() -> str:
    scheme, _space, token = request.headers["Authorization"].partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_role(staff: StaffIdentity, permitted: frozenset[Role]) -> None:
    if staff.role not in permitted:
        raise RoleNeeded(roles=", ".join(str(ROLE_NAMES[role]) for role in sorted(permitted)))


def _roles(roles: tuple[str, ...]) -> frozenset[Role]:
    if not roles:
        raise ValueError("Name the roles that may call this route.")
    return frozenset(Role(role) for role in roles)


def _declared(roles: frozenset[Role]) -> str:
    return " ".join(f"staff:{role}" for role in sorted(roles))
