"""A friend is bound to one advocate, once, for ever."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from backend.referrals import own_codes, queries, service
from backend.referrals.errors import UnknownReferralCode
from backend.referrals.models import Referral, ReferralCode
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.factories.referrals import bound, demo_terms, joins, told


def bind(session, friend_id, code, channel="qr"):
    return service.bind(session, friend_id=friend_id, code=code, channel=channel, at=business_now(), terms=demo_terms())


def a_code(session, member_id):
    return service.own_code(session, member_id=member_id, at=business_now())


def test_a_members_own_code_is_made_once(session):
    alice = joins(session, "Alice")
    assert queries.code_of(session, alice) is None

    assert a_code(session, alice) == a_code(session, alice) == queries.code_of(session, alice)


def test_two_first_requests_at_once_make_one_code(committed_app):
    with committed_app.app_context():
        alice = run_transaction(lambda session: joins(session, "Alice"))
    made, together = [], threading.Barrier(4)

    def ask():
        with committed_app.app_context():
            together.wait()
            made.append(run_transaction(lambda session: a_code(session, alice)))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_random_code_that_is_taken_is_made_anew(session, monkeypatch):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    taken = a_code(session, alice)
    offered = iter([taken, "WWWWWWWWW"])
    monkeypatch.setattr(own_codes, "make_code", lambda: next(offered))

    assert a_code(session, boris) == "WWWWWWWWW"


def test_a_friend_who_joins_by_a_code_is_bound_and_both_are_told(session):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")

    referral = bound(session, advocate_id=alice, friend_id=boris, channel="messenger")

    assert (referral.advocate_id, referral.status, referral.channel) == (alice, "joined", "messenger")
    assert told(session, alice) == [
        ("Boris joined by your link", "200\u00a0points after the first purchase of ₽500 or more.")
    ]
    assert told(session, boris) == [("Alice invited you", "200\u00a0points after the first purchase of ₽500 or more.")]


def test_a_friend_without_a_name_is_a_new_guest(session):
    alice, somebody = joins(session, "Alice"), joins(session)

    bound(session, advocate_id=alice, friend_id=somebody)

    assert told(session, alice)[0][0] == "A new guest joined by your link"


def test_a_friend_is_bound_once_for_ever(session):
    alice, dasha, boris = joins(session, "Alice"), joins(session, "Dasha"), joins(session, "Boris")
    first = bound(session, advocate_id=alice, friend_id=boris)

    assert bind(session, boris, a_code(session, dasha)) is None
    assert bind(session, boris, a_code(session, alice)) is None
    assert session.scalars(select(Referral.id)).all() == [first.id]


def test_of_two_simultaneous_joins_of_one_friend_one_is_bound(committed_app):
    def prepare(session):
        alice, dasha = joins(session, "Alice"), joins(session, "Dasha")
        return joins(session, "Boris"), a_code(session, alice), a_code(session, dasha)

    with committed_app.app_context():
        boris, *codes = run_transaction(prepare)
    outcomes, together = [], threading.Barrier(2)

    def join(code):
        with committed_app.app_context():
            together.wait()
            outcomes.append(run_transaction(lambda session: bind(session, boris, code)))

    threads = [threading.Thread(target=join, args=(code,)) for code in codes]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(outcome is None for outcome in outcomes) == [False, True]


def test_nobody_is_bound_by_their_own_code(session):
    alice = joins(session, "Alice")

    assert bind(session, alice, a_code(session, alice)) is None


def test_whoever_was_a_member_before_the_advocate_is_never_bound(session, monkeypatch):
    lena, alice = joins(session, "Lena"), joins(session, "Alice")
    moments = {lena: 1_000, alice: 2_000}
    monkeypatch.setattr(service, "_joined_milliseconds", moments.__getitem__)

    assert bind(session, lena, a_code(session, alice)) is None


def test_the_moment_of_joining_is_read_from_the_members_id(session):
    before = service._joined_milliseconds(joins(session, "Lena"))
    after = service._joined_milliseconds(joins(session, "Alice"))

    assert 1_600_000_000_000 < before <= after


def test_invitations_never_form_a_circle(session, monkeypatch):
    monkeypatch.setattr(service, "_joined_milliseconds", lambda _member_id: 0)
    alice, boris, dasha = joins(session, "Alice"), joins(session, "Boris"), joins(session, "Dasha")
    bound(session, advocate_id=alice, friend_id=boris)
    bound(session, advocate_id=boris, friend_id=dasha)

    assert bind(session, alice, a_code(session, dasha)) is None
    assert bind(session, alice, a_code(session, boris)) is None


def test_an_unknown_code_is_refused(session):
    boris = joins(session, "Boris")

    with pytest.raises(UnknownReferralCode):
        bind(session, boris, "WWWWWWWWW")
    with pytest.raises(UnknownReferralCode):
        bind(session, boris, "'; DROP TABLE referrals; --")


def test_an_ended_code_is_refused_like_an_unknown_one(session):
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    code = a_code(session, alice)
    row = session.scalars(select(ReferralCode)).one()
    row.ends_at = business_now() + timedelta(seconds=1)
    session.flush()
    assert service.check_code(session, code, at=business_now()).member_id == alice

    with pytest.raises(UnknownReferralCode):
        service.check_code(session, code, at=row.ends_at)
    assert boris


def test_a_code_is_taken_however_it_is_typed(session):
    alice = joins(session, "Alice")
    code = a_code(session, alice)

    typed = f" {code[:3].lower()}-{code[3:6]} {code[6:]}"
    assert service.check_code(session, typed, at=business_now()).code == code


def test_the_sixth_friend_of_a_day_makes_a_crowd_and_the_advocate_is_warned_once(session):
    alice = joins(session, "Alice")
    for _ in range(5):
        bound(session, advocate_id=alice, friend_id=joins(session))
    assert "Many came by your link" not in dict(told(session, alice))

    bound(session, advocate_id=alice, friend_id=joins(session))
    bound(session, advocate_id=alice, friend_id=joins(session))

    assert [title for title, _ in told(session, alice)].count("Many came by your link") == 1


def test_of_a_crowd_the_advocate_is_warned_once_in_a_day_of_the_shop(session, clock):
    """In Moscow it is half past two at night: midnight in Greenwich begins no new day there."""
    clock.set(datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    alice = joins(session, "Alice")

    def warnings_after(friends):
        for _ in range(friends):
            bound(session, advocate_id=alice, friend_id=joins(session))
        return [title for title, _ in told(session, alice)].count("Many came by your link")

    assert warnings_after(6) == 1
    clock.advance(hours=1)
    assert warnings_after(1) == 1
    clock.advance(hours=21)
    assert warnings_after(1) == 2


def test_visits_are_counts_by_channel_and_day(session):
    alice = joins(session, "Alice")
    code, today = a_code(session, alice), business_now().date()
    service.count_visit(session, code=code, channel="qr", day=today)
    service.count_visit(session, code=code, channel="qr", day=today)
    service.count_visit(session, code=code, channel="qr", day=today + timedelta(days=1))
    service.count_visit(session, code=code, channel="link", day=today)

    assert queries.visits_by_channel(session, alice) == {"qr": 3, "link": 1}
