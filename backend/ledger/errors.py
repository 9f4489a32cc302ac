"""What can be wrong with a question to the ledger."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import NotFound


class UnknownEntry(NotFound):
    """The member has no such entry."""

    slug = "unknown-entry"
    title = _l("There is no such entry in your history")
