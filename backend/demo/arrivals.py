"""What arrived on the demo phones and in the demo mailboxes, as their stand-in tells it over HTTP."""

import os
from collections.abc import Mapping
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
    items: list[dict[str, Any]] = _ask("GET", query)["items"]
    return items


def forget_arrivals() -> None:
    """Clears the stand-in's memory, whether it runs or not."""
    try:
        _ask("DELETE", {})
    except PhonesAway:
        for path in (current_app.config["MOLVA"].var / "phone").glob("messages*.jsonl"):
            path.unlink()


def _ask(method: str, query: Mapping[str, str | int]) -> dict[str, Any]:
    try:
        # Not through a proxy that the environment names: the stand-in is on this computer.
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, f"{_phone_url()}/messages", params=query, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
            document: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise PhonesAway from error
    return document


def _phone_url() -> str:
    """Where the stand-in answers: `molva run` says it to its own processes, and leaves it in `demo.env` for others."""
    url = os.environ.get(PHONE_URL) or read_demo_environment(current_app.config["MOLVA"].var).get(PHONE_URL)
    if not url:
        raise PhonesAway
    return url
