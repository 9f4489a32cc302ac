"""What the browser is asked counts once and not for long; secrets open only in their own place."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.shared.ids import new_id
from backend.staff import factors, sealing, service, sign_in
from backend.staff.models import Entry
from backend.staff.sign_in import Arrival
from tests.conftest import ObedientClock
from tests.factories.staff import marat

NO_ANSWER = '{"rawId": "AAAA"}'


@pytest.fixture
def found(session: Session, clock: ObedientClock) -> Arrival:
    """Marat on the way in."""
    person = marat(session)
    link = service.issue_sign_in_link(session, staff_id=person.id, who="test").text
    sign_in.begin_by_link(session, link_text=link)
    return Arrival(session.scalars(select(Entry)).one(), person)


def test_a_question_is_used_up_by_any_answer(session: Session, found: Arrival) -> None:
    factors.ask_for_passkey(session, found.entry, staff_id=found.member.id)
    assert found.entry.challenge is not None
    assert factors.proven_by_passkey(session, found.entry, member=found.member, answer=NO_ANSWER) is None
    assert found.entry.challenge is None


def test_each_question_is_another_one(session: Session, found: Arrival) -> None:
    questions = set()
    for _number in range(3):
        factors.ask_for_passkey(session, found.entry, staff_id=found.member.id)
        questions.add(found.entry.challenge)
    assert len(questions) == 3


@pytest.mark.parametrize("answer", ["", "no json", "[]", "{}", '{"rawId": 7}', '{"rawId": "é"}'])
def test_an_answer_that_cannot_be_read_is_refused(session: Session, found: Arrival, answer: str) -> None:
    factors.ask_for_passkey(session, found.entry, staff_id=found.member.id)
    assert factors.proven_by_passkey(session, found.entry, member=found.member, answer=answer) is None
    factors.ask_to_make_passkey(session, found.entry, member=found.member, login="marat", shop="Grain")
    assert not factors.take_new_passkey(session, found.entry, member=found.member, answer=answer)


def test_a_question_is_forgotten_after_five_minutes(
    session: Session, found: Arrival, clock: ObedientClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(factors.passkeys, "credential_id_of", lambda answer: asked.append(answer) or b"")
    factors.ask_for_passkey(session, found.entry, staff_id=found.member.id)
    clock.advance(minutes=5)
    factors.proven_by_passkey(session, found.entry, member=found.member, answer=NO_ANSWER)
    assert asked == []


def test_a_secret_opens_only_for_its_own_row(found: Arrival) -> None:
    sealed = sealing.seal(b"secret", row_id=found.member.id)
    assert sealing.unseal(sealed, row_id=found.member.id) == b"secret"
    with pytest.raises(sealing.UnreadableFactor):
        sealing.unseal(sealed, row_id=new_id())
    with pytest.raises(sealing.UnreadableFactor):
        sealing.unseal(sealed[:-1] + b"\x00", row_id=found.member.id)
