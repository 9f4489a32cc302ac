"""Events: what a lower feature tells, in its own transaction, without knowing who listens.

A subscriber runs in the publisher's transaction and may refuse the whole by raising a domain error. Wired in `app.py`.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy.orm import Session

Event = TypeVar("Event")


class Events:
    """Who listens to what, for one application."""

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Callable[[Session, Any], None]]] = defaultdict(list)

    def subscribe(self, event_type: type[Event], subscriber: Callable[[Session, Event], None]) -> None:
        """`subscriber(session, event)` is called for each event of this type, in order of subscription."""
        self._subscribers[event_type].append(subscriber)

    def publish(self, session: Session, event: object) -> None:
        """Tells the subscribers of the event's type, inside the caller's transaction."""
        for subscriber in self._subscribers[type(event)]:
            subscriber(session, event)


def publish(session: Session, event: object) -> None:
    """Tells the current application's subscribers of this event, inside the caller's transaction."""
    current_app.extensions["molva_events"].publish(session, event)
