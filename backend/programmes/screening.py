"""What a programme says of the rules against fraud, as screening understands it."""

from collections.abc import Mapping
from typing import cast

from backend.programmes.programme import Programme
from backend.screening.rules import Mode, RuleSetting


def screening_settings(programme: Programme | None) -> Mapping[str, RuleSetting]:
    """The setting of each rule that the programme names, by its name; none where there is no programme."""
    named = programme.screening if programme is not None else ()
    return {rule.rule: RuleSetting(mode=cast(Mode, rule.mode), limits=rule.limits) for rule in named}
