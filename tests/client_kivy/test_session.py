"""Signing in and out on one phone."""

from pathlib import Path

import pytest

from client_kivy.api.client import Client
from client_kivy.api.errors import ApiError, Problem
from client_kivy.platform.desktop import FileSecrets
from client_kivy.state.cache import Cache
from client_kivy.state.introduction import Introduction
from client_kivy.state.joining import Draft, said_of
from client_kivy.state.session import SecretTokens, Session
from client_kivy.state.store import SIGNED_OUT, Store
from tests.client_kivy.conftest import INSTALL_ID, PhoneClock, SlowNetwork
from tests.client_kivy.scripted_server import CODE, FlaskTransport, Script


def unexpected(error: ApiError) -> None:
    raise error


def sign_in(session: Session, draft: Draft, code: str = CODE) -> list[ApiError]:
    """Signs in; the errors that came instead."""
    errors: list[ApiError] = []
    session.sign_in(draft.joining(code, locale="en"), lambda: None, errors.append)
    return errors


def test_only_what_was_said_is_sent(phone_session: Session, script: Script) -> None:
    sign_in(phone_session, Draft(typed=" +79120000001 "))
    assert script.sign_ins == [{"phone": "+79120000001", "code": CODE, "locale": "en"}]


def test_consents_are_those_that_were_ticked_and_no_others(phone_session: Session, script: Script) -> None:
    draft = Draft(typed="+79120000002", offers={"push"}, data_agreed=True, name="Boris", referral_code="ALICE7KQP")
    sign_in(phone_session, draft)
    assert script.sign_ins[0]["consents"] == [
        {"purpose": "marketing", "channel": "push"},
        {"purpose": "personal_data", "channel": "any"},
    ]
    assert script.sign_ins[0]["referral_code"] == "ALICE7KQP"
    assert script.sign_ins[0]["name"] == "Boris"


def test_a_wrong_code_signs_nobody_in(phone_session: Session) -> None:
    errors = sign_in(phone_session, Draft(typed="+79120000001"), code="0000000")
    assert isinstance(errors[0], Problem)
    assert said_of(errors[0], "code") == "This code is not right."
    assert not phone_session.signed_in


def test_the_key_for_codes_comes_with_signing_in_and_outlives_a_restart(
    phone_session: Session,
    api: Client,
    secrets: FileSecrets,
    store: Store,
    transport: FlaskTransport,
    phone_clock: PhoneClock,
) -> None:
    sign_in(phone_session, Draft(typed="+79120000001"))
    key = phone_session.card_key()
    transport.connected = False
    after_restart = Session(
        client=api,
        tokens=SecretTokens(secrets),
        secrets=secrets,
        store=store,
        background=phone_session._background,
        install_id=INSTALL_ID,
        now=phone_clock,
    )
    assert key is not None
    assert after_restart.signed_in
    assert after_restart.card_key() == key


def test_a_clock_that_was_set_since_is_seen_through_at_the_next_answer(
    phone_session: Session, signed_in: Client, phone_clock: PhoneClock
) -> None:
    phone_session.fetch_card_key()
    before = phone_session.card_key()
    phone_clock.advance(hours=-5)
    signed_in.read("/shop")
    after = phone_session.card_key()
    assert before is not None
    assert after is not None
    assert after.ahead_seconds - before.ahead_seconds == pytest.approx(5 * 3600, abs=5)


def test_secrets_are_for_their_owner_alone(phone_session: Session, tmp_path: Path) -> None:
    sign_in(phone_session, Draft(typed="+79120000001"))
    for name in ("tokens", "card-key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_signing_out_takes_the_phone_off_the_member_and_ends_the_session(
    phone_session: Session, script: Script, tmp_path: Path
) -> None:
    sign_in(phone_session, Draft(typed="+79120000001"))
    phone_session.register_device({"platform": "desktop", "app_version": "1"})
    phone_session.sign_out()
    assert script.devices == {}
    assert script.access_tokens == set()
    assert not phone_session.signed_in
    assert not (tmp_path / "tokens").exists()
    assert not (tmp_path / "card-key").exists()


@pytest.fixture
def slow_network(phone_session: Session, signed_in: Client, monkeypatch: pytest.MonkeyPatch) -> SlowNetwork:
    assert signed_in.signed_in
    network = SlowNetwork()
    monkeypatch.setattr(phone_session, "_background", network)
    monkeypatch.setattr(phone_session._store, "_background", network)
    return network


def test_a_slow_server_is_asked_for_the_key_once_until_it_answers(
    phone_session: Session, slow_network: SlowNetwork, transport: FlaskTransport
) -> None:
    for _moment in range(3):
        phone_session.fetch_card_key()
    assert len(slow_network.waiting) == 1
    transport.connected = False
    slow_network.let_through()
    transport.connected = True
    phone_session.fetch_card_key()
    slow_network.let_through()
    assert phone_session.card_key() is not None


def test_the_key_of_whoever_signed_out_meanwhile_is_not_kept(
    phone_session: Session, slow_network: SlowNetwork, api: Client
) -> None:
    tokens = api._keeper.load()
    phone_session.fetch_card_key()
    phone_session.forget()
    assert tokens is not None
    api._keeper.save(tokens)
    slow_network.let_through()
    assert phone_session.card_key() is None


def test_what_a_change_brought_after_signing_out_is_not_shown_to_whoever_comes_next(
    phone_session: Session, slow_network: SlowNetwork, store: Store, cache: Cache, api: Client
) -> None:
    tokens = api._keeper.load()
    heard: list[object] = []
    phone_session.update({"locale": "ru"}, lambda: heard.append("done"), heard.append)
    phone_session.forget()
    assert tokens is not None
    api._keeper.save(tokens)
    slow_network.let_through()
    assert not store.get("me").known
    assert cache.get("/me") is None
    assert heard == [], "the former person's screen has nothing to say any more"


def test_a_change_that_finds_the_session_ended_says_so(
    phone_session: Session, signed_in: Client, script: Script, store: Store
) -> None:
    heard: list[str] = []
    store.subscribe(heard.append)
    script.expire_access()
    script.refresh_token = "used by a thief"
    phone_session.update({"locale": "ru"}, lambda: None, lambda _error: None)
    assert heard == [SIGNED_OUT]


def test_a_phone_that_could_not_introduce_itself_does_it_again(
    phone_session: Session, signed_in: Client, script: Script, transport: FlaskTransport
) -> None:
    introduction = Introduction(phone_session, platform="android", app_version="1", push_token=lambda: "address")
    transport.connected = False
    introduction.make()
    transport.connected = True
    introduction.keep_up()
    introduction.keep_up()
    assert script.devices[INSTALL_ID]["push_token"] == "address"
    assert script.requests.count(f"PUT /api/v1/me/devices/{INSTALL_ID}") == 1


def test_one_can_sign_out_without_a_connection(phone_session: Session, transport: FlaskTransport) -> None:
    sign_in(phone_session, Draft(typed="+79120000001"))
    transport.connected = False
    phone_session.sign_out()
    assert not phone_session.signed_in
    assert phone_session.card_key() is None


def test_taking_back_a_consent_changes_that_one_alone(
    phone_session: Session, signed_in: Client, script: Script, store: Store
) -> None:
    for channel, given in (("push", True), ("sms", True), ("push", False)):
        consent = {"purpose": "marketing", "channel": channel, "given": given}
        phone_session.update({"consents": [consent]}, lambda: None, unexpected)
    shown = {consent["channel"]: consent["given"] for consent in store.get("me").data["consents"]}
    assert shown == {"sms": True, "push": False}
