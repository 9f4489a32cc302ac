"""What receipts earn, entered and told; the same way for one that was just sold and for one that is claimed later.

The buyers' books are locked. Points that pay a receipt leave before those come that it earns; the reward of a
recommendation follows the receipt that qualifies it, which is judged on its total, before points are paid with.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.budgets import service as budgets
from backend.budgets.service import OpenBudgets
from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.notifications.service import NewMessage, tell
from backend.programmes import earning
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.engine.evaluation import evaluate
from backend.programmes.engine.explaining import RULES_WORDING
from backend.programmes.engine.facts import ReceiptFacts
from backend.programmes.programme import Programme
from backend.receipts.sale import Sale
from backend.receipts.service import SaleToRecord
from backend.referrals import rewarding
from backend.referrals import service as referrals
from backend.referrals.facts import OpenReferral, QualificationFacts
from backend.referrals.qualification import Candidate, Decision, decide
from backend.referrals.terms import terms_of
from backend.screening.known_rules import OWN_SHIFT
from backend.shared.clock import business_now, system_now
from backend.shared.db import sent_together
from backend.tiers import service as tiers
from backend.till import card_screening, paying, recommended, resolving
from backend.till.answers import balance_of
from backend.till.batch import Batch, Recorded
from backend.till.receipt_request import ReceiptRequest
from backend.till.recommended import Recommended

Said = list[dict[str, Any]]
NO_BUDGETS = OpenBudgets()
"""For batches whose programmes have none; shared, never changed."""


def earn(
    session: Session,
    batch: Batch,
    open_referrals: Mapping[UUID, OpenReferral],
    *,
    keep: Callable[[list[SaleToRecord]], None],
) -> None:
    """Enters what the batch's receipts pay and earn, has `keep` write the receipts, and writes all the rest."""
    batch.screened = card_screening.screen(session, batch.card_settings, batch.sales, batch.requests, batch.cards)
    decisions = _decide_referrals(session, batch, open_referrals)
    brought = recommended.begin(session, batch, open_referrals, decisions)
    opened = _open_budgets(session, batch)
    rounds = _rounds(batch)
    for positions in rounds:
        entered = [_enter(batch, position, batch.sales[position], brought, opened) for position in positions]
        with sent_together(session):
            keep(entered)
            ledger.write(session, batch.books.values())
            budgets.write(session, opened)
            rewarding.store(session, brought.take_rows())
            if positions is rounds[-1]:
                tell(session, _messages(batch), device_ids=batch.device_ids)
        _move_tiers(session, batch, positions)
    _record_decisions(session, batch, decisions, brought)
    recommended.finish(session, batch, brought, opened)
    _move_advocates(session, batch, decisions)


def find_terms(batch: Batch, position: int, sale: Sale) -> None:
    """Finds the terms by which a receipt is judged: those of its store, for its buyer as known now."""
    programme = batch.programmes[position]
    if programme.terms:
        store = batch.facts.store(batch.requests[position].store)
        batch.terms[position] = programme.terms_for(store, batch.facts.member(programme, sale.buyer_id))


def is_told(sale: Sale) -> bool:
    """Whether the buyer hears of this receipt: not of history that is brought in."""
    return sale.source != "import"


def _rounds(batch: Batch) -> list[list[int]]:
    """The receipts in the order in which they are judged: all at once, by time where something is known of buyers;
    where a purchase may move its buyer to another tier, each buyer's next receipt in a round of its own.
    """
    positions = list(batch.sales)
    if batch.facts.known or any(programme.has_referral_plan for programme in batch.distinct_programmes):
        positions.sort(key=lambda position: (batch.sales[position].occurred_at, position))
    if not any(map(_climbs, batch.distinct_programmes)):
        return [positions]
    rounds: list[list[int]] = [[]]
    so_far: Counter[UUID] = Counter()
    for position in positions:
        buyer_id = batch.sales[position].buyer_id
        if so_far[buyer_id] == len(rounds):
            rounds.append([])
        rounds[so_far[buyer_id]].append(position)
        so_far[buyer_id] += 1
    return rounds


def _open_budgets(session: Session, batch: Batch) -> OpenBudgets:
    """The budgets that the batch's receipts may take from, each as of its receipt's own time."""
    with_budgets = [programme for programme in batch.distinct_programmes if programme.budgets]
    if not with_budgets or not batch.sales:
        return NO_BUDGETS
    moments = {sale.occurred_at for sale in batch.sales.values()}
    return budgets.open_budgets(session, with_budgets, batch.books.keys(), at=moments, zone=batch.zone)


