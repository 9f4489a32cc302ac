"""The one way in: recording a batch of receipts, of which a single receipt is a batch of one.

Members are locked in sorted order; under the locks the receipts are compared with what is there, judged on facts that
were loaded for the whole batch, and written: receipts, reservations, ledger, referrals, outbox, each set-based in its
own room, all in one transaction. One receipt that cannot be taken never fails its neighbours.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.members import queries as member_queries
from backend.members import service as members
from backend.members.service import Resolution
from backend.programmes import earning
from backend.programmes.programme import Programme
from backend.programmes.queries import Programmes, ask_programmes, may_follow_friends
from backend.receipts import service as receipts
from backend.receipts.errors import DifferentContent
from backend.receipts.sale import Sale, SaleLine
from backend.receipts.service import RecordedReceipt, SaleToRecord
from backend.referrals import queries as referral_queries
from backend.referrals.facts import OpenReferral
from backend.shared.clock import business_now, system_now
from backend.shared.db import Promise, sent_together
from backend.shared.errors import DomainError
from backend.shared.ids import new_id
from backend.shops.queries import the_shop
from backend.staff import queries as staff
from backend.staff.errors import TillKeyNeeded
from backend.till import card_screening, facts, paying, recommending
from backend.till.batch import Batch, Recorded
from backend.till.earning import earn, find_terms, is_told
from backend.till.errors import (
    AHEAD_MAXIMUM,
    NumberTaken,
    ReceiptFromTheFuture,
    ReceiptTooOld,
    SpendingOffline,
    TotalNotMatchingLines,
    UnknownCode,
    UnknownCurrency,
    UnknownMember,
)
from backend.till.receipt_request import ReceiptRequest

# A till that was cut off over night may send its day; what was marked offline, three days.
AGE_MAXIMUM = {"till": timedelta(hours=24), "offline": timedelta(hours=72)}


def record_receipts(session: Session, requests: Sequence[ReceiptRequest]) -> list[Recorded | DomainError]:
    """Records receipts and returns, in their order, what each till is told or the problem of the one that was refused.

    A receipt that is there already, with the same content, is answered as before. One on which nobody is named is kept,
    earns nothing, and may be claimed.

    Raises:
        NumberTaken: a number was taken by another batch meanwhile; roll back and call again.
    """
    batch = Batch(requests)
    paying.look(session, batch)
    with_codes = [position for position, request in enumerate(requests) if request.code is not None]
    with sent_together(session):
        revoked_keys = staff.ask_revoked_till_keys(session, {one.till_key for one in requests if one.till_key})
        known = ask_programmes(session)
        resolved = members.ask_resolved_codes(session, [requests[position].code or "" for position in with_codes])
        named = {request.member_id for request in requests if request.member_id is not None}
        invited = _ask_invited(session, named)
    _refuse_revoked(batch, revoked_keys())
    _identify(batch, dict(zip(with_codes, resolved(), strict=True)))
    scanned = {sale.buyer_id for sale in batch.sales.values()} - named
    open_referrals, followed = invited()
    if scanned:
        with sent_together(session):
            invited = _ask_invited(session, scanned)
        open_of_scanned, followed_of_scanned = invited()
        open_referrals |= open_of_scanned
        followed = None if followed is None else followed | (followed_of_scanned or {})
    _check(batch, known(), business_now())
    follow(session, batch, followed)
    lock(session, batch, open_referrals)
    _answer_repeated(batch)
    bound = recommending.bind_named_advocates(session, batch.requests, batch.sales, batch.terms, batch.answer)
    open_referrals |= bound
    batch.bound = {referral.id for referral in bound.values()}
    paying.settle(session, batch)
    # Before referrals are judged: the card that pays the qualifying purchase counts as well.
    members.note_payments(
        session,
        [
            (sale.buyer_id, token, sale.occurred_at)
            for position, sale in batch.sales.items()
            for token in requests[position].payment_tokens
        ],
    )
    try:
        earn(session, batch, open_referrals, keep=lambda sales: _keep(session, batch, sales))
    except psycopg.errors.UniqueViolation as error:
        if error.diag.table_name == "receipts":
            raise NumberTaken from error
        raise
    return [_outcome(batch, position) for position in range(len(requests))]


def follow(session: Session, batch: Batch, known: Mapping[UUID, OpenReferral] | None) -> None:
    """Finds the buyers whose purchases may bring something by their referrals though these are decided. `known` is what
    was found before the programmes were known, if anything was asked then.
    """
    concerned = {sale.buyer_id for position, sale in batch.sales.items() if batch.programmes[position].follows_friends}
    if not concerned:
        return
    found = referral_queries.ask_followed_friends(session, concerned)() if known is None else known
    batch.followed = {buyer_id: referral for buyer_id, referral in found.items() if buyer_id in concerned}


def _ask_invited(
    session: Session, buyers: Collection[UUID]
) -> Promise[tuple[dict[UUID, OpenReferral], dict[UUID, OpenReferral] | None]]:
    """The open referrals of these buyers, and the decided ones where a known programme follows friends; for
    `sent_together`.
    """
    open_referrals = referral_queries.ask_open_for_friends(session, buyers)
    followed = referral_queries.ask_followed_friends(session, buyers) if may_follow_friends() else None
    return lambda: (open_referrals(), followed() if followed else None)


def lock(
    session: Session, batch: Batch, open_referrals: Mapping[UUID, OpenReferral], *, with_lots: bool = False
) -> None:
    """Locks whoever the batch may change: buyers, their advocates, and advocates that they name only now; reads what is
    judged under the locks. Lots are loaded where something may be spent or prolonged, or where they are asked for.
    """
    programmes = batch.distinct_programmes
    batch.zone = the_shop(session).zone if any(map(earning.needs_zone, programmes)) else None
    buyers = {sale.buyer_id for sale in batch.sales.values()}
    known = {**batch.followed, **open_referrals}
    advocates = {known[buyer_id].advocate_id for buyer_id in buyers & known.keys()}
    named = recommending.named_advocates(session, batch.requests, batch.sales)
    if any(programme.has_second_level for programme in programmes):
        advocates |= {one.second_advocate_id for one in known.values() if one.second_advocate_id is not None}
        advocates |= set(referral_queries.advocates_of(session, named).values()) if named else set()
    told = {sale.buyer_id for sale in batch.sales.values() if is_told(sale)}
    prolongs = any(map(earning.may_prolong, programmes))
    with_lots = with_lots or prolongs or bool(batch.reservations)
    sales = [sale for _, sale in batch.all_sales()] + [sale for sale, _problem in batch.doubtful.values()]
    numbers = [(sale.store_id, sale.external_id) for sale in sales]
    with sent_together(session):
        books = ledger.ask_books(session, buyers | advocates | named, with_lots=with_lots)
        recorded = receipts.ask_recorded(session, numbers)
        device_ids = member_queries.ask_push_device_ids(session, told)
        judged = ((batch.programmes[position], sale) for position, sale in batch.sales.items())
        gathered = facts.ask(session, programmes, judged)
        batch.card_settings = card_screening.settings_by_position(batch.programmes, batch.sales)
        cards = card_screening.ask(session, batch.card_settings, batch.sales, advocates | named)
    batch.cards = cards()
    batch.books, batch.recorded, batch.device_ids, batch.facts = books(), recorded(), device_ids(), gathered()
    for position, sale in list(batch.sales.items()):
        if sale.buyer_id not in batch.books:
            batch.answer(position, UnknownMember())
        else:
            find_terms(batch, position, sale)


def _refuse_revoked(batch: Batch, revoked_keys: Collection[str]) -> None:
    """A key that was revoked after its till was let through records nothing."""
    for position, request in enumerate(batch.requests) if revoked_keys else ():
        if request.till_key in revoked_keys:
            batch.answer(position, TillKeyNeeded())


def _identify(batch: Batch, found: Mapping[int, Resolution | None]) -> None:
    """Whose receipts these are; `found` is what the codes mean, by position."""
    for position, request in enumerate(batch.requests):
        if position in batch.outcomes:
            continue
        resolution, reservation = found.get(position), batch.reservations.get(position)
        buyer_id = request.member_id or (resolution.member_id if resolution else None)
        if reservation is not None and buyer_id is None:
            if request.code is not None:
                batch.answer(position, UnknownCode())
                continue
            buyer_id = reservation.member_id
        sale = Sale(
            id=reservation.receipt_id if reservation else new_id(),
            store_id=request.store.id,
            external_id=request.external_id,
            member_id=buyer_id,
            occurred_at=request.occurred_at,
            currency=request.currency,
            total_minor=request.total_minor,
            lines=request.lines or (_whole_receipt(request.total_minor),),
            source=request.source,
            cashier=request.cashier,
            payments=request.payments,
            reservation_id=request.reservation_id,
        )
        (batch.unattached if buyer_id is None else batch.sales)[position] = sale


def _whole_receipt(total_minor: int) -> SaleLine:
    """A till that keys an amount sells one line of everything."""
    return SaleLine(sku="", quantity=Decimal(1), amount_minor=total_minor)


def _check(batch: Batch, known: Programmes, now: datetime) -> None:
    """What a receipt says in itself: sum, age, currency, payments. What was recorded when it was right is answered
    however late it comes again.
    """
    for position, sale in batch.all_sales():
        programme = known.in_force(sale.currency, sale.occurred_at)
        problem = _problem_of(sale, programme, known, now) or paying.problem_of(batch, position, sale)
        if problem is not None:
            batch.doubt(position, problem)
        elif programme is not None:
            batch.programmes[position] = batch.terms[position] = programme


def _problem_of(sale: Sale, programme: Programme | None, known: Programmes, now: datetime) -> DomainError | None:
    lines_minor = sum(line.amount_minor for line in sale.lines)
    if lines_minor != sale.total_minor:
        return TotalNotMatchingLines(lines_minor=lines_minor, total_minor=sale.total_minor)
    if sale.source == "offline" and sale.reservation_id is not None:
        return SpendingOffline()
    if sale.occurred_at > now + AHEAD_MAXIMUM:
        return ReceiptFromTheFuture()
    age_maximum = AGE_MAXIMUM.get(sale.source)
    if age_maximum is not None and sale.occurred_at < now - age_maximum:
        return ReceiptTooOld(hours=int(age_maximum.total_seconds() // 3600))
    if programme is None:
        return UnknownCurrency(currency=sale.currency, known=", ".join(known.currencies) or "–")
    return None


def _answer_repeated(batch: Batch) -> None:
    """Receipts that are there already, in the database or earlier in the batch, are answered, not recorded."""
    first: dict[tuple[UUID, str], tuple[int, Sale]] = {}
    for position, sale in batch.all_sales():
        key = (sale.store_id, sale.external_id)
        recorded = batch.recorded.get(key)
        if recorded is not None:
            is_same = _is_same(recorded, sale)
            batch.answer(
                position, Recorded(recorded.id, recorded.answer, repeated=True) if is_same else DifferentContent()
            )
            continue
        twin_position, twin = first.setdefault(key, (position, sale))
        if twin_position == position:
            continue
        if twin.content_hash() == sale.content_hash():
            batch.repetitions[position] = twin_position
            batch.drop(position)
        else:
            batch.answer(position, DifferentContent())
    for position, (sale, problem) in batch.doubtful.items():
        recorded = batch.recorded.get((sale.store_id, sale.external_id))
        if recorded is not None and _is_same(recorded, sale):
            batch.answer(position, Recorded(recorded.id, recorded.answer, repeated=True))
        else:
            batch.answer(position, problem)


def _is_same(recorded: RecordedReceipt, sale: Sale) -> bool:
    """Whether a receipt says what was recorded. Somebody who was unknown when it came may be known by now: a repetition
    is the same receipt all the same.
    """
    if recorded.content_hash == sale.content_hash():
        return True
    was_unattached = bool(recorded.answer.get("unattached"))
    return was_unattached and recorded.content_hash == replace(sale, member_id=None).content_hash()


def _keep(session: Session, batch: Batch, sales: list[SaleToRecord]) -> None:
    sales += [_unattached(batch, position, sale) for position, sale in batch.unattached.items()]
    batch.unattached.clear()
    receipts.record_sales(session, sales, recorded_at=system_now())


def _unattached(batch: Batch, position: int, sale: Sale) -> SaleToRecord:
    """A receipt on which nobody is named: it is kept, and says how it can be claimed."""
    until = sale.occurred_at + timedelta(days=batch.terms[position].unattached.claim_window_days)
    answer = {
        "points_earned": 0,
        "points_pending": 0,
        "points_spent": 0,
        "discount": 0,
        "unattached": True,
        "balance": None,
        "messages": [{"kind": "till.unattached", "facts": {"until": until.isoformat()}}],
    }
    batch.outcomes[position] = Recorded(sale.id, answer)
    return SaleToRecord(sale, answer)


def _outcome(batch: Batch, position: int) -> Recorded | DomainError:
    if position not in batch.repetitions:
        return batch.outcomes[position]
    outcome = batch.outcomes[batch.repetitions[position]]
    return replace(outcome, repeated=True) if isinstance(outcome, Recorded) else outcome
