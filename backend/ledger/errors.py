"""What can be wrong with a question to the ledger."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Forbidden, Invalid, NotFound


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


class BookWrong(Conflict):
    """The book contradicts itself so that even a frozen one cannot take this; nothing was done."""

    slug = "book-wrong"
    title = _l("This account does not add up and is being checked")
    advice = _l(
        "Nothing was changed, and nothing is lost. The shop knows of it: "
        "send the same again once support says that the account is right."
    )


class BookNotFrozen(Conflict):
    """Points of this member may be spent as it is."""

    slug = "book-not-frozen"
    title = _l("Points of this card are not frozen")


class BookStillWrong(Conflict):
    """A book cannot go on before it is right; `invariants` says what does not hold."""

    slug = "book-still-wrong"
    title = _l("The book is still wrong, so its points stay frozen")
    advice = _l("What does not hold: %(invariants)s. Put the rows right first.")


class UnknownAdjustment(NotFound):
    """There is no such adjustment."""

    slug = "unknown-adjustment"
    title = _l("There is no such adjustment")


class NothingToAdjust(Invalid):
    """An adjustment of zero points, or of more than anybody may ask for."""

    slug = "nothing-to-adjust"
    title = _l("An adjustment is a whole number of points, from 1 to %(most)d, added or taken")


class KeyUsedOtherwise(Invalid):
    """The same Idempotency-Key came before with another content."""

    slug = "different-content"
    title = _l("This key was used for another adjustment")
    advice = _l("Nothing was changed. Send a new Idempotency-Key for a new adjustment, or the same content to repeat.")


class AdjustmentInFlight(Conflict):
    """The same adjustment is being made right now."""

    slug = "in-flight"
    title = _l("The same adjustment is being made right now")
    advice = _l("Repeat the same request in a moment; nothing is doubled.")


class PersonNeeded(Forbidden):
    """A program cannot be the second person."""

    slug = "person-needed"
    title = _l("Only a person who is signed in can decide")


class OwnRequest(Forbidden):
    """Nobody decides on what they have asked for themselves."""

    slug = "own-request"
    title = _l("You asked for this yourself, so somebody else decides")


class DecidedAlready(Conflict):
    """Somebody was faster, or the request has run out."""

    slug = "decided-already"
    title = _l("This request does not wait any more")
    advice = _l("Open it again to see what became of it.")
