"""Rewards at the desk: what is left of each, who ordered, handing out and taking back, a partner's codes, a pause."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from backend.console.shell import (
    LOOKING_ROLES,
    MARKETING_ROLES,
    READING_ROLES,
    blueprint,
    may_write,
    refusal_in_words,
    render,
)
from backend.members import finding as members
from backend.rewards import desk, stock
from backend.rewards import queries as rewards
from backend.rewards.queries import Offered, RewardStanding
from backend.shared import formatting
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.errors import DomainError
from backend.shared.i18n import _, _l, current_locale
from backend.shared.pages import current_shop
from backend.shared.pagination import page, read_cursor
from backend.staff.access import current_staff, page_staff_required

ORDER_ROWS = 25
WAITING_COUNTED_MAXIMUM = 100
CODES_MAXIMUM = 10_000
CODE_LENGTH_MAXIMUM = 64


@dataclass(frozen=True)
class Look:
    """Words, icon and colour of a state."""

    words: Any
    icon: str
    colour: str


KINDS = {
    "discount_coupon": Look(_l("Discount"), "ticket", "info"),
    "goods": Look(_l("Goods"), "package", "info"),
    "event_place": Look(_l("A place at an event"), "calendar", "info"),
    "gift_card": Look(_l("Gift card"), "gift", "info"),
    "money_off": Look(_l("Money off"), "ticket", "info"),
    "partner_coupon": Look(_l("Partner's coupon"), "building-store", "info"),
}
STATES = {
    "ordered": Look(_l("Ordered"), "clock", "pending"),
    "issued": Look(_l("Issued"), "ticket", "info"),
    "used": Look(_l("Used at the till"), "circle-check", "rewarded"),
    "cancelled": Look(_l("Cancelled"), "arrow-back-up", "neutral"),
    "expired": Look(_l("Expired"), "hourglass", "expiring"),
}


@blueprint.get("/rewards")
@page_staff_required(*READING_ROLES)
def rewards_page() -> str:
    """All that the programmes in force offer, as it stands now."""
    now = business_now()
    with transaction() as session:
        return _render("rewards.html", standings=rewards.standings(session, at=now), waiting=_waiting(session))


@blueprint.get("/rewards/orders")
@page_staff_required(*READING_ROLES)
def reward_orders_page() -> str:
    """Everybody's orders, newest first, of one reward and in one state where that is asked."""
    state, name = request.args.get("state", ""), request.args.get("reward", "")
    before = read_cursor(request.args.get("cursor"))
    with transaction() as session:
        offered = rewards.offered(session, at=business_now())
        of = next((one.key for one in offered if one.id == name), None)
        found = rewards.orders(
            session, of=of, states=[state] if state in STATES else [], before=before, limit=ORDER_ROWS + 1
        )
        listed = page(found, limit=ORDER_ROWS, id_of=lambda order: order.id)
        return _render(
            "reward_orders.html",
            listed=listed,
            first=before is None,
            state=state,
            name=name,
            offered=offered,
            members=members.found(session, {order.member_id for order in listed["items"]}),
            waiting=_waiting(session),
        )


@blueprint.get("/rewards/<reward_id>")
@page_staff_required(*READING_ROLES)
def reward_page(reward_id: str) -> str:
    """One reward: its terms, what is left, and where a partner's codes come in."""
    with transaction() as session:
        return _render_reward(session, reward_id)


@blueprint.post("/rewards/<reward_id>/codes")
@page_staff_required(*MARKETING_ROLES)
def load_reward_codes(reward_id: str) -> Response | tuple[str, int]:
    """Adds a partner's codes, one a line."""
    codes = list(dict.fromkeys(filter(None, (line.strip() for line in request.form.get("codes", "").splitlines()))))
    error = _what_is_wrong(codes)
    if error:
        with transaction() as session:
            return _render_reward(session, reward_id, error=error), 422
    who = current_staff().who
    loaded = run_transaction(lambda session: stock.load_codes(session, _offered(session, reward_id), codes, who=who))
    written = formatting.count(loaded.loaded, locale=current_locale())
    said = _("Loaded: %(count)s.", count=written)
    if loaded.repeated:
        said += " " + _("Known before, left alone: %(count)s.", count=loaded.repeated)
    flash(said)
    return redirect(url_for("console.reward_page", reward_id=reward_id), code=303)


