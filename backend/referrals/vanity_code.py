"""What a code may be that a member chooses: which words, and what two of them are too alike; pure.

The lists of words lie in `data/`: those that speak for the shop, and roots that nobody is greeted with.
"""

import secrets
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from backend.referrals.codes import CHOSEN_LENGTHS, is_one_script, is_possible, is_well_formed, read_code
from backend.shared.i18n import _l

_WORDS = Path(__file__).with_name("data")
# What a hasty eye takes for another, on a poster or read out.
_SHAPES = str.maketrans("01LQ528З4ЙЩЪ", "OIIOSZB3ЧИШЬ")
SUFFIX_DIGITS = "34679"
SUGGESTIONS_TRIED = 60


def shape_of(code: str) -> str:
    """What the code looks like to a hasty eye; two codes of one shape are taken for each other."""
    return code.translate(_SHAPES)


def fault_of(code: str, *, reserved: Collection[str]) -> Any | None:
    """Why this cannot be a chosen code, as a text; None where it can. `code` as `read_code` gives it.

    `reserved` are the names that speak for the shop besides those that always do.
    """
    if not is_possible(code):
        return _l(
            "A code has from %(minimum)s to %(maximum)s letters or digits.",
            minimum=CHOSEN_LENGTHS[0],
            maximum=CHOSEN_LENGTHS[-1],
        )
    if not is_one_script(code):
        return _l("Take at least one letter, and all letters from one alphabet.")
    if is_well_formed(code) or _is_spoken_for(code, reserved):
        return _l("This code is kept for the shop. Choose another one.")
    if _is_rude(code):
        return _l("This word cannot be a code. Choose another one.")
    return None


def variations(code: str) -> Iterator[str]:
    """Codes close to this one that may be free, each once, in no order that could be foreseen."""
    seen = set()
    for attempt in range(SUGGESTIONS_TRIED):
        digits = "".join(secrets.choice(SUFFIX_DIGITS) for _ in range(1 + attempt // 10))
        varied = code[: CHOSEN_LENGTHS[-1] - len(digits)] + digits
        if varied not in seen and not is_well_formed(varied):
            seen.add(varied)
            yield varied


def _is_spoken_for(code: str, reserved: Collection[str]) -> bool:
    names = {read_code(name) for name in (*_words("reserved_words.txt"), *reserved)}
    return shape_of(code) in {shape_of(name) for name in names}


def _is_rude(code: str) -> bool:
    words = _words("rude_roots.txt")
    return any(code == read_code(word) if word.startswith("=") else read_code(word) in code for word in words)


@cache
def _words(file: str) -> tuple[str, ...]:
    lines = (_WORDS / file).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
