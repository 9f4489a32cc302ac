"""What can be wrong with a receipt or a return."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Invalid, NotFound


class DifferentContent(Invalid):
    """The same external id came before with another content."""

    slug = "different-content"
    title = _l("A receipt with this number was recorded with another content")
    advice = _l("Nothing was changed. Send a new external_id for a new receipt, or the same content to repeat.")


class StillInFlight(Conflict):
    """The same receipt is being recorded right now."""

    slug = "in-flight"
    title = _l("The same receipt is being recorded right now")
    advice = _l("Repeat the same request in a moment; nothing is doubled.")


class UnknownReceipt(NotFound):
    """This store has no receipt with this number."""

    slug = "unknown-receipt"
    title = _l("There is no receipt with this number")
    advice = _l("Check the number, and the store where it was sold.")


class MoreThanSold(Invalid):
    """More comes back than is left of the sale."""

    slug = "more-than-sold"
    title = _l("More is returned than was sold")
    advice = _l("Still to be returned: %(left)s. Nothing was changed.")


class AmountNotMatchingLines(Invalid):
    """The return's amount is not that of its lines."""

    slug = "amount-not-matching-lines"
    title = _l("The amount is not the sum of the returned lines")
    advice = _l("The lines make %(lines_minor)s minor units, the amount says %(amount_minor)s. Nothing was changed.")
