"""A programme as it was read and found correct: frozen sections, and what follows from them."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, reduce
from operator import or_

from backend.ledger.adjusting import SECOND_PERSON_ABOVE_POINTS
from backend.programmes.conditions.condition import Condition, Narrowing, Sight
from backend.programmes.engine.facts import MemberFacts, StoreFacts
from backend.programmes.expiry import ACTIVITY, Expiry
from backend.programmes.needs import NO_NEEDS
from backend.programmes.needs import Needs as Needs
from backend.programmes.referral import REFERRAL, Referral, ReferralReward

WHOLE_RECEIPT_BASIS_POINTS = 10_000
BASE_STACK = "base"
"""The stack of rules that name none: what they give adds up."""
PAYMENT_KINDS = ("card", "cash", "gift_card", "points", "other")
"""How a part of a receipt may be paid."""
TextByLanguage = dict[str, str]


@dataclass(frozen=True, slots=True)
class PointsPerAmount:
    """So many points for each such part of the amount: a share like any other, rounded like the rest."""

    points: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class EarningRule:
    """What brings points: exactly one of the five ways is given."""

    rule: str
    rate_basis_points: int | None = None
    """A share of the amount, in points."""
    points: int | None = None
    """Once a receipt."""
    points_per_item: int | None = None
    points_per_amount: PointsPerAmount | None = None
    multiplier_basis_points: int | None = None
    """How many times what base rules give for the same lines: 20,000 gives as much again."""
    title: TextByLanguage | None = None
    when: Condition | None = None
    lines: Condition | None = None
    """Which of the lines that count it looks at; None for all."""
    from_day: date | None = None
    """First day, in the store's zone."""
    until_day: date | None = None
    """Last day, included."""
    stack: str = BASE_STACK
    priority: int = 0
    """Under `first`, the greatest goes first."""
    maximum_points: int | None = None
    pending_days: int | None = None
    """Where it differs from the programme's."""
    expiry: Expiry | None = None
    """Where it differs from the programme's."""

    @property
    def is_plain_rate(self) -> bool:
        """Whether it is nothing but a share of what counts, for everybody and always."""
        return self == EarningRule(self.rule, self.rate_basis_points, title=self.title)

    @property
    def narrowing(self) -> Narrowing:
        """What must be there for it to apply."""
        return reduce(lambda left, right: left & right.narrowing, filter(None, (self.when, self.lines)), Narrowing())

    @property
    def needs(self) -> Needs:
        """The facts that it asks for."""
        asked = _joined((self.when, self.lines))
        return asked | Needs(store=True) if self.from_day or self.until_day else asked


@dataclass(frozen=True, slots=True)
class Stack:
    """How the rules of a stack go together: `sum`, the `best` of them, or the `first` that gives something."""

    policy: str = "sum"
    maximum_points: int | None = None


@dataclass(frozen=True, slots=True)
class Rounding:
    """How exact points become whole ones: `down`, `nearest` or `up`, once a `receipt` or for each `line`."""

    direction: str = "down"
    per: str = "receipt"


@dataclass(frozen=True, slots=True)
class Action:
    """Points for what is no purchase."""

    action: str
    title: TextByLanguage
    points: int
    per_member: int | None = None
    """How often in all; None for any number."""
    per_member_per_day: int | None = None
    """How often on a day of the shop's zone."""


@dataclass(frozen=True, slots=True)
class Window:
    """Over which time something is measured: a calendar `year`, the last so many `months`, or the whole `life`."""

    span: str = "life"
    months: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """A tier, from how much it begins (in the unit of the ladder's measure), and what it brings."""

    tier: str
    title: TextByLanguage
    threshold: int
    benefits: tuple[TextByLanguage, ...] = ()


@dataclass(frozen=True, slots=True)
class Tiers:
    """The ladder, its lowest level first."""

    measure: str
    """`spend` (minor units), `points`, `visits` or `referrals`."""
    window: Window
    levels: tuple[Level, ...]
    grace_days: int = 0
    landing: str = "soft"
    """`soft`: a review takes at most one level; `hard`: it lands where it measured."""

    def level(self, tier: str | None) -> Level | None:
        """The level of this name."""
        return next((level for level in self.levels if level.tier == tier), None)


