"""The till's API."""

from typing import Any
from uuid import UUID

from flask import Request

from backend.budgets.service import with_budgets
from backend.shared.blueprint import Blueprint, JsonParser
from backend.shared.db import run_transaction, transaction
from backend.shared.problems import ProblemSchema
from backend.shared.schemas import EXTERNAL_ID_PATTERN
from backend.staff.access import current_till, signed_in_staff, till_of_transaction_required, till_required
from backend.staff.errors import RoleNeeded
from backend.staff.roles import ROLE_NAMES, Role
from backend.till import coupons, guests, service
from backend.till.return_schemas import (
    ReceiptStanding,
    ReturnAnswer,
    ReturnPreviewAnswer,
    ReturnPreviewSchema,
    ReturnSchema,
)
from backend.till.schemas import (
    BatchAnswer,
    BatchSchema,
    ClaimAnswer,
    ClaimSchema,
    ConfirmationSchema,
    ContextAnswer,
    CouponUseAnswer,
    CouponUseSchema,
    EnrolSchema,
    GuestAnswer,
    ReceiptAnswer,
    ReceiptSchema,
    ReservationAnswer,
    ReservationSchema,
    ReservationStanding,
    ScanSchema,
)


class _BodyMayBeAbsent(JsonParser):
    """A confirmation of all that is set aside has nothing to say."""

    def _raw_load_json(self, req: Request) -> Any:
        return super()._raw_load_json(req) if req.get_data() else {}


class _ReservationBlueprint(Blueprint):
    ARGUMENTS_PARSER = _BodyMayBeAbsent()


blueprint = Blueprint("till", __name__, url_prefix="/api/v1/till", description="What a till does")
reservations = _ReservationBlueprint(
    "reservations", __name__, url_prefix="/api/v1/till/reservations", description="Paying with points"
)
Body = dict[str, Any]
Answered = tuple[Body, int]

SALE_EXAMPLE = {
    "external_id": "pokrovka-2026-11-22-0042",
    "code": "9710 0044 2031 3201",
    "occurred_at": "2026-11-22T12:31:00+03:00",
    "currency": "RUB",
    "total": 54000,
    "lines": [
        {"sku": "FLAT-WHITE", "category": "coffee", "quantity": 1, "amount": 35000},
        {"sku": "CROISSANT", "category": "bakery", "quantity": 1, "amount": 19000},
    ],
}
OFFLINE_EXAMPLE = {"receipts": [SALE_EXAMPLE | {"offline": True}]}
RETURN_EXAMPLE = {
    "external_id": "pokrovka-2026-11-23-R1",
    "occurred_at": "2026-11-23T10:02:00+03:00",
    "lines": [{"sku": "CROISSANT", "quantity": 1}],
}
SALE_PARAMETER = {
    "name": "external_id",
    "in": "path",
    "required": True,
    "description": "The sale's external_id",
    "schema": {"type": "string", "pattern": EXTERNAL_ID_PATTERN},
    "example": SALE_EXAMPLE["external_id"],
}
RESERVATION_EXAMPLE = {
    "external_id": "pokrovka-2026-11-22-0042",
    "code": "AFBD7A4N6AQ2ZK3VPLTJ5YWQHXD2O4MRC6UEB7SG",
    "points": 120,
    "amount": 54000,
}
ENROL_EXAMPLE = {"phone": "8 (912) 345-67-89", "referral_code": "K7M-3QX-B9T"}


@blueprint.route("/context", methods=["GET"])
@till_required
@blueprint.response(200, ContextAnswer)
@blueprint.doc(operationId="tillContext", summary="Where the till stands")
def context() -> Body:
    """The store, the shop, the currency."""
    with transaction() as session:
        return service.context(session, current_till())


@blueprint.route("/scans", methods=["POST"])
@till_required
@blueprint.arguments(ScanSchema, example={"code": "9710 0044 2031 3201"})
@blueprint.response(200, GuestAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="Nobody is known by this code")
@blueprint.alt_response(409, schema=ProblemSchema, description="It is a coupon that was used, or is over")
@blueprint.doc(operationId="scanAtTill", summary="Whose code is this?")
def scan(body: Body) -> Body:
    """A member's turning code, card number or phone, a coupon, or a referral link."""
    with transaction() as session:
        return guests.scan(session, body["code"])


