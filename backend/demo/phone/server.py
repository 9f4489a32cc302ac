"""The stand-in's three doors in one process: Firebase over TLS, everything else over plain HTTP, and SMTP."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.smtp import SMTP
from granian.constants import HTTPModes
from granian.http import HTTP2Settings
from granian.server.embed import Server

from backend.demo.phone import firebase
from backend.demo.phone.connection import cut
from backend.demo.phone.faults import Fault, FaultError, Faults, Kind
from backend.demo.phone.google_account import GrantError, TokenEndpoint
from backend.demo.phone.mail import MailHandler
from backend.demo.phone.messages import Messages

STREAMS_PER_CONNECTION = 100
"""As Google's servers announce."""

SILENCE_SECONDS = 600
LIMIT_DEFAULT = 100
LIMIT_MAX = 1000

JSON = [("content-type", "application/json; charset=UTF-8")]

Answer = tuple[int, list[tuple[str, str]], bytes]


class Phone:
    """The stand-in as an RSGI application; both HTTP doors lead here."""

    def __init__(self, directory: Path) -> None:
        self.messages = Messages(directory)
        self.faults = Faults()
        self._tokens = TokenEndpoint(directory)
        self._good_headers: set[str] = set()
        self._requests = 0
        self._routes: dict[tuple[str, str], Callable[[Any, Any], Awaitable[Answer]]] = {
            ("POST", "/token"): self._token,
            ("POST", "/sms"): self._sms,
            ("GET", "/ready"): self._ready,
            ("GET", "/messages"): self._list,
            ("DELETE", "/messages"): self._clear,
            ("GET", "/statistics"): self._statistics,
            ("POST", "/faults"): self._set_faults,
        }

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answers one request."""
        if scope.path == firebase.SEND_PATH:
            status, headers, body = await self._send(scope, protocol)
        else:
            route = self._routes.get((scope.method, scope.path), self._not_found)
            status, headers, body = await route(scope, protocol)
        protocol.response_bytes(status, headers, body)

    async def _send(self, scope: Any, protocol: Any) -> Answer:
        request = await protocol()
        self._requests += 1
        try:
            self._authorise(scope.headers.get("authorization", ""))
            push = firebase.read(request)
            keep = partial(self.messages.take, channel="push", to=push.to, title=push.title, body=push.body)
            faults = self.faults.meet(channel="push", to=push.to)
            if faults:
                await self._suffer(faults, scope, partial(keep, data=push.data))
            if not push.validate_only:
                keep(data=push.data)
        except firebase.RefusedError as error:
            refusal, headers = error.refusal, JSON
            if refusal.retry_after_seconds is not None:
                headers = [*JSON, ("retry-after", str(refusal.retry_after_seconds))]
            return refusal.status, headers, refusal.body()
        return 200, JSON, firebase.accepted()

    def _authorise(self, header: str) -> None:
        """Raises RefusedError. A header that was good once is remembered: its seal need not be computed again."""
        if header in self._good_headers:
            return
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer" or not self._tokens.is_good(token):
            raise firebase.RefusedError(firebase.REFUSALS[Kind.UNAUTHENTICATED])
        self._good_headers.add(header)

    async def _suffer(self, faults: list[Fault], scope: Any, keep: Callable[[], None]) -> None:
        """What the faults do to a message. Raises RefusedError where they refuse it."""
        for fault in faults:
            await asyncio.sleep(fault.delay_ms / 1000)
            if fault.taken or fault.kind in (Kind.SILENT, Kind.CUT_AFTER):
                keep()
            if fault.kind in (Kind.CUT_BEFORE, Kind.CUT_AFTER):
                cut(scope.client)
            if fault.kind is Kind.SILENT:
                await asyncio.sleep(SILENCE_SECONDS)
            if fault.kind is not Kind.SLOW:
                refusal = firebase.REFUSALS.get(fault.kind, firebase.REFUSALS[Kind.UNAVAILABLE])
                raise firebase.RefusedError(replace(refusal, retry_after_seconds=fault.retry_after_seconds))

    async def _sms(self, scope: Any, protocol: Any) -> Answer:
        """Takes what apprise's `json://` posts; the number is the field `to`."""
        document = json.loads(await protocol())
        to = str(document.get("to", ""))
        keep = partial(
            self.messages.take,
            channel="sms",
            to=to,
            title=str(document.get("title", "")),
            body=str(document.get("message", "")),
            data={},
        )
        try:
            await self._suffer(self.faults.meet(channel="sms", to=to), scope, keep)
        except firebase.RefusedError as error:
            return error.refusal.status, JSON, error.refusal.body()
        keep()
        return 200, JSON, b"{}"

    async def _token(self, _scope: Any, protocol: Any) -> Answer:
        try:
            if self.faults.token_refused():
                raise GrantError("invalid_grant", "Invalid JWT Signature.")
            grant = self._tokens.grant(await protocol())
        except GrantError as error:
            return 400, JSON, json.dumps({"error": error.code, "error_description": str(error)}).encode()
        answer = {"access_token": grant.access_token, "expires_in": grant.expires_in, "token_type": "Bearer"}
        return 200, JSON, json.dumps(answer).encode()

    async def _ready(self, _scope: Any, _protocol: Any) -> Answer:
        return 200, JSON, b'{"status":"ready"}'

    async def _list(self, scope: Any, _protocol: Any) -> Answer:
        query = parse_qs(scope.query_string)
        to = query.get("to", [None])[0]
        limit = query.get("limit", [str(LIMIT_DEFAULT)])[0]
        items = self.messages.newest(
            to=_address(to) if to else None, limit=min(int(limit) if limit.isdigit() else LIMIT_DEFAULT, LIMIT_MAX)
        )
        return 200, JSON, b'{"items":' + items + b"}"

    async def _clear(self, _scope: Any, _protocol: Any) -> Answer:
        self.messages.clear()
        self._requests = 0
        return 200, JSON, b"{}"

    async def _statistics(self, _scope: Any, _protocol: Any) -> Answer:
        counts = {
            "requests": self._requests,
            "taken": self.messages.taken,
            "duplicates": self.messages.duplicates,
        }
        return 200, JSON, json.dumps(counts).encode()

    async def _set_faults(self, _scope: Any, protocol: Any) -> Answer:
        try:
            self.faults.replace(json.loads(await protocol()))
        except FaultError as error:
            return 422, JSON, json.dumps({"error": str(error)}).encode()
        # A fault of the credentials must meet tokens that were good before, too.
        self._good_headers.clear()
        return 200, JSON, b"{}"

    async def _not_found(self, scope: Any, _protocol: Any) -> Answer:
        return 404, JSON, firebase.Refusal(404, "NOT_FOUND", f"No {scope.method} {scope.path} here").body()


