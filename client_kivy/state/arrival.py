"""How a friend's invitation reached this phone: by a link, through the store, pasted or typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from client_kivy.state.contact import LINK_PATTERN, referral_code_of

CODE_LENGTH_MAXIMUM = 24
"""With the spaces or dashes that somebody may have put between."""
UTM = ("utm_source", "utm_medium", "utm_campaign")


@dataclass(frozen=True)
class Arrival:
    """The code, and what its link said of where it was given out; an empty code is no invitation."""

    code: str = ""
    channel: str = ""
    link: str = ""
    utm: Mapping[str, str] = field(default_factory=dict)

    def facts(self, typed: str) -> dict[str, object]:
        """What goes with this code to the server, as `POST /sign-in/tokens` names it; nothing for another code."""
        if not self.code or referral_code_of(typed) != self.code:
            return {}
        said = {"referral_channel": self.channel, "referral_link": self.link, "utm": dict(self.utm)}
        return {name: value for name, value in said.items() if value}


NO_ARRIVAL = Arrival()


def arrival_of(text: str) -> Arrival:
    """The invitation in a link, in a message that holds one, or in a bare code."""
    text = text.strip()
    found = LINK_PATTERN.search(text)
    if found is None:
        is_code = 0 < len(text) <= CODE_LENGTH_MAXIMUM and not any(sign in text for sign in ":/?\n")
        return Arrival(code=text) if is_code else NO_ARRIVAL
    query = text[found.end() :].split(maxsplit=1)
    return _said(query[0].lstrip("?") if query else "", code=referral_code_of(text), channel="link")


def arrival_of_install(referrer: str) -> Arrival:
    """The invitation in what the store kept of the link that led to it, `r=K7M3BXP9T&c=qr`; none without a code."""
    code = dict(parse_qsl(referrer)).get("r", "")
    return _said(referrer, code=code, channel="link") if code else NO_ARRIVAL


def _said(query: str, *, code: str, channel: str) -> Arrival:
    said = dict(parse_qsl(query))
    return Arrival(
        code=code,
        channel=said.get("c", channel),
        link=said.get("l", ""),
        utm={name: said[name] for name in UTM if name in said},
    )