@blueprint.route("/coupons/uses", methods=["POST"])
@till_required
@blueprint.arguments(CouponUseSchema, example={"code": "C7K2-MQ3X-B9TW", "external_id": SALE_EXAMPLE["external_id"]})
@blueprint.response(201, CouponUseAnswer)
@blueprint.alt_response(200, schema=CouponUseAnswer, description="Used before for this very receipt", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="No coupon has this code")
@blueprint.alt_response(409, schema=ProblemSchema, description="It was used, cancelled, or is over: it says when")
@blueprint.doc(operationId="useCoupon", summary="Hand over what a coupon is for")
def use_coupon(body: Body) -> Answered:
    """Once, whoever comes first. What the coupon takes off, the till takes off before it tells the receipt's total."""
    answer, is_repeated = run_transaction(lambda session: coupons.use(session, current_till(), **body))
    return answer, 200 if is_repeated else 201


@blueprint.route("/members", methods=["POST"])
@till_required
@blueprint.arguments(EnrolSchema, example=ENROL_EXAMPLE)
@blueprint.response(201, GuestAnswer)
@blueprint.alt_response(200, schema=GuestAnswer, description="The phone belongs to a member already", success=True)
@blueprint.doc(operationId="enrolAtTill", summary="Enrol a guest by phone")
def enrol(body: Body) -> Answered:
    """A message asks the person to confirm. Somebody who is a member already is answered with 200."""
    guest, is_new = run_transaction(lambda session: guests.enrol(session, current_till(), **body))
    return guest, 201 if is_new else 200


