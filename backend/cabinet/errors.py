"""What can stand in the way of a participant who gives points away."""

from backend.shared.errors import Conflict, Forbidden, Invalid, TooMany
from backend.shared.i18n import _l


class TransfersNotAllowed(Forbidden):
    """No programme in force lets members give each other points, or not the one that was named."""

    slug = "transfers-not-allowed"
    title = _l("Points cannot be given to other people here")


class TransferTooSmall(Invalid):
    """Fewer points than the programme lets anybody give at once; `minimum` says how many it does."""

    slug = "transfer-too-small"
    title = _l("At least %(minimum)s must be given at once")


class TransferLimitReached(Invalid):
    """More than may be given away in a day; `left` says how many still may."""

    slug = "transfer-limit-reached"
    title = _l("At most %(maximum)s can be given away in a day")
    advice = _l("Today you can still give %(left)d. A new day begins at midnight.")


class TransferToOneself(Invalid):
    """The card number or phone is the sender's own."""

    slug = "transfer-to-oneself"
    title = _l("This is your own card")


class PointsOwed(Conflict):
    """Whoever owes points after a return gives none away."""

    slug = "points-owed"
    title = _l("You owe %(points)s after a return, so none can be given away")
    advice = _l("The next purchases make up for them.")


class UnknownRecipient(Invalid):
    """Nobody has this card number or phone."""

    slug = "unknown-recipient"
    title = _l("Nobody here has this card number or phone")
    advice = _l("Check the number. Nothing was given.")


class TooManyUnknownRecipients(TooMany):
    """Whoever has tried so many numbers in vain is looking for people, or has to ask for the number again."""

    slug = "too-many-unknown-recipients"
    title = _l("Too many numbers were wrong today")
    advice = _l("Ask for the card number again, and try tomorrow. Nothing was given.")


class KeyUsedForAnotherTransfer(Invalid):
    """The same Idempotency-Key came before with another content."""

    slug = "different-content"
    title = _l("This key was used for another transfer")
    advice = _l("Nothing was given. Send a new Idempotency-Key for a new transfer, or the same content to repeat.")
