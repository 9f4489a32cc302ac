"""What a kind of fraud is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.stories.script import Script


@dataclass(frozen=True, kw_only=True)
class Fraud:
    """A kind of fraud: how it is written down, and which rules are made against it.

    Without a rule it is answered by the programme itself: points wait for the return window, and a return takes back
    what the receipt brought.
    """

    write: Callable[[Script], None]
    rules: Sequence[str]
