"""What can be wrong with who is asking, and with accounts and keys."""

from backend.shared.errors import Forbidden, Invalid, NotFound, Unauthenticated
from backend.shared.i18n import _l


class TillKeyNeeded(Unauthenticated):
    """The caller is no till: no key, an unknown one, a revoked one."""

    slug = "till-key-needed"
    title = _l("A valid till key is needed")
    advice = _l("Send it as “Authorization: Bearer …”. An administrator makes one with `molva till-keys create`.")


class StaffTokenNeeded(Unauthenticated):
    """The caller is no staff: no token or session, or one that is over."""

    slug = "staff-sign-in-needed"
    title = _l("Please sign in as staff")
    advice = _l("Send a valid staff token as “Authorization: Bearer …”, or sign in to the pages.")


class RoleNeeded(Forbidden):
    """Signed in, and not in a role that may do this."""

    slug = "role-needed"
    title = _l("Your role may not do this")
    advice = _l("It is for: %(roles)s.")


class CsrfTokenNeeded(Forbidden):
    """A page's request came without the page's own token, so it may come from another site."""

    slug = "csrf-token-needed"
    title = _l("This page is out of date")
    advice = _l("Open the page again and repeat. Nothing was done.")


class SignInLinkRefused(Unauthenticated):
    """Unknown, used, too old, or of somebody who does not work here any more; told apart to nobody."""

    slug = "sign-in-link-refused"
    title = _l("This link does not work any more")
    advice = _l("A link works once and for 24 hours. Ask the administrator for a new one.")


class UnknownStaffMember(NotFound):
    """Nobody of the staff has this id or name."""

    slug = "unknown-staff-member"
    title = _l("Nobody of the staff is %(staff)s")
    advice = _l("`molva staff list` names everybody.")


class UnknownTillKey(NotFound):
    """No till key begins like this."""

    slug = "unknown-till-key"
    title = _l("There is no till key %(prefix)s")
    advice = _l("`molva till-keys list` names them all.")


class UnknownStaffToken(NotFound):
    """No staff token begins like this."""

    slug = "unknown-staff-token"
    title = _l("There is no staff token %(prefix)s")


class StoreNeeded(Invalid):
    """Cashiers and store managers belong to a store."""

    slug = "store-needed"
    title = _l("This role needs a store")
    advice = _l("Name it with `--store CODE`; `molva shop show` lists the stores.")


class NameNeeded(Invalid):
    """Staff and tills are told apart by name."""

    slug = "name-needed"
    title = _l("A name of 1 to 100 characters is needed")
