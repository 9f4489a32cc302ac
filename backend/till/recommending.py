"""A friend at the till: naming the advocate at the first purchase."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from backend.programmes.programme import Programme
from backend.receipts import queries as receipt_queries
from backend.receipts.sale import Sale
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.facts import OpenReferral
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now
from backend.shared.errors import DomainError
from backend.till.errors import NotAFriend
from backend.till.receipt_request import ReceiptRequest

Refuse = Callable[[int, DomainError], None]
TILL_CHANNEL = "till"


def named_advocates(
    session: Session, requests: Sequence[ReceiptRequest], sales: Mapping[int, Sale], refuse: Refuse
) -> set[UUID]:
    """The advocates that these receipts name; a receipt that names nobody known is refused."""
    advocates = set()
    for position, code in _named(requests, sales):
        try:
            advocates.add(referrals.check_code(session, code, at=business_now()).member_id)
        except UnknownReferralCode as problem:
            refuse(position, problem)
    return advocates


def bind_named_advocates(
    session: Session,
    requests: Sequence[ReceiptRequest],
    sales: Mapping[int, Sale],
    programmes: Mapping[int, Programme],
    refuse: Refuse,
) -> dict[UUID, OpenReferral]:
    """Binds buyers to the advocates that their first receipts name, under the locks; their referrals, now open.

    A buyer who has bought before, or names themselves, is no friend: the receipt is refused, so that the cashier hears
    it before the guest has left, and may send it again without the recommendation.
    """
    bound = []
    for position, code in _named(requests, sales):
        sale, terms = sales[position], terms_of(programmes[position])
        is_new = not receipt_queries.members_with_purchases(session, [sale.buyer_id])
        if terms is None or not is_new:
            refuse(position, NotAFriend())
            continue
        earlier = referral_queries.referral_of_friend(session, sale.buyer_id)
        if earlier is not None:
            continue
        try:
            referral_id = referrals.bind(
                session,
                friend_id=sale.buyer_id,
                code=code,
                channel=TILL_CHANNEL,
                at=business_now(),
                terms=terms,
                joining_is_rewarded=False,
            )
        except UnknownReferralCode as problem:
            # Its last use went to another receipt, of this batch or of another till.
            refuse(position, problem)
            continue
        if referral_id is None:
            refuse(position, NotAFriend())
        else:
            bound.append(sale.buyer_id)
    return referral_queries.open_for_friends(session, bound) if bound else {}


def _named(requests: Sequence[ReceiptRequest], sales: Mapping[int, Sale]) -> list[tuple[int, str]]:
    codes = ((position, requests[position].referral_code) for position in sales)
    return [(position, code) for position, code in codes if code is not None]
