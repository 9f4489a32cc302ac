"""Screening of the cards that a batch of receipts shows: what is asked with the locks, judged, kept and held.

A held receipt earns as any other, and its points wait until a person has looked; the cashier sees nothing of it.
Nothing is asked where no programme of the batch names such a rule, and imported history is never judged.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.programmes.screening import screening_settings
from backend.receipts import queries as receipts
from backend.receipts.queries import SeenCard
from backend.receipts.sale import Sale
from backend.screening import queries as cases
from backend.screening.known_rules import OWN_SHIFT
from backend.screening.rules import RuleSetting, Ruling, deciding
from backend.screening.service import NewRuling, open_cases, record_rulings
from backend.shared.clock import business_now
from backend.shared.db import Promise
from backend.shops import queries as shops
from backend.staff import queries as staff
from backend.staff.queries import StaffCard
from backend.till import card_rules
from backend.till.card_rules import FREQUENCY_RULES
from backend.till.receipt_request import ReceiptRequest

RECEIPT = "receipt"
"""How cases and rulings name their subject."""
Settings = Mapping[str, RuleSetting]


@dataclass(slots=True)
class CardFacts:
    """What is known of the cards of a batch: when each was rung up, and which are those of staff."""

    seen: dict[UUID, list[SeenCard]] = field(default_factory=dict)
    staff_cards: Mapping[UUID, list[StaffCard]] = field(default_factory=dict)
    zone: str = ""
    """The shop's, where cards are counted by day."""

    def is_own(self, member_id: UUID, request: ReceiptRequest) -> bool:
        """Whether this is the card of whoever rings the receipt up, or of who did where another sends it."""
        accounts = (request.cashier_staff_id, None) if request.sold_by_another else (request.cashier_staff_id,)
        return any(
            card.is_cashier(cashier_staff_id=account, cashier=request.cashier)
            for card in self.staff_cards.get(member_id, ())
            for account in accounts
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A receipt whose points wait upon a case: which, until when at the latest, and why."""

    case_id: UUID
    due_at: datetime
    reason_kind: str


@dataclass(slots=True)
class Screened:
    """What screening made of a batch's receipts, by position."""

    held: dict[int, Hold] = field(default_factory=dict)
    own_shift: set[int] = field(default_factory=set)
    """Receipts that earn nothing: whoever rang them up showed their own card."""


def settings_by_position(programmes: Mapping[int, Programme], sales: Mapping[int, Sale]) -> dict[int, Settings]:
    """The settings by which each receipt is judged; none that was brought in from elsewhere is."""
    settings = {id(programme): screening_settings(programme) for programme in programmes.values()}
    by_position = {
        position: settings[id(programmes[position])] for position, sale in sales.items() if sale.source != "import"
    }
    return {position: named for position, named in by_position.items() if named}


def ask(
    session: Session, settings: Mapping[int, Settings], sales: Mapping[int, Sale], advocates: Collection[UUID]
) -> Promise[CardFacts]:
    """The facts that the programmes' rules ask for of these receipts, for `sent_together`."""
    counted = {position for position, named in settings.items() if card_rules.names_any(named, *FREQUENCY_RULES)}
    spans: dict[UUID, tuple[datetime, datetime]] = {}
    for sale in (sales[position] for position in counted):
        first, last = spans.get(sale.buyer_id, (sale.occurred_at, sale.occurred_at))
        spans[sale.buyer_id] = min(first, sale.occurred_at), max(last, sale.occurred_at)
    own = {sales[position].buyer_id for position, named in settings.items() if OWN_SHIFT.name in named}
    seen: Promise[dict[UUID, list[SeenCard]]] = dict
    staff_cards: Promise[dict[UUID, list[StaffCard]]] = dict
    zone: Promise[str] = str
    if spans:
        window = card_rules.window_around(settings[position] for position in counted)
        seen = receipts.ask_seen_cards(session, spans, window=window)
        zone = shops.ask_zone(session)
    if own or advocates:
        staff_cards = staff.ask_staff_cards(session, own.union(advocates))
    return lambda: CardFacts(seen(), staff_cards(), zone())


def screen(
    session: Session,
    settings: Mapping[int, Settings],
    sales: Mapping[int, Sale],
    requests: Sequence[ReceiptRequest],
    known: CardFacts,
) -> Screened:
    """Judges receipts in order of time, keeps what rules say against them, and opens a case for each that is held."""
    screened, rulings, held = Screened(), [], {}
    judged = [(sale.occurred_at, position) for position, sale in sales.items() if position in settings]
    for _, position in sorted(judged):
        sale = sales[position]
        said = _judge(settings[position], sale, requests[position], known)
        rulings += [_new(ruling, sale) for ruling in said]
        decision = deciding(said)
        if decision is not None and decision.outcome == "reject":
            screened.own_shift.add(position)
        elif decision is not None:
            held[position] = _new(decision, sale)
    record_rulings(session, rulings)
    screened.held = _hold(session, held)
    return screened


def _judge(settings: Settings, sale: Sale, request: ReceiptRequest, known: CardFacts) -> list[Ruling]:
    said = []
    if OWN_SHIFT.name in settings and known.is_own(sale.buyer_id, request):
        said.append(card_rules.judge_own_shift(settings))
    if card_rules.names_any(settings, *FREQUENCY_RULES):
        seen = known.seen.setdefault(sale.buyer_id, [])
        this = SeenCard(sale.occurred_at, sale.store_id, sale.cashier)
        said += card_rules.judge_frequency(seen, this, settings, zone=known.zone)
        seen.append(this)
    return said


def _new(ruling: Ruling, sale: Sale) -> NewRuling:
    return NewRuling(
        ruling=ruling, subject_kind=RECEIPT, subject_id=sale.id, member_id=sale.buyer_id, at=business_now()
    )


def _hold(session: Session, held: Mapping[int, NewRuling]) -> dict[int, Hold]:
    if not held:
        return {}
    case_ids = open_cases(session, list(held.values()))
    opened = cases.cases_of(session, subject_kind=RECEIPT, subject_ids=list(case_ids))
    return {
        position: Hold(
            case_id=case_ids[one.subject_id],
            due_at=opened[one.subject_id].due_at,
            reason_kind=one.ruling.reason_kind,
        )
        for position, one in held.items()
    }
