"""Passwords of staff: which ones are taken, and how they are kept (argon2id, as RFC 9106 recommends for servers).

What is weak is judged offline by zxcvbn: it knows the passwords of known breaches, words, names, dates and keyboard
walks, and what people make of them. A password typed in Russian is judged in the Latin layout of its keys too, for
breached lists hold it so.
"""

import threading
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from zxcvbn import zxcvbn

from backend.shared.i18n import _l
from backend.staff.errors import PasswordRefused

LENGTH_MINIMUM = 12
LENGTH_MAXIMUM = 200
# Of zxcvbn's 0 to 4: from 3 on, a hundred million guesses and more.
SCORE_MINIMUM = 3
JUDGED_LENGTH = 72
# What must be left of a password without the words that everybody knows of its owner.
OWN_LENGTH_MINIMUM = 8
PERSONAL_LENGTH_MINIMUM = 3

RUSSIAN_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
IN_LATIN_LAYOUT = str.maketrans(RUSSIAN_KEYS + RUSSIAN_KEYS.upper(), LATIN_KEYS + LATIN_KEYS.upper())

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# Each hash takes 64 MiB: many who sign in at once wait for each other instead of for the machine's memory.
_at_once = threading.BoundedSemaphore(2)


def check_new_password(password: str, *, personal_words: Sequence[str]) -> None:
    """Passes a password that may be set; `personal_words` are the person's name and login, the shop's name.

    Raises:
        PasswordRefused: it is too short or too long, made of the person's own name, or easy to guess.
    """
    if len(password) < LENGTH_MINIMUM:
        raise PasswordRefused(errors={"password": [_l("Take at least 12 characters. A short sentence is good.")]})
    if len(password) > LENGTH_MAXIMUM:
        raise PasswordRefused(errors={"password": [_l("Take at most 200 characters.")]})
    words = [word for text in personal_words for word in _words(text)]
    if _made_of(password, words):
        raise PasswordRefused(errors={"password": [_l("It must not be your name, your login or the shop's name.")]})
    if _score(password, words) < SCORE_MINIMUM:
        raise PasswordRefused(
            errors={
                "password": [_l("This password is known from break-ins elsewhere, or easy to guess. Take another one.")]
            }
        )


def hash_password(password: str) -> str:
    """What is kept of a password: argon2id with its parameters and a salt of its own."""
    with _at_once:
        return _hasher.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password of which `password_hash` was kept; takes the same time where there is no hash."""
    if len(password) > LENGTH_MAXIMUM:
        password, password_hash = password[:LENGTH_MAXIMUM], None
    kept = password_hash or _nobodys_hash()
    try:
        with _at_once:
            return _hasher.verify(kept, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether a password is kept with parameters of long ago, and should be hashed anew when it is typed next."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def _words(text: str) -> list[str]:
    """A text and its parts: `vera.p@grain.example` is `vera.p@grain.example`, `vera`, `grain`, `example`."""
    parts = "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()
    return [word for word in (text.casefold(), *parts) if len(word) >= PERSONAL_LENGTH_MINIMUM]


def _made_of(password: str, words: Sequence[str]) -> bool:
    rest = password.casefold()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != password.casefold() and len(rest) < OWN_LENGTH_MINIMUM


def _score(password: str, words: Sequence[str]) -> int:
    spellings = {password[:JUDGED_LENGTH], password[:JUDGED_LENGTH].translate(IN_LATIN_LAYOUT)}
    return min(int(zxcvbn(spelling, user_inputs=list(words))["score"]) for spelling in spellings)
