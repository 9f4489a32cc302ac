"""What can be wrong with a programme."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from backend.programmes.mistakes import Mistake, by_path
from backend.shared.errors import Conflict, Invalid
from backend.shared.i18n import current_locale


class BadProgramme(Invalid):
    """The document is not a programme; `mistakes` has each place, `errors` the same in the caller's language."""

    slug = "bad-programme"
    title = _l("The programme document has mistakes. Nothing was changed.")

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column))
        super().__init__(errors=dict(by_path(self.mistakes, current_locale())))


class CurrencyTaken(Conflict):
    """Another programme already judges receipts of this currency."""

    slug = "currency-taken"
    title = _l("The programme %(other)s already has the currency %(currency)s")
    advice = _l("One currency belongs to one programme: load a new version of that programme, or use another currency.")
