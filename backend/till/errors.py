"""What can stand in the way at a till."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Invalid, NotFound

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


class NumberTaken(Exception):  # noqa: N818 - nobody's error: the batch is simply tried again
    """Another batch took the number of one of these receipts a moment ago; look again."""
