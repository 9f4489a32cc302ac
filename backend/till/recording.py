"""The one way in: recording a batch of receipts, of which a single receipt is a batch of one.

Members are locked in sorted order; under the locks the receipts are compared with what is there, judged on facts that
were loaded for the whole batch, and written: receipts, ledger, referrals, outbox, each set-based in its own room, all
in one transaction. One receipt that cannot be taken never fails its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.book import Book, Cause
from backend.members import service as members
from backend.notifications.service import NewMessage, tell
from backend.programmes import earning
from backend.programmes.document import Programme
from backend.programmes.queries import Programmes, programmes
from backend.receipts import service as receipts
from backend.receipts.errors import DifferentContent
from backend.receipts.sale import Sale, SaleLine
from backend.receipts.service import SaleToRecord
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.referrals.facts import OpenReferral
from backend.referrals.qualification import Candidate, Decision, decide
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now, system_now
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.shops.queries import the_shop
from backend.till import recommending
from backend.till.answers import balance_of
from backend.till.errors import (
    AHEAD_MAXIMUM,
    NumberTaken,
    ReceiptFromTheFuture,
    ReceiptTooOld,
    TotalNotMatchingLines,
    UnknownCode,
    UnknownCurrency,
    UnknownMember,
)
from backend.till.receipt_request import ReceiptRequest

# A till that was cut off over night may send its day; what was marked offline, three days.
AGE_MAXIMUM = {"till": timedelta(hours=24), "offline": timedelta(hours=72)}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded receipt with the till's answer; `repeated` says that it was there before."""

    receipt_id: UUID
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(slots=True)
class _Batch:
    """What is known of a batch under way. `outcomes` is filled by position."""

    requests: Sequence[ReceiptRequest]
    outcomes: dict[int, Recorded | DomainError] = field(default_factory=dict)
    sales: dict[int, Sale] = field(default_factory=dict)
    terms: dict[int, Programme] = field(default_factory=dict)
    books: dict[UUID, Book] = field(default_factory=dict)
    zone: str | None = None
    """The shop's, where a programme of the batch reckons by the calendar."""
    repetitions: dict[int, int] = field(default_factory=dict)
    """Positions that say again what an earlier position of the batch says."""

    def refuse(self, position: int, problem: DomainError) -> None:
        self.outcomes[position] = problem
        self.sales.pop(position, None)


def record_receipts(session: Session, requests: Sequence[ReceiptRequest]) -> list[Recorded | DomainError]:
    """Records receipts and returns, in their order, what each till is told or the problem of the one that was refused.

    A receipt that is there already, with the same content, is answered as before.

    Raises:
        NumberTaken: a number was taken by another batch meanwhile; roll back and call again.
    """
    batch = _Batch(requests)
    now = business_now()
    _identify(session, batch)
    _check(batch, programmes(session), now)
    batch.zone = _zone(session, batch)
    open_referrals = _lock(session, batch)
    _answer_repeated(session, batch)
    open_referrals |= recommending.bind_named_advocates(session, batch.requests, batch.sales, batch.terms, batch.refuse)
    decisions = _decide_referrals(session, batch, open_referrals, now)
    rewarded = {one.candidate.receipt_id: one for one in decisions if one.verdict.outcome == "reward"}
    to_record = [_enter(batch, position, sale, rewarded) for position, sale in batch.sales.items()]
    if receipts.record_sales(session, to_record, recorded_at=system_now()) != len(to_record):
        raise NumberTaken
    ledger.write(session, batch.books.values())
    _record_decisions(session, batch, decisions, now)
    tell(session, _messages(batch))
    return [_outcome(batch, position) for position in range(len(requests))]


def _outcome(batch: _Batch, position: int) -> Recorded | DomainError:
    if position not in batch.repetitions:
        return batch.outcomes[position]
    outcome = batch.outcomes[batch.repetitions[position]]
    return replace(outcome, repeated=True) if isinstance(outcome, Recorded) else outcome


