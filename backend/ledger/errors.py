"""What can be wrong with a question to the ledger."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Invalid, NotFound


class UnknownEntry(NotFound):
    """The member has no such entry."""

    slug = "unknown-entry"
    title = _l("There is no such entry in your history")


class NotEnoughPoints(Invalid):
    """More points were asked for than may be spent; `maximum` says how many may."""

    slug = "not-enough-points"
    title = _l("Not so many points are available: %(maximum)d at most")
    advice = _l("Ask for %(maximum)d points or fewer.")


class SpendingFrozen(Conflict):
    """The book was found wrong; nothing may be spent from it until somebody has looked."""

    slug = "spending-frozen"
    title = _l("Points of this card cannot be spent just now")
    advice = _l("The shop is checking the account. Points are still earned; ask support when they can be spent again.")
