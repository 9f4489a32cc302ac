"""Logins of staff: an e-mail address or a name of one's own, each held by one account."""

import re
from uuid import UUID

from sqlalchemy.orm import Session

from backend.shared.i18n import _l
from backend.staff import queries
from backend.staff.errors import LoginRefused

LOGIN = re.compile(r"[^\s@]{1,64}@[^\s@]{3,190}|[\w.-]{3,100}")


def kept_form(login: str) -> str:
    """The login as it is kept: without spaces around it, in small letters."""
    return login.strip().casefold()


def free_login(session: Session, login: str, *, of: UUID | None = None) -> str:
    """The login in the form in which it is kept, if no account but `of` has it.

    Raises:
        LoginRefused: it is not of the right form, or another account's.
    """
    login = kept_form(login)
    if not LOGIN.fullmatch(login):
        raise LoginRefused(errors={"login": [_l("An e-mail address, or a name of 3 to 100 letters and digits.")]})
    holder = queries.staff_member_by_login(session, login)
    if holder is not None and holder.id != of:
        raise LoginRefused(errors={"login": [_l("Somebody else has this login.")]})
    return login
