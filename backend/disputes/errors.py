"""What can stand in the way of a dispute."""

from backend.shared.errors import Conflict, Invalid, NotFound, TooMany
from backend.shared.i18n import _l


class UnknownDispute(NotFound):
    """There is no such dispute, or it is another member's."""

    slug = "unknown-dispute"
    title = _l("There is no such question")


class UnknownSubject(NotFound):
    """The caller has no such invitation."""

    slug = "unknown-referral"
    title = _l("There is no such invitation")


class UnknownEvidence(NotFound):
    """There is no such photo, or it was deleted when its time was over."""

    slug = "unknown-evidence"
    title = _l("This photo is not kept any more")


class TooManyDisputes(TooMany):
    """So many questions were asked within a day that they help nobody."""

    slug = "too-many-disputes"
    title = _l("Too many questions in one day")
    advice = _l("Please come back tomorrow, or write into a question that is open.")


class DisputeEnded(Conflict):
    """The dispute is over."""

    slug = "dispute-ended"
    title = _l("This question has its answer")
    advice = _l("Reload it to read the answer. Ask again if something is still wrong.")


class DisputeNotEnded(Conflict):
    """Only what is over can be rated."""

    slug = "dispute-not-ended"
    title = _l("This question has no answer yet")


class DecisionWaits(Conflict):
    """A decision was proposed and waits for a second person."""

    slug = "decision-waits"
    title = _l("A decision waits for a second person")
    advice = _l("It is under Adjustments. Whoever proposed it cannot approve it.")


class TooMuchEvidence(Conflict):
    """There are as many photos as a dispute may have."""

    slug = "too-much-evidence"
    title = _l("There are %(maximum)d photos already, which is the most")


class UnreadablePicture(Invalid):
    """What was sent is no picture of a kind that is taken."""

    slug = "unreadable-picture"
    title = _l("This is no picture that can be read")
    advice = _l("Send a photo as JPEG, PNG or WebP, of at most %(megabytes)d MB.")


class NothingToUphold(Invalid):
    """The decision says that the member is right, and nothing would come of it."""

    slug = "nothing-to-uphold"
    title = _l("Say how many points are added")
    advice = _l("There is no invitation and no receipt here that could be put right by itself.")
