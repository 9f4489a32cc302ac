"""What the app knows: from the cache at once, from the server when it answers."""

from pathlib import Path
from typing import Any

import pytest

from client_kivy.api.client import Client
from client_kivy.state import language
from client_kivy.state.cache import Cache
from client_kivy.state.store import SIGNED_OUT, Store
from tests.client_kivy.conftest import AtOnce, PhoneClock, SlowNetwork
from tests.client_kivy.scripted_answers import REWARDS
from tests.client_kivy.scripted_server import FlaskTransport, Script, many_entries

pytestmark = pytest.mark.usefixtures("signed_in")


def test_what_was_read_is_there_without_a_connection_and_says_its_age(
    store: Store, api: Client, cache: Cache, transport: FlaskTransport, phone_clock: PhoneClock
) -> None:
    store.refresh("balance")
    read_at = phone_clock.moment
    transport.connected = False
    phone_clock.advance(hours=2)
    after_restart = Store(client=api, cache=cache, background=AtOnce(), now=phone_clock)
    after_restart.refresh("balance")
    resource = after_restart.get("balance")
    assert resource.data["available"] == 1240
    assert resource.offline
    assert resource.fetched_at == read_at


def test_an_answer_that_still_stands_becomes_fresh_again(store: Store, phone_clock: PhoneClock) -> None:
    store.refresh("balance")
    phone_clock.advance(minutes=5)
    store.refresh("balance")
    resource = store.get("balance")
    assert resource.fetched_at == phone_clock.moment
    assert resource.data["available"] == 1240


def test_a_refusal_leaves_what_is_known(store: Store, script: Script) -> None:
    store.refresh("balance")
    script.failing_with = 500
    store.refresh("balance")
    resource = store.get("balance")
    assert resource.known
    assert resource.failure is not None
    assert not resource.offline


def test_pages_follow_one_another_and_the_first_is_renewed_in_front_of_them(store: Store, script: Script) -> None:
    script.entries, script.page_rows = many_entries(25), 10
    store.refresh("entries")
    store.load_more("entries")
    script.entries.insert(0, {**script.entries[0], "id": "newest"})
    store.refresh("entries")
    ids = [item["id"] for item in store.get("entries").data["items"]]
    assert ids == ["newest", *(f"entry-{number}" for number in range(20))]


def test_nothing_is_asked_after_the_last_page(store: Store, script: Script) -> None:
    store.refresh("entries")
    asked = len(script.requests)
    store.load_more("entries")
    assert len(script.requests) == asked


def test_a_list_that_has_moved_on_by_more_than_a_page_begins_anew(store: Store, script: Script) -> None:
    script.entries, script.page_rows = many_entries(25), 10
    store.refresh("entries")
    store.load_more("entries")
    script.entries = [{**row, "id": f"new-{row['id']}"} for row in many_entries(25)]
    store.refresh("entries")
    assert len(store.get("entries").data["items"]) == 10


def test_messages_read_without_a_connection_are_told_to_the_server_later(
    store: Store, script: Script, transport: FlaskTransport
) -> None:
    store.refresh("messages")
    transport.connected = False
    store.mark_read(["m1", "m2"])
    assert store.get("messages").data["unread"] == 0
    assert script.messages[0]["read_at"] is None
    transport.connected = True
    store.refresh("balance")
    assert [bool(message["read_at"]) for message in script.messages] == [True, True, True]


def test_what_the_server_refuses_for_good_does_not_block_what_comes_after(
    store: Store, script: Script, transport: FlaskTransport, cache: Cache
) -> None:
    store.refresh("messages")
    transport.connected = False
    store.mark_read(["m1"])
    store.mark_read(["m2"])
    script.messages = [message for message in script.messages if message["id"] != "m1"]
    transport.connected = True
    store.refresh("balance")
    assert cache.outbox() == []
    assert script.messages[0]["read_at"]


def test_what_is_refused_for_now_is_told_later(store: Store, script: Script, cache: Cache) -> None:
    store.refresh("messages")
    script.failing_with = 429
    store.mark_read(["m1"])
    assert len(cache.outbox()) == 1
    script.failing_with = None
    store.refresh("balance")
    assert cache.outbox() == []
    assert script.messages[0]["read_at"]


def test_what_was_done_is_heard_though_the_language_changed_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = SlowNetwork()
    heard: list[Any] = []
    monkeypatch.setattr(store, "_background", network)
    order = {"reward_id": REWARDS[0]["id"]}
    store.act("POST", "/me/redemptions", order, key="once", done=heard.append, failed=heard.append)
    store.speak_again()
    network.let_through()
    assert [one["title"] for one in heard] == [REWARDS[0]["title"]]


def test_another_language_is_asked_for_anew(store: Store, script: Script) -> None:
    store.refresh("shop", "balance")
    assert store.get("shop").data["name"] == "Grain"
    language.use("ru")
    store.speak_again()
    assert store.get("shop").data["name"] == "Зерно"


def test_signing_out_forgets_the_person_and_keeps_the_shop(store: Store, cache: Cache) -> None:
    store.refresh("shop", "me", "balance")
    store.forget()
    assert not store.get("balance").known
    assert not store.get("me").known
    assert store.get("shop").known
    assert cache.get("/me") is None
    assert cache.get("/shop") is not None, "whose app it is is known without a connection too"


def test_whoever_listens_hears_that_the_session_has_ended(store: Store, script: Script) -> None:
    heard: list[str] = []
    store.subscribe(heard.append)
    script.expire_access()
    script.refresh_token = "used by a thief"
    store.refresh("balance")
    assert SIGNED_OUT in heard


def test_a_broken_cache_is_thrown_away(tmp_path: Path) -> None:
    file = tmp_path / "broken.sqlite3"
    file.write_bytes(b"not a database at all, however long it may be" * 100)
    cache = Cache(file)
    assert cache.get("/me") is None
    cache.close()
    assert file.stat().st_mode & 0o077 == 0
