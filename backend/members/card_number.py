"""The number printed on a member's card: 16 digits, the last of which checks the rest (Luhn, ISO/IEC 7812). Pure."""

import secrets

DIGITS = 16
# Major industry identifier 9: left to national use, so that no bank card begins like ours.
FIRST_DIGIT = "9"
SEPARATORS = str.maketrans("", "", " \u00a0-")


def new_card_number() -> str:
    """A random card number. That nobody has it yet is for the database to say."""
    body = FIRST_DIGIT + "".join(secrets.choice("0123456789") for _ in range(DIGITS - 2))
    return body + _check_digit(body)


def read_card_number(text: str) -> str | None:
    """The card number in `text`, spaces and hyphens left out; None where it is none or a digit was mistyped."""
    number = text.strip().translate(SEPARATORS)
    if len(number) != DIGITS or not (number.isascii() and number.isdigit()):
        return None
    return number if _check_digit(number[:-1]) == number[-1] else None


def masked(card_number: str) -> str:
    """`•• 5589`."""
    return f"•• {card_number[-4:]}"


def _check_digit(body: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)