@dataclass(frozen=True, slots=True)
class DiscountLevel:
    """A discount, from how much spending it begins."""

    from_minor: int
    rate_basis_points: int


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount that grows with what was spent, the lowest level first."""

    window: Window
    levels: tuple[DiscountLevel, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many points in each period, of all members together or of each one."""

    budget: str
    points: int
    period: str
    """`day`, `week`, `month`, `quarter`, `year` of the shop's zone, or `all`."""
    rules: tuple[str, ...] = ()
    """Rules, actions and `referral`; none means all that gives points."""
    scope: str = "all"
    """`all`, or each `member`."""
    at_end: str = "partial"
    """`partial` gives what is left, `skip` nothing unless all is there, `stop` ends all earning until it is over."""


@dataclass(frozen=True, slots=True)
class RewardLimits:
    """How many there are of a reward; None for any number."""

    in_all: int | None = None
    per_day: int | None = None
    per_member: int | None = None


@dataclass(frozen=True, slots=True)
class Reward:
    """What points are spent on besides receipts."""

    reward: str
    title: TextByLanguage
    kind: str
    """`discount_coupon`, `goods`, `event_place`, `gift_card`, `money_off` or `partner_coupon`."""
    price_points: int
    description: TextByLanguage | None = None
    group: TextByLanguage | None = None
    icon: str | None = None
    valid_days: int | None = None
    """How long after it was issued."""
    valid_until: date | None = None
    """The last day of the shop's zone; neither means for ever."""
    limits: RewardLimits = field(default_factory=RewardLimits)
    codes: str = "made"
    """`made` here, or `loaded`: the partner's."""
    issue: str = "at_once"
    """Or `by_staff`, who hands it out."""
    when: Condition | None = None
    """Who may order it."""
    amount_minor: int | None = None
    """What money off and a gift card are worth."""
    rate_basis_points: int | None = None
    """What a discount coupon takes off."""
    minimum_receipt_minor: int | None = None
    partner: TextByLanguage | None = None


@dataclass(frozen=True, slots=True)
class Redemption:
    """How much of a receipt may be paid with points."""

    maximum_share_basis_points: int = WHOLE_RECEIPT_BASIS_POINTS


@dataclass(frozen=True, slots=True)
class EarningExclusions:
    """What brings no points, besides gift cards and what is paid with points."""

    categories: frozenset[str] = frozenset()
    payment_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Returns:
    """What becomes of points that a return should take back and that are spent already: `owe` or `forgive`."""

    debt: str = "owe"


@dataclass(frozen=True, slots=True)
class Unattached:
    """How long a receipt that nobody was named on may be claimed."""

    claim_window_days: int = 30


@dataclass(frozen=True, slots=True)
class Transfers:
    """How members may give each other points: at least so many at once, at most so many a day where that is limited."""

    minimum_points: int = 1
    maximum_points_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Adjustments:
    """Points given or taken by hand: beyond so many, a second person has to approve."""

    second_person_above_points: int = SECOND_PERSON_ABOVE_POINTS


@dataclass(frozen=True, slots=True)
class ScreeningRule:
    """A rule against fraud and how it runs: `active` decides, `shadow` only records what it would have decided."""

    rule: str
    mode: str
    limits: dict[str, int] = field(default_factory=dict)
    """Whole numbers by name, where they differ from the rule's defaults."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Other terms for some stores or members: where they hold, and the whole programme as it is there."""

    terms: str
    where: Condition
    programme: "Programme"
    sections: tuple[str, ...] = ()
    """What they change."""


