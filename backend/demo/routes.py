"""The demo's doors for programs: what the phones got, the clock, a till key."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from backend.demo import clock
from backend.demo.access import demo_only
from backend.demo.arrivals import arrivals
from backend.demo.queries import the_demo_shop
from backend.shared.db import db
from backend.shared.errors import Invalid
from backend.shared.schemas import Schema
from backend.shops import queries as shops

blueprint = Blueprint("demo", __name__, url_prefix="/demo")

TOO_FAR = _l(
    "The clock goes forward only, by up to %(days)s days at a time and a century in all.",
    days=clock.ADVANCE_MAXIMUM.days,
)


class AdvanceSchema(Schema):
    """How far the clock is to go."""

    advance_seconds = fields.Integer(required=True, strict=True)


@blueprint.get("/messages")
@demo_only
def messages() -> Response:
    """What arrived at one address, newest first; without `to` at all of them."""
    return jsonify(items=arrivals(to=request.args.get("to")))


@blueprint.post("/clock")
@demo_only
def advance_clock() -> Response:
    """Moves business time on, and answers when all that became due is done."""
    return jsonify(now=move_clock(_advance_seconds()).isoformat())


@blueprint.get("/till-key")
@demo_only
def till_key() -> Response:
    """A working key of the demo till."""
    session = db.session()
    demo = the_demo_shop(session)
    return jsonify(key=demo.till_key, store=shops.store(session, demo.till_store_id).code)


def move_clock(seconds: int) -> datetime:
    """Moves business time on by so many seconds; what time it is then.

    Raises:
        Invalid: backwards, or absurdly far.
    """
    if not 0 <= seconds <= clock.ADVANCE_MAXIMUM.total_seconds():
        raise Invalid(errors={"advance_seconds": [TOO_FAR]})
    try:
        return clock.advance(by=timedelta(seconds=seconds))
    except clock.OffsetTooLargeError as error:
        raise Invalid(errors={"advance_seconds": [TOO_FAR]}) from error


def _advance_seconds() -> int:
    # Only JSON is read: another site's page cannot send it without asking first, and is refused then.
    document: Any = request.get_json()
    try:
        return int(AdvanceSchema().load(document)["advance_seconds"])
    except ValidationError as error:
        raise Invalid(errors=error.messages_dict) from error
