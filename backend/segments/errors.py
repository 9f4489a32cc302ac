"""What can be wrong with what is asked of segments; what is wrong with a tree is in `mistakes`."""

from backend.shared.errors import Conflict, Invalid, NotFound
from backend.shared.i18n import _l


class UnknownSegment(NotFound):
    """There is no segment with this id."""

    slug = "unknown-segment"
    title = _l("There is no such segment")


class UnknownPerson(NotFound):
    """There is no member with this id, or not any more."""

    slug = "unknown-member"
    title = _l("There is no such member")


class CodeTaken(Conflict):
    """Another segment has this code."""

    slug = "segment-code-taken"
    title = _l("There is a segment with this code already")


class UnknownSegments(Invalid):
    """A programme names segments that are not there."""

    slug = "unknown-segments"
    title = _l("The programme names segments that are not there: %(codes)s")
    advice = _l("Make the segments first, or write their codes as the list of segments shows them.")


class SegmentInUse(Conflict):
    """Somebody needs the segment; `users` names who."""

    slug = "segment-in-use"
    title = _l("The segment is needed by: %(users)s")
    advice = _l("Change these first, then the segment can be put away.")
