"""What granian serves to show that a guard is what stops an attack: the product with guards taken away.

The environment's `UNGUARDED` names them, by commas. Each is a function or a figure of the product, put aside from here;
the product knows nothing of this.
"""

import os
from collections.abc import Callable
from typing import Any

from backend.members import card_code, sign_in_codes, sign_in_limits
from backend.members.sign_in_limits import SignInLimits


def _fresh_codes() -> None:
    """Codes are good for ever."""
    card_code.CardCode.is_fresh = lambda _self, _now: True  # type: ignore[method-assign]


def _tries() -> None:
    """A one-time code may be guessed at for as long as it lives."""
    sign_in_codes.WRONG_TRIES_MAXIMUM = 1_000_000


def _sms_limits() -> None:
    """As many text messages as anybody wants, wherever they go."""
    most = 10**9
    generous = SignInLimits(
        seconds_between_codes=0,
        unused_codes_per_address_day=most,
        codes_per_address_day=most,
        unused_codes_per_prefix_hour=most,
        text_messages_per_day=most,
        country_used_percent=0,
        regions=("SO",),
    )
    sign_in_limits.sign_in_limits = lambda: generous


def _locks() -> None:
    """Books are read without being locked."""
    from backend.ledger import service, statements

    unlocked = statements.LOCK_BALANCES.replace("FOR NO KEY UPDATE", "")
    statements.LOCK_BALANCES = service.LOCK_BALANCES = unlocked


def _sameness() -> None:
    """Codes are sent to members alone, and others are told that they are none."""
    from backend.cabinet import service
    from backend.members.errors import UnknownMember

    issue: Callable[..., Any] = service.members.issue_code

    def issue_to_members(session: Any, *, address: Any, **facts: Any) -> Any:
        if service.members.member_of_address(session, address=address) is None:
            raise UnknownMember
        return issue(session, address=address, **facts)

    service.members.issue_code = issue_to_members


GUARDS = {
    "fresh codes": _fresh_codes,
    "tries": _tries,
    "limits of text messages": _sms_limits,
    "locks": _locks,
    "sameness": _sameness,
}
for _guard in os.environ["UNGUARDED"].split(","):
    GUARDS[_guard]()

# Last, for the product takes some of these by name.
from backend.wsgi import application  # noqa: E402

__all__ = ["application"]