@blueprint.post("/rewards/<reward_id>/<any(pause, resume):act>")
@page_staff_required(*MARKETING_ROLES)
def steer_reward(reward_id: str, act: str) -> Response:
    """Lets nobody order it for a while, or lets it go on."""
    steer, who = (stock.pause if act == "pause" else stock.resume), current_staff().who
    run_transaction(lambda session: steer(session, _offered(session, reward_id), who=who))
    flash(
        _("Nobody can order it until it goes on. Coupons that are out stay good.")
        if act == "pause"
        else _("It can be ordered again.")
    )
    return redirect(url_for("console.reward_page", reward_id=reward_id), code=303)


@blueprint.post("/rewards/orders/<uuid:order_id>/<any(issue, cancel):act>")
@page_staff_required(*MARKETING_ROLES)
def steer_order(order_id: UUID, act: str) -> Response:
    """Hands an order out, or gives the points back."""
    who = current_staff().who
    acts: dict[str, Callable[[Session], object]] = {
        "issue": lambda session: desk.issue(session, order_id, who=who),
        "cancel": lambda session: desk.cancel(session, order_id, who=who),
    }
    try:
        run_transaction(acts[act])
        flash(
            _("Handed out. The member is told.")
            if act == "issue"
            else _("Cancelled. The points went back to where they came from.")
        )
    except DomainError as refusal:
        flash(refusal_in_words(refusal))
    return redirect(url_for("console.reward_orders_page"), code=303)


def orders_waiting() -> int:
    """How many orders wait to be handed out: the figure in the sidebar."""
    with transaction() as session:
        return _waiting(session)


def _waiting(session: Session) -> int:
    return len(rewards.orders(session, states=["ordered"], limit=WAITING_COUNTED_MAXIMUM))


def _offered(session: Session, reward_id: str) -> Offered:
    return rewards.find(session, reward_id, at=business_now())


def _what_is_wrong(codes: list[str]) -> str:
    if not codes:
        return str(_("Nothing is written here."))
    if len(codes) > CODES_MAXIMUM:
        most = formatting.count(CODES_MAXIMUM, locale=current_locale())
        return str(_("Too many at once: %(most)s at most.", most=most))
    long = next((number for number, code in enumerate(codes, 1) if len(code) > CODE_LENGTH_MAXIMUM), None)
    if long is not None:
        return str(
            _("Code %(number)s is too long: %(most)s characters at most.", number=long, most=CODE_LENGTH_MAXIMUM)
        )
    return ""


def _render_reward(session: Session, reward_id: str, *, error: str = "") -> str:
    offered = _offered(session, reward_id)
    standing = next(one for one in rewards.standings(session, at=business_now()) if one.offered.key == offered.key)
    return _render(
        "reward.html",
        standing=standing,
        reward=offered.reward,
        programme=offered.programme,
        error=error,
        codes=request.form.get("codes", ""),
        waiting=standing.by_state.get("ordered", 0),
    )


def _render(template: str, **values: Any) -> str:
    return render(
        template,
        page_of="console.rewards_page",
        kinds=KINDS,
        states=STATES,
        look_of=_look_of,
        zone=current_shop().zone,
        may_write=may_write(),
        may_look=current_staff().role in LOOKING_ROLES,
        **values,
    )


def _look_of(standing: RewardStanding) -> Look:
    """How it stands with a reward, in a pill."""
    if standing.stock.is_paused:
        return Look(_("Paused"), "player-pause", "pending")
    if standing.stock.left_in_all == 0:
        return Look(_("None left"), "circle-x", "rejected")
    if standing.stock.left_today == 0:
        return Look(_("None left today"), "clock", "expiring")
    return Look(_("Offered"), "circle-check", "rewarded")