@blueprint.route("/receipts", methods=["POST"])
@till_of_transaction_required
@blueprint.arguments(ReceiptSchema(), example=SALE_EXAMPLE)
@blueprint.response(201, ReceiptAnswer)
@blueprint.alt_response(200, schema=ReceiptAnswer, description="It was recorded before: the same answer", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such member, or no such reservation")
@blueprint.alt_response(409, schema=ProblemSchema, description="It is in flight, or what pays it is over")
@blueprint.doc(operationId="recordReceipt", summary="Record a sale")
def record_receipt(body: Body) -> Answered:
    """The external id makes a repetition harmless: the same content is answered as before, another one is refused. A
    receipt on which nobody known is named is kept, earns nothing, and may be claimed. A `reservation_id` is confirmed
    together with it.
    """
    answer, is_repeated = service.record_receipt(current_till(), body)
    return answer, 200 if is_repeated else 201


@blueprint.route("/receipts/batch", methods=["POST"])
@till_required
@blueprint.arguments(BatchSchema, example=OFFLINE_EXAMPLE)
@blueprint.response(200, BatchAnswer)
@blueprint.doc(operationId="recordReceipts", summary="Record up to 5,000 sales")
def record_batch(body: Body) -> Body:
    """Each receipt is judged by itself; one that is refused stops no other."""
    return {"items": service.record_batch(current_till(), body["receipts"])}


@blueprint.route("/receipts/<external_id>/returns", methods=["POST"], parameters=[SALE_PARAMETER])
@till_required
@blueprint.arguments(ReturnSchema, example=RETURN_EXAMPLE)
@blueprint.response(201, ReturnAnswer)
@blueprint.alt_response(200, schema=ReturnAnswer, description="It was recorded before: the same answer", success=True)
@blueprint.alt_response(404, schema=ProblemSchema, description="The store has no such receipt")
@blueprint.alt_response(409, schema=ProblemSchema, description="The guest's account is being checked: repeat it then")
@blueprint.doc(operationId="recordReturn", summary="Record a return")
def record_return(body: Body, external_id: str) -> Answered:
    """By lines, by amount, or of all that is left; whatever the receipt's age. Points that paid come back and points
    that were earned go, pro rata; what is to be refunded in money is told.
    """
    answer, is_repeated = run_transaction(
        lambda session: service.record_return(session, current_till(), sale=external_id, document=body)
    )
    return answer, 200 if is_repeated else 201


@blueprint.route("/receipts/<external_id>/returns/preview", methods=["POST"], parameters=[SALE_PARAMETER])
@till_required
@blueprint.arguments(ReturnPreviewSchema, example={"lines": RETURN_EXAMPLE["lines"]})
@blueprint.response(200, ReturnPreviewAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="The store has no such receipt")
@blueprint.doc(operationId="previewReturn", summary="What would a return give back?")
def preview_return(body: Body, external_id: str) -> Body:
    """Reckoned as if it were recorded now, and nothing is: what to ask a cashier to confirm."""
    return run_transaction(
        lambda session: service.preview_return(session, current_till(), sale=external_id, document=body)
    )


@blueprint.route("/receipts/<external_id>/standing", methods=["GET"], parameters=[SALE_PARAMETER])
@till_required
@blueprint.response(200, ReceiptStanding)
@blueprint.alt_response(404, schema=ProblemSchema, description="The store has no such receipt")
@blueprint.doc(operationId="getReceiptAtTill", summary="A recorded sale, and what is left of it")
def receipt_standing(external_id: str) -> Body:
    """Its lines with what has not come back of them yet."""
    with transaction() as session:
        return service.receipt_standing(session, current_till(), external_id=external_id)


@blueprint.route("/receipts/<external_id>/claim", methods=["POST"], parameters=[SALE_PARAMETER])
@till_required
@blueprint.arguments(ClaimSchema, example={"code": "9710 0044 2031 3201"})
@blueprint.response(200, ClaimAnswer)
@blueprint.alt_response(403, schema=ProblemSchema, description="At the cashier's page it takes a store manager")
@blueprint.alt_response(404, schema=ProblemSchema, description="No such receipt, or nobody is known by this code")
@blueprint.alt_response(409, schema=ProblemSchema, description="It has its member, or can no longer be claimed")
@blueprint.doc(operationId="claimReceipt", summary="Give a kept receipt to its guest")
def claim_receipt(body: Body, external_id: str) -> Body:
    """A receipt on which nobody was named earns once, as if it were sold now to this guest. A till's own key may do it,
    and at the cashier's page a store manager.
    """
    till = current_till()
    if till.cashier_staff_id is not None:
        _refuse_cashiers()
    return with_budgets(
        lambda session: service.claim_receipt(session, till, external_id=external_id, code=body["code"])
    )


def _refuse_cashiers() -> None:
    staff = signed_in_staff()
    if staff is None or staff.role != Role.STORE_MANAGER:
        raise RoleNeeded(roles=str(ROLE_NAMES[Role.STORE_MANAGER]))


@reservations.route("", methods=["POST"])
@till_of_transaction_required
@reservations.arguments(ReservationSchema, example=RESERVATION_EXAMPLE)
@reservations.response(201, ReservationAnswer)
@reservations.alt_response(
    200, schema=ReservationAnswer, description="It was made before: the same answer", success=True
)
@reservations.alt_response(403, schema=ProblemSchema, description="Only a fresh code of the phone may spend")
@reservations.alt_response(404, schema=ProblemSchema, description="Nobody is known by this code")
@reservations.alt_response(409, schema=ProblemSchema, description="The code was used, or nothing may be spent just now")
@reservations.doc(operationId="reservePoints", summary="Set points aside for a sale")
def reserve(body: Body) -> Answered:
    """So many points as the guest wants: too many are refused with the most that may be, never clipped. They are held
    for ten minutes; then, unless confirmed, they are the guest's again.
    """
    answer, is_repeated = service.reserve(current_till(), body)
    return answer, 200 if is_repeated else 201


@reservations.route("/<uuid:reservation_id>/confirm", methods=["POST"])
@till_of_transaction_required
@reservations.arguments(ConfirmationSchema, required=False, example={"points": 100})
@reservations.response(200, ReservationStanding)
@reservations.alt_response(404, schema=ProblemSchema, description="The store has no such reservation")
@reservations.alt_response(409, schema=ProblemSchema, description="It was cancelled, or ran out")
@reservations.doc(operationId="confirmReservation", summary="Spend the points that are set aside")
def confirm(body: Body, reservation_id: UUID) -> Body:
    """All of them, or fewer; the rest goes back. Twice is as good as once. A receipt with the `reservation_id` confirms
    by itself.
    """
    return service.confirm_reservation(current_till(), reservation_id, **body)


@reservations.route("/<uuid:reservation_id>/cancel", methods=["POST"])
@till_required
@reservations.response(200, ReservationStanding)
@reservations.alt_response(404, schema=ProblemSchema, description="The store has no such reservation")
@reservations.alt_response(409, schema=ProblemSchema, description="They were spent, or the account is being checked")
@reservations.doc(operationId="cancelReservation", summary="Put the points back")
def cancel(reservation_id: UUID) -> Body:
    """Twice is as good as once. The code that set them aside may be scanned again while it is fresh."""
    return run_transaction(lambda session: service.cancel_reservation(session, current_till(), reservation_id))
