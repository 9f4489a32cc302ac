"""Talking to the server: the session, its tokens, and what comes instead of an answer."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from client_kivy.api.client import Client, Tokens
from client_kivy.api.errors import NoConnection, Problem, SignedOut
from client_kivy.api.transport import HttpTransport, Request, Response
from client_kivy.platform.desktop import FileSecrets
from client_kivy.state import language
from client_kivy.state.session import SecretTokens
from tests.client_kivy.conftest import PhoneClock
from tests.client_kivy.scripted_server import CODE, FlaskTransport, Script


def test_an_expired_access_token_is_renewed_and_the_call_goes_through(signed_in: Client, script: Script) -> None:
    script.expire_access()
    assert signed_in.read("/me/balance").data["available"] == 1240
    assert script.refreshes == 2


def test_renewed_tokens_are_safe_before_they_are_used(signed_in: Client, script: Script, secrets: FileSecrets) -> None:
    script.expire_access()
    signed_in.read("/me/balance")
    assert json.loads(secrets.read("tokens") or "") == {"access": "access-2", "refresh": "refresh-2"}


def test_many_calls_that_find_the_token_expired_renew_it_once(
    signed_in: Client, script: Script, transport: FlaskTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.expire_access()
    together = threading.Barrier(4)
    send = transport.send

    def all_at_once(request: Request) -> Response:
        answer = send(request)
        if answer.status == 401 and "access-1" in request.headers.get("Authorization", ""):
            together.wait(timeout=5)
        return answer

    monkeypatch.setattr(transport, "send", all_at_once)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(signed_in.read, ["/me", "/me/balance", "/me/entries", "/me/messages"]))
    assert all(answer.data for answer in answers)
    assert script.refreshes == 2


def test_a_session_that_ended_on_the_server_is_forgotten(
    signed_in: Client, script: Script, tokens: SecretTokens
) -> None:
    script.expire_access()
    script.refresh_token = "used by a thief"
    with pytest.raises(SignedOut):
        signed_in.read("/me")
    assert tokens.load() is None


def test_every_later_call_says_so_too_for_the_first_one_may_have_been_heard_by_nobody(
    signed_in: Client, tokens: SecretTokens
) -> None:
    tokens.clear()
    assert signed_in.read("/shop").data, "what is for everybody is still there"
    with pytest.raises(SignedOut):
        signed_in.read("/me")


def test_no_connection_while_renewing_ends_no_session(
    signed_in: Client, script: Script, transport: FlaskTransport, tokens: SecretTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.expire_access()
    send = transport.send

    def cut_at_renewal(request: Request) -> Response:
        if request.path.endswith("/refresh"):
            raise NoConnection("cut")
        return send(request)

    monkeypatch.setattr(transport, "send", cut_at_renewal)
    with pytest.raises(NoConnection):
        signed_in.read("/me")
    assert tokens.load() is not None


class Meanwhile:
    """Carries requests; while it carries a certain one, something else happens on the phone."""

    def __init__(self, transport: FlaskTransport, path: str, happens: Callable[[], object]) -> None:
        self._transport, self._path, self._happens = transport, path, happens

    def send(self, request: Request) -> Response:
        answer = self._transport.send(request)
        if request.path.endswith(self._path):
            path, self._path = self._path, "nothing more"
            assert path
            self._happens()
        return answer


def test_whoever_signs_out_while_the_tokens_are_renewed_stays_signed_out(
    signed_in: Client, script: Script, transport: FlaskTransport, tokens: SecretTokens, secrets: FileSecrets
) -> None:
    script.expire_access()
    signed_in.transport = Meanwhile(transport, "/refresh", tokens.clear)
    with pytest.raises(SignedOut):
        signed_in.read("/me")
    assert tokens.load() is None
    assert secrets.read("tokens") is None


def test_a_renewal_that_is_refused_ends_no_session_of_the_next_person(
    signed_in: Client, script: Script, transport: FlaskTransport, tokens: SecretTokens
) -> None:
    script.expire_access()
    script.refresh_token = "used by a thief"
    boris = Tokens("of Boris", "refresh of Boris")
    signed_in.transport = Meanwhile(transport, "/refresh", lambda: tokens.save(boris))
    with pytest.raises(SignedOut):
        signed_in.read("/me")
    assert tokens.load() == boris


def test_what_one_person_asked_for_is_not_asked_again_in_the_name_of_the_next(
    signed_in: Client, script: Script, transport: FlaskTransport, tokens: SecretTokens
) -> None:
    def next_person() -> None:
        tokens.clear()
        signed_in.sign_in({"phone": "+79120000002", "code": CODE})

    script.expire_access()
    signed_in.transport = Meanwhile(transport, "/me/redemptions", next_person)
    with pytest.raises(SignedOut):
        signed_in.send("POST", "/me/redemptions", {"reward_id": "any"}, key="once")
    assert script.requests.count("POST /api/v1/me/redemptions") == 1
    assert tokens.load() is not None


def test_the_server_is_asked_in_the_persons_language(api: Client, script: Script) -> None:
    api.read("/shop")
    language.use("ru")
    api.read("/shop")
    assert script.languages == ["en", "ru"]


def test_a_refusal_says_which_field_is_wrong(api: Client) -> None:
    with pytest.raises(Problem) as refused:
        api.sign_in({"phone": "+79120000001", "code": "0000000"})
    assert refused.value.of_field("code") == "This code is not right."
    assert refused.value.of_field("name") == ""


def test_what_stands_still_is_not_sent_twice(signed_in: Client) -> None:
    first = signed_in.read("/me/balance")
    again = signed_in.read("/me/balance", etag=first.etag)
    assert again.unchanged
    assert again.data is None


class Portal:
    """The Wi-Fi of a café before one has signed in there: it answers everything with its own page."""

    def send(self, request: Request) -> Response:
        return Response(200, {"content-type": "text/html"}, b"<html>Welcome to our Wi-Fi</html>")


def test_a_cafes_sign_in_page_is_no_answer(tokens: SecretTokens, phone_clock: PhoneClock) -> None:
    tokens.save(Tokens("access", "refresh"))
    client = Client(Portal(), tokens, language=language.current, now=phone_clock)
    with pytest.raises(NoConnection):
        client.read("/me/balance")


def test_a_closed_port_is_no_connection() -> None:
    with pytest.raises(NoConnection):
        HttpTransport("http://127.0.0.1:9").send(Request("GET", "/healthz"))
