"""What can be wrong with a code or a referral."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Invalid, NotFound


class UnknownReferralCode(Invalid):
    """Nobody has this code, or it has ended; the same answer for both."""

    slug = "unknown-referral-code"
    title = _l("This invitation code is not known")
    advice = _l("Check the letters, or go on without a code.")


class UnknownReferral(NotFound):
    """There is no referral of this id."""

    slug = "unknown-referral"
    title = _l("There is no such invitation")