def _address(text: str) -> str:
    """The address that is meant: a plus sign that a URL turned into a blank, an e-mail in capitals."""
    if text.startswith(" ") and text[1:].isdigit():
        return f"+{text[1:]}"
    return text.lower() if "@" in text else text


async def serve(directory: Path, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM. `directory` was prepared for this host and port."""
    phone = Phone(directory)
    secure = Server(
        phone,
        address=host,
        port=port,
        http=HTTPModes.auto,
        http2_settings=HTTP2Settings(max_concurrent_streams=STREAMS_PER_CONNECTION),
        websockets=False,
        log_enabled=False,
        ssl_cert=directory / "server.pem",
        ssl_key=directory / "server-key.pem",
        backlog=1024,
        backpressure=4096,
    )
    plain = Server(phone, address=host, port=port + 1, websockets=False, log_enabled=False, backlog=1024)
    loop = asyncio.get_running_loop()
    handler = MailHandler(phone.messages, phone.faults)
    smtp = await loop.create_server(lambda: SMTP(handler, loop=loop, enable_SMTPUTF8=True), host, port + 2)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, secure, plain)
    async with smtp:
        await asyncio.gather(secure.serve(), plain.serve())


def _stop(*servers: Any) -> None:
    for server in servers:
        server.stop()
