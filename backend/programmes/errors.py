"""What can be wrong with a programme."""

from flask_babel import lazy_gettext as _l

from backend.shared.errors import Conflict, Invalid


class BadProgramme(Invalid):
    """The document is not a programme; `errors` names each place."""

    slug = "bad-programme"
    title = _l("The programme document has mistakes. Nothing was changed.")


class CurrencyTaken(Conflict):
    """Another programme already judges receipts of this currency."""

    slug = "currency-taken"
    title = _l("The programme %(other)s already has the currency %(currency)s")
    advice = _l("One currency belongs to one programme: load a new version of that programme, or use another currency.")
