"""What can be wrong with a message or a broadcast."""

from backend.shared.errors import NotFound
from backend.shared.i18n import _l


class UnknownMessage(NotFound):
    """The member's inbox holds no such message."""

    slug = "unknown-message"
    title = _l("There is no such message")


class UnknownBroadcast(NotFound):
    """Nothing was opened under this id."""

    slug = "unknown-broadcast"
    title = _l("There is no such broadcast")
