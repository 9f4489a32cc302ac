"""The corpus: stories of every kind, drawn from one seed, so that everybody tells the same ones."""

from collections.abc import Callable, Mapping

from tests.stories.at_the_till import FRAUDS_AT_THE_TILL, HONEST_AT_THE_TILL
from tests.stories.frauds import FRAUDS_OF_REFERRALS
from tests.stories.honest import HONEST_FRIENDS
from tests.stories.script import Script
from tests.stories.story import Story

SEED = 20_261_122
PER_KIND = 10
"""Of each kind, in the whole corpus."""
FEW_PER_KIND = 1
"""Of each kind, in what every run of the tests tells."""

HONEST = HONEST_FRIENDS | HONEST_AT_THE_TILL
FRAUDS = FRAUDS_OF_REFERRALS | FRAUDS_AT_THE_TILL
KINDS: Mapping[str, Callable[[Script], None]] = {
    **HONEST,
    **{kind: fraud.write for kind, fraud in FRAUDS.items()},
}


def corpus(*, per_kind: int = PER_KIND, seed: int = SEED) -> list[Story]:
    """So many stories of each kind; the first ones of a larger corpus are those of a smaller one."""
    stories = []
    for series, (kind, write) in enumerate(KINDS.items()):
        for number in range(per_kind):
            script = Script(kind=kind, series=series, number=number, seed=seed)
            write(script)
            stories.append(script.story())
    return stories
