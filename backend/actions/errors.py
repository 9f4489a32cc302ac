"""What can stand in the way of an action."""

from backend.shared.errors import Invalid, NotFound
from backend.shared.i18n import _l


class UnknownAction(Invalid):
    """No programme in force has this action."""

    slug = "unknown-action"
    title = _l("No programme gives points for this")
    advice = _l("The action %(action)s stands in no programme that is in force. Nothing was recorded.")


class UnknownMember(NotFound):
    """There is no such member."""

    slug = "unknown-member"
    title = _l("There is no such member")


class UnknownVisitor(NotFound):
    """Nobody is known by this code, card number or phone."""

    slug = "unknown-code"
    title = _l("Nobody is known by this code")
    advice = _l("Scan it again, type the card number or the phone, or enrol the guest by phone.")
