"""The demo's doors: for whoever sits at the computer that runs it. On a network they stay shut."""

from functools import wraps
from ipaddress import ip_address
from typing import Any, cast

from flask import current_app, request

from backend.demo.errors import DoorsOfThisComputer
from backend.shared.access import View, declare_access


def demo_only(view: View) -> View:
    """For requests of this very computer. The routes themselves exist in the demo alone."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not from_this_computer():
            raise DoorsOfThisComputer(port=current_app.config["MOLVA"].port)
        return view(*args, **kwargs)

    return declare_access(cast(View, guarded), "demo")


def from_this_computer() -> bool:
    """Whether the other end of the connection is this computer; no header is believed."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
