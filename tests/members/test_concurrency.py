"""The same thing asked many times in one moment, on real connections with real commits."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backend.members import cards, tokens
from backend.members.errors import CodeJustSent, SignedOut, WrongCode
from backend.members.models import Consent
from backend.members.sign_in_codes import CodeAccepted, spend_code, try_code
from backend.shared.db import transaction
from backend.shared.errors import DomainError
from tests.factories.members import ALICE_PHONE, NETWORK, alice, code_for, consents_to, phone_address

AT_ONCE = 12


@pytest.fixture
def at_once(committed_app: Flask) -> Callable[..., list[Any]]:
    """Runs `work(session, number)` in so many threads at one moment, each in a transaction; what they answered."""

    def run(work: Callable[..., Any]) -> list[Any]:
        gate, answers = threading.Barrier(AT_ONCE), []

        def one(number: int) -> None:
            with committed_app.app_context():
                gate.wait()
                try:
                    with transaction() as session:
                        answer = work(session, number)
                except DomainError as refusal:
                    answer = refusal
                answers.append(answer)

        threads = [threading.Thread(target=one, args=(number,)) for number in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == AT_ONCE
        return answers

    return run


@pytest.fixture
def alice_id(committed_app):
    with committed_app.app_context(), transaction() as session:
        return alice(session).id


def kinds(answers):
    return [type(answer) for answer in answers]


def test_one_phone_asked_for_at_once_gets_one_code(at_once):
    answers = at_once(lambda session, _number: code_for(session, ALICE_PHONE))
    assert kinds(answers).count(str) == 1
    assert kinds(answers).count(CodeJustSent) == AT_ONCE - 1


def test_simultaneous_guesses_are_five_tries_all_the_same(committed_app, at_once):
    with committed_app.app_context(), transaction() as session:
        code = code_for(session, ALICE_PHONE)
    address = phone_address(ALICE_PHONE)

    def guess(session, number):
        wrong = f"{(int(code) + 1 + number) % 10_000_000:07d}"
        return try_code(session, address=address, code=wrong, network_address=NETWORK)

    assert set(kinds(at_once(guess))) == {WrongCode}
    with committed_app.app_context(), transaction() as session:
        assert isinstance(try_code(session, address=address, code=code, network_address=NETWORK), WrongCode)


def test_one_code_given_at_once_is_used_once(committed_app, at_once):
    with committed_app.app_context(), transaction() as session:
        code = code_for(session, ALICE_PHONE)

    def give(session, _number):
        tried = try_code(session, address=phone_address(ALICE_PHONE), code=code, network_address=NETWORK)
        if isinstance(tried, CodeAccepted):
            spend_code(session, tried)
        return tried

    assert kinds(at_once(give)).count(CodeAccepted) == 1


def test_one_refresh_token_used_at_once_ends_the_family(committed_app, at_once, alice_id):
    with committed_app.app_context(), transaction() as session:
        pair = tokens.open_family(session, member_id=alice_id)
    answers = at_once(lambda session, _number: tokens.rotate(session, refresh_token=pair.refresh_token))
    assert kinds(answers).count(SignedOut) >= AT_ONCE - 1
    with committed_app.app_context(), transaction() as session, pytest.raises(SignedOut):
        tokens.recognise(session, access_token=pair.access_token)


def test_one_installation_asked_for_at_once_has_one_key(at_once, alice_id):
    answers = at_once(lambda session, _number: cards.issue_card_key(session, member_id=alice_id, install_id="phone-1"))
    assert len({(key.device_id, key.secret) for key in answers}) == 1


def test_a_card_shown_at_once_has_as_many_good_codes(committed_app, at_once, alice_id):
    shown = at_once(lambda session, _number: cards.show_card(session, member_id=alice_id).code)
    with committed_app.app_context(), transaction() as session:
        resolutions = cards.resolve_codes(session, shown)
    assert len({(resolution.device_id, resolution.step) for resolution in resolutions}) == AT_ONCE


def test_words_on_a_consent_given_at_once_follow_one_another(committed_app, at_once, alice_id):
    def change_mind(session, number):
        consents_to(session, alice_id, given=number % 2 == 0)

    assert at_once(change_mind) == [None] * AT_ONCE
    with committed_app.app_context(), transaction() as session:
        words = session.scalars(select(Consent.given).order_by(Consent.revision)).all()
    assert words[0] is True
    assert all(word != next_word for word, next_word in pairwise(words))
