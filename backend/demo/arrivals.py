"""What arrived on the demo phones and in the demo mailboxes, as their stand-in tells it over HTTP."""

import os
from typing import Any

import requests
from flask import current_app

from backend.demo.errors import PhonesAway
from backend.settings import read_demo_environment

PHONE_URL = "MOLVA_PHONE_URL"
TIMEOUT_SECONDS = 5
MESSAGES_MAXIMUM = 1000


def arrivals(*, to: str | None = None, limit: int = MESSAGES_MAXIMUM) -> list[dict[str, Any]]:
    """Messages to one address (phone, e-mail or push token) or to all, newest first, at most `limit`.

    Raises:
        PhonesAway: the stand-in does not answer.
    """
    query: dict[str, str | int] = {"limit": limit}
    if to is not None:
        query["to"] = to
    try:
        # Not through a proxy that the environment names: the stand-in is on this computer.
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(f"{_phone_url()}/messages", params=query, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            items: list[dict[str, Any]] = answer.json()["items"]
    except (requests.RequestException, ValueError, KeyError) as error:
        raise PhonesAway from error
    return items


def _phone_url() -> str:
    """Where the stand-in answers: `molva run` says it to its own processes, and leaves it in `demo.env` for others."""
    url = os.environ.get(PHONE_URL) or read_demo_environment(current_app.config["MOLVA"].var).get(PHONE_URL)
    if not url:
        raise PhonesAway
    return url
