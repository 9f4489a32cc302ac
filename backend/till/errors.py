"""What can stand in the way at a till."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from backend.receipts.errors import DifferentContent
from backend.shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany

# Tills' clocks differ by minutes; more is a wrong clock.
AHEAD_MAXIMUM = timedelta(minutes=10)


class UnknownCode(NotFound):
    """Nobody is known by this code, card number or phone."""

    slug = "unknown-code"
    title = _l("Nobody is known by this code")
    advice = _l("Scan it again, type the card number or the phone, or enrol the guest by phone.")


class UnknownMember(NotFound):
    """There is no member with this id."""

    slug = "unknown-member"
    title = _l("There is no such member")


class UnknownCurrency(Invalid):
    """No programme has this currency."""

    slug = "unknown-currency"
    title = _l("No programme here takes receipts in %(currency)s")
    advice = _l("Known currencies: %(known)s. Nothing was recorded.")


class TotalNotMatchingLines(Invalid):
    """The total is not the sum of the lines."""

    slug = "total-not-matching-lines"
    title = _l("The total is not the sum of the lines")
    advice = _l("The lines make %(lines_minor)s minor units, the total says %(total_minor)s. Nothing was recorded.")


class ReceiptTooOld(Invalid):
    """The receipt is older than a till may send."""

    slug = "receipt-too-old"
    title = _l("This receipt is older than %(hours)s hours")
    advice = _l("Check the till's clock. Receipts sold offline are marked so; older history is imported from a file.")


class ReceiptFromTheFuture(Invalid):
    """The receipt's time has not come yet."""

    slug = "receipt-from-the-future"
    title = _l("This receipt is dated in the future")
    advice = _l("Check the till's clock. Nothing was recorded.")


class NotAFriend(Invalid):
    """The guest cannot be a friend of whoever recommends."""

    slug = "not-a-new-guest"
    title = _l("The recommendation cannot be counted")
    advice = _l("It is for new guests, before their first purchase, and nobody recommends themselves.")


class FreshCodeNeeded(Forbidden):
    """Only the code that a phone shows now may spend: a card number, a phone and an old code may earn."""

    slug = "fresh-code-needed"
    title = _l("Points are spent with the code on the guest's phone")
    advice = _l("Ask the guest to open the card in the app, and scan the code that it shows now.")


class CodeAlreadyUsed(Conflict):
    """The code has set points aside already."""

    slug = "code-already-used"
    title = _l("This code was used already")
    advice = _l("The phone shows the next one within half a minute. Scan that one.")


class TooManyPoints(Invalid):
    """More points than the guest may spend on this receipt; `maximum` says how many may be."""

    slug = "too-many-points"
    title = _l("At most %(maximum)d points can be spent on this receipt")
    advice = _l("Nothing was set aside. Ask the guest, and send at most %(maximum)d.")


class DifferentReservation(DifferentContent):
    """The same external id came before with other points, another amount or another guest."""

    title = _l("A reservation with this number was made with another content")
    advice = _l("Nothing was changed. Send a new external_id for a new reservation, or the same content to repeat.")


class UnknownReservation(NotFound):
    """This store has no such reservation."""

    slug = "unknown-reservation"
    title = _l("There is no such reservation")


class ReservationCancelled(Conflict):
    """The reservation was cancelled; its points are free again."""

    slug = "reservation-cancelled"
    title = _l("This reservation was cancelled")
    advice = _l("The points are the guest's again. To spend them, scan the code and reserve anew.")


class ReservationTimedOut(Conflict):
    """The reservation was not resolved in time; its points are free again."""

    slug = "reservation-timed-out"
    title = _l("This reservation ran out")
    advice = _l("The points are the guest's again. To spend them, scan the code and reserve anew.")


class ReservationConfirmed(Conflict):
    """The points were spent; what was spent comes back with a return."""

    slug = "reservation-confirmed"
    title = _l("The points of this reservation were spent")
    advice = _l("They come back to the guest when the receipt is returned.")


class ReservationForAnotherReceipt(Invalid):
    """The reservation is another guest's or in another currency, or pays more than this receipt."""

    slug = "reservation-for-another-receipt"
    title = _l("These points were not set aside for this receipt")
    advice = _l("Send the reservation that was made for this guest and this sale. Nothing was recorded.")


class SpendingOffline(Invalid):
    """A till without a connection cannot know what the guest has."""

    slug = "spending-offline"
    title = _l("Points cannot be spent without a connection")
    advice = _l("Send the receipt without reservation_id: it earns. Points are spent when the till is connected.")


class PaymentsNotMatching(Invalid):
    """The payments are not what was left to pay."""

    slug = "payments-not-matching"
    title = _l("The payments are not the total less what points paid")
    advice = _l("Due were %(due_minor)s minor units, the payments say %(paid_minor)s. Nothing was recorded.")


class AlreadyClaimed(Conflict):
    """The receipt has its member."""

    slug = "already-claimed"
    title = _l("The points for this receipt have been given already")


class ClaimTooLate(Conflict):
    """The receipt is older than the programme lets claim."""

    slug = "claim-too-late"
    title = _l("This receipt can no longer be claimed")
    advice = _l("Points are given for receipts of the last %(days)d days.")


class NothingToClaim(Conflict):
    """All of the purchase was returned."""

    slug = "nothing-to-claim"
    title = _l("This purchase was returned")


class ReceiptReturned(Conflict):
    """Nothing is handed over for a purchase that was undone or returned."""

    slug = "receipt-returned"
    title = _l("This purchase was returned")
    advice = _l("The coupon was not used. Hand it over with the next receipt.")


class NoSuchReceiptToClaim(NotFound):
    """No receipt has this number and this total; which of the two is wrong is not told."""

    slug = "unknown-receipt"
    title = _l("There is no receipt with this number and this total")
    advice = _l("Both stand on the receipt. Check them and try again.")


class TooManyClaims(TooMany):
    """Too many numbers and totals were guessed."""

    slug = "too-many-claims"
    title = _l("Too many receipts were not found. Please wait a little.")


class NumberTaken(Exception):  # noqa: N818 - nobody's error: the batch is simply tried again
    """Another batch took a number or a code of this one a moment ago; look again."""