@dataclass(frozen=True)
class Programme:
    """A programme document, read and found correct."""

    programme: str
    title: TextByLanguage
    currency: str
    point_value_minor: int
    earning: tuple[EarningRule, ...]
    pending_days: int
    expiry: Expiry | None
    referral: Referral | None
    screening: tuple[ScreeningRule, ...]
    transfers: Transfers | None = None
    version: int = 0
    """Set where the document is stored; 0 for a draft."""
    redemption: Redemption = field(default_factory=Redemption)
    earning_exclusions: EarningExclusions = field(default_factory=EarningExclusions)
    returns: Returns = field(default_factory=Returns)
    unattached: Unattached = field(default_factory=Unattached)
    adjustments: Adjustments = field(default_factory=Adjustments)
    kind: str = "bonus"
    """`bonus`, `cumulative`, `tiers` or `combined`."""
    stacking: Mapping[str, Stack] = field(default_factory=dict)
    rounding: Rounding = field(default_factory=Rounding)
    actions: tuple[Action, ...] = ()
    tiers: Tiers | None = None
    discount: Discount | None = None
    budgets: tuple[Budget, ...] = ()
    rewards: tuple[Reward, ...] = ()
    terms: tuple[Terms, ...] = ()
    variant: str = ""
    """The name of the terms that made it; empty for the programme as it is elsewhere."""

    @property
    def is_prolonged_by_activity(self) -> bool:
        """Whether purchases and spends move the day on which open points burn."""
        return self.expiry is not None and self.expiry.prolonged_by == ACTIVITY

    @cached_property
    def needs(self) -> Needs:
        """The facts that judging a receipt asks for, by whatever terms."""
        own = reduce(or_, (rule.needs for rule in self.earning), _joined(terms.where for terms in self.terms))
        own |= Needs(tier=self.tiers is not None, budgets=bool(self.budgets))
        if self.referral is not None:
            own |= _joined(reward.when for reward in self.referral.rewards)
        return reduce(or_, (terms.programme.needs for terms in self.terms), own)

    @cached_property
    def named_segments(self) -> frozenset[str]:
        """The segments that any condition names, those of rewards too."""
        return (self.needs | _joined(reward.when for reward in self.rewards)).segments

    @cached_property
    def follows_friends(self) -> bool:
        """Whether, by whatever terms, purchases of friends count after the one that qualified."""
        return any(referral.follows_friends for referral in self._referrals)

    @cached_property
    def has_second_level(self) -> bool:
        """Whether, by whatever terms, somebody is rewarded for the friends of friends."""
        return any(reward.to == "second_advocate" for referral in self._referrals for reward in referral.rewards)

    @cached_property
    def has_referral_plan(self) -> bool:
        """Whether, by whatever terms, inviting brings more than the two rewards of the qualifying purchase."""
        return any(referral.rewards for referral in self._referrals)

    @property
    def _referrals(self) -> list[Referral]:
        return [one for one in (self.referral, *(terms.programme.referral for terms in self.terms)) if one]

    @cached_property
    def base_rate_basis_points(self) -> int:
        """What every purchase brings everybody, as a share of it."""
        return sum(rule.rate_basis_points or 0 for rule in self.earning if rule.is_plain_rate)

    def terms_for(self, store: StoreFacts, member: MemberFacts) -> "Programme":
        """The programme as it is in this store for this member: the first terms that fit, or itself."""
        if not self.terms:
            return self
        sight = Sight(store=store, member=member)
        return next((terms.programme for terms in self.terms if terms.where.holds(sight)), self)

    def reward(self, name: str) -> Reward | None:
        """The reward of this name."""
        return next((reward for reward in self.rewards if reward.reward == name), None)

    def action(self, name: str) -> Action | None:
        """The action of this name."""
        return next((action for action in self.actions if action.action == name), None)

    def budgets_of(self, rule: str) -> tuple[Budget, ...]:
        """The budgets that a rule, an action or `referral` takes from: members' own first, those of all rules last."""
        return self._budgets_of({rule})

    def budgets_of_reward(self, reward: ReferralReward) -> tuple[Budget, ...]:
        """The budgets that a reward of inviting takes from: its own, those of `referral` and of all."""
        return self._budgets_of({reward.reward, REFERRAL})

    def _budgets_of(self, names: Set[str]) -> tuple[Budget, ...]:
        concerned = (budget for budget in self.budgets if not budget.rules or not names.isdisjoint(budget.rules))
        return tuple(sorted(concerned, key=lambda budget: (budget.scope != "member", not budget.rules)))

    def points_payable(self, amount_minor: int) -> int:
        """How many whole points may pay for a receipt of this amount at most."""
        return points_payable(
            amount_minor,
            maximum_share_basis_points=self.redemption.maximum_share_basis_points,
            point_value_minor=self.point_value_minor,
        )


def points_payable(amount_minor: int, *, maximum_share_basis_points: int, point_value_minor: int) -> int:
    """How many whole points may pay for a receipt of this amount at most, by these terms."""
    return amount_minor * maximum_share_basis_points // (WHOLE_RECEIPT_BASIS_POINTS * point_value_minor)


def _joined(conditions: Iterable[Condition | None]) -> Needs:
    return reduce(or_, (condition.needs for condition in conditions if condition is not None), NO_NEEDS)