def _identify(session: Session, batch: _Batch) -> None:
    """Whose receipts these are."""
    with_codes = [position for position, request in enumerate(batch.requests) if request.member_id is None]
    codes = [batch.requests[position].code or "" for position in with_codes]
    found = members.resolve_codes(session, codes) if codes else []
    resolved = dict(zip(with_codes, found, strict=True))
    for position, request in enumerate(batch.requests):
        resolution = resolved.get(position)
        if request.member_id is None and resolution is None:
            batch.refuse(position, UnknownCode())
            continue
        batch.sales[position] = Sale(
            id=new_id(),
            store_id=request.store.id,
            external_id=request.external_id,
            member_id=request.member_id or resolution.member_id,  # type: ignore[union-attr]
            occurred_at=request.occurred_at,
            currency=request.currency,
            total_minor=request.total_minor,
            lines=request.lines or (_whole_receipt(request.total_minor),),
            source=request.source,
            cashier=request.cashier,
            payments=request.payments,
        )


def _whole_receipt(total_minor: int) -> SaleLine:
    """A till that keys an amount sells one line of everything."""
    return SaleLine(sku="", quantity=Decimal(1), amount_minor=total_minor)


def _check(batch: _Batch, known: Programmes, now: datetime) -> None:
    """What a receipt says in itself: sum, age, currency."""
    for position, sale in list(batch.sales.items()):
        programme = known.in_force(sale.currency, sale.occurred_at)
        problem = _problem_of(sale, programme, known, now)
        if problem is not None:
            batch.refuse(position, problem)
        elif programme is not None:
            batch.terms[position] = programme


