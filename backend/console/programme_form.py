"""The editor of a programme's document: what was typed, what is wrong with it, and what it says in short."""

from dataclasses import dataclass
from typing import Any

from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme
from backend.programmes.mistakes import in_words
from backend.programmes.programme import Programme
from backend.shared import formatting
from backend.shared.i18n import _, _l, _n, current_locale

DOCUMENT_LENGTH_MAXIMUM = 256 * 1024
NOTE_LENGTH_MAXIMUM = 200
KINDS: dict[str, Any] = {
    "bonus": _l("Bonus points"),
    "cumulative": _l("Growing discount"),
    "tiers": _l("Tiers"),
    "combined": _l("Combined"),
}


@dataclass(frozen=True)
class MistakeShown:
    """A mistake with its place, in the reader's language."""

    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Checked:
    """A document that was looked at: either a programme, or what is wrong with it."""

    programme: Programme | None
    mistakes: tuple[MistakeShown, ...] = ()

    @property
    def summary(self) -> str:
        """What it is, in one line."""
        return " · ".join(_in_short(self.programme)) if self.programme else ""


def check(document: str) -> Checked:
    """Reads a document as it was typed."""
    try:
        return Checked(read_programme(document))
    except BadProgramme as refusal:
        return Checked(None, shown(refusal))


def shown(refusal: BadProgramme) -> tuple[MistakeShown, ...]:
    """Its mistakes, in the order of the document."""
    locale = current_locale()
    return tuple(MistakeShown(one.line, one.column, in_words(one, locale)) for one in refusal.mistakes)


def typed_document(text: str) -> str:
    """A document as browsers send it, with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def title_of(programme: Programme) -> str:
    """The programme's title in the reader's language."""
    return str(programme.title.get(current_locale()) or programme.programme)


def facts_of(programme: Programme) -> list[tuple[str, str]]:
    """What a programme is, line by line."""
    locale = current_locale()
    rows = [
        (_("Kind"), KINDS[programme.kind]),
        (_("Currency"), programme.currency),
        (_("One point pays"), formatting.money(programme.point_value_minor, programme.currency, locale=locale)),
    ]
    if programme.base_rate_basis_points:
        rows.append((_("Of every purchase"), formatting.percent(programme.base_rate_basis_points, locale=locale)))
    rows.append((_("Earning rules"), formatting.count(len(programme.earning), locale=locale)))
    rows.append((_("Can be spent after, days"), formatting.count(programme.pending_days, locale=locale)))
    for words, items in (
        (_("Other terms"), programme.terms),
        (_("Tiers"), programme.tiers.levels if programme.tiers else ()),
        (_("Actions"), programme.actions),
        (_("Rewards"), programme.rewards),
        (_("Budgets"), programme.budgets),
    ):
        if items:
            rows.append((words, formatting.count(len(items), locale=locale)))
    if programme.referral is not None:
        points = formatting.points(programme.referral.advocate_points, locale=locale)
        rows.append((_("For a friend"), points))
    return [(str(name), str(value)) for name, value in rows]


def _in_short(programme: Programme) -> list[str]:
    words = [title_of(programme), str(KINDS[programme.kind]), programme.currency]
    words.append(_n("%(num)d earning rule", "%(num)d earning rules", len(programme.earning)))
    if programme.rewards:
        words.append(_n("%(num)d reward", "%(num)d rewards", len(programme.rewards)))
    if programme.budgets:
        words.append(_n("%(num)d budget", "%(num)d budgets", len(programme.budgets)))
    return words
