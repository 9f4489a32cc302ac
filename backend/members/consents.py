"""What a person may agree to: purpose by purpose, channel by channel, in words that have a version."""

from collections.abc import Mapping
from dataclasses import dataclass

from backend.shared.wording import N_

TEXT_VERSION = "1"
"""Goes up with every change of the words below; the log keeps which words a person has seen."""

LEADERBOARD = ("leaderboard", "any")
"""Purpose and channel of the word that lets a member's first name and initial stand where others see it."""

CONSENT_TEXTS: Mapping[tuple[str, str], str] = {
    ("marketing", "push"): N_("Tell me about offers by notifications of the app"),
    ("marketing", "email"): N_("Tell me about offers by e-mail"),
    ("marketing", "sms"): N_("Tell me about offers by text message"),
    ("personal_data", "any"): N_("I agree to the processing of my personal data for my card and my points"),
    LEADERBOARD: N_("Show my first name and initial among those who bring the most friends"),
}

PURPOSES = tuple(dict.fromkeys(purpose for purpose, _channel in CONSENT_TEXTS))
CHANNELS = tuple(dict.fromkeys(channel for _purpose, channel in CONSENT_TEXTS))


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentChange:
    """A person's word on one purpose in one channel."""

    purpose: str
    channel: str
    given: bool
