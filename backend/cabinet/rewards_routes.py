"""What the caller can have for points, and what they ordered."""

from typing import Any
from uuid import UUID

from backend.cabinet import rewards as cabinet
from backend.cabinet.rewards_schemas import (
    CatalogueAnswer,
    OrderKeySchema,
    OrderSchema,
    RedemptionAnswer,
    RedemptionsAnswer,
)
from backend.members.access import current_member_id, look_at_device, member_required
from backend.programmes.programme import TextByLanguage
from backend.rewards import queries as rewards
from backend.rewards import service
from backend.rewards.catalogue import Offer, terms_in_words
from backend.rewards.order import Order
from backend.shared.blueprint import Blueprint
from backend.shared.db import run_transaction
from backend.shared.i18n import current_locale
from backend.shared.pagination import PageArguments, page, read_cursor
from backend.shared.problems import ProblemSchema

blueprint = Blueprint("cabinet_rewards", __name__, url_prefix="/api/v1", description="Rewards for points")


@blueprint.route("/rewards", methods=["GET"])
@blueprint.doc(operationId="listRewards", summary="What can be had for points")
@member_required
@blueprint.response(200, CatalogueAnswer)
def list_rewards() -> dict[str, Any]:
    """In the order of the programme's document, with what is left and what is missing, for the caller."""
    member_id = current_member_id()
    found = run_transaction(lambda session: cabinet.the_catalogue(session, member_id))
    items = [_offered(offer, found) for offer in found.offers]
    return {"items": items, "spendable_points": next(iter(found.spendable.values()), 0)}


@blueprint.route("/me/redemptions", methods=["POST"])
@blueprint.doc(operationId="orderReward", summary="Order a reward for points")
@member_required
@blueprint.arguments(OrderKeySchema, location="headers")
@blueprint.arguments(OrderSchema, example={"reward_id": "grain:cappuccino"})
@blueprint.response(201, RedemptionAnswer)
@blueprint.alt_response(200, schema=RedemptionAnswer, description="Ordered before under this key: as it stands now")
@blueprint.alt_response(403, schema=ProblemSchema, description="It is for members of another standing")
@blueprint.alt_response(404, schema=ProblemSchema, description="There is no such reward")
@blueprint.alt_response(409, schema=ProblemSchema, description="Sold out, paused, over, or the caller has had all")
@blueprint.alt_response(422, schema=ProblemSchema, description="Not enough points: it names how many there are")
def order_reward(headers: dict[str, Any], body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Points that burn first are spent first. A coupon comes at once, with its code; what the shop hands out is
    `ordered` until it does.
    """
    look_at_device()
    member_id = current_member_id()
    made, repeated = run_transaction(lambda session: cabinet.order(session, member_id, **headers, **body))
    return _redemption(made), 200 if repeated else 201


@blueprint.route("/me/redemptions", methods=["GET"])
@blueprint.doc(operationId="listRedemptions", summary="The caller's orders and coupons, newest first")
@member_required
@blueprint.arguments(PageArguments, location="query")
@blueprint.response(200, RedemptionsAnswer)
def list_redemptions(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that are over too. What is `issued` can be shown at a till."""
    member_id, before, limit = current_member_id(), read_cursor(arguments["cursor"]), arguments["limit"]
    found = run_transaction(lambda session: rewards.orders_of(session, member_id, before=before, limit=limit + 1))
    shown = page(found, limit=limit, id_of=lambda one: one.id)
    return shown | {"items": [_redemption(one) for one in shown["items"]]}


@blueprint.route("/me/redemptions/<uuid:redemption_id>/cancel", methods=["POST"])
@blueprint.doc(operationId="cancelRedemption", summary="Cancel an order: the points come back")
@member_required
@blueprint.response(200, RedemptionAnswer)
@blueprint.alt_response(404, schema=ProblemSchema, description="The caller has no such order")
@blueprint.alt_response(409, schema=ProblemSchema, description="It was used or is over, or its code was a partner's")
def cancel_redemption(redemption_id: UUID) -> dict[str, Any]:
    """They go to the lots that paid and burn when they would have burnt. Twice is as good as once."""
    member_id = current_member_id()
    return _redemption(run_transaction(lambda session: service.cancel(session, redemption_id, by=member_id)))


def _offered(offer: Offer, found: cabinet.Catalogue) -> dict[str, Any]:
    programme, reward, why_not = offer.offered.programme, offer.offered.reward, offer.reason_not
    stock = offer.stock
    return {
        "id": offer.offered.id,
        "kind": reward.kind,
        "title": _words(reward.title),
        "description": _words(reward.description),
        "icon": reward.icon,
        "group": _words(reward.group),
        "price_points": reward.price_points,
        "currency": programme.currency,
        "amount": reward.amount_minor,
        "rate_basis_points": reward.rate_basis_points,
        "minimum_receipt": reward.minimum_receipt_minor,
        "partner": _words(reward.partner),
        "left": stock.left,
        "left_today": stock.left is not None and stock.left == stock.left_today,
        "available": why_not is None,
        "reason": None if why_not is None else str(why_not.title) % why_not.facts,
        "reason_type": None if why_not is None else why_not.slug,
        "points_missing": max(0, reward.price_points - found.spendable[programme.programme]),
        "terms": terms_in_words(offer.offered, today=found.today),
    }


def _redemption(order: Order) -> dict[str, Any]:
    terms = order.terms
    return {
        "id": order.id,
        "reward_id": order.reward_id,
        "kind": order.kind,
        "title": _words(order.title),
        "description": _words(terms["description"]),
        "icon": terms["icon"],
        "price_points": order.price_points,
        "currency": terms["currency"],
        "amount": terms["amount_minor"],
        "rate_basis_points": terms["rate_basis_points"],
        "minimum_receipt": terms["minimum_receipt_minor"],
        "partner": _words(terms["partner"]),
        "state": order.state,
        "code": order.code,
        "ordered_at": order.ordered_at,
        "issued_at": order.issued_at,
        "valid_until": order.valid_until,
        "ended_at": order.ended_at,
        "may_cancel": order.may_be_cancelled_by_member,
    }


def _words(text: TextByLanguage | None) -> str | None:
    return (text.get(current_locale()) or text["en"]) if text else None
