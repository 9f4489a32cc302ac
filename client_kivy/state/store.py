"""What the app knows of the member: read from the cache at once, from the server when it answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from client_kivy.api.client import Answer, Client
from client_kivy.api.errors import ApiError, NoConnection, Problem, SignedOut
from client_kivy.state import clock
from client_kivy.state.background import Background
from client_kivy.state.cache import Cache

PATHS = {
    "shop": "/shop",
    "me": "/me",
    "balance": "/me/balance",
    "entries": "/me/entries",
    "referral": "/me/referral",
    "friends": "/me/referrals",
    "messages": "/me/messages",
    "rewards": "/rewards",
    "redemptions": "/me/redemptions",
    "links": "/me/referral/links",
    "leaderboard": "/me/referral/leaderboard",
    "disputes": "/me/disputes",
}
ONE_OF_MANY = {"explanation": "/me/entries/{id}/explanation", "dispute": "/me/disputes/{id}"}
"""Resources that are named with an id: `dispute:0190…`."""
LISTS = ("entries", "friends", "messages", "redemptions", "disputes")
SIGNED_OUT = "signed-out"
Listener = Callable[[str], None]


@dataclass(frozen=True)
class Resource:
    """One thing that is known, how fresh it is, and why it is not fresher."""

    data: Any = None
    etag: str | None = None
    fetched_at: datetime | None = None
    loading: bool = False
    failure: ApiError | None = None

    @property
    def known(self) -> bool:
        """Whether there is anything to show."""
        return self.data is not None

    @property
    def offline(self) -> bool:
        """Whether the last attempt found no connection."""
        return isinstance(self.failure, NoConnection)


class Store:
    """Resources by name. Listeners are told the name that changed. Used from the thread that draws."""

    def __init__(
        self, *, client: Client, cache: Cache, background: Background, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._client = client
        self._cache = cache
        self._background = background
        self._now = now
        self._resources: dict[str, Resource] = {}
        self._listeners: list[Listener] = []
        # What was asked for before the person signed out is of no use after it.
        self._era = 0
        # What was read before the language changed, or before all was forgotten, is of no use after it.
        self._edition = 0

    def subscribe(self, listener: Listener) -> None:
        """Tells the listener the name of every resource that changes, and SIGNED_OUT."""
        self._listeners.append(listener)

    def get(self, name: str) -> Resource:
        """What is known now; from the cache the first time. Asks the server nothing."""
        if name not in self._resources:
            cached = self._cache.get(_path(name))
            self._resources[name] = Resource(cached.document, cached.etag, cached.fetched_at) if cached else Resource()
        return self._resources[name]

    @property
    def offline(self) -> bool:
        """Whether the last attempt at anything found no connection."""
        return any(resource.offline for resource in self._resources.values())

    @property
    def busy(self) -> bool:
        """Whether an answer of the server is awaited."""
        return any(resource.loading for resource in self._resources.values())

    def refresh(self, *names: str) -> None:
        """Asks the server for these resources; what is known stays shown meanwhile."""
        if self._cache.outbox():
            self._deliver_outbox()
        for name in names:
            self._refresh_one(name)

    def speak_again(self) -> None:
        """The language changed: what the server said in the other one is asked for anew."""
        self._edition += 1
        said = [name for name, resource in self._resources.items() if resource.known or resource.loading]
        for name in said:
            self._change(name, replace(self._resources[name], etag=None, loading=False))
        self.refresh(*said)

    def load_more(self, name: str) -> None:
        """Asks for the next page of a list, if there is one and it is not already on its way."""
        resource = self.get(name)
        cursor = (resource.data or {}).get("next_cursor")
        if not cursor or resource.loading:
            return
        separator = "&" if "?" in PATHS[name] else "?"
        path = f"{PATHS[name]}{separator}cursor={cursor}"
        self._change(name, replace(resource, loading=True))
        self._read(
            lambda: self._client.read(path),
            lambda answer: self._took_more(name, answer),
            lambda error: self._failed(name, error),
        )

    def explain(self, entry_id: str) -> Resource:
        """The reason of one row: what is known of it, and asked for each time that it is looked at."""
        name = f"explanation:{entry_id}"
        self._refresh_one(name)
        return self._resources[name]

    def put(self, name: str, data: Any) -> None:
        """Makes known what another call has just brought."""
        self._took(name, Answer(data))

    def send_soon(self, method: str, path: str, body: Any = None) -> None:
        """Delivers a small change now, or when there is a connection again."""
        self._cache.add_to_outbox(method, path, body)
        self._deliver_outbox()

    def act(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        key: str = "",
        done: Callable[[Any], None],
        failed: Callable[[ApiError], None],
    ) -> None:
        """Has something done now, and not later: `done` hears the answer. A `key` makes a repetition harmless."""
        self._run(
            lambda: Answer(self._client.send(method, path, body, key=key)), lambda answer: done(answer.data), failed
        )

    def mark_read(self, message_ids: list[str]) -> None:
        """Shows messages as read at once and tells the server when it can be told."""
        resource = self.get("messages")
        data, read_at = resource.data or {"items": []}, self._now().isoformat()
        unread = {item["id"] for item in data["items"] if not item.get("read_at")} & set(message_ids)
        items = [{**item, "read_at": read_at} if item["id"] in unread else item for item in data["items"]]
        left = max((data.get("unread") or 0) - len(unread), 0)
        self._change("messages", replace(resource, data={**data, "items": items, "unread": left}, etag=None))
        for message_id in sorted(unread):
            self._cache.add_to_outbox("POST", f"/me/messages/{message_id}/read")
        self._deliver_outbox()

    def forget_answers(self) -> None:
        """Knows nothing for now, as on a new phone; what is asked for comes anew."""
        self._edition += 1
        self._cache.clear()
        for name in list(self._resources):
            self._change(name, Resource())

    def forget(self) -> None:
        """Forgets everything of the person; the shop stays."""
        self._era += 1
        shop = self.get("shop")
        self._cache.clear()
        if shop.known and shop.fetched_at:
            self._cache.put(PATHS["shop"], shop.data, etag=shop.etag, fetched_at=shop.fetched_at)
        self._resources = {"shop": replace(shop, loading=False)}

    def _refresh_one(self, name: str) -> None:
        resource = self.get(name)
        if resource.loading:
            return
        self._change(name, replace(resource, loading=True))
        etag = resource.etag if resource.known else None
        self._read(
            lambda: self._client.read(_path(name), etag=etag),
            lambda answer: self._took(name, answer),
            lambda error: self._failed(name, error),
        )

    def _read(
        self, work: Callable[[], Answer], done: Callable[[Answer], None], failed: Callable[[ApiError], None]
    ) -> None:
        edition = self._edition
        self._run(
            work,
            lambda answer: done(answer) if edition == self._edition else None,
            lambda error: failed(error) if edition == self._edition else None,
        )

    def _run(
        self, work: Callable[[], Answer], done: Callable[[Answer], None], failed: Callable[[ApiError], None]
    ) -> None:
        era = self._era

        def fell(error: ApiError) -> None:
            if era == self._era:
                failed(error)
            if isinstance(error, SignedOut) and era == self._era:
                self._tell(SIGNED_OUT)

        self._background.run(work, lambda answer: done(answer) if era == self._era else None, fell)

    def _took(self, name: str, answer: Answer) -> None:
        resource = self.get(name)
        now = self._now()
        if answer.unchanged:
            self._cache.still_stands(_path(name), fetched_at=now)
            self._change(name, replace(resource, fetched_at=now, loading=False, failure=None))
            return
        self._cache.put(_path(name), answer.data, etag=answer.etag, fetched_at=now)
        data = _with_later_pages(answer.data, resource.data) if name in LISTS else answer.data
        self._change(name, Resource(data, answer.etag, now))

    def _took_more(self, name: str, answer: Answer) -> None:
        resource = self.get(name)
        items = resource.data["items"] + answer.data["items"]
        data = {**resource.data, "items": items, "next_cursor": answer.data.get("next_cursor")}
        self._change(name, replace(resource, data=data, loading=False, failure=None))

    def _failed(self, name: str, error: ApiError) -> None:
        self._change(name, replace(self.get(name), loading=False, failure=error))

    def _deliver_outbox(self) -> None:
        undelivered = self._cache.outbox()
        if not undelivered:
            return
        first = undelivered[0]

        def delivered(_answer: Answer) -> None:
            self._cache.remove_from_outbox(first.id)
            self._deliver_outbox()

        def refused(error: ApiError) -> None:
            # Without a connection it waits; what the server refuses will be refused again.
            if isinstance(error, Problem) and error.stands:
                delivered(Answer(None))

        self._run(lambda: Answer(self._client.send(first.method, first.path, first.body)), delivered, refused)

    def _change(self, name: str, resource: Resource) -> None:
        self._resources[name] = resource
        self._tell(name)

    def _tell(self, name: str) -> None:
        for listener in list(self._listeners):
            listener(name)


def _path(name: str) -> str:
    kind, _colon, id_ = name.partition(":")
    return ONE_OF_MANY[kind].format(id=id_) if id_ else PATHS[name]


def _with_later_pages(fresh: Any, known: Any) -> Any:
    """The fresh first page, followed by the pages loaded before, where the two meet."""
    fresh_items = fresh["items"]
    known_items = (known or {}).get("items", [])
    if not fresh_items or len(known_items) <= len(fresh_items):
        return fresh
    places = {item["id"]: place for place, item in enumerate(known_items)}
    place = places.get(fresh_items[-1]["id"])
    if place is None:
        return fresh
    return {**fresh, "items": fresh_items + known_items[place + 1 :], "next_cursor": known["next_cursor"]}
