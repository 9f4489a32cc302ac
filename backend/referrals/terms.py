"""The terms that a programme sets for referrals; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from backend.programmes.programme import Programme
from backend.programmes.screening import screening_settings
from backend.screening.rules import Rule, RuleSetting, setting_of

QualifyingReceipt = Literal["first", "first_qualifying"]


@dataclass(frozen=True, kw_only=True)
class ReferralTerms:
    """What a referral needs and what it brings.

    With `qualifying_receipt` `first`, the friend's first receipt decides, and one below the minimum refuses the reward;
    with `first_qualifying`, receipts below the minimum are passed over. `cap_friends` counts the friends of an advocate
    who were rewarded, are pending or are held within the last `cap_window_days`; None means no cap. Within
    `attribution_days` of a visit a friend joins by it without the code being typed; of visits to several codes the
    first counts, or the last. Whoever joined without an invitation may name one before the first purchase where
    `members_may_be_invited`. `screening` holds the programme's setting of each screening rule by its name.
    """

    minimum_amount_minor: int
    currency: str
    advocate_points: int
    friend_points: int
    pending_days: int
    cap_friends: int | None
    cap_window_days: int
    qualifying_receipt: QualifyingReceipt = "first"
    first_visit_wins: bool = True
    attribution_days: int = 30
    members_may_be_invited: bool = False
    screening: Mapping[str, RuleSetting] = field(default_factory=dict)
    programme: Programme | None = field(default=None, compare=False, repr=False)
    """Where the terms stand, with all else that inviting brings."""

    @property
    def minimum(self) -> dict[str, Any]:
        """The least qualifying receipt, as facts and answers hold money."""
        return {"amount_minor": self.minimum_amount_minor, "currency": self.currency}

    @property
    def cap_window(self) -> timedelta:
        """How far back the cap looks."""
        return timedelta(days=self.cap_window_days)

    def available_at(self, receipt_at: datetime) -> datetime:
        """When a reward for a purchase of this moment can be spent: when its return window is over."""
        return receipt_at + timedelta(days=self.pending_days)

    def limit(self, rule: Rule, name: str) -> int:
        """One limit of a screening rule: the programme's, or the rule's default."""
        return setting_of(rule, self.screening).limits[name]

    def acts(self, rule: Rule) -> bool:
        """Whether a screening rule decides, and does not only watch."""
        return setting_of(rule, self.screening).mode == "active"


def terms_of(programme: Programme) -> ReferralTerms | None:
    """The programme's terms for referrals; None where it rewards none."""
    referral = programme.referral
    if referral is None:
        return None
    return ReferralTerms(
        minimum_amount_minor=referral.minimum_receipt_minor,
        currency=programme.currency,
        advocate_points=referral.advocate_points,
        friend_points=referral.friend_points,
        pending_days=programme.pending_days,
        cap_friends=referral.cap.friends if referral.cap else None,
        cap_window_days=referral.cap.window_days if referral.cap else 0,
        qualifying_receipt=cast(QualifyingReceipt, referral.qualifying_receipt),
        first_visit_wins=referral.attribution.first_or_last_visit == "first",
        attribution_days=referral.attribution.window_days,
        members_may_be_invited=referral.attribution.existing_members == "no_purchase_yet",
        programme=programme,
        screening=screening_settings(programme),
    )
