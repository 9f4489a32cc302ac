"""What the app takes from its environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Which server the app belongs to, and the file of a shop's own CA, trusted in the place of the usual ones."""

    server_url: str
    server_certificates: str | None

    @classmethod
    def from_environment(cls) -> "Settings":
        """`MOLVA_SERVER_URL`, `MOLVA_SERVER_CA`."""
        return cls(
            server_url=os.environ.get("MOLVA_SERVER_URL") or "http://127.0.0.1:8000",
            server_certificates=os.environ.get("MOLVA_SERVER_CA") or None,
        )
