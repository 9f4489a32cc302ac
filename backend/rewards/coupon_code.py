"""What a coupon's code looks like; pure.

A letter that says what it is, and eleven characters of the referral codes' alphabet, which has no look-alikes and no
vowels: 28¹¹ is 52 bits. It is written in groups of four, and a QR code holds it as it is written.
"""

import secrets

from backend.referrals.codes import ALPHABET, read_code

PREFIX = "C"
RANDOM_LENGTH = 11
LENGTH = len(PREFIX) + RANDOM_LENGTH
GROUP = 4
LOADED_LENGTH_MAXIMUM = 64


def make_code() -> str:
    """A fresh random code, as it is written."""
    code = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def is_coupons(scanned: str) -> bool:
    """Whether it looks like a code that was made here."""
    code = read_code(scanned)
    return len(code) == LENGTH and code.startswith(PREFIX) and all(character in ALPHABET for character in code)


def kept(code: str) -> str:
    """The code as it is looked up: one that was made here in whatever way it is typed, a partner's to the letter."""
    return read_code(code) if is_coupons(code) else code.strip()
