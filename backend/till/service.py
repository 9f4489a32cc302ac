"""What tills ask: to record, to set aside, to take back, to claim; and what they are told of it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import service as members
from backend.programmes import queries as programmes
from backend.receipts import queries as receipt_queries
from backend.receipts.errors import UnknownReceipt
from backend.receipts.sale import Return, ReturnedLine, SaleLine
from backend.shared import wording
from backend.shared.clock import business_now
from backend.shared.db import only_tried
from backend.shared.errors import DomainError, Invalid
from backend.shared.i18n import current_locale
from backend.shared.ids import new_id
from backend.shared.problems import problem_of
from backend.shared.schemas import EXTERNAL_ID
from backend.shared.wording import Reader
from backend.shops import queries as shops
from backend.staff import service as staff
from backend.staff.queries import Till
from backend.till import claiming, guests, resolving, returning
from backend.till.batch import Recorded
from backend.till.errors import UnknownCode
from backend.till.group_commit import do_many, do_one
from backend.till.kinds_of_work import CONFIRMING, RECORDING, RESERVING
from backend.till.receipt_request import ReceiptRequest, Store, UnreadableReceipt
from backend.till.reservation import ConfirmationRequest, ReservationRequest
from backend.till.standing import standing_of

TillAnswer = dict[str, Any]


def context(session: Session, till: Till) -> TillAnswer:
    """Where the till stands and in which money it sells."""
    programme = programmes.main_programme(session, at=business_now())
    locale = current_locale()
    return {
        "store": {"id": till.store_id, "code": till.store_code, "name": till.store_name[locale]},
        "shop": shops.the_shop(session).name[locale],
        "currency": programme.currency if programme else None,
        "spending": {
            "point_value_minor": programme.point_value_minor,
            "maximum_share_basis_points": programme.redemption.maximum_share_basis_points,
        }
        if programme
        else None,
        "cashier": till.cashier_name,
    }


def record_receipt(till: Till, receipt: Mapping[str, Any]) -> tuple[TillAnswer, bool]:
    """Records one receipt durably; what the till is told, and whether it was there before.

    Raises:
        DomainError: the receipt was refused, and nothing was recorded.
    """
    recorded = do_one(RECORDING, receipt_request(till, receipt))
    return receipt_answer(recorded, till), recorded.repeated


def record_batch(till: Till, receipts: Sequence[Mapping[str, Any] | UnreadableReceipt]) -> list[TillAnswer]:
    """Records receipts of a till that was away; each is judged by itself, in order."""
    items: dict[int, TillAnswer] = {}
    requests: dict[int, ReceiptRequest] = {}
    for position, receipt in enumerate(receipts):
        if isinstance(receipt, UnreadableReceipt):
            items[position] = _refused(receipt.external_id, Invalid(errors=receipt.errors))
        else:
            requests[position] = receipt_request(till, receipt)
    for (position, request), outcome in zip(requests.items(), do_many(RECORDING, list(requests.values())), strict=True):
        if isinstance(outcome, Recorded):
            items[position] = _accepted(request.external_id, outcome)
        else:
            items[position] = _refused(request.external_id, outcome)
    return [items[position] for position in range(len(receipts))]


def reserve(till: Till, wish: Mapping[str, Any]) -> tuple[TillAnswer, bool]:
    """Sets points aside durably; what the till is told, and whether they were set aside before.

    Raises:
        DomainError: the reservation was refused, and nothing was set aside.
    """
    request = ReservationRequest(
        store=_store(till),
        external_id=wish["external_id"],
        code=wish["code"],
        points=wish["points"],
        amount_minor=wish["amount"],
        currency=wish["currency"],
        till_key=till.key_prefix,
    )
    reserved = do_one(RESERVING, request)
    return {"id": reserved.reservation_id, **reserved.answer}, reserved.repeated


def confirm_reservation(till: Till, reservation_id: UUID, *, points: int | None, amount: int | None) -> TillAnswer:
    """Spends what is set aside, or `points` of it; what the till is told.

    Raises:
        DomainError: it is over already, or more is to be spent than may be.
    """
    request = ConfirmationRequest(
        store=_store(till),
        reservation_id=reservation_id,
        points=points,
        amount_minor=amount,
        till_key=till.key_prefix,
    )
    resolved = do_one(CONFIRMING, request)
    return {"id": resolved.reservation_id, **resolved.answer}


def cancel_reservation(session: Session, till: Till, reservation_id: UUID) -> TillAnswer:
    """Puts back what is set aside; what the till is told.

    Raises:
        UnknownReservation, ReservationConfirmed: there is nothing to put back.
    """
    resolved = resolving.cancel(session, store_id=till.store_id, reservation_id=reservation_id)
    return {"id": resolved.reservation_id, **resolved.answer}


def record_return(session: Session, till: Till, *, sale: str, document: Mapping[str, Any]) -> tuple[TillAnswer, bool]:
    """Records a return; what the till is told, and whether it was there before.

    Raises:
        DomainError: the return was refused, and nothing was recorded.
    """
    sold_at = till.store_id
    if document["store"] is not None:
        sold_at = shops.store_by_code(session, document["store"]).id
    returned = Return(
        id=new_id(),
        store_id=till.store_id,
        external_id=document["external_id"],
        sale_external_id=_number(sale),
        occurred_at=document["occurred_at"],
        lines=_returned_lines(document),
        amount_minor=document["amount"],
        undoes=document["undo"],
    )
    recorded = returning.record_return(session, returned, sold_at=sold_at, store_name=dict(till.store_name))
    answer = recorded.answer | {
        "return_id": recorded.return_id,
        "messages": _said(recorded.answer["messages"], till),
    }
    return answer, recorded.repeated


def preview_return(session: Session, till: Till, *, sale: str, document: Mapping[str, Any]) -> TillAnswer:
    """What a return of this store's sale would give back and take back now; nothing is recorded.

    Raises:
        DomainError: the return would be refused.
    """
    returned = Return(
        id=new_id(),
        store_id=till.store_id,
        # No number of a till's can have a space.
        external_id="not recorded",
        sale_external_id=_number(sale),
        occurred_at=business_now(),
        lines=_returned_lines(document),
        amount_minor=document["amount"],
    )
    # By the very work that records one, so that what is promised is what is given.
    with only_tried(session):
        recorded = returning.record_return(session, returned, sold_at=till.store_id, store_name=dict(till.store_name))
    return recorded.answer


def receipt_standing(session: Session, till: Till, *, external_id: str) -> TillAnswer:
    """A sale of this store with what is left of each line; a receipt of one keyed amount has no lines.

    Raises:
        UnknownReceipt: the store has no such receipt.
    """
    found = receipt_queries.seen(session, store_id=till.store_id, external_id=_number(external_id))
    if found is None:
        raise UnknownReceipt
    return {
        "external_id": found.external_id,
        "occurred_at": found.occurred_at,
        "currency": found.currency,
        "total": found.total_minor,
        "returned": found.returned_minor,
        "unattached": found.member_id is None,
        "lines": [
            {
                "position": line.position,
                "sku": line.sku,
                "category": line.category,
                "quantity": line.quantity,
                "amount": line.amount_minor,
                "quantity_left": line.quantity_left,
                "amount_left": line.amount_left_minor,
            }
            for line in found.lines
            if line.sku
        ],
    }


def claim_receipt(session: Session, till: Till, *, external_id: str, code: str) -> TillAnswer:
    """Gives a kept receipt of this store to the guest with this code; what the till is told.

    Raises:
        UnknownReceipt: the store has no such receipt.
        UnknownCode: nobody is known by the code.
        DomainError: the receipt cannot be claimed (see `claiming.claim`).
    """
    found = receipt_queries.claimable(session, store_ids=[till.store_id], external_id=external_id)
    if not found:
        raise UnknownReceipt
    resolution = members.resolve_codes(session, [code])[0]
    if resolution is None:
        raise UnknownCode
    claimed = claiming.claim(session, found[0], member_id=resolution.member_id)
    if not claimed.repeated:
        staff.audit(
            session,
            who=till.who,
            action="claim_receipt",
            subject=f"receipt:{claimed.receipt_id}",
            after={"member_id": str(resolution.member_id)},
        )
    programme = programmes.main_programme(session, at=business_now())
    standing = standing_of(session, resolution.member_id, programme, at=business_now())
    return receipt_answer(claimed, till) | {"member": guests.shown(session, resolution.member_id, standing)}


def claim_own_receipt(
    session: Session, reader: Reader, *, member_id: UUID, store: str | None, external_id: str, total: int
) -> tuple[TillAnswer, bool] | DomainError:
    """Gives a member the kept receipt with this number and total; what the member is told, and whether it was so
    before. Where there is none, that is returned, not raised: wrong guesses are counted.

    Raises:
        DomainError: the receipt cannot be claimed, or too many guesses were wrong (see `claiming.claim_by_guess`).
    """
    claimed = claiming.claim_by_guess(
        session, member_id=member_id, store_code=store, external_id=external_id, total_minor=total
    )
    if isinstance(claimed, DomainError):
        return claimed
    said = [wording.render_title(one["kind"], one["facts"], reader) for one in claimed.answer["messages"]]
    return claimed.answer | {"receipt_id": claimed.receipt_id, "messages": said}, claimed.repeated


def receipt_request(till: Till, receipt: Mapping[str, Any]) -> ReceiptRequest:
    """A receipt of this till, from what its schema loaded."""
    referral_code, named, signed_in = receipt["referral_code"], receipt["cashier"], till.cashier_name
    return ReceiptRequest(
        store=_store(till),
        external_id=receipt["external_id"],
        occurred_at=receipt["occurred_at"],
        currency=receipt["currency"],
        total_minor=receipt["total"],
        lines=tuple(
            SaleLine(line["sku"], line["quantity"], line["amount"], line["category"]) for line in receipt["lines"]
        ),
        member_id=receipt.get("member_id"),
        code=receipt.get("code"),
        referral_code=guests.code_in(referral_code) if referral_code is not None else None,
        source="offline" if receipt["offline"] else "till",
        cashier=named or signed_in,
        cashier_staff_id=till.cashier_staff_id,
        # The page cuts very long names.
        sold_by_another=bool(named and signed_in and not signed_in.startswith(named)),
        payments=tuple({"kind": one["kind"], "amount": one["amount"]} for one in receipt["payments"]),
        payment_tokens=tuple(one["token_hash"] for one in receipt["payments"] if one.get("token_hash")),
        reservation_id=receipt["reservation_id"],
        till_key=till.key_prefix,
    )


def receipt_answer(recorded: Recorded, till: Till) -> TillAnswer:
    """What a till is told of a recorded receipt, in the caller's language."""
    return recorded.answer | {
        "receipt_id": recorded.receipt_id,
        "messages": _said(recorded.answer["messages"], till),
    }


def _number(external_id: str) -> str:
    if not EXTERNAL_ID.fullmatch(external_id):
        raise UnknownReceipt
    return external_id


def _returned_lines(document: Mapping[str, Any]) -> tuple[ReturnedLine, ...]:
    return tuple(
        ReturnedLine(sku=line["sku"], quantity=line["quantity"], amount_minor=line["amount"], position=line["position"])
        for line in document["lines"]
    )


def _store(till: Till) -> Store:
    return Store(till.store_id, dict(till.store_name))


def _said(messages: Sequence[Mapping[str, Any]], till: Till) -> list[str]:
    reader = Reader(current_locale(), till.zone)
    return [wording.render_title(message["kind"], message["facts"], reader) for message in messages]


def _accepted(external_id: str, recorded: Recorded) -> TillAnswer:
    return {
        "external_id": external_id,
        "status": "repeated" if recorded.repeated else "recorded",
        "receipt_id": recorded.receipt_id,
        "points_earned": recorded.answer["points_earned"],
        "points_pending": recorded.answer["points_pending"],
        "unattached": recorded.answer["unattached"],
    }


def _refused(external_id: str | None, problem: DomainError) -> TillAnswer:
    return {"external_id": external_id, "status": "refused", "problem": problem_of(problem)}
