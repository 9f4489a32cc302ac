"""What a referral code looks like, however it is typed, and the links that carry it; pure.

An own code is nine characters out of 28 without look-alikes or vowels (no words come out): 28⁹ is 43 bits, written in
groups of three. It leads to an invitation and to nothing else; what is worth money by itself, as a coupon is, has its
own, longer code. A chosen (`vanity`) code is a word that is no secret at all.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 9
GROUP = 3

CHOSEN_LENGTHS = range(4, 17)
"""How long a code may be that a member chooses."""
_DIGITS = frozenset("0123456789")
_LATIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CYRILLIC = frozenset("БГДЖЗИЙЛПФЦЧШЩЪЫЬЭЮЯ")
"""Those letters of the Russian alphabet that no Latin one looks like."""
CHARACTERS = _DIGITS | _LATIN | _CYRILLIC

CHANNELS = ("link", "qr", "messenger", "social", "email", "print")
"""Where a link is given out; each has its own link, so that its visits are counted apart."""
CHANNEL_OWN = "own"
"""A link that a member or the marketer named."""
CHANNEL_TYPED = "typed"
"""The code was typed by hand into the app or the page."""
CHANNEL_TILL = "till"
"""The cashier scanned the advocate's code."""
ALL_CHANNELS = (*CHANNELS, CHANNEL_OWN, CHANNEL_TILL, CHANNEL_TYPED)

UTM_LENGTH_MAXIMUM = 64
SLUG_LENGTH_MAXIMUM = 16

# Letters that a Russian keyboard has in the same shape.
_FROM_CYRILLIC = str.maketrans("АВЕЁКМНОРСТУХ", "ABEEKMHOPCTYX")
_RUSSIAN_KEYS = str.maketrans("qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё")
_TO_CYRILLIC = str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")


@dataclass(frozen=True, kw_only=True)
class OwnCode:
    """A code and whose it is; with `uses_maximum`, so many friends may join by it."""

    code: str
    member_id: UUID
    uses_maximum: int | None = None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a link said of where it was given out, besides the channel: the named link, the campaign in UTM's words."""

    link_slug: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None


NO_ORIGIN = Origin()


def make_code() -> str:
    """A fresh random code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """The code as it is kept: upper case, without spaces and dashes, Cyrillic look-alikes as Latin letters."""
    kept = "".join(character for character in typed if character.isalnum())
    return kept.upper().translate(_FROM_CYRILLIC)


def on_russian_keys(typed: str) -> str:
    """What the same keys write on a Russian keyboard: a till that expects Latin letters takes `fkbcf` for `алиса`."""
    return typed.lower().translate(_RUSSIAN_KEYS)


def is_well_formed(code: str) -> bool:
    """Whether it could be a member's own code."""
    return len(code) == LENGTH and all(character in ALPHABET for character in code)


def is_possible(code: str) -> bool:
    """Whether it could be a code at all, own or chosen; saves asking the database for what cannot be there."""
    return len(code) in CHOSEN_LENGTHS and all(character in CHARACTERS for character in code)


def is_one_script(code: str) -> bool:
    """Whether it can be written on one keyboard, Latin or Russian."""
    letters = set(code) - _DIGITS
    latin_only = letters & _LATIN - set("ABEKMHOPCTYX")
    return bool(letters) and not (latin_only and letters & _CYRILLIC)


def written(code: str) -> str:
    """The code as a person reads it out: an own one in groups, `K7M-3QX-B9T`, a chosen one in its own alphabet."""
    if is_well_formed(code):
        return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
    return code.translate(_TO_CYRILLIC) if set(code) & _CYRILLIC else code


def read_channel(channel: str | None) -> str:
    """The channel that a link names; `link` for none and for one that is not ours."""
    return channel if channel in {*CHANNELS, CHANNEL_OWN} else "link"


def read_origin(query: Mapping[str, str]) -> Origin:
    """What the address of an opened link says of its origin, cut to what is kept."""

    def cut(name: str, length: int) -> str | None:
        kept = "".join(character for character in query.get(name, "") if character.isprintable()).strip()
        return kept[:length] or None

    return Origin(
        link_slug=cut("l", SLUG_LENGTH_MAXIMUM),
        utm_source=cut("utm_source", UTM_LENGTH_MAXIMUM),
        utm_medium=cut("utm_medium", UTM_LENGTH_MAXIMUM),
        utm_campaign=cut("utm_campaign", UTM_LENGTH_MAXIMUM),
    )


def link(public_url: str, code: str, *, channel: str | None = None, slug: str | None = None) -> str:
    """The address of the code's landing page; with a channel, the one whose visits are counted for it."""
    query = {"c": channel, "l": slug}
    said = urlencode({name: value for name, value in query.items() if value})
    return f"{public_url}/r/{quote(written_in_link(code))}{'?' if said else ''}{said}"


def written_in_link(code: str) -> str:
    """The code as it stands in an address: in its own alphabet, never grouped."""
    return code if is_well_formed(code) else written(code)
