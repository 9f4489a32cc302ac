"""Errors: named facts of the domain. HTTP statuses live in `problems.py`, not here."""

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """A fact that stops what was asked, told to the caller in the caller's language.

    `slug` is stable and names the problem's type; `title` says what happened; `advice` says what to do. Both texts are
    filled with `facts`. `errors` maps a field to its texts where fields are to blame.
    """

    slug: ClassVar[str] = "error"
    title: ClassVar[Any] = _l("It did not go through")
    advice: ClassVar[Any] = None

    def __init__(self, *, errors: dict[str, list[Any]] | None = None, **facts: Any) -> None:
        super().__init__(self.slug)
        self.errors = errors or {}
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.slug} {self.facts}" if self.facts else self.slug


class Invalid(DomainError):
    """What was sent cannot be taken as it is."""

    slug = "invalid"
    title = _l("Something in the request is wrong")


class NotFound(DomainError):
    """What was named does not exist, or is not the caller's to see."""

    slug = "not-found"
    title = _l("There is no such thing")


class Conflict(DomainError):
    """It clashes with what is happening or has happened."""

    slug = "conflict"
    title = _l("It clashes with what was done before")


class Unauthenticated(DomainError):
    """Who is asking is not known."""

    slug = "unauthenticated"
    title = _l("Please sign in")


class Forbidden(DomainError):
    """Who is asking may not do it."""

    slug = "forbidden"
    title = _l("This is not permitted")


class TooMany(DomainError):
    """A limit is reached; `retry_after_seconds` among the facts says when to come again."""

    slug = "too-many"
    title = _l("Too many attempts. Please wait a little.")


class Unavailable(DomainError):
    """Something behind Molva does not answer; nothing was done."""

    slug = "unavailable"
    title = _l("It cannot be done right now. Nothing was changed.")


class Busy(Conflict):
    """Somebody else has been changing the same for too long."""

    slug = "busy"
    title = _l("The same is being changed right now")
    advice = _l("Nothing was done. Repeat the same request in a moment.")
