"""How a screening rule is declared, set and heard; pure.

A rule has a name, a version (raised when its judgement changes) and limits with defaults. The programme's document sets
its mode and may change its limits: `active` acts, `shadow` is recorded and does nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["active", "shadow"]
Outcome = Literal["allow", "hold", "reject"]

MODES: tuple[Mode, ...] = ("active", "shadow")
OUTCOMES: tuple[Outcome, ...] = ("allow", "hold", "reject")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule's declaration. `limits` are whole numbers whose names carry their units (`window_days`)."""

    name: str
    version: int
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleSetting:
    """What the programme's document says of one rule; limits that it does not name keep their defaults."""

    mode: Mode
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What one rule said of one subject, with all that it looked at.

    `reason_kind` names a registered wording that the participant can read, filled with `reason_facts`; both are empty
    where the rule allows. `inputs` never hold personal data: counts, limits and identifiers only.
    """

    rule: str
    version: int
    mode: Mode
    outcome: Outcome
    reason_kind: str = ""
    reason_facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)


# A rule that the document does not name watches and does nothing: a new rule never surprises a running programme.
UNNAMED = RuleSetting(mode="shadow")


def setting_of(rule: Rule, settings: Mapping[str, RuleSetting]) -> RuleSetting:
    """The rule's setting with every limit filled in."""
    setting = settings.get(rule.name, UNNAMED)
    return RuleSetting(mode=setting.mode, limits={**rule.limits, **setting.limits})


def deciding(rulings: Iterable[Ruling]) -> Ruling | None:
    """The ruling that decides: the first active `reject`, else the first active `hold`, else None."""
    acting = [ruling for ruling in rulings if ruling.mode == "active"]
    for outcome in ("reject", "hold"):
        for ruling in acting:
            if ruling.outcome == outcome:
                return ruling
    return None
