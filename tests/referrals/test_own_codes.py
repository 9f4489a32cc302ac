"""A code that went astray is replaced, and one that may be used so often is used no oftener."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from backend.members.events import MemberErased
from backend.referrals import queries, service
from backend.referrals.errors import CodeJustRotated, UnknownReferralCode
from backend.referrals.models import Referral, ReferralCode
from backend.referrals.own_codes import replace_own_code
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.factories.referrals import bound, demo_terms, joins, told


def a_code(session, member_id):
    return service.own_code(session, member_id=member_id, at=business_now())


def leads_to(session, code):
    return service.check_code(session, code, at=business_now()).member_id


def bind(session, friend_id, code):
    return service.bind(session, friend_id=friend_id, code=code, channel="qr", at=business_now(), terms=demo_terms())


def test_a_leaked_code_ends_and_a_fresh_one_leads_to_the_advocate(session, clock):
    alice = joins(session, "Alice")
    leaked = a_code(session, alice)

    fresh = service.rotate_code(session, member_id=alice, at=business_now(), reason="leaked")

    assert fresh != leaked
    assert leads_to(session, fresh) == alice
    with pytest.raises(UnknownReferralCode):
        leads_to(session, leaked)
    row = session.scalars(select(ReferralCode).where(ReferralCode.code == leaked)).one()
    assert (row.kind, row.ended_reason) == ("rotated", "leaked")


def test_the_advocate_is_told_of_the_new_code(session):
    alice = joins(session, "Alice")
    a_code(session, alice)

    fresh = service.rotate_code(session, member_id=alice, at=business_now(), reason="leaked")

    title, body = told(session, alice)[-1]
    assert title == "Your invitation code was replaced"
    assert f"Your new code is {fresh[:3]}-{fresh[3:6]}-{fresh[6:]}." in body


def test_friends_who_came_by_the_old_code_stay(session):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    bound(session, advocate_id=alice, friend_id=boris)

    service.rotate_code(session, member_id=alice, at=business_now(), reason="leaked")

    assert queries.referral_of_friend(session, boris).advocate_id == alice


def test_two_who_rotate_at_once_rotate_once(committed_app):
    with committed_app.app_context():
        alice = run_transaction(lambda session: joins(session, "Alice"))
        run_transaction(lambda session: a_code(session, alice))
    made, together = [], threading.Barrier(3)

    def rotate():
        with committed_app.app_context():
            together.wait()
            now = business_now()
            code = run_transaction(
                lambda session: service.rotate_code(
                    session, member_id=alice, at=now, reason="leaked", code=queries.code_of(session, alice)
                )
            )
            made.append(code)

    threads = [threading.Thread(target=rotate) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    with committed_app.app_context():
        living = run_transaction(
            lambda session: session.scalars(text("SELECT code FROM referral_codes WHERE ends_at IS NULL")).all()
        )
    assert len(living) == 1
    assert living[0] in made


def test_a_member_replaces_the_code_once_a_day(session, clock):
    alice = joins(session, "Alice")
    first = a_code(session, alice)
    second = replace_own_code(session, member_id=alice, at=business_now())

    with pytest.raises(CodeJustRotated):
        replace_own_code(session, member_id=alice, at=business_now() + timedelta(hours=23))

    clock.advance(days=1)
    assert len({first, second, replace_own_code(session, member_id=alice, at=business_now())}) == 3


def test_a_code_is_used_no_oftener_than_it_may(session):
    alice = joins(session, "Alice")
    code = a_code(session, alice)
    session.scalars(select(ReferralCode)).one().uses_maximum = 1
    session.flush()

    assert bind(session, joins(session, "Boris"), code) is not None
    with pytest.raises(UnknownReferralCode):
        bind(session, joins(session, "Dasha"), code)


def test_the_last_use_of_a_code_is_taken_by_one_of_two_who_come_at_once(committed_app):
    with committed_app.app_context():
        alice = run_transaction(lambda session: joins(session, "Alice"))
        friends = [run_transaction(lambda session: joins(session)) for _ in range(4)]
        code = run_transaction(lambda session: a_code(session, alice))
        run_transaction(lambda session: session.execute(text("UPDATE referral_codes SET uses_maximum = 1")))
    refused, together = [], threading.Barrier(4)

    def come(friend):
        with committed_app.app_context():
            together.wait()
            try:
                run_transaction(lambda session: bind(session, friend, code))
            except UnknownReferralCode:
                refused.append(friend)

    threads = [threading.Thread(target=come, args=(friend,)) for friend in friends]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    with committed_app.app_context():
        came = run_transaction(lambda session: session.scalars(select(Referral.friend_id)).all())
    assert len(came) == 1
    assert len(refused) == 3


def test_nothing_of_a_chosen_code_is_left_of_somebody_who_was_erased(session):
    from backend.referrals.choosing import choose_code

    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    choose_code(session, member_id=alice, typed="ALICEK1990", at=business_now())
    bind(session, boris, "ALICEK1990")

    service.on_member_erased(session, MemberErased(member_id=alice))
    session.expire_all()

    assert "ALICEK1990" not in session.scalars(select(ReferralCode.code)).all()
    assert queries.referral_of_friend(session, boris).advocate_id == alice
    with pytest.raises(UnknownReferralCode):
        leads_to(session, "ALICEK1990")
