"""What a referral code looks like; pure.

Nine characters out of 28 without look-alikes or vowels (no words come out): 28⁹ is 43 bits, written in groups of three.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 9
GROUP = 3

CHANNELS = ("link", "qr", "messenger", "social", "email", "print")
"""Where a link is given out; each has its own link, so that its visits are counted apart."""
CHANNEL_TYPED = "typed"
"""The code was typed by hand into the app or the page."""
CHANNEL_TILL = "till"
"""The cashier scanned the advocate's code."""

# Letters that a Russian keyboard has in the same shape.
_FROM_CYRILLIC = str.maketrans("ВСНКМРТХ", "BCHKMPTX")


@dataclass(frozen=True, kw_only=True)
class OwnCode:
    """A code and whose it is."""

    code: str
    member_id: UUID


def make_code() -> str:
    """A fresh random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """The code as it is kept: upper case, without spaces and dashes, Cyrillic look-alikes as Latin letters."""
    kept = "".join(character for character in typed if character.isalnum())
    return kept.upper().translate(_FROM_CYRILLIC)


def is_well_formed(code: str) -> bool:
    """Whether it could be a code at all; saves asking the database for what cannot be there."""
    return len(code) == LENGTH and all(character in ALPHABET for character in code)


def written(code: str) -> str:
    """The code as a person reads it out: `K7M-3QX-B9T`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_channel(channel: str | None) -> str:
    """The channel that a link names; `link` for none and for one that is not ours."""
    return channel if channel in CHANNELS else "link"


def link(public_url: str, code: str, *, channel: str | None = None) -> str:
    """The address of the code's landing page; with a channel, the one whose visits are counted for it."""
    query = f"?{urlencode({'c': channel})}" if channel else ""
    return f"{public_url}/r/{code}{query}"
