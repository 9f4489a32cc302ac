"""What came of an attempt, and what follows from it."""

import random
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from push.delivery import Delivery

REPEATS_MAX = 8
"""After so many attempts of unknown fate the delivery stays `unknown`: about forty minutes of trying."""

NOT_SENT_SECONDS = 1.0
BACKOFF_FIRST_SECONDS = 10.0
BACKOFF_LONGEST_SECONDS = 1800.0


class Result(StrEnum):
    """What one attempt came to, as far as it can be known."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    """Certainly not taken: the connection failed, the stream was refused, or the provider asked to slow down."""
    UNKNOWN = "unknown"
    """The request went out and no trustworthy answer came back: it may have arrived."""
    UNREGISTERED = "unregistered"
    """The device is gone: the application was removed, or the token was replaced."""
    REFUSED = "refused"
    """Permanent: this message or this address will never be taken."""
    UNAUTHORISED = "unauthorised"
    """Our credentials were refused: nothing will be taken until a person acts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt. `detail` is a code or a short phrase of the provider's, free of personal data.

    `pause_seconds`, where the provider asked for it, holds for the whole channel; `retry_in_seconds` for this delivery
    alone (a mailbox that is busy).
    """

    delivery: Delivery
    result: Result
    detail: str = ""
    provider_message_id: str | None = None
    pause_seconds: float | None = None
    retry_in_seconds: float | None = None


class State(StrEnum):
    """Where a delivery stands after an attempt."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the queue writes down for one attempt, where `attempt_id` is still the delivery's own.

    `retry_in_seconds` (with `QUEUED` alone) and `repeats` are stored as they stand. `device_gone`: the address is
    dead; forget it.
    """

    delivery_id: UUID
    attempt_id: UUID
    state: State
    repeats: int
    detail: str = ""
    provider_message_id: str | None = None
    retry_in_seconds: float = 0.0
    device_gone: bool = False


def backoff_seconds(repeats: int) -> float:
    """Seconds before repeat number `repeats` (from 1): doubling, with jitter, so that they do not march in step."""
    longest = min(BACKOFF_FIRST_SECONDS * 2.0 ** max(0, repeats - 1), BACKOFF_LONGEST_SECONDS)
    return longest * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing


def settlement(outcome: Outcome) -> Settlement:
    """What follows from an outcome: the table of `docs/push.md`, in one place."""
    delivery = outcome.delivery
    state, repeats, retry_in_seconds = State.FAILED, delivery.repeats, 0.0
    if outcome.result is Result.ACCEPTED:
        state = State.ACCEPTED
    elif outcome.result in (Result.NOT_SENT, Result.UNAUTHORISED):
        # Nothing arrived, so it is no repeat; the pause of the channel decides when it is tried again.
        state = State.QUEUED
        retry_in_seconds = outcome.retry_in_seconds or outcome.pause_seconds or NOT_SENT_SECONDS
    elif outcome.result is Result.UNKNOWN:
        repeats += 1
        if delivery.repeat_when_unknown and repeats <= REPEATS_MAX:
            state, retry_in_seconds = State.QUEUED, max(backoff_seconds(repeats), outcome.pause_seconds or 0.0)
        else:
            state = State.UNKNOWN
    return Settlement(
        delivery_id=delivery.id,
        attempt_id=delivery.attempt_id,
        state=state,
        repeats=repeats,
        detail=outcome.detail,
        provider_message_id=outcome.provider_message_id,
        retry_in_seconds=retry_in_seconds,
        device_gone=outcome.result is Result.UNREGISTERED,
    )