def _move_tiers(session: Session, batch: Batch, positions: Sequence[int]) -> None:
    """Moves up whoever has reached a tier by these receipts, which are written, and finds the terms of the next."""
    climbing = [programme for programme in batch.distinct_programmes if _climbs(programme)]
    for programme in climbing:
        moments = [
            (sale.buyer_id, sale.occurred_at)
            for position in positions
            if batch.programmes[position] is programme
            for sale in [batch.sales[position]]
        ]
        changes = tiers.keep_up(session, programme, moments)
        batch.facts.move_tiers(programme, {change.member_id: change.tier_after for change in changes})
    for position, sale in batch.sales.items() if climbing else ():
        if position not in batch.outcomes:
            find_terms(batch, position, sale)


def _move_advocates(session: Session, batch: Batch, decisions: Sequence[Decision]) -> None:
    """Moves up advocates in programmes whose tiers count friends: where points wait for nothing, nothing is released
    later that would.
    """
    if not decisions:
        return
    positions, now = {sale.id: position for position, sale in batch.sales.items()}, business_now()
    moments: dict[str, set[tuple[UUID, datetime]]] = {}
    for one in decisions:
        name = batch.programmes[positions[one.candidate.receipt_id]].programme
        if one.verdict.outcome == "reward":
            moments.setdefault(name, set()).add((one.candidate.referral.advocate_id, now))
    for programme in batch.distinct_programmes:
        if programme.tiers is not None and programme.tiers.measure == "referrals":
            tiers.keep_up(session, programme, moments.get(programme.programme, ()), zone=batch.zone)


def _climbs(programme: Programme) -> bool:
    """Whether a purchase may move its buyer to another tier."""
    return programme.tiers is not None and programme.tiers.measure != "referrals"


def _decide_referrals(session: Session, batch: Batch, open_referrals: Mapping[UUID, OpenReferral]) -> list[Decision]:
    """Which receipts decide the referrals of their buyers, each by the terms of its own store."""
    if not open_referrals:
        return []
    by_time = sorted(batch.sales.items(), key=lambda item: (item[1].occurred_at, item[0]))
    own_shift = batch.screened.own_shift
    concerned = [item for item in by_time if item[1].buyer_id in open_referrals and item[0] not in own_shift]
    decisions: list[Decision] = []
    for _, group in groupby(concerned, key=lambda item: id(batch.terms[item[0]])):
        items = list(group)
        terms = terms_of(batch.terms[items[0][0]])
        if terms is None:
            continue
        candidates = [
            Candidate(
                referral=open_referrals[sale.buyer_id],
                receipt_id=sale.id,
                receipt_amount_minor=sale.total_minor,
                at=sale.occurred_at,
                cashier_member_id=_advocate_at_the_till(batch, position, open_referrals[sale.buyer_id]),
            )
            for position, sale in items
        ]
        asked = [candidate.referral for candidate in candidates]
        facts = referrals.gather(session, asked, at=business_now(), terms=terms)
        decisions += decide(candidates, _after(decisions, facts, asked), terms=terms)
    return decisions


def _advocate_at_the_till(batch: Batch, position: int, referral: OpenReferral) -> UUID | None:
    """The advocate, where it is they who ring up the receipt."""
    is_advocate = batch.cards.is_own(referral.advocate_id, batch.requests[position])
    return referral.advocate_id if is_advocate else None


def _after(
    decisions: Sequence[Decision], facts: Mapping[UUID, QualificationFacts], asked: Iterable[OpenReferral]
) -> Mapping[UUID, QualificationFacts]:
    """The facts of these referrals after others were decided in the same batch, by other terms."""
    if not decisions:
        return facts
    decided = {one.candidate.referral.id for one in decisions}
    rewards = Counter(
        one.candidate.referral.advocate_id for one in decisions if one.verdict.outcome in {"reward", "hold"}
    )
    return {
        one.id: replace(known, rewards_in_cap_window=known.rewards_in_cap_window + rewards[one.advocate_id])
        for one in asked
        if one.id not in decided and (known := facts.get(one.id))
    }


def _enter(batch: Batch, position: int, sale: Sale, brought: Recommended, opened: OpenBudgets) -> SaleToRecord:
    """Enters what the receipt pays and earns into the books, and makes the answer for its till."""
    programme, terms = batch.programmes[position], batch.terms[position]
    book = batch.books[sale.buyer_id]
    entered_before = len(book.entered)
    said = paying.enter(batch, position)
    earned_before, pending_before = book.available + book.debt, book.pending
    receipt = recommended.receipt_facts(batch, position, sale)
    if position in batch.screened.own_shift:
        said += _earn_nothing(book, sale, terms, batch.requests[position])
    else:
        said += _earn(batch, position, sale, receipt, opened)
    if sale.buyer_id in brought.referrals:
        said += brought.enter(batch, position, sale, opened)
    batch.facts.bought(programme, sale)
    _prolong(book, sale, terms, receipt, entered_something=len(book.entered) > entered_before)
    payment = batch.payments.get(position)
    answer = {
        "points_earned": book.available + book.debt - earned_before,
        "points_pending": book.pending - pending_before,
        "points_spent": payment.points if payment else 0,
        "discount": sale.paid_with_points_minor,
        "unattached": False,
        "balance": balance_of(book),
        "messages": said,
    }
    batch.outcomes[position] = Recorded(sale.id, answer)
    return SaleToRecord(sale, answer)


