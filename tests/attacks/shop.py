"""The demo shop of one `molva run`, as an attacker sees it from outside: over HTTP and at its till."""

import base64
import contextlib
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any
from urllib.parse import quote

import psycopg
import requests
from requests.adapters import HTTPAdapter

from backend.members import card_code
from backend.shared import postgres_files
from backend.shared.clock import system_now
from tests.end_to_end.demo import Demo, until
from tests.processes import descendants, wait_for
from tests.running.installation import ROOT, port_of_its_own

PROGRAMME = ROOT / "backend" / "demo" / "programmes" / "zerno.yaml"
STARTS_WITHIN = timedelta(minutes=4)
# Somewhere else each time: a shop that is attacked again knows the people of the time before.
_phones = count(secrets.randbelow(1_000_000))
_numbers = count(1)


def a_phone() -> str:
    """A mobile number that nobody of the demo has."""
    number = next(_phones)
    # Spread over ranges of numbers, which have limits of their own.
    return f"+7{905 + number % 60:03d}{1_000_000 + number:07d}"


def a_number(kind: str) -> str:
    """A number that no receipt or reservation has."""
    return f"attack-{kind}-{os.getpid()}-{next(_numbers)}"


class Shop(Demo):
    """The demo shop with its doors: till, clock, programme."""

    def start(self) -> float:
        """As any installation, with more patience: many attacks wait for this one."""
        started_at = system_now()
        self.begin()
        while "Molva is ready" not in self.output and not self.has_ended():
            assert system_now() - started_at < STARTS_WITHIN, self.output
            time.sleep(0.1)
        assert "Molva is ready" in self.output, self.output
        return (system_now() - started_at).total_seconds()

    @cached_property
    def till_headers(self) -> dict[str, str]:
        key = requests.get(f"{self.address}/demo/till-key", timeout=20).json()["key"]
        return {"Authorization": f"Bearer {key}"}

    @cached_property
    def _staff_headers(self) -> dict[str, str]:
        made = subprocess.run(
            [sys.executable, "-m", "backend.cli", "staff", "token", "--role", "administrator", "--json"],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        token = re.search(r'"token": ?"([^"]+)"', made.stdout)
        assert token, made.stdout
        return {"Authorization": f"Bearer {token[1]}"}

    def at_till(self, path: str, body: dict[str, Any]) -> requests.Response:
        """What a till asks."""
        return requests.post(f"{self.address}/api/v1/till{path}", json=body, headers=self.till_headers, timeout=60)

    def sells(self, member_id: str, roubles: int, **fields: Any) -> dict[str, Any]:
        """A receipt of this guest; what the till is told."""
        body = self.sale(member_id, roubles, **fields)
        answer = self.at_till("/receipts", body)
        assert answer.status_code == 201, answer.text
        return {"external_id": body["external_id"], **answer.json()}

    def sale(self, member_id: str, roubles: int, **fields: Any) -> dict[str, Any]:
        """The body of a receipt."""
        total = roubles * 100
        return {
            "external_id": a_number("sale"),
            "member_id": member_id,
            "occurred_at": self.now(),
            "currency": "RUB",
            "total": total,
            "lines": [{"sku": "BEANS", "quantity": 1, "amount": total}],
            **fields,
        }

    def takes_back(self, external_id: str) -> dict[str, Any]:
        """The whole purchase is returned."""
        body = {"external_id": a_number("return"), "occurred_at": self.now()}
        answer = self.at_till(f"/receipts/{external_id}/returns", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def reserves(self, code: str, points: int) -> requests.Response:
        """Points are set aside at the till with what was scanned."""
        body = {"external_id": a_number("reservation"), "code": code, "points": points, "amount": points * 100}
        return self.at_till("/reservations", body)

    def now(self) -> str:
        """The business's time."""
        return str(self.days_pass(0))

    def days_pass(self, days: float) -> str:
        """Business time moves on, and what became due is done."""
        body = {"advance_seconds": int(days * 86_400)}
        return str(requests.post(f"{self.address}/demo/clock", json=body, timeout=120).json()["now"])

    @contextlib.contextmanager
    def terms(self, *in_shadow: str, **replaced: str) -> Iterator[None]:
        """The demo's programme with these rules only watching, and with sections written anew, for a while."""
        original = PROGRAMME.read_text()
        document = original
        for rule in in_shadow:
            document, found = re.subn(rf"(rule: {rule}, mode:) active", r"\1 shadow", document)
            assert found, f"The demo names no rule {rule}."
        for section, text in replaced.items():
            document, found = re.subn(rf"(?m)^{section}:.*$", text, document)
            assert found, f"The demo has no section {section}."
        self._load(document)
        try:
            yield
        finally:
            self._load(original)

    def _load(self, document: str) -> None:
        body = {"document": document, "note": f"attack {a_number('programme')}"}
        url = f"{self.address}/api/v1/staff/programmes"
        written = requests.post(url, json=body, headers=self._staff_headers, timeout=60)
        assert written.status_code in {200, 201}, written.text
        activated = requests.post(
            f"{url}/{written.json()['id']}/activate", json={}, headers=self._staff_headers, timeout=60
        )
        assert activated.status_code in {200, 409}, activated.text

    @contextlib.contextmanager
    def without(self, *guards: str, workers: int = 1) -> Iterator["Unguarded"]:
        """A second web server of the same shop from which these guards are taken away (see `unguarded`)."""
        server = Unguarded(self, guards, workers)
        try:
            server.start_serving()
            yield server
        finally:
            server.stop_serving()

    @property
    def database_url(self) -> str:
        files = postgres_files.existing(self.var)
        assert files is not None
        return f"postgresql://postgres@/molva?host={quote(str(files.socket), safe='')}"

    def asks(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the shop's database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def burns_book_of(self, member_id: str) -> None:
        """Takes a member's book away, as if nothing had ever been entered in it."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            # Books are only added to: what keeps them so is put aside as well.
            connection.execute("SET session_replication_role = replica")
            for table in (
                "ledger_lot_movements",
                "ledger_entries",
                "ledger_lots",
                "ledger_transactions",
                "ledger_sealed_transactions",
                "reservations",
            ):
                connection.execute(f"DELETE FROM {table} WHERE member_id = %s", [member_id])  # type: ignore[arg-type]  # noqa: S608
            connection.execute(
                "UPDATE ledger_balances SET pending = 0, available = 0, reserved = 0, debt = 0, transactions_count = 0 "
                "WHERE member_id = %s",
                [member_id],
            )


class Unguarded(Shop):
    """Another web server on the shop's own database, with guards taken away."""

    def __init__(self, shop: Shop, guards: tuple[str, ...], workers: int) -> None:
        self.var, self._shop, self._guards, self._workers = shop.var, shop, guards, workers
        self.port = port_of_its_own()

    def start_serving(self) -> None:
        environment = self._shop.environment(
            MOLVA_DATABASE_URL=self.database_url, PORT=str(self.port), UNGUARDED=",".join(self._guards)
        )
        environment.pop("MOLVA_SECRET_KEY", None)
        with (self.var.parent / "unguarded.log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi", "tests.attacks.unguarded:application"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--no-ws", "--blocking-threads", "8"),
                    *("--workers", str(self._workers)),
                ],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: len(descendants(self.pid)) >= self._workers and self.answers())

    def stop_serving(self) -> None:
        assert self.process is not None
        workers = descendants(self.process.pid)
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        for pid in (self.process.pid, *workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        self.process.wait()


class Person:
    """Somebody with a phone number (or a mailbox) and whatever phones they hold."""

    def __init__(self, shop: Shop, *, email: str | None = None, address: str = "127.0.0.1") -> None:
        self.shop = shop
        self.phone = a_phone()
        self._contact = {"email": email} if email else {"phone": self.phone}
        self._http = requests.Session()
        self._http.mount("http://", _From(address))
        self.member_id = ""

    def asks_for_code(self, shop: Shop | None = None) -> requests.Response:
        """A one-time code is sent to the phone."""
        return self._http.post(f"{(shop or self.shop).address}/api/v1/sign-in/codes", json=self._contact, timeout=60)

    def code(self, *, after: int = 0) -> str:
        """The newest code that reached the phone, once there are more than `after`."""
        (address,) = self._contact.values()

        def found() -> str | None:
            codes = [
                digits[0] for one in self.shop.messages_to(address) if (digits := re.findall(r"\b\d{7}\b", one["body"]))
            ]
            return codes[0] if len(codes) > after else None

        return str(until(found, f"code to {address}"))

    def joins(self, *, by: str | None = None, on: str | None = None, name: str = "Mallory") -> "Person":
        """Signs in for the first time, perhaps by somebody's referral code, and on this installation of the app."""
        self.signs_in(**({"referral_code": by} if by else {}), name=name)
        if on:
            self.uses(on)
        return self

    def signs_in(self, *, address: str | None = None, codes_before: int = 0, **fields: Any) -> None:
        """Signs in with a code from the phone; whoever holds the phone can."""
        if address:
            self._http.mount("http://", _From(address))
        assert self.asks_for_code().status_code == 202
        body = {**self._contact, "code": self.code(after=codes_before), **fields}
        answer = self._http.post(f"{self.shop.address}/api/v1/sign-in/tokens", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.member_id = answer.json()["member"]["id"]

    def asks(self, method: str, path: str, **body: Any) -> requests.Response:
        """A request of the signed-in person."""
        url = f"{self.shop.address}/api/v1{path}"
        return self._http.request(method, url, json=body or None, timeout=60)

    def uses(self, install_id: str) -> None:
        """The app on this installation is theirs now."""
        assert self.asks("PUT", f"/me/devices/{install_id}", platform="android").status_code == 200

    @property
    def referral_code(self) -> str:
        return str(self.asks("GET", "/me/referral").json()["code"])

    def friends(self) -> list[str]:
        """How their referrals stand, newest first."""
        return [row["status"] for row in self.asks("GET", "/me/referrals").json()["items"]]

    def has(self, account: str = "available") -> int:
        """Points that they have."""
        return int(self.asks("GET", "/me/balance").json()[account])

    def card_code(self) -> str:
        """The code that the web cabinet shows now."""
        return str(self.asks("GET", "/me/card").json()["code"])

    def code_of_the_app(self, install_id: str, *, seconds_ago: float = 0) -> str:
        """What the app showed on this installation some time ago."""
        key = self.asks("POST", "/me/card-keys", install_id=install_id).json()
        step = card_code.step_at(system_now() - timedelta(seconds=seconds_ago))
        return card_code.encode(bytes.fromhex(key["device_id"]), base64.b64decode(key["secret"]), step=step)

    def earns(self, points: int) -> "Person":
        """Buys for so much that they can spend so many points, after the return window."""
        self.shop.sells(self.member_id, points * 20)
        self.shop.days_pass(15)
        assert self.has() >= points
        return self


class _From(HTTPAdapter):
    """Connections from one address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._address, 0), **named)
