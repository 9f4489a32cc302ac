"""What can stop somebody at the desk."""

from backend.shared.errors import Conflict
from backend.shared.i18n import _l


class NoProgramme(Conflict):
    """Points have no terms: no programme was loaded yet."""

    slug = "no-programme"
    title = _l("No programme is in force")
    advice = _l("Load one with `molva programme load FILE`; points take their terms from it.")
