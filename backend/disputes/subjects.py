"""What a dispute is about: the entry, the referral or the missing receipt, looked up and put before the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.disputes.errors import UnknownSubject
from backend.disputes.rules import (
    EntryFacts,
    ReceiptFacts,
    ReferralFacts,
    Ruling,
    judge_entry,
    judge_receipt,
    judge_referral,
)
from backend.ledger import journal
from backend.programmes.queries import programmes
from backend.receipts import queries as receipts
from backend.receipts.queries import ClaimableReceipt
from backend.referrals import queries as referrals
from backend.shops import queries as shops


@dataclass(frozen=True, kw_only=True)
class MissingReceipt:
    """A receipt as it stands on the paper; the amount is in minor units."""

    number: str
    on: date
    store: str | None = None
    """The store's code."""
    amount_minor: int | None = None
    currency: str | None = None

    @property
    def key(self) -> str:
        """What makes two questions about a missing receipt the same."""
        return f"receipt:{self.store or ''}:{self.number}"

    def document(self) -> dict[str, Any]:
        """As the dispute keeps it."""
        return {
            "number": self.number,
            "on": self.on.isoformat(),
            "store": self.store,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "MissingReceipt":
        """From what the dispute keeps."""
        return cls(**{**document, "on": date.fromisoformat(document["on"])})


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a member asks about: an entry or a referral by its id, or a receipt that is missing."""

    kind: Literal["entry", "referral", "receipt"]
    id: UUID | None = None
    receipt: MissingReceipt | None = None

    @property
    def key(self) -> str:
        """What makes two questions the same."""
        return self.receipt.key if self.receipt else f"{self.kind}:{self.id}"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the rules say of a subject, and the receipt that was found for it."""

    ruling: Ruling
    subject_id: UUID | None
    receipt: ClaimableReceipt | None = None


def judge(
    session: Session, subject: Subject, *, member_id: UUID, about: str | None, insists: bool, at: datetime
) -> Judged:
    """Looks the subject up and puts it before the rules.

    Raises:
        UnknownEntry: the member has no such entry.
        UnknownSubject: the member has no part in such a referral.
        UnknownStore: there is no such store.
    """
    if subject.receipt is not None:
        return _judge_receipt(session, subject.receipt, member_id=member_id, insists=insists, at=at)
    if subject.id is None:
        raise AssertionError("an entry and a referral are named by their ids")
    if subject.kind == "entry":
        (entry,) = journal.transactions(session, member_id, beginning_with=subject.id, limit=1)
        facts = EntryFacts(kind=entry.kind, points=entry.points, state=entry.state, available_at=entry.available_at)
        return Judged(ruling=judge_entry(facts, about=about, insists=insists), subject_id=subject.id)
    referral = _referral_facts(session, subject.id, member_id=member_id)
    return Judged(ruling=judge_referral(referral, about=about, insists=insists), subject_id=subject.id)


def found_receipt(session: Session, told: MissingReceipt) -> ClaimableReceipt | None:
    """The receipt that is meant: of those with this number the one that matches best; None where there is none."""
    stores = [shops.store_by_code(session, told.store)] if told.store else shops.stores(session)
    zones = {store.id: store.zone for store in stores}
    found = receipts.claimable(session, store_ids=list(zones), external_id=told.number)
    return max(found, key=lambda receipt: _matching(told, receipt, zone=zones[receipt.store_id]), default=None)


def _matching(told: MissingReceipt, receipt: ClaimableReceipt, *, zone: str) -> tuple[bool, bool]:
    same_currency = told.currency is None or told.currency == receipt.currency
    return (
        receipt.occurred_at.astimezone(ZoneInfo(zone)).date() == told.on,
        told.amount_minor == receipt.total_amount_minor and same_currency,
    )


def _judge_receipt(session: Session, told: MissingReceipt, *, member_id: UUID, insists: bool, at: datetime) -> Judged:
    receipt = found_receipt(session, told)
    if receipt is None:
        return Judged(ruling=judge_receipt(ReceiptFacts(owner="none"), insists=insists), subject_id=None)
    same_day, same_total = _matching(told, receipt, zone=shops.store(session, receipt.store_id).zone)
    owner: Literal["nobody", "asker", "another"] = "nobody" if receipt.member_id is None else "another"
    facts = ReceiptFacts(
        owner="asker" if receipt.member_id == member_id else owner,
        same_day=same_day,
        same_total=same_total,
        total_named=told.amount_minor is not None,
        returned_whole=0 < receipt.total_amount_minor == receipt.returned_amount_minor,
        claim_is_open=_claim_is_open(session, receipt, at=at),
        occurred_at=receipt.occurred_at,
    )
    return Judged(ruling=judge_receipt(facts, insists=insists), subject_id=receipt.id, receipt=receipt)


def _claim_is_open(session: Session, receipt: ClaimableReceipt, *, at: datetime) -> bool:
    programme = programmes(session).in_force(receipt.currency, receipt.occurred_at)
    if programme is None:
        return False
    return at <= receipt.occurred_at + timedelta(days=programme.unattached.claim_window_days)


def _referral_facts(session: Session, referral_id: UUID, *, member_id: UUID) -> ReferralFacts:
    referral = referrals.referrals_by_ids(session, [referral_id]).get(referral_id)
    if referral is None or member_id not in {referral.advocate_id, referral.friend_id}:
        raise UnknownSubject
    points = referral.advocate_points if member_id == referral.advocate_id else referral.friend_points
    return ReferralFacts(
        status=referral.status,
        reason_kind=referral.reason_kind,
        reason_facts=referral.reason_facts,
        available_at=referral.available_at,
        points=points or 0,
    )