def _earn(batch: Batch, position: int, sale: Sale, receipt: ReceiptFacts, opened: OpenBudgets) -> Said:
    """Enters what the receipt earns; its points wait where a case holds them, of which the till is told nothing."""
    programme, terms = batch.programmes[position], batch.terms[position]
    hold = batch.screened.held.get(position)
    view = opened.view(programme, sale.buyer_id, at=sale.occurred_at) if programme.budgets else UNLIMITED
    said = []
    for award in evaluate(terms, receipt, batch.facts.buyer(programme, sale), view).awards:
        cause = _cause(sale, terms, award, natural_key=f"receipt:{sale.id}:{award.rule}")
        batch.books[sale.buyer_id].accrue(
            cause,
            points=award.points,
            available_at=award.available_at,
            expires_at=award.expires_at,
            held_case_id=hold.case_id if hold else None,
        )
        said.append({"kind": "till.accrued", "facts": _told(award)})
    return said


def _earn_nothing(book: Book, sale: Sale, programme: Programme, request: ReceiptRequest) -> Said:
    """Enters that somebody of the staff rang up their own card."""
    cause = Cause(
        natural_key=f"receipt:{sale.id}:{OWN_SHIFT.name}",
        effective_at=sale.occurred_at,
        recorded_at=system_now(),
        wording="till.own_shift",
        facts={
            "store": request.store.name,
            "total": {"amount_minor": sale.total_minor, "currency": sale.currency},
        },
        programme=programme.programme,
        programme_version=programme.version,
        rule=OWN_SHIFT.name,
        receipt_id=sale.id,
    )
    book.note(cause)
    return [{"kind": "till.no_points_on_own_shift", "facts": {}}]


def _told(award: earning.Award) -> dict[str, Any]:
    """What of an award's facts messages are made of; how it was reckoned stands in the ledger."""
    if award.wording != RULES_WORDING:
        return award.facts
    return {name: award.facts[name] for name in ("store", "total", "points", "available_at")}


def _prolong(book: Book, sale: Sale, programme: Programme, facts: ReceiptFacts, *, entered_something: bool) -> None:
    """Lets a purchase move the day on which open points burn, where the programme says that it does."""
    activity = earning.activity(programme, facts)
    has_points = any(lot.programme == programme.programme for lot in book.lots.values())
    if activity is None or activity.expires_at is None or not has_points:
        return
    if not entered_something:
        book.note(_cause(sale, programme, activity, natural_key=f"receipt:{sale.id}:{activity.rule}"))
    book.prolong(programme=programme.programme, expires_at=activity.expires_at)


def _cause(sale: Sale, programme: Programme, award: earning.Award, *, natural_key: str) -> Cause:
    return Cause(
        natural_key=natural_key,
        effective_at=sale.occurred_at,
        recorded_at=system_now(),
        wording=award.wording,
        facts=award.facts,
        programme=programme.programme,
        programme_version=programme.version,
        rule=award.rule,
        receipt_id=sale.id,
    )


def _record_decisions(session: Session, batch: Batch, decisions: Sequence[Decision], brought: Recommended) -> None:
    if not decisions:
        return
    positions = {sale.id: position for position, sale in batch.sales.items()}
    for _, group in groupby(decisions, key=lambda one: id(batch.terms[positions[one.candidate.receipt_id]])):
        concerned = list(group)
        terms = terms_of(batch.terms[positions[concerned[0].candidate.receipt_id]])
        if terms is not None:
            referrals.record_decisions(
                session, concerned, at=business_now(), terms=terms, entered=brought.decided_points
            )


def _messages(batch: Batch) -> list[NewMessage]:
    """What the buyers are told of what their receipts earned and paid; rewards are told by the referrals themselves."""
    held = batch.screened.held
    told = [
        NewMessage(
            member_id=sale.buyer_id,
            kind="receipt_held" if position in held else "receipt_accrued",
            facts=said["facts"] | ({"due_at": held[position].due_at.isoformat()} if position in held else {}),
            natural_key=f"receipt:{sale.id}:accrued:{number}",
        )
        for position, sale in batch.sales.items()
        if is_told(sale) and isinstance(outcome := batch.outcomes[position], Recorded)
        for number, said in enumerate(outcome.answer["messages"])
        if said["kind"] == "till.accrued"
    ]
    spent = [
        resolving.message_of(payment.resolution, batch.requests[position].store)
        for position, payment in batch.payments.items()
        if payment.held and payment.points
    ]
    return told + spent
