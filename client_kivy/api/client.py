"""The server's calls by name, with the session's tokens and their rotation."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from client_kivy.api.errors import NoConnection, Problem, SignedOut
from client_kivy.api.transport import Request, Response, Transport, Upload

BASE = "/api/v1"


@dataclass(frozen=True)
class Tokens:
    """What proves the session: a short-lived access token, and the one that renews both."""

    access: str
    refresh: str


class TokenKeeper(Protocol):
    """Where the tokens are kept between starts of the app."""

    def load(self) -> Tokens | None:
        """The kept tokens, or None when nobody is signed in."""

    def save(self, tokens: Tokens) -> None:
        """Keeps them; returns only after they are safe."""

    def exchange(self, stale: Tokens, renewed: Tokens | None) -> bool:
        """Puts other tokens, or none, in the place of these; False where these are not kept any more."""


@dataclass(frozen=True)
class Answer:
    """What was read: the document, its ETag, and whether the caller's copy still stands (then `data` is None)."""

    data: Any
    etag: str | None = None
    unchanged: bool = False


class Client:
    """Calls of the participant API. Every method may raise NoConnection, Problem or SignedOut."""

    def __init__(
        self,
        transport: Transport,
        keeper: TokenKeeper,
        *,
        language: Callable[[], str],
        now: Callable[[], datetime],
    ) -> None:
        self.transport = transport
        self._keeper = keeper
        self._language = language
        self._now = now
        self._rotation = threading.Lock()
        self._sign_ins = 0
        self.clock_ahead_seconds: float | None = None
        """How far the server's clock was ahead of the phone's in its last answer, to the second."""

    @property
    def signed_in(self) -> bool:
        """Whether there is a session to speak for."""
        return self._keeper.load() is not None

    def request_code(self, contact: Mapping[str, str]) -> int | None:
        """Sends a one-time code to `{"phone"}` or `{"email"}`; says how many digits it has, if the server does."""
        answer = self._checked(self._send("POST", "/sign-in/codes", dict(contact))) or {}
        return answer.get("digits")

    def sign_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Exchanges the code for a session, which is kept; returns the member."""
        answer = self._checked(self._send("POST", "/sign-in/tokens", dict(body)))
        self._sign_ins += 1
        self._keeper.save(Tokens(answer["access_token"], answer["refresh_token"]))
        member: dict[str, Any] = answer["member"]
        return member

    def sign_out(self) -> None:
        """Ends the session on the server; the caller forgets the tokens whatever happens."""
        self.send("DELETE", "/sign-in/tokens")

    def read(self, path: str, *, etag: str | None = None) -> Answer:
        """The document at a path; with the ETag of an earlier answer, perhaps only that it still stands."""
        headers = {"If-None-Match": etag} if etag else {}
        response = self._with_session("GET", path, None, headers)
        if response.status == 304:
            return Answer(None, etag, unchanged=True)
        return Answer(self._checked(response), response.headers.get("etag"))

    def send(self, method: str, path: str, body: Any = None, *, key: str = "", upload: Upload | None = None) -> Any:
        """Changes something; returns the answer's document. With the same `key` it is done once, however often sent."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._checked(self._with_session(method, path, body, headers, upload))

    def _with_session(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], upload: Upload | None = None
    ) -> Response:
        sign_ins, tokens = self._sign_ins, self._keeper.load()
        if tokens is None:
            response = self._send(method, path, body, headers, upload)
            if response.status == 401:
                # The session ended in another call, of whose end perhaps nobody was told.
                raise SignedOut
            return response
        response = self._send(method, path, body, headers, upload, access=tokens.access)
        if response.status != 401:
            return response
        return self._send(method, path, body, headers, upload, access=self._renewed(tokens, sign_ins).access)

    def _renewed(self, stale: Tokens, sign_ins: int) -> Tokens:
        # The server ends the whole session when a refresh token comes twice, so only one thread may spend it.
        with self._rotation:
            tokens = self._keeper.load()
            if tokens is None or self._sign_ins != sign_ins:
                # What one person has asked for is never asked again in the name of the next.
                raise SignedOut
            if tokens.access != stale.access:
                return tokens
            response = self._send("POST", "/sign-in/refresh", {"refresh_token": tokens.refresh})
            if response.status in {400, 401, 403, 422}:
                self._keeper.exchange(tokens, None)
                raise SignedOut
            answer = self._checked(response)
            renewed = Tokens(answer["access_token"], answer["refresh_token"])
            if not self._keeper.exchange(tokens, renewed):
                # Whoever has signed out meanwhile stays signed out.
                raise SignedOut
            return renewed

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        upload: Upload | None = None,
        *,
        access: str = "",
    ) -> Response:
        sent = {"Accept": "application/json", "Accept-Language": self._language(), **(headers or {})}
        if access:
            sent["Authorization"] = f"Bearer {access}"
        response = self.transport.send(Request(method, BASE + path, body, sent, upload))
        self._compare_clocks(response.headers.get("date", ""))
        return response

    def _compare_clocks(self, date: str) -> None:
        try:
            server_time = parsedate_to_datetime(date)
        except ValueError:
            return
        if server_time.tzinfo is None:
            server_time = server_time.replace(tzinfo=UTC)
        self.clock_ahead_seconds = (server_time - self._now()).total_seconds()

    @staticmethod
    def _checked(response: Response) -> Any:
        document = response.document()
        if response.status < 400:
            # A café's Wi-Fi answers every address with its own page until one signs in there: that is not our server.
            if response.content and document is None:
                raise NoConnection("not-the-server")
            return document
        wait = response.headers.get("retry-after", "")
        raise Problem(
            status=response.status,
            document=document if isinstance(document, dict) else {},
            retry_after_seconds=int(wait) if wait.isdigit() else None,
        )
