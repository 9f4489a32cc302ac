"""What a person types to sign in: a phone or an e-mail, a code, an invitation."""

import re
from urllib.parse import unquote

# A code of Russian letters stands in a link as it is, or as percent signs and figures.
LINK_PATTERN = re.compile(r"/r/((?:[\w-]|%[0-9A-Fa-f]{2})+)")
CODE_DIGITS = 6


def plausible_phone(text: str) -> bool:
    """Whether it can be a phone number; the server decides."""
    digits = re.sub(r"\D", "", text)
    return 10 <= len(digits) <= 15 and not re.search(r"[^\d+()\s-]", text)


def plausible_email(text: str) -> bool:
    """Whether it can be an e-mail address; the server decides."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text.strip()) is not None


def grouped_phone(text: str) -> str:
    """A Russian number as it is spoken, `+7 916 204 41 20`; any other text as it was typed."""
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits[0] in "78":
        return f"+7 {digits[1:4]} {digits[4:7]} {digits[7:9]} {digits[9:]}"
    return text


def referral_code_of(text: str) -> str:
    """The code in a referral link, or the typed code itself."""
    found = LINK_PATTERN.search(text)
    return unquote(found.group(1)) if found else text.strip()
