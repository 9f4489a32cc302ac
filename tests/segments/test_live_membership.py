"""Memberships follow what happens: by touched members at once, by time within the hour, and nothing sticks."""

import threading

import psycopg
import pytest
from sqlalchemy import select, text

from backend.members import profile
from backend.members.devices import remove_device
from backend.segments import queries, recomputing, service, touching
from backend.segments.models import Segment, SegmentMember, SegmentTouch
from backend.shared import ids
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction
from backend.shared.jobs import run_due_jobs
from tests.factories.members import alice, boris, consents_to, member
from tests.factories.notifications import a_phone
from tests.factories.segments import MARAT, a_segment, all_of, leaf
from tests.factories.till import open_till

BUYERS = leaf("purchases", "at_least", 1, window_days=30)


@pytest.fixture
def till(session, client, clock):
    return open_till(session, client)


def inside(session, code):
    session.expire_all()
    segment_id = session.scalar(select(Segment.id).where(Segment.code == code))
    return set(session.scalars(select(SegmentMember.member_id).where(SegmentMember.segment_id == segment_id)))


def kept_count(session, code):
    return session.scalar(select(Segment.members_count).where(Segment.code == code))


def buy(till, member_id, number=1):
    assert till.sell(member_id, 70_000, external_id=f"sale-{number}").status_code == 201


def test_a_new_segment_is_computed_from_everything_that_was(session, till):
    buy(till, (buyer := alice(session)).id)
    boris(session)
    a_segment(session, "buyers", BUYERS)
    assert inside(session, "buyers") == set()

    run_due_jobs()

    assert inside(session, "buyers") == {buyer.id}
    listed = queries.listed(session)
    assert [(one.code, one.members_count, one.is_computed) for one in listed] == [("buyers", 1, True)]


def test_a_purchase_brings_its_buyer_in_and_a_return_takes_nobody_else_out(session, till):
    a_segment(session, "spenders", leaf("spend", "at_least", 50_000))
    run_due_jobs()
    buyer, other = alice(session), boris(session)
    buy(till, buyer.id, 1)
    buy(till, other.id, 2)
    run_due_jobs()
    assert inside(session, "spenders") == {buyer.id, other.id}

    assert till.give_back(of="sale-1").status_code == 201
    run_due_jobs()

    assert inside(session, "spenders") == {other.id}
    assert kept_count(session, "spenders") == 1


def test_till_reads_memberships_by_code(session, till):
    a_segment(session, "buyers", BUYERS)
    a_segment(session, "english", leaf("language", "one_of", ["en"]))
    buyer, other = alice(session), boris(session)
    buy(till, buyer.id)
    run_due_jobs()
    asked = queries.memberships(session, [buyer.id, other.id], ["buyers", "english", "nobody-knows"])
    assert asked == {buyer.id: frozenset({"buyers", "english"})}
    assert queries.memberships(session, [buyer.id], ["english"]) == {buyer.id: frozenset({"english"})}


def test_those_who_nest_others_follow_in_one_go(session, till):
    a_segment(session, "buyers", BUYERS)
    a_segment(session, "quiet", {"not": {"segment": "buyers"}})
    a_segment(session, "quiet-english", all_of({"segment": "quiet"}, leaf("language", "one_of", ["en"])))
    buyer, other = alice(session), boris(session)
    run_due_jobs()
    assert inside(session, "quiet") == {buyer.id, other.id}
    assert inside(session, "quiet-english") == {buyer.id}

    buy(till, buyer.id)
    run_due_jobs()

    assert inside(session, "buyers") == {buyer.id}
    assert inside(session, "quiet") == {other.id}
    assert inside(session, "quiet-english") == set()


def test_another_version_of_a_nested_one_makes_its_users_anew(session, till):
    a_segment(session, "buyers", BUYERS)
    a_segment(session, "quiet", {"not": {"segment": "buyers"}})
    buyer, other = alice(session), boris(session)
    buy(till, buyer.id)
    run_due_jobs()
    assert inside(session, "quiet") == {other.id}

    a_segment(session, "buyers", leaf("purchases", "at_least", 2))
    run_due_jobs()

    assert inside(session, "quiet") == {buyer.id, other.id}


def test_until_a_new_version_is_computed_the_old_membership_stays_whole(session, till):
    a_segment(session, "buyers", BUYERS)
    buyer, other = alice(session), boris(session)
    buy(till, buyer.id)
    run_due_jobs()
    a_segment(session, "buyers", leaf("purchases", "at_most", 0))

    touching.keep_up(session, [buyer.id, other.id])
    assert inside(session, "buyers") == {buyer.id}

    run_due_jobs()
    assert inside(session, "buyers") == {other.id}


def test_time_alone_takes_people_out_within_the_hour(session, till, clock):
    a_segment(session, "buyers", BUYERS)
    buy(till, (buyer := alice(session)).id)
    run_due_jobs()
    clock.advance(days=29, hours=23)
    run_due_jobs()
    assert inside(session, "buyers") == {buyer.id}
    clock.advance(hours=2)
    run_due_jobs()
    assert inside(session, "buyers") == set()


def test_what_makes_no_new_row_is_told(session, till):
    a_segment(session, "reached", leaf("has_app", "true"))
    a_segment(session, "agreed", leaf("agreed_push", "true"))
    a_segment(session, "english", leaf("language", "one_of", ["en"]))
    person = boris(session)
    run_due_jobs()
    a_phone(session, person.id, "boris-phone")
    consents_to(session, person.id)
    profile.change_profile(session, member_id=person.id, locale="en")
    run_due_jobs()
    assert all(inside(session, code) == {person.id} for code in ("reached", "agreed", "english"))

    remove_device(session, member_id=person.id, install_id="install.boris-phone")
    consents_to(session, person.id, given=False)
    run_due_jobs()

    assert inside(session, "reached") == inside(session, "agreed") == set()


