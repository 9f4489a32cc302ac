"""Codes of segments, made of their names: `Regulars gone quiet` becomes `regulars-gone-quiet`."""

import re
import unicodedata
from collections.abc import Collection

CODE = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
LENGTH_MAXIMUM = 60
_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".replace("-", "").split(" "),
        strict=True,
    )
)


def code_of(name: str, *, taken: Collection[str]) -> str:
    """A code for this name that no other segment has."""
    latin = "".join(_LETTERS.get(letter, letter) for letter in name.lower())
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LENGTH_MAXIMUM].strip("-") or "segment"
    number, code = 1, made
    while code in taken:
        number += 1
        code = f"{made[: LENGTH_MAXIMUM - 6]}-{number}"
    return code
