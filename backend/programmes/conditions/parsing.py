"""Reading a condition."""

from backend.programmes.conditions.condition import Condition, Scope


def read_condition(text: str, *, scope: Scope, currency: str) -> Condition:
    """Reads a condition that stands in this scope of a programme of this currency.

    Raises:
        BadCondition: it is not one, or may not stand there; each mistake has its place within the text.
    """
    raise NotImplementedError(f"{text} in {scope.place}, {currency}")
