"""What can be wrong with a code, a link, an invitation or a referral."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Invalid, NotFound, TooMany


class UnknownReferralCode(Invalid):
    """Nobody has this code, or it has ended; the same answer for both."""

    slug = "unknown-referral-code"
    title = _l("This invitation code is not known")
    advice = _l("Check the letters, or go on without a code.")


class ReferralCodeTaken(Conflict):
    """The code leads to somebody else, or looks too much like one that does."""

    slug = "referral-code-taken"
    title = _l("This code is taken")
    advice = _l("These are free: %(spoken_suggestions)s.")


class ReferralCodeJustChosen(Conflict):
    """A code is chosen once a year, so that what is printed keeps leading somewhere."""

    slug = "referral-code-just-chosen"
    title = _l("You have chosen your code within a year")
    advice = _l("It can be changed again on %(day)s.")


class CodeJustRotated(TooMany):
    """A member has replaced the code within a day."""

    slug = "referral-code-just-rotated"
    title = _l("The code was replaced within a day")
    advice = _l("It can be replaced again tomorrow.")


class UnknownCodeId(NotFound):
    """No code has this id."""

    slug = "unknown-referral-code-id"
    title = _l("There is no such code")


class CodeHasEnded(Conflict):
    """The code has ended, and what has ended stays so."""

    slug = "referral-code-ended"
    title = _l("This code has ended")


class TooManyLinks(Conflict):
    """The member has named as many links as one may have."""

    slug = "too-many-referral-links"
    title = _l("You have %(maximum)s links of your own already")
    advice = _l("Delete one that you no longer need.")


class UnknownReferralLink(NotFound):
    """The member has named no such link."""

    slug = "unknown-referral-link"
    title = _l("There is no such link")


class CannotBeInvited(Conflict):
    """The member cannot be bound to the advocate any more; `advice` says why."""

    slug = "cannot-be-invited"
    title = _l("This invitation cannot be counted")


class NotForMembers(CannotBeInvited):
    """The programme binds newcomers alone."""

    advice = _l("An invitation counts for whoever joins by it, and you have a card already.")


class InvitedAlready(CannotBeInvited):
    """An invitation is counted once, for ever."""

    advice = _l("You came by an invitation before, and the first one counts for ever.")


class HasBoughtBefore(CannotBeInvited):
    """The member has bought before."""

    advice = _l("It counts before the first purchase, and you have made yours.")


class NotTheirFriend(CannotBeInvited):
    """The member's own code, one of somebody who joined later, or the member has invited others."""

    advice = _l(
        "Nobody invites themselves; whoever invites had a card before, and whoever has invited others comes by nobody."
    )


class UnknownReferral(NotFound):
    """There is no referral of this id."""

    slug = "unknown-referral"
    title = _l("There is no such invitation")
