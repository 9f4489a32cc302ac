"""What can come back instead of an answer."""

from collections.abc import Mapping
from typing import Any

REPEATABLE = {408, 425, 429}
"""Refusals that only mean: not now."""


class ApiError(Exception):
    """Anything that stands in the place of an answer."""


class NoConnection(ApiError):
    """Nothing answered: whether the server did what was asked is not known."""


class Problem(ApiError):
    """The server refused: RFC 9457 problem+json, its texts already in the person's language."""

    def __init__(self, *, status: int, document: Mapping[str, Any], retry_after_seconds: int | None = None) -> None:
        self.status = status
        self.document = document
        self.type = str(document.get("type") or "")
        self.title = str(document.get("title") or "")
        self.detail = str(document.get("detail") or "")
        self.errors: Mapping[str, Any] = document.get("errors") or {}
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{status} {self.type}")

    @property
    def stands(self) -> bool:
        """Whether the same would be refused again, however often it is sent."""
        return self.status < 500 and self.status not in REPEATABLE

    def of_field(self, name: str) -> str:
        """What is wrong with one field, or an empty text."""
        texts = self.errors.get(name) or []
        return str(texts if isinstance(texts, str) else next(iter(texts), ""))


class SignedOut(ApiError):
    """The session has ended on the server: sign in again."""