def _problem_of(sale: Sale, programme: Programme | None, known: Programmes, now: datetime) -> DomainError | None:
    lines_minor = sum(line.amount_minor for line in sale.lines)
    if lines_minor != sale.total_minor:
        return TotalNotMatchingLines(lines_minor=lines_minor, total_minor=sale.total_minor)
    if sale.occurred_at > now + AHEAD_MAXIMUM:
        return ReceiptFromTheFuture()
    age_maximum = AGE_MAXIMUM.get(sale.source)
    if age_maximum is not None and sale.occurred_at < now - age_maximum:
        return ReceiptTooOld(hours=int(age_maximum.total_seconds() // 3600))
    if programme is None:
        return UnknownCurrency(currency=sale.currency, known=", ".join(known.currencies) or "–")
    return None


def _zone(session: Session, batch: _Batch) -> str | None:
    """The shop's zone, read only where somebody needs it."""
    expiries = (programme.expiry for programme in batch.terms.values())
    return the_shop(session).zone if any(one and one.follows_calendar for one in expiries) else None


def _lock(session: Session, batch: _Batch) -> dict[UUID, OpenReferral]:
    """Locks whoever the batch may change: buyers, their advocates, and advocates that they name only now."""
    buyers = {sale.member_id for sale in batch.sales.values()}
    open_referrals = referral_queries.open_for_friends(session, buyers) if buyers else {}
    advocates = {referral.advocate_id for referral in open_referrals.values()}
    named = recommending.named_advocates(session, batch.requests, batch.sales, batch.refuse)
    prolongs = any(programme.is_prolonged_by_activity for programme in batch.terms.values())
    batch.books = ledger.open_books(session, buyers | advocates | named, with_lots=prolongs)
    for position, sale in list(batch.sales.items()):
        if sale.member_id not in batch.books:
            batch.refuse(position, UnknownMember())
    return open_referrals


def _answer_repeated(session: Session, batch: _Batch) -> None:
    """Receipts that are there already, in the database or earlier in the batch, are answered, not recorded."""
    keys = [(sale.store_id, sale.external_id) for sale in batch.sales.values()]
    found = receipts.find(session, keys) if keys else {}
    first: dict[tuple[UUID, str], int] = {}
    for position, sale in list(batch.sales.items()):
        key = (sale.store_id, sale.external_id)
        recorded = found.get(key)
        if recorded is not None and recorded.content_hash == sale.content_hash():
            batch.outcomes[position] = Recorded(recorded.id, recorded.answer, repeated=True)
            del batch.sales[position]
        elif recorded is not None:
            batch.refuse(position, DifferentContent())
        elif first.setdefault(key, position) == position:
            continue
        elif batch.sales[first[key]].content_hash() == sale.content_hash():
            batch.repetitions[position] = first[key]
            del batch.sales[position]
        else:
            batch.refuse(position, DifferentContent())


def _decide_referrals(
    session: Session, batch: _Batch, open_referrals: Mapping[UUID, OpenReferral], now: datetime
) -> list[Decision]:
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
            if batch.terms[position] is programme and sale.member_id in open_referrals and terms is not None
        ]
        if not concerned or terms is None:
            continue
        facts = referrals.gather(session, [open_referrals[sale.member_id] for sale in concerned], at=now, terms=terms)
        candidates = (
            Candidate(
                referral=open_referrals[sale.member_id],
                receipt_id=sale.id,
                receipt_amount_minor=sale.total_minor,
                at=sale.occurred_at,
            )
            for sale in concerned
        )
        decisions += decide(candidates, facts, terms=terms)
    return decisions


def _enter(batch: _Batch, position: int, sale: Sale, rewarded: Mapping[UUID, Decision]) -> SaleToRecord:
    """Enters what the receipt earns into the books of those who earn it, and makes the answer for its till."""
    programme, store = batch.terms[position], batch.requests[position].store
    book = batch.books[sale.member_id]
    earned_before, pending_before, entered_before = book.available - book.debt, book.pending, len(book.entered)
    said: list[dict[str, Any]] = []
    facts = earning.ReceiptFacts(
        occurred_at=sale.occurred_at, total_minor=sale.total_minor, store=store.name, zone=batch.zone
    )
    for award in earning.judge(programme, facts):
        cause = _cause(sale, programme, award, natural_key=f"receipt:{sale.id}:{award.rule}")
        book.accrue(cause, points=award.points, available_at=award.available_at, expires_at=award.expires_at)
        said.append({"kind": "till.accrued", "facts": award.facts})
    if sale.id in rewarded:
        referral = rewarded[sale.id].candidate.referral
        for side, member_id in (("advocate", referral.advocate_id), ("friend", referral.friend_id)):
            award_of_side = recommending.reward(programme, sale, store.name, side=side, zone=batch.zone)
            if award_of_side is None:
                continue
            key = f"referral:{referral.id}:{side}"
            cause = replace(_cause(sale, programme, award_of_side, natural_key=key), referral_id=referral.id)
            batch.books[member_id].accrue(
                cause,
                points=award_of_side.points,
                available_at=award_of_side.available_at,
                expires_at=award_of_side.expires_at,
            )
            said.append({"kind": f"till.referral_{side}", "facts": award_of_side.facts})
    _prolong(book, sale, programme, facts, earned_something=len(book.entered) > entered_before)
    answer = {
        "points_earned": book.available - book.debt - earned_before,
        "points_pending": book.pending - pending_before,
        "balance": balance_of(book),
        "messages": said,
    }
    batch.outcomes[position] = Recorded(sale.id, answer)
    return SaleToRecord(sale, answer)


def _prolong(
    book: Book, sale: Sale, programme: Programme, facts: earning.ReceiptFacts, *, earned_something: bool
) -> None:
    """Lets a purchase move the day on which open points burn, where the programme says that it does."""
    activity = earning.activity(programme, facts)
    has_points = any(lot.programme == programme.programme for lot in book.lots.values())
    if activity is None or activity.expires_at is None or not has_points:
        return
    if not earned_something:
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


def _record_decisions(session: Session, batch: _Batch, decisions: Sequence[Decision], now: datetime) -> None:
    programme_of = {sale.id: batch.terms[position] for position, sale in batch.sales.items()}
    for programme in {one.programme: one for one in programme_of.values()}.values():
        terms = terms_of(programme)
        concerned = [
            one for one in decisions if programme_of[one.candidate.receipt_id].programme == programme.programme
        ]
        if concerned and terms is not None:
            referrals.record_decisions(session, concerned, at=now, terms=terms)


def _messages(batch: _Batch) -> list[NewMessage]:
    """What the buyers are told of what their receipts earned; rewards are told by the referrals themselves."""
    return [
        NewMessage(
            member_id=sale.member_id,
            kind="receipt_accrued",
            facts=said["facts"],
            natural_key=f"receipt:{sale.id}:accrued:{number}",
        )
        for position, sale in batch.sales.items()
        if sale.source != "import" and isinstance(outcome := batch.outcomes[position], Recorded)
        for number, said in enumerate(outcome.answer["messages"])
        if said["kind"] == "till.accrued"
    ]
