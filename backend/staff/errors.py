"""What can be wrong with who is asking, and with accounts and keys."""

from backend.shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
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


class UnknownRole(Invalid):
    """There is no such role."""

    slug = "unknown-role"
    title = _l("Choose a role")


class OwnCard(Forbidden):
    """Nobody decides on the card that is their own."""

    slug = "own-card"
    title = _l("This is about your own card, so somebody else decides")


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


class NotOnTheWay(Conflict):
    """This browser is not on the way in, or at another step of it."""

    slug = "not-on-the-way"
    title = _l("That took too long, or it is done already")
    advice = _l("Please begin again at the sign-in page.")


class TooManySignInTries(TooMany):
    """Too many wrong passwords or codes, for one login or from one address; whether anybody has it is not told."""

    slug = "too-many-sign-in-tries"
    title = _l("Too many wrong tries")
    advice = _l("Wait %(minutes)s min and try again. Nothing else was changed.")


class FreshFactorNeeded(Forbidden):
    """The act is dangerous, and the second factor was proven too long ago."""

    slug = "fresh-factor-needed"
    title = _l("Please confirm that it is you")
    advice = _l("Prove your second factor at /staff/confirm, then repeat. It counts for ten minutes.")


class PasswordRefused(Invalid):
    """This password may not be set; the field says why."""

    slug = "password-refused"
    title = _l("This password cannot be taken")


class LoginRefused(Invalid):
    """The login is missing, not of the right form, or another account's."""

    slug = "login-refused"
    title = _l("This login cannot be taken")


class OwnAccount(Forbidden):
    """Nobody changes their own role, disables themselves or resets their own second factor here."""

    slug = "own-account"
    title = _l("This is your own account")
    advice = _l("Another administrator can do it, or the command `molva staff` on the server.")


class AccountDisabled(Conflict):
    """The account was ended; nothing about it can be changed."""

    slug = "account-disabled"
    title = _l("This account is disabled")
    advice = _l("Make a new account if the person is back.")


class RotationUnderWay(Conflict):
    """The key is already being replaced, or was revoked."""

    slug = "rotation-under-way"
    title = _l("%(prefix)s cannot be rotated now")
    advice = _l("Only a live key can, and only once its predecessor is revoked.")


class ReasonNeeded(Invalid):
    """The act is written to the audit log with its reason."""

    slug = "reason-needed"
    title = _l("Say why")
    advice = _l("The reason is kept in the audit log.")


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
    advice = _l("Cashiers and store managers belong to one store. `molva shop show` lists the stores.")


class NameNeeded(Invalid):
    """Staff and tills are told apart by name."""

    slug = "name-needed"
    title = _l("A name of 1 to 100 characters is needed")
