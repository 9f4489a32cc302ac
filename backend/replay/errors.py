"""What can be wrong with a replay."""

from backend.shared.errors import NotFound
from backend.shared.i18n import _l


class UnknownReplay(NotFound):
    """There is no such replay."""

    slug = "unknown-replay"
    title = _l("There is no such replay")
