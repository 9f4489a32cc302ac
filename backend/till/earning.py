"""What receipts earn, entered and told; the same way for one that was just sold and for one that is claimed later.

The buyers' books are locked. Points that pay a receipt leave before those come that it earns; the reward of a
recommendation follows the receipt that qualifies it, which is judged on its total, before points are paid with.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.notifications.service import NewMessage, tell
from backend.programmes import earning
from backend.programmes.engine.budgeting import UNLIMITED
from backend.programmes.engine.evaluation import evaluate
from backend.programmes.engine.facts import NOBODY_ASKED, ReceiptFacts, StoreFacts
from backend.programmes.programme import Programme
from backend.receipts.sale import Sale
from backend.receipts.service import SaleToRecord
from backend.referrals import service as referrals
from backend.referrals.facts import OpenReferral
from backend.referrals.qualification import Candidate, Decision, decide
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now, system_now
from backend.shared.db import sent_together
from backend.till import paying, recommending, resolving
from backend.till.answers import balance_of
from backend.till.batch import Batch, Recorded

Said = list[dict[str, Any]]


def earn(
    session: Session,
    batch: Batch,
    open_referrals: Mapping[UUID, OpenReferral],
    *,
    keep: Callable[[list[SaleToRecord]], None],
) -> None:
    """Enters what the batch's receipts pay and earn, has `keep` write the receipts, and writes all the rest."""
    decisions = _decide_referrals(session, batch, open_referrals)
    rewarded = {one.candidate.receipt_id: one for one in decisions if one.verdict.outcome == "reward"}
    entered = [_enter(batch, position, sale, rewarded) for position, sale in batch.sales.items()]
    with sent_together(session):
        keep(entered)
        ledger.write(session, batch.books.values())
        tell(session, _messages(batch), device_ids=batch.device_ids)
    _record_decisions(session, batch, decisions)


def is_told(sale: Sale) -> bool:
    """Whether the buyer hears of this receipt: not of history that is brought in."""
    return sale.source != "import"


def _decide_referrals(session: Session, batch: Batch, open_referrals: Mapping[UUID, OpenReferral]) -> list[Decision]:
    """Which receipts decide the referrals of their buyers, each programme by its own terms."""
    if not open_referrals:
        return []
    by_time = sorted(batch.sales.items(), key=lambda item: (item[1].occurred_at, item[0]))
    decisions: list[Decision] = []
    for programme in {batch.terms[position].programme: batch.terms[position] for position, _ in by_time}.values():
        terms = terms_of(programme)
        concerned = [
            sale
            for position, sale in by_time
            if batch.terms[position] is programme and sale.buyer_id in open_referrals and terms is not None
        ]
        if not concerned or terms is None:
            continue
        open_of_these = [open_referrals[sale.buyer_id] for sale in concerned]
        facts = referrals.gather(session, open_of_these, at=business_now(), terms=terms)
        candidates = (
            Candidate(
                referral=open_referrals[sale.buyer_id],
                receipt_id=sale.id,
                receipt_amount_minor=sale.total_minor,
                at=sale.occurred_at,
            )
            for sale in concerned
        )
        decisions += decide(candidates, facts, terms=terms)
    return decisions


def _enter(batch: Batch, position: int, sale: Sale, rewarded: Mapping[UUID, Decision]) -> SaleToRecord:
    """Enters what the receipt pays and earns into the books, and makes the answer for its till."""
    programme, store = batch.terms[position], batch.requests[position].store
    book = batch.books[sale.buyer_id]
    entered_before = len(book.entered)
    said = paying.enter(batch, position)
    earned_before, pending_before = book.available - book.debt, book.pending
    facts = ReceiptFacts(
        occurred_at=sale.occurred_at,
        total_minor=sale.total_minor,
        store=StoreFacts(name=store.name),
        shop_zone=batch.zone,
        lines=sale.lines,
        paid_with_points_minor=sale.paid_with_points_minor,
        payments=sale.payments,
    )
    for award in evaluate(programme, facts, NOBODY_ASKED, UNLIMITED).awards:
        cause = _cause(sale, programme, award, natural_key=f"receipt:{sale.id}:{award.rule}")
        book.accrue(cause, points=award.points, available_at=award.available_at, expires_at=award.expires_at)
        said.append({"kind": "till.accrued", "facts": award.facts})
    if sale.id in rewarded:
        said += _reward(batch, position, sale, rewarded[sale.id])
    _prolong(book, sale, programme, facts, entered_something=len(book.entered) > entered_before)
    payment = batch.payments.get(position)
    answer = {
        "points_earned": book.available - book.debt - earned_before,
        "points_pending": book.pending - pending_before,
        "points_spent": payment.points if payment else 0,
        "discount": sale.paid_with_points_minor,
        "unattached": False,
        "balance": balance_of(book),
        "messages": said,
    }
    batch.outcomes[position] = Recorded(sale.id, answer)
    return SaleToRecord(sale, answer)


def _reward(batch: Batch, position: int, sale: Sale, decision: Decision) -> Said:
    """Enters what a recommendation is worth to either side; what the till is told of it."""
    programme, store = batch.terms[position], batch.requests[position].store
    referral, said = decision.candidate.referral, []
    for side, member_id in (("advocate", referral.advocate_id), ("friend", referral.friend_id)):
        award = recommending.reward(programme, sale, store.name, side=side, zone=batch.zone)
        if award is None:
            continue
        cause = _cause(sale, programme, award, natural_key=f"referral:{referral.id}:{side}")
        batch.books[member_id].accrue(
            replace(cause, referral_id=referral.id),
            points=award.points,
            available_at=award.available_at,
            expires_at=award.expires_at,
        )
        said.append({"kind": f"till.referral_{side}", "facts": award.facts})
    return said


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


def _record_decisions(session: Session, batch: Batch, decisions: Sequence[Decision]) -> None:
    programme_of = {sale.id: batch.terms[position] for position, sale in batch.sales.items()}
    for programme in {one.programme: one for one in programme_of.values()}.values():
        terms = terms_of(programme)
        concerned = [
            one for one in decisions if programme_of[one.candidate.receipt_id].programme == programme.programme
        ]
        if concerned and terms is not None:
            referrals.record_decisions(session, concerned, at=business_now(), terms=terms)


def _messages(batch: Batch) -> list[NewMessage]:
    """What the buyers are told of what their receipts earned and paid; rewards are told by the referrals themselves."""
    told = [
        NewMessage(
            member_id=sale.buyer_id,
            kind="receipt_accrued",
            facts=said["facts"],
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
