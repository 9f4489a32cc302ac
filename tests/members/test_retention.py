"""Nothing is kept for longer than it is needed."""

from datetime import timedelta

from sqlalchemy import func, select

from backend.members.models import RefreshToken, SignInCode, SignInFailure, TokenFamily
from backend.members.retention import FORGET_EXPIRED
from backend.members.sign_in_codes import try_code
from backend.members.tokens import open_family
from tests.factories.members import ALICE_PHONE, NETWORK, alice, code_for, phone_address


def count_of(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_nothing_is_due_where_there_is_nothing(session, clock):
    assert FORGET_EXPIRED.next_due(session) is None


def test_codes_and_wrong_guesses_are_forgotten_after_two_days(session, clock):
    code_for(session, ALICE_PHONE)
    try_code(session, address=phone_address(ALICE_PHONE), code="", network_address=NETWORK)
    due_at = clock.now + timedelta(days=2)
    assert FORGET_EXPIRED.next_due(session) == due_at
    assert FORGET_EXPIRED.run(session, due_at - timedelta(seconds=1)) == 0
    assert FORGET_EXPIRED.run(session, due_at) == 2
    assert (count_of(session, SignInCode), count_of(session, SignInFailure)) == (0, 0)
    assert FORGET_EXPIRED.next_due(session) is None


def test_a_sign_in_is_forgotten_a_month_after_its_end_with_its_tokens(session, clock):
    open_family(session, member_id=alice(session).id)
    due_at = clock.now + timedelta(days=90)
    assert FORGET_EXPIRED.next_due(session) == due_at
    assert FORGET_EXPIRED.run(session, due_at) == 1
    assert (count_of(session, TokenFamily), count_of(session, RefreshToken)) == (0, 0)
