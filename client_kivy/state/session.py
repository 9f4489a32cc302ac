"""Who is signed in on this phone: signing in and out, the tokens, the key of the member's code."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from client_kivy.api.client import Client, Tokens
from client_kivy.api.errors import Problem
from client_kivy.state import clock
from client_kivy.state.background import Background, Failed
from client_kivy.state.card_code import CardKey
from client_kivy.state.store import Store

CLOCK_TOLERANCE_SECONDS = 2


class Secrets(Protocol):
    """Texts that only this app on this phone may read."""

    def read(self, name: str) -> str | None:
        """The kept text."""

    def write(self, name: str, text: str) -> None:
        """Keeps a text; returns only after it is safe."""

    def delete(self, name: str) -> None:
        """Forgets a text."""


class SecretTokens:
    """The session's tokens among the secrets, read once."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        # Calls renew the tokens on threads of their own, while the person may sign out.
        self._lock = threading.Lock()
        kept = secrets.read("tokens")
        self._tokens = Tokens(**json.loads(kept)) if kept else None

    def load(self) -> Tokens | None:
        """See `TokenKeeper`."""
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        """See `TokenKeeper`."""
        with self._lock:
            self._keep(tokens)

    def exchange(self, stale: Tokens, renewed: Tokens | None) -> bool:
        """See `TokenKeeper`."""
        with self._lock:
            if self._tokens != stale:
                return False
            self._keep(renewed)
            return True

    def clear(self) -> None:
        """Forgets them."""
        with self._lock:
            self._keep(None)

    def _keep(self, tokens: Tokens | None) -> None:
        if tokens is None:
            self._tokens = None
            self._secrets.delete("tokens")
            return
        self._secrets.write("tokens", json.dumps({"access": tokens.access, "refresh": tokens.refresh}))
        self._tokens = tokens


@dataclass(frozen=True)
class Joining:
    """What a person says when signing in; `contact` is `{"phone"}` or `{"email"}`.

    `arrival` goes with the referral code: how it reached this phone, as the server names it.
    """

    contact: Mapping[str, str]
    code: str
    locale: str
    name: str = ""
    referral_code: str = ""
    arrival: Mapping[str, object] = field(default_factory=dict)
    consents: tuple[Mapping[str, Any], ...] = ()

    def body(self) -> dict[str, Any]:
        """The body of `POST /sign-in/tokens`; what was left empty is left out."""
        body: dict[str, Any] = {**self.contact, "code": self.code, "locale": self.locale}
        if self.name:
            body["name"] = self.name
        if self.referral_code:
            body |= {"referral_code": self.referral_code, **self.arrival}
        if self.consents:
            body["consents"] = [dict(consent) for consent in self.consents]
        return body


class Session:
    """Signs in and out, and keeps what makes the member's code."""

    def __init__(
        self,
        *,
        client: Client,
        tokens: SecretTokens,
        secrets: Secrets,
        store: Store,
        background: Background,
        install_id: str,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._secrets = secrets
        self._store = store
        self._background = background
        self._install_id = install_id
        self._now = now
        kept = secrets.read("card-key")
        self._card_key = CardKey(**json.loads(kept)) if kept else None
        self._asks_card_key = False
        self._era = 0

    @property
    def signed_in(self) -> bool:
        """Whether somebody is."""
        return self._tokens.load() is not None

    def request_code(self, contact: Mapping[str, str], done: Callable[[int | None], None], failed: Failed) -> None:
        """Has a one-time code sent; `done` hears how many digits it has."""
        self._background.run(lambda: self._client.request_code(contact), done, failed)

    def sign_in(self, joining: Joining, done: Callable[[], None], failed: Failed) -> None:
        """Exchanges the code for a session; the key for the member's code follows by itself."""

        def signed_in(_member: dict[str, Any]) -> None:
            self.fetch_card_key()
            done()

        self._background.run(lambda: self._client.sign_in(joining.body()), signed_in, failed)

    def sign_out(self) -> None:
        """Forgets the person here at once; the server is told if it can be reached."""
        tokens = self._tokens.load()
        if tokens is not None:
            farewell = Client(self._client.transport, _Borrowed(tokens), language=lambda: "en", now=self._now)
            self._background.run(lambda: self._leave(farewell), lambda _none: None, lambda _error: None)
        self.forget()

    def forget(self) -> None:
        """Forgets the person on this phone."""
        self._tokens.clear()
        self._secrets.delete("card-key")
        self._card_key, self._asks_card_key = None, False
        self._era += 1
        self._store.forget()

    def fetch_card_key(self) -> None:
        """Gets the key once; it is what the code is made from when there is no network. One question at a time: where
        the server is slow, more of them would only keep everything else from being asked.
        """
        if self._card_key is not None or self._asks_card_key:
            return
        era, self._asks_card_key = self._era, True

        def answered(key: CardKey | None) -> None:
            # The key of whoever has signed out meanwhile is not that of the next person.
            if era == self._era:
                self._asks_card_key = False
                if key is not None:
                    self._keep_card_key(key)

        self._background.run(self._ask_card_key, answered, lambda _error: answered(None))

    def register_device(self, device: Mapping[str, str], failed: Failed = lambda _error: None) -> None:
        """Tells the server that this installation is the member's, and where pushes for it go."""
        path = f"/me/devices/{self._install_id}"
        self._background.run(lambda: self._client.send("PUT", path, dict(device)), lambda _answer: None, failed)

    def update(self, changes: Mapping[str, Any], done: Callable[[], None], failed: Failed) -> None:
        """Changes the member's profile, language or consents."""

        def changed(me: Any) -> None:
            self._store.put("me", me)
            done()

        self._store.act("PATCH", "/me", dict(changes), done=changed, failed=failed)

    def card_key(self) -> CardKey | None:
        """The key; where the phone's clock was set since, with the difference to the server's as it is now."""
        key, ahead_seconds = self._card_key, self._client.clock_ahead_seconds
        if key is None or ahead_seconds is None or abs(ahead_seconds - key.ahead_seconds) <= CLOCK_TOLERANCE_SECONDS:
            return key
        self._keep_card_key(replace(key, ahead_seconds=ahead_seconds))
        return self._card_key

    def _leave(self, farewell: Client) -> None:
        # The device first: pushes for this member must not reach whoever signs in on this phone next.
        with suppress(Problem):
            farewell.send("DELETE", f"/me/devices/{self._install_id}")
        farewell.sign_out()

    def _ask_card_key(self) -> CardKey:
        answer = self._client.send("POST", "/me/card-keys", {"install_id": self._install_id})
        return CardKey.from_answer(answer, received_at=self._now())

    def _keep_card_key(self, key: CardKey) -> None:
        self._card_key = key
        self._secrets.write("card-key", json.dumps(key.as_document()))


class _Borrowed:
    """Tokens for one last call, after the phone has forgotten them."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens: Tokens | None = tokens

    def load(self) -> Tokens | None:
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def exchange(self, stale: Tokens, renewed: Tokens | None) -> bool:  # noqa: ARG002 - nobody else holds them
        self._tokens = renewed
        return True
