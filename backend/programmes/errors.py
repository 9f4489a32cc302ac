"""What can be wrong with a programme."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from backend.programmes.mistakes import Mistake, by_path
from backend.shared.errors import Conflict, Invalid, NotFound
from backend.shared.i18n import current_locale


class BadProgramme(Invalid):
    """The document is not a programme; `mistakes` has each place, `errors` the same in the caller's language."""

    slug = "bad-programme"
    title = _l("The programme document has mistakes. Nothing was changed.")

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.column))
        super().__init__(errors=dict(by_path(self.mistakes, current_locale())))


class NoProgramme(Conflict):
    """Points have no terms: no programme was loaded yet."""

    slug = "no-programme"
    title = _l("No programme is in force")
    advice = _l("Load one with `molva programme load FILE`; points take their terms from it.")


class CurrencyTaken(Conflict):
    """Another programme already judges receipts of this currency."""

    slug = "currency-taken"
    title = _l("The programme %(other)s already has the currency %(currency)s")
    advice = _l("One currency belongs to one programme: load a new version of that programme, or use another currency.")


class UnknownVersion(NotFound):
    """No version of a programme has this id."""

    slug = "unknown-programme-version"
    title = _l("There is no such version of a programme")


class PastIsWritten(Conflict):
    """What was sold before now has been judged."""

    slug = "past-is-written"
    title = _l("A version cannot begin in the past: what was sold before now has been judged")
    advice = _l("Activate it from now on, or from a moment that is still to come.")


class AlreadyInForce(Conflict):
    """Receipts have been judged by it."""

    slug = "already-in-force"
    title = _l("Version %(version)s is in force already, or was")
    advice = _l("A version that judged receipts stays as it is. Write the document as a new version to have it again.")


class WasWithdrawn(Conflict):
    """It was taken back."""

    slug = "programme-version-withdrawn"
    title = _l("Version %(version)s was withdrawn")
    advice = _l("Write the document as a new version to have it again.")
