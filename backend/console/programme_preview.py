"""What one receipt would earn by a document that is being written, with the way to the points."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.programmes import preview as trial
from backend.programmes.engine.facts import History, MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.programme import Programme
from backend.receipts.sale import SaleLine
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.i18n import _, current_locale
from backend.shared.typed_days import typed_moment
from backend.shared.wording import Reader
from backend.shops import queries as shops

AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,3})?", re.ASCII)
COUNT = re.compile(r"\d{1,6}", re.ASCII)
FIELDS = ("amount", "category", "store", "at", "tier", "purchases", "segment", "birthday")


@dataclass(frozen=True)
class PreviewAnswer:
    """What it would earn."""

    title: str
    steps: list[tuple[str, str]]
    sums: list[tuple[str, str]]
    note: str


@dataclass
class Preview:
    """The receipt as it was typed, what can be chosen, and the answer where there is one."""

    form: dict[str, str]
    stores: list[tuple[str, str]]
    tiers: list[tuple[str, str]]
    segments: list[tuple[str, str]]
    errors: dict[str, str] = field(default_factory=dict)
    answer: PreviewAnswer | None = None


def stores_to_choose(session: Session) -> list[StoreFacts]:
    """The shop's stores, as receipts know them."""
    return [
        StoreFacts(store.code, store.name, store.region or "", store.country or "", store.zone)
        for store in shops.stores(session)
    ]


def preview(
    typed: Mapping[str, str], programme: Programme | None, stores: Sequence[StoreFacts], *, now: datetime, zone: str
) -> Preview:
    """Reads the receipt that was typed; where that and the document are correct, says what it would earn."""
    form = {name: typed.get(name, "").strip() for name in FIELDS}
    if "amount" not in typed:
        form |= {"amount": "1500", "at": f"{now.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}", "purchases": "3"}
    locale = current_locale()
    shown = Preview(
        form,
        [(store.code, str(store.name.get(locale) or store.code)) for store in stores],
        _tiers(programme),
        _segments(programme),
    )
    store = next((one for one in stores if one.code == form["store"]), stores[0] if stores else None)
    receipt = _receipt(shown, programme, store, zone=zone)
    if programme is not None and receipt is not None and not shown.errors:
        reader = Reader(locale, receipt.store.zone)
        shown.answer = _answer(trial.preview(programme, receipt, _member(shown, receipt), reader=reader), reader)
    return shown


def _receipt(
    shown: Preview, programme: Programme | None, store: StoreFacts | None, *, zone: str
) -> ReceiptFacts | None:
    form = shown.form
    amount = form["amount"].replace(" ", "").replace("\u00a0", "")
    if not AMOUNT.fullmatch(amount):
        shown.errors["amount"] = str(_("An amount, such as 1500 or 99.90."))
    if form["purchases"] and not COUNT.fullmatch(form["purchases"]):
        shown.errors["purchases"] = str(_("A whole number."))
    where = store or StoreFacts(zone=zone)
    at = typed_moment(form["at"], zone=where.zone)
    if at is None:
        shown.errors["at"] = str(_("A day and a time, please."))
    if programme is None or at is None or shown.errors:
        return None
    digits = formatting.minor_digits(programme.currency)
    total_minor = int(Decimal(amount.replace(",", ".")).scaleb(digits))
    line = SaleLine(sku="", quantity=Decimal(1), amount_minor=total_minor, category=form["category"] or None)
    return ReceiptFacts(occurred_at=at, total_minor=total_minor, store=where, shop_zone=zone, lines=(line,))


def _member(shown: Preview, receipt: ReceiptFacts) -> MemberFacts:
    form = shown.form
    day = receipt.occurred_at.date()
    return MemberFacts(
        joined_at=receipt.occurred_at,
        birthday=(day.month, day.day) if form["birthday"] else None,
        language=current_locale(),
        tier=form["tier"] if form["tier"] in dict(shown.tiers) and form["tier"] else None,
        segments=frozenset({form["segment"]} if form["segment"] in dict(shown.segments) and form["segment"] else ()),
        history=History(purchases=int(form["purchases"] or 0)),
    )


def _tiers(programme: Programme | None) -> list[tuple[str, str]]:
    levels = programme.tiers.levels if programme and programme.tiers else ()
    locale = current_locale()
    return [("", str(_("none"))), *((level.tier, str(level.title.get(locale) or level.tier)) for level in levels)]


def _segments(programme: Programme | None) -> list[tuple[str, str]]:
    named = sorted(programme.named_segments) if programme else []
    return [("", str(_("none"))), *((code, code) for code in named)] if named else []


def _answer(tried: trial.Preview, reader: Reader) -> PreviewAnswer:
    today = formatting.day_in(business_now(), reader.zone)
    notes = []
    if tried.terms:
        notes.append(_("By other terms: %(terms)s.", terms=tried.terms))
    for award in tried.awards:
        available = formatting.date(award.available_at, locale=reader.locale, zone=reader.zone, today=today)
        if award.expires_at is None:
            notes.append(_("Can be spent from %(day)s on.", day=available))
        else:
            burnt = formatting.date(award.expires_at, locale=reader.locale, zone=reader.zone, today=today)
            notes.append(_("Can be spent from %(day)s on, and burn on %(end)s.", day=available, end=burnt))
    return PreviewAnswer(
        title=formatting.signed_points(tried.points, locale=reader.locale),
        steps=list(tried.steps),
        sums=[(str(_("In all")), formatting.points(tried.points, locale=reader.locale))],
        note=" ".join(str(note) for note in notes),
    )
