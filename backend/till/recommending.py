"""A friend at the till: naming the advocate at the first purchase."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes.programme import Programme
from backend.receipts import queries as receipt_queries
from backend.receipts.sale import Sale
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.facts import OpenReferral
from backend.referrals.terms import ReferralTerms, terms_of
from backend.shared.clock import business_now
from backend.shared.errors import DomainError
from backend.till.errors import NotAFriend
from backend.till.receipt_request import ReceiptRequest

Refuse = Callable[[int, DomainError], None]
TILL_CHANNEL = "till"


def named_advocates(session: Session, requests: Sequence[ReceiptRequest], sales: Mapping[int, Sale]) -> set[UUID]:
    """The advocates that these receipts name, as far as they are known: a receipt that comes again may name a code that
    has ended since, and is not refused for it.
    """
    advocates = set()
    for _position, code in _named(requests, sales):
        with suppress(UnknownReferralCode):
            advocates.add(referrals.check_code(session, code, at=business_now()).member_id)
    return advocates


def bind_named_advocates(
    session: Session,
    requests: Sequence[ReceiptRequest],
    sales: Mapping[int, Sale],
    programmes: Mapping[int, Programme],
    refuse: Refuse,
) -> dict[UUID, OpenReferral]:
    """Binds buyers to the advocates that their first receipts name, under the locks; their referrals, now open.

    A buyer who has bought before, or names themselves, is no friend: the receipt is refused, as one that names nobody
    known, so that the cashier hears it before the guest has left, and may send it again without the recommendation.
    """
    bound: list[UUID] = []
    for position, code in _named(requests, sales):
        buyer_id = sales[position].buyer_id
        try:
            terms, bought_at = terms_of(programmes[position]), sales[position].occurred_at
            if buyer_id not in bound and _bind(session, buyer_id, code, terms, bought_at=bought_at):
                bound.append(buyer_id)
        except (UnknownReferralCode, NotAFriend) as problem:
            refuse(position, problem)
    return referral_queries.open_for_friends(session, bound) if bound else {}


def _bind(session: Session, buyer_id: UUID, code: str, terms: ReferralTerms | None, *, bought_at: datetime) -> bool:
    """Binds a buyer as of the purchase, or of becoming a member after it; False where the buyer was bound before, which
    stays so.

    Raises:
        UnknownReferralCode: nobody has the code, or its last use went to another receipt.
        NotAFriend: the buyer is none.
    """
    now = business_now()
    referrals.check_code(session, code, at=now)
    if terms is None or receipt_queries.members_with_purchases(session, [buyer_id]):
        raise NotAFriend
    if referral_queries.referral_of_friend(session, buyer_id) is not None:
        return False
    profile = members.profiles(session, [buyer_id]).get(buyer_id)
    joined_at = min(now, max(bought_at, profile.joined_at)) if profile else now
    referral_id = referrals.bind(
        session,
        friend_id=buyer_id,
        code=code,
        channel=TILL_CHANNEL,
        at=now,
        terms=terms,
        joining_is_rewarded=False,
        joined_at=joined_at,
    )
    if referral_id is None:
        raise NotAFriend
    return True


def _named(requests: Sequence[ReceiptRequest], sales: Mapping[int, Sale]) -> list[tuple[int, str]]:
    codes = ((position, requests[position].referral_code) for position in sales)
    return [(position, code) for position, code in codes if code is not None]
