"""Who may call a route. Every route declares it; a test refuses one that does not."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

ACCESS_ATTRIBUTE = "molva_access"


def declare_access(view: View, who: str) -> View:
    """Records on the view who may call it: `public`, `member`, `till`, `staff:<role>`, `demo`."""
    setattr(view, ACCESS_ATTRIBUTE, who)
    return view


def public(view: View) -> View:
    """Anybody may call this route."""
    return declare_access(view, "public")