def test_whoever_is_erased_leaves_every_segment_the_archive_too(session, till):
    a_segment(session, "buyers", BUYERS)
    old = a_segment(session, "old", BUYERS)
    buy(till, (buyer := alice(session)).id)
    run_due_jobs()
    service.archive(session, segment_id=old.id, by=MARAT)
    profile.erase(session, member_id=buyer.id)
    run_due_jobs()
    assert session.scalars(select(SegmentMember.member_id)).all() == []


def test_an_archived_segment_is_kept_up_no_more_and_known_no_more(session, till):
    old = a_segment(session, "old", BUYERS)
    buy(till, (buyer := alice(session)).id)
    run_due_jobs()
    service.archive(session, segment_id=old.id, by=MARAT)
    assert queries.memberships(session, [buyer.id], ["old"]) == {}
    assert queries.listed(session) == []
    assert not touching.anything_new(session)


def test_with_no_segments_nothing_is_collected(session, till):
    buy(till, alice(session).id)
    run_due_jobs()
    assert session.scalars(select(SegmentTouch)).all() == []


def test_members_are_worked_on_chunk_by_chunk(session, till, monkeypatch):
    a_segment(session, "english", leaf("language", "one_of", ["en"]))
    run_due_jobs()
    people = {member(session).id for _ in range(5)}
    monkeypatch.setattr(touching, "MEMBERS_MAXIMUM", 2)
    assert [touching.work(session) for _ in range(4)] == [2, 2, 1, 0]
    assert inside(session, "english") == people


def test_a_tree_that_cannot_be_asked_any_more_stops_nobody_else(session, till, caplog):
    broken = a_segment(session, "broken", BUYERS)
    a_segment(session, "buyers", BUYERS)
    session.execute(text("UPDATE segments SET tree = '{}', version = 2 WHERE id = :id"), {"id": broken.id})
    buy(till, (buyer := alice(session)).id)
    run_due_jobs()
    assert inside(session, "buyers") == {buyer.id}
    assert recomputing.next_due(session) > business_now()


@pytest.fixture
def shop(committed_app):
    """A shop with real commits and one segment, computed."""
    with committed_app.app_context():
        run_transaction(lambda session: a_segment(session, "phoned", leaf("has_phone", "true")))
        run_due_jobs()
        yield committed_app


def committed_inside():
    return run_transaction(lambda session: inside(session, "phoned"))


def test_a_row_that_is_committed_late_is_neither_missed_nor_done_twice(shop, monkeypatch):
    with psycopg.connect(shop.config["MOLVA"].database_url) as late:
        first = run_transaction(lambda session: member(session).id)
        slow_id = ids.new_id()
        _insert_member(late, slow_id)
        second = run_transaction(lambda session: member(session).id)
        run_due_jobs()
        assert committed_inside() == {first, second}
        late.commit()
    run_due_jobs()
    # So soon after it the next look, which goes back a little, finds it.
    assert committed_inside() == {first, second, slow_id}
    touches = run_transaction(lambda session: session.scalars(select(SegmentTouch.member_id)).all())
    assert sorted(touches) == sorted([first, second, slow_id])


def test_a_row_that_is_committed_very_late_is_found_by_looking_back(shop, monkeypatch):
    with psycopg.connect(shop.config["MOLVA"].database_url) as late:
        slow_id = ids.new_id()
        _insert_member(late, slow_id)
        real = ids.time.time_ns
        monkeypatch.setattr(ids.time, "time_ns", lambda: real() + 20 * 10**9)
        first = run_transaction(lambda session: member(session).id)
        run_due_jobs()
        late.commit()
        run_due_jobs()
        assert committed_inside() == {first}
    monkeypatch.setattr(ids.time, "time_ns", lambda: real() + 40 * 10**9)
    run_due_jobs()
    assert committed_inside() == {first, slow_id}


def test_touches_are_forgotten_and_the_clock_of_ids_alone_decides(shop, monkeypatch):
    run_transaction(lambda session: member(session).id)
    run_due_jobs()
    real = ids.time.time_ns
    for seconds in (20, 40, 63, 80):
        monkeypatch.setattr(ids.time, "time_ns", lambda seconds=seconds: real() + seconds * 10**9)
        run_due_jobs()
    assert run_transaction(lambda session: session.scalars(select(SegmentTouch)).all()) == []
    assert not run_transaction(touching.anything_new)


def test_two_workers_take_turns_and_nobody_waits(shop):
    people = {run_transaction(lambda session: member(session).id) for _ in range(20)}
    errors = []

    def worker():
        with shop.app_context():
            try:
                run_due_jobs()
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_due_jobs()
    assert errors == []
    assert committed_inside() == people
    assert run_transaction(lambda session: kept_count(session, "phoned")) == 20


def _insert_member(connection, member_id):
    """Somebody with a phone, by hand, in a transaction that stays open."""
    connection.execute(
        "INSERT INTO members (id, locale, zone, card_number, joined_at, source, key_ciphertext)"
        " VALUES (%s, 'ru', 'Europe/Moscow', '1234567812345678', now(), 'app', '\\x00')",
        (member_id,),
    )
    connection.execute(
        "INSERT INTO member_contacts (id, member_id, kind, lookup_hmac, mark_hmac, ciphertext, created_at)"
        " VALUES (%s, %s, 'phone', '\\x01', '\\x01', '\\x00', now())",
        (ids.new_id(), member_id),
    )
