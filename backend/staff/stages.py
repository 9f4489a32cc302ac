"""The steps on the way in; where somebody stands decides which page they are on."""

from enum import StrEnum


class Stage(StrEnum):
    """What is to be done next before the browser is signed in."""

    PASSWORD = "password"  # noqa: S105 - a step's name
    """A link was opened: set a password."""
    ENROL = "enrol"
    """The account has no second factor: set one up."""
    RECOVERY = "recovery"
    """All is set up: keep the recovery codes."""
    FACTOR = "factor"
    """The password was right: prove the second factor."""
