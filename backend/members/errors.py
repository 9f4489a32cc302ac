"""What can go wrong with members, as facts with stable names."""

from backend.shared.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from backend.shared.i18n import _l


class WrongCode(Invalid):
    """The one-time code is wrong, spent, too old, or void after too many tries. Which of these is not told."""

    slug = "wrong-code"
    title = _l("This code is wrong or no longer valid")
    advice = _l("Check the digits, or ask for a new code.")

    def __init__(self) -> None:
        super().__init__(errors={"code": [_l("This code is wrong or no longer valid")]})


class PhoneTaken(Conflict):
    """The phone belongs to another card."""

    slug = "phone-taken"
    title = _l("This phone is on another card")
    advice = _l("Sign in with it to use that card, or ask the shop to put the two together.")


class CodeJustSent(TooMany):
    """A code went to this address less than a minute ago and is not used yet."""

    slug = "code-just-sent"
    title = _l("A code was sent a moment ago")
    advice = _l("You can ask for another one in %(retry_after_seconds)s s.")


class CodesOfDaySpent(TooMany):
    """As many codes went to this address as may in a day."""

    slug = "codes-of-day-spent"
    title = _l("Too many codes were sent to this address today")
    advice = _l("Please try again tomorrow, or use another address.")


class CodesPaused(TooMany):
    """Codes to this part of the world, or at all, are paused because of unusual demand."""

    slug = "codes-paused"
    title = _l("Codes cannot be sent to this address right now")
    advice = _l("Please try again later, or use another address.")


class CodeNotSent(CodesPaused):
    """A text message that would only earn somebody money. Whoever asked is told nothing of it: a pump that hears that a
    range of numbers is closed turns to the next.
    """


class TooManyGuesses(TooMany):
    """Too many wrong guesses came from here, or for this address."""

    slug = "too-many-guesses"
    title = _l("Too many attempts. Please wait a little.")


class SignedOut(Unauthenticated):
    """The token is missing, wrong, too old, or its sign-in has ended."""

    slug = "signed-out"
    title = _l("Please sign in again")


class UnknownDevice(NotFound):
    """The caller has no such device."""

    slug = "unknown-device"
    title = _l("There is no such device")


class UnknownMember(NotFound):
    """There is no such member, or not any more."""

    slug = "unknown-member"
    title = _l("There is no such member")
