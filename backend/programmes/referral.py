"""What inviting brings, as a programme says it: the two rewards of the qualifying purchase, and those besides."""

from dataclasses import dataclass, field

from backend.programmes.conditions.condition import Condition

REFERRAL = "referral"
"""By which budgets and explanations call what inviting brings."""
FOLLOWING = frozenset({"purchase", "every_purchase", "spend"})
"""What looks at a friend's purchases after the one that qualified."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many rewarded friends of one advocate in the window."""

    friends: int
    window_days: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """Which visit counts, for how long after it a friend may join by it, and whether members may name an advocate."""

    first_or_last_visit: str = "first"
    window_days: int = 30
    existing_members: str = "never"


@dataclass(frozen=True, slots=True)
class RewardCap:
    """At most so many times, or so many points, of one reward for each member who gets it, in the window."""

    window_days: int
    times: int | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class ReferralReward:
    """What inviting brings, to whom and for what: points, a share of the receipt, or a coupon of the catalogue."""

    reward: str
    on: str
    """`join`, `qualifying`, `purchase`, `every_purchase`, `spend` or `milestone`."""
    to: str
    """`advocate`, `friend` or `second_advocate`, who invited the advocate."""
    points: int | None = None
    """Beside a coupon: what is given where there is none left."""
    rate_basis_points: int | None = None
    """A share of what counts of the receipt."""
    coupon: str | None = None
    title: dict[str, str] | None = None
    when: Condition | None = None
    number: int | None = None
    """Which of the friend's purchases since joining, counted from 1."""
    from_minor: int | None = None
    """What the friend spent since joining, less returns."""
    friends: int | None = None
    """How many qualified friends of the advocate."""
    within_days: int | None = None
    """Of joining."""
    cap: RewardCap | None = None

    @property
    def is_classical(self) -> bool:
        """Whether it is one of the two that `advocate_points` and `friend_points` are."""
        return self.reward == REFERRAL


@dataclass(frozen=True, slots=True)
class Referral:
    """What a recommendation is worth to either side, and for which receipt."""

    advocate_points: int
    friend_points: int
    minimum_receipt_minor: int
    qualifying_receipt: str = "first"
    attribution: Attribution = field(default_factory=Attribution)
    cap: Cap | None = None
    second_level: bool = False
    """Whether whoever invited the advocate may be rewarded too."""
    rewards: tuple[ReferralReward, ...] = ()
    """Those besides the two of the qualifying purchase."""

    @property
    def plan(self) -> tuple[ReferralReward, ...]:
        """All rewards, the two of the qualifying purchase first."""
        classical = (("advocate", self.advocate_points), ("friend", self.friend_points))
        return (
            *(ReferralReward(REFERRAL, "qualifying", side, points=points) for side, points in classical if points),
            *self.rewards,
        )

    @property
    def follows_friends(self) -> bool:
        """Whether purchases count that come after the qualifying one."""
        return any(reward.on in FOLLOWING for reward in self.rewards)
