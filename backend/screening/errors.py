"""What can be wrong with a decision on a case."""

from backend.shared.errors import Conflict, Forbidden, NotFound
from backend.shared.i18n import _l


class UnknownCase(NotFound):
    """There is no case of this id."""

    slug = "unknown-case"
    title = _l("There is no such case")


class CaseDecidedAlready(Conflict):
    """Somebody else was first; `decided_by_name` and `outcome` say who and how."""

    slug = "case-decided-already"
    title = _l("%(decided_by_name)s has decided this case already")
    advice = _l("Nothing was changed by you. Open the case again to read the decision.")


class OwnCase(Forbidden):
    """Nobody decides on a case about themselves."""

    slug = "own-case"
    title = _l("This case is about you, so somebody else decides")
