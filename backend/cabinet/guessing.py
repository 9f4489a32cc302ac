"""How many wrong referral codes may be tried from one address."""

import math
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from backend.referrals.errors import UnknownReferralCode
from backend.shared.clock import system_now
from backend.shared.errors import TooMany

WRONG_CODES_LIMIT = "300 per hour"
# Kept by each process: exact counts would cost a write per miss. The limit is wide, because the phones of one operator
# share addresses; among ten million million codes a guesser who keeps to it finds nobody.
_counts = MemoryStorage()
_window = MovingWindowRateLimiter(_counts)

Parameters = ParamSpec("Parameters")
View = Callable[Parameters, ResponseReturnValue]


def limit_wrong_codes(view: View[Parameters]) -> View[Parameters]:
    """Refuses an address that has tried too many wrong codes: answered 404, refused as unknown, or noted as wrong.

    Raises:
        TooMany: from the view, which is not asked.
    """

    @wraps(view)
    def limited(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Response:
        limit, address = _limit(), request.remote_addr or ""
        if not _window.test(limit, address):
            reset_at = _window.get_window_stats(limit, address).reset_time
            raise TooMany(retry_after_seconds=max(1, math.ceil(reset_at - system_now().timestamp())))
        try:
            response = current_app.make_response(view(*args, **kwargs))
        except UnknownReferralCode:
            _window.hit(limit, address)
            raise
        if response.status_code == 404 or g.get("wrong_code_typed"):
            _window.hit(limit, address)
        return response

    return limited


def note_wrong_code() -> None:
    """Says that whoever asks has typed a code that there is not."""
    g.wrong_code_typed = True


def forget_wrong_codes() -> None:
    """Lets everybody begin anew."""
    _counts.reset()


def _limit() -> RateLimitItem:
    return parse(str(current_app.config.get("WRONG_REFERRAL_CODES_LIMIT", WRONG_CODES_LIMIT)))
