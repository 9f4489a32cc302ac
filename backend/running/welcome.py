"""What `molva run` says when everything is up: the addresses, and what to try."""

import contextlib
import re
import urllib.request
from pathlib import Path

import qrcode
from rich.console import Console

from backend.demo.cast import ALICE
from backend.settings import Settings

RECEIPT = """\
KEY=$(curl -s {url}/demo/till-key | sed 's/.*"key": *"\\([^"]*\\)".*/\\1/')
curl -s {url}/api/v1/till/receipts -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\
  -d '{{"external_id": "try-'$(date +%s)'", "code": "{phone}", "occurred_at": "'$(date -u +%FT%TZ)'", "currency": "RUB",
       "total": 64000, "lines": [{{"sku": "latte", "category": "coffee", "quantity": 2, "amount": 64000}}]}}'"""


def say_ready(console: Console, settings: Settings, *, seconds: float) -> None:
    """Everything is up: the address, and in the demo where to look first."""
    console.print(
        f"\n[bold]Molva is ready[/] after {seconds:.1f} s: {settings.public_url}   [dim](Ctrl-C stops it)[/]\n"
    )


def say_what_to_try(console: Console, settings: Settings) -> None:
    """The demo's doors, one per person, and one receipt by hand."""
    here = f"http://127.0.0.1:{settings.port}"
    doors = {
        "Begin here": f"{here}/",
        "Alice's invitation": _invitation(here),
        "The cashier, Vera": f"{here}/demo/sign-in?as=vera",
        "The marketer, Marat": f"{here}/demo/sign-in?as=marat",
        "Support, Olga": f"{here}/demo/sign-in?as=olga",
        "The administrator, Anna": f"{here}/demo/sign-in?as=anna",
        "What the phones show": f"{here}/demo/phone",
        "The app": f"make app   (Alice signs in with {ALICE.phone}, her code comes to the phone above)",
    }
    for name, address in doors.items():
        if address:
            console.print(f"  {name:<24}{address}", markup=False)
    console.print("\nA receipt, as a till would send it:")
    console.print(RECEIPT.format(url=here, phone=ALICE.phone), markup=False, style="dim")


def _invitation(here: str) -> str | None:
    """The link on the demo's first page, which is where everybody else finds it too."""
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{here}/", timeout=5) as answer:  # noqa: S310
        found = re.search(r'https?://[^"<>\s]+/r/[A-Za-z0-9-]+', answer.read().decode())
        return found.group() if found else None
    return None


def say_how_to_trust(console: Console, *, certificate_file: Path, certificate_url: str) -> None:
    """How a phone comes to trust the local certificate authority."""
    console.print("\n[bold]Phones and tablets on this network[/] must trust this installation's own authority first.")
    console.print(f"Open {certificate_url} on the phone (the code below leads there), then:")
    console.print("  Android  Settings → Security → Encryption & credentials → Install a certificate → CA certificate")
    console.print("  iPhone   Settings → General → VPN & Device Management → Install;")
    console.print("           then Settings → General → About → Certificate Trust Settings → switch it on")
    console.print(f"The file is {certificate_file}. Remove it from the phone when the trial is over.")
    code = qrcode.QRCode(border=2)
    code.add_data(certificate_url)
    code.print_ascii(out=console.file, invert=True)
