"""Links from a page to the app: into it where it is installed, and to the store where it is to be had."""

from urllib.parse import quote, urlencode

from flask import current_app, request

from backend.cabinet.landing_steps import Inviter, Page
from backend.referrals import codes

PLAY = "https://play.google.com/store/apps/details"


def app_link(page: Page) -> str | None:
    """Opens the app on Android; where it is not installed, the browser comes back here without the button."""
    if page.inviter is None or not _is_android() or request.args.get("app") == "none":
        return None
    inviter, public_url = page.inviter, current_app.config["MOLVA"].public_url
    said = urlencode(_said(inviter))
    back = f"{codes.link(public_url, inviter.code)}?{said}&app=none"
    path = f"{quote(codes.written_in_link(inviter.code))}?{said}"
    return f"intent://r/{path}#Intent;scheme=molva;S.browser_fallback_url={quote(back, safe='')};end"


def store_link(page: Page) -> str | None:
    """Where the app is to be had on Android; the store hands on to the app by whose link somebody came."""
    package = current_app.config["MOLVA"].play_package
    if package is None or not _is_android():
        return None
    referrer = {"r": page.inviter.code, **_said(page.inviter)} if page.inviter else {}
    query = {"id": package, **({"referrer": urlencode(referrer)} if referrer else {})}
    return f"{PLAY}?{urlencode(query)}"


def _said(inviter: Inviter) -> dict[str, str]:
    """What the inviter's link said of itself, as links say it."""
    said = {"c": inviter.channel, "l": inviter.origin.link_slug} | {
        name: getattr(inviter.origin, name) for name in ("utm_source", "utm_medium", "utm_campaign")
    }
    return {name: value for name, value in said.items() if value}


def _is_android() -> bool:
    return "android" in request.user_agent.string.lower()
