"""What must lie ready before the stand-in starts, and which settings lead the server to it."""

from dataclasses import dataclass
from pathlib import Path

from backend.demo.phone.certificates import ensure_certificates
from backend.demo.phone.google_account import ensure_service_account

PORTS = 3
"""The stand-in takes so many consecutive ports."""


@dataclass(frozen=True)
class Preparation:
    """`settings` are environment variables for the server; `url` answers `/ready`, `/messages` and `/faults`."""

    settings: dict[str, str]
    url: str
    command_arguments: tuple[str, ...]


def prepare(directory: Path, host: str, port: int) -> Preparation:
    """Makes keys and certificates in `directory` where they are missing, and says how to reach the stand-in.

    Called again, it keeps what is there. `command_arguments` follow the interpreter's name.
    """
    directory = directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    endpoint, url = f"https://{host}:{port}", f"http://{host}:{port + 1}"
    ensure_certificates(directory, host=host)
    key_file = ensure_service_account(directory, token_uri=f"{endpoint}/token")
    return Preparation(
        settings={
            "MOLVA_FCM_ENDPOINT": endpoint,
            "MOLVA_FCM_CA": str(directory / "ca.pem"),
            "GOOGLE_APPLICATION_CREDENTIALS": str(key_file),
            "MOLVA_SMS_URL": f"json://{host}:{port + 1}/sms",
            "MOLVA_SMTP_URL": f"smtp://{host}:{port + 2}",
        },
        url=url,
        command_arguments=(
            *("-m", "backend.demo.phone", "--directory", str(directory), "--host", host, "--port", str(port)),
        ),
    )
