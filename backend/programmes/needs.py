"""Which facts a programme asks for, so that nothing is gathered that no rule looks at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """Kinds of facts; `|` joins what several conditions ask for."""

    store: bool = False
    """The store's code, region, country and zone."""
    tier: bool = False
    segments: frozenset[str] = frozenset()
    """The segments that conditions name; nobody asks whether a member is in another one."""
    history: bool = False
    window_days: int = 0
    """How far back single purchases have to be known; 0 where only their count and sum are asked for."""
    profile: bool = False
    """When the member joined, the language, the birthday."""
    referrals: bool = False
    budgets: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(
            store=self.store or other.store,
            tier=self.tier or other.tier,
            segments=self.segments | other.segments,
            history=self.history or other.history,
            window_days=max(self.window_days, other.window_days),
            profile=self.profile or other.profile,
            referrals=self.referrals or other.referrals,
            budgets=self.budgets or other.budgets,
        )

    def __bool__(self) -> bool:
        """Whether anything is asked for at all."""
        return self != NO_NEEDS


NO_NEEDS = Needs()
