"""The form of a segment: what was typed, as rows; how many it holds for; and what of it is wrong, row by row."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backend.console import segment_rows as rows
from backend.console.segment_choices import Choices
from backend.console.segment_rows import Group, Row, Written
from backend.members import finding as members
from backend.programmes import queries as programmes
from backend.segments import queries, service
from backend.segments.codes import CODE
from backend.segments.errors import UnknownPerson
from backend.segments.mistakes import BadTree, Mistake, in_words
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.i18n import _, current_locale

NAME_LENGTH_MAXIMUM = 80
CURRENCY_OF_NOBODY = "RUB"
SAMPLE_NUMBER_MAXIMUM = 1_000_000


@dataclass
class SegmentForm:
    """What the browser sent, or what is kept of a segment."""

    root: Group
    name: str = ""
    code: str = ""
    person: str = ""
    sample_number: int = 0
    is_changed: bool = False
    focus: str = ""
    """The field to go on with, after a button of the editor."""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, typed: MultiDict[str, str]) -> "SegmentForm":
        """The form as it was sent, after what its button says was done."""
        form = cls(
            rows.from_form(typed).numbered(),
            name=typed.get("name", "").strip(),
            code=typed.get("code", "").strip(),
            person=typed.get("person", "").strip(),
            sample_number=_whole(typed.get("sample_number", "")),
            is_changed=True,
        )
        act = typed.get("act", "")
        if act == "others":
            form.sample_number = (form.sample_number + 1) % SAMPLE_NUMBER_MAXIMUM
        form.focus = rows.changed(form.root, act)
        return form

    def read_names(self) -> bool:
        """Whether name and code may be kept."""
        if not self.name:
            self.errors["name"] = str(_("Nothing is written here."))
        elif len(self.name) > NAME_LENGTH_MAXIMUM:
            self.errors["name"] = str(_("Too long: %(most)s characters at most.", most=NAME_LENGTH_MAXIMUM))
        if self.code and not CODE.fullmatch(self.code):
            self.errors["code"] = str(_("Small Latin letters, digits and hyphens."))
        return not self.errors


@dataclass(frozen=True)
class SampleShown:
    """Somebody who is in, with the reason."""

    id: Any
    label: str
    why: str


@dataclass(frozen=True)
class CountShown:
    """How many are in, as the page shows it."""

    count: int
    of: int
    share: str
    took: str
    channels: list[tuple[str, int]]
    sample: list[SampleShown]


@dataclass(frozen=True)
class LineShown:
    """A condition with what was found of somebody."""

    text: str
    holds: bool


@dataclass(frozen=True)
class PersonChecked:
    """Whether somebody is in, and why."""

    unknown: bool = False
    label: str = ""
    holds: bool = False
    lines: tuple[LineShown, ...] = ()


@dataclass
class Looked:
    """What there is to say of a form."""

    choices: Choices
    written: Written
    counted: CountShown | None = None
    checked: PersonChecked | None = None
    sentence: str = ""
    row_counts: dict[str, int] = field(default_factory=dict)
    row_mistakes: dict[str, str] = field(default_factory=dict)


def currency_now(session: Session) -> str:
    """The currency in which amounts are typed: that of the shop's main programme."""
    programme = programmes.main_programme(session, at=business_now())
    return programme.currency if programme else CURRENCY_OF_NOBODY


def choices_now(session: Session, *, currency: str, but: str = "") -> Choices:
    """What can be chosen; a segment cannot be inside itself."""
    segments = {code: name for code, name in queries.codes(session).items() if code != but}
    return Choices(queries.attributes(session), segments, currency=currency)


def kept(session: Session, tree: Mapping[str, Any]) -> Group:
    """The rows of a kept tree."""
    currency = currency_now(session)
    return rows.from_tree(tree, choices_now(session, currency=currency).known, currency=currency)


def look(session: Session, form: SegmentForm) -> Looked:
    """Counts who is in, where every condition is complete; else says at each row what is missing or wrong."""
    currency = currency_now(session)
    choices = choices_now(session, currency=currency, but=form.code)
    looked = Looked(choices, rows.to_tree(form.root, choices.known, currency=currency))
    if not any(True for _row in form.root.every_row()):
        return looked
    begun = time.perf_counter()
    try:
        counted = service.count(session, looked.written.tree, sample_number=form.sample_number)
    except BadTree as refusal:
        looked.row_mistakes = mistakes_by_row(refusal, looked.written, form.root)
        return looked
    looked.counted = _shown(counted, seconds=time.perf_counter() - begun)
    looked.row_counts = {looked.written.place_of(path): one for path, one in counted.leaf_counts.items()}
    looked.sentence = queries.in_words(session, looked.written.tree)
    looked.checked = _check_person(session, form.person, looked.written.tree) if form.person else None
    return looked


def _shown(counted: service.Counted, *, seconds: float) -> CountShown:
    locale = current_locale()
    # To a tenth of a percent.
    share = round(1_000 * counted.count / counted.of) * 10 if counted.of else 0
    tenths = max(1, round(seconds * 10))
    took = f"{tenths // 10}{',' if locale == 'ru' else '.'}{tenths % 10}"
    names = {"push": _("Push"), "email": _("E-mail"), "sms": _("SMS")}
    return CountShown(
        count=counted.count,
        of=counted.of,
        share=formatting.percent(share, locale=locale),
        took=str(_("counted in %(seconds)s s", seconds=took)),
        channels=[(str(names[channel]), people) for channel, people in counted.reachable.items()],
        sample=[SampleShown(one.id, one.label, one.why) for one in counted.sample],
    )


def _check_person(session: Session, typed: str, tree: dict[str, Any]) -> PersonChecked:
    member_id = members.find(session, typed)
    if member_id is None:
        return PersonChecked(unknown=True)
    try:
        answer = service.check_person(session, tree, member_id)
    except UnknownPerson:
        return PersonChecked(unknown=True)
    lines = tuple(LineShown(line.text, line.holds) for line in answer.lines)
    return PersonChecked(label=answer.label, holds=answer.holds, lines=lines)


def mistakes_by_row(refusal: BadTree, written: Written, root: Group) -> dict[str, str]:
    """What is wrong at each row; a row in which nothing was chosen yet is not wrong."""
    by_place = {row.place: row for row in root.every_row()}
    found: dict[str, str] = {}
    for mistake in refusal.mistakes:
        place = written.place_of(mistake.path)
        row = by_place.get(place)
        if row is None or row.attribute:
            found.setdefault(place, _words(mistake, row))
    return found


def _words(mistake: Mistake, row: Row | None) -> str:
    """In the words of somebody who fills in a form, where those of a document would mislead."""
    if mistake.kind in {"value_missing", "parameter_missing"}:
        return str(_("A value is missing."))
    if row is not None and mistake.kind == "wrong_value" and mistake.facts.get("expected") == "money":
        return str(_("This is not an amount, such as 500 or 99.90."))
    if mistake.kind == "empty_group":
        return str(_("A group needs at least one condition."))
    return in_words(mistake)


def _whole(typed: str) -> int:
    return int(typed) % SAMPLE_NUMBER_MAXIMUM if typed.isascii() and typed.isdigit() and len(typed) < 8 else 0
