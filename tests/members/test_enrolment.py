"""Becoming a member."""

import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from backend.members.card_number import read_card_number
from backend.members.enrolment import enrol_by_address, enrol_by_phone, enrol_external
from backend.members.events import MemberJoined, MembersJoined
from backend.members.models import Member, MemberContact
from backend.members.profile import erase, profile
from backend.shared.db import transaction
from backend.shared.errors import Invalid
from tests.factories.members import ALICE_PHONE, alice, member, phone_address
from tests.factories.shops import a_shop

LONG_AGO = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


@pytest.fixture
def told(app, monkeypatch):
    """What the members feature told during the test."""
    events = []
    monkeypatch.setattr(app.extensions["molva_events"], "publish", lambda _session, event: events.append(event))
    return events


def test_one_person_is_one_member_however_the_phone_is_written(session, clock):
    a_shop(session)
    first = enrol_by_phone(session, phone="8 (912) 345-67-89", locale="ru")
    again = enrol_by_phone(session, phone="+79123456789", locale="ru")
    assert (first.new, again.new) == (True, False)
    assert first.member_id == again.member_id


def test_a_new_member_has_a_card_number_and_the_shops_zone(session, clock):
    a_shop(session)
    enrolment = enrol_by_phone(session, phone=ALICE_PHONE, locale="ru")
    me = profile(session, member_id=enrolment.member_id)
    assert read_card_number(me.card_number) == me.card_number
    assert (me.zone, me.locale, me.name) == ("Europe/Moscow", "ru", None)


def test_joining_is_dated_by_the_business(session, clock):
    clock.advance(days=30, business_only=True)
    assert profile(session, member_id=alice(session).id).joined_at == clock.now


def test_joining_is_told_once(session, clock, told):
    joined = alice(session)
    alice(session)
    assert told == [MemberJoined(member_id=joined.id, joined_at=clock.now)]


def test_what_is_no_phone_makes_no_member(session, clock):
    a_shop(session)
    with pytest.raises(Invalid):
        enrol_by_phone(session, phone="12", locale="ru")
    assert session.scalar(select(func.count()).select_from(Member)) == 0


def test_a_phone_from_the_till_is_not_verified_until_its_owner_signs_in(session, clock):
    a_shop(session)
    enrol_by_phone(session, phone=ALICE_PHONE, locale="ru")
    assert session.scalar(select(MemberContact.verified_at)) is None
    alice(session)
    assert session.scalar(select(MemberContact.verified_at)) == clock.now


def test_whoever_was_enrolled_without_a_name_may_give_one_when_signing_in(session, clock):
    a_shop(session)
    enrolled = enrol_by_phone(session, phone=ALICE_PHONE, locale="ru")
    assert alice(session).id == enrolled.member_id
    assert profile(session, member_id=enrolled.member_id).name == "Alice Kovaleva"


def test_signing_in_renames_nobody(session, clock):
    joined = alice(session)
    member(session, name="Mallory", phone=ALICE_PHONE)
    assert profile(session, member_id=joined.id).name == "Alice Kovaleva"


def test_neither_name_nor_phone_can_be_read_from_the_tables(session, clock):
    alice(session)
    rows = session.execute(
        text("SELECT members::text || member_contacts::text FROM members, member_contacts")
    ).scalar_one()
    for secret in ("Alice", "Kovaleva", ALICE_PHONE, ALICE_PHONE[-7:]):
        assert secret not in rows
        assert secret.encode().hex() not in rows


def enrol_alice(session):
    return enrol_by_address(
        session,
        address=phone_address(ALICE_PHONE),
        locale="ru",
        zone="Europe/Moscow",
        source="app",
        verified=True,
    )


def test_two_enrolments_at_once_make_one_member(committed_app):
    """The till enrols a phone, and before it has committed the app does too."""
    with committed_app.app_context(), transaction() as session:
        a_shop(session)
    from_app = []

    def app_enrols():
        with committed_app.app_context(), transaction() as session:
            from_app.append(enrol_alice(session))

    with committed_app.app_context():
        with transaction() as session:
            from_till = enrol_alice(session)
            app = threading.Thread(target=app_enrols)
            app.start()
            _wait_until_somebody_waits_for_a_lock(session)
        app.join()
    assert (from_till.new, from_app[0].new) == (True, False)
    assert from_till.member_id == from_app[0].member_id
    with committed_app.app_context(), transaction() as session:
        assert session.scalar(select(func.count()).select_from(Member)) == 1


def _wait_until_somebody_waits_for_a_lock(session):
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(2_000):
        session.execute(text("SELECT pg_stat_clear_snapshot()"))
        if session.execute(waiting).scalar_one():
            return
        time.sleep(0.005)
    raise AssertionError("nobody waited")


def external(session, ids, joined_at=LONG_AGO):
    return enrol_external(session, external_ids=ids, joined_at=joined_at, locale="en", zone="Europe/London")


def test_customers_of_another_system_become_members_without_a_contact(session, clock):
    made = external(session, ["17850", "13047"])
    me = profile(session, member_id=made["17850"])
    assert set(made) == {"17850", "13047"}
    assert (me.joined_at, me.zone, me.phone_masked, me.email_masked) == (LONG_AGO, "Europe/London", None, None)


def test_a_repeated_import_makes_nobody_new(session, clock, told):
    first = external(session, ["17850", "13047"])
    assert external(session, ["13047", "17850", "13047", "12583"]) == first | external(session, ["12583"])
    assert session.scalar(select(func.count()).select_from(Member)) == 3
    assert [len(event.member_ids) for event in told if isinstance(event, MembersJoined)] == [2, 1]


def test_each_may_have_joined_at_a_moment_of_their_own(session, clock):
    later = LONG_AGO.replace(year=2011)
    made = external(session, ["1", "2"], joined_at={"1": LONG_AGO, "2": later})
    assert profile(session, member_id=made["2"]).joined_at == later


def test_thousands_become_members_in_a_handful_of_statements(session, clock):
    connection, statements = session.connection(), []
    driver = connection.connection.driver_connection
    execute = type(driver).execute

    def counting(self, query, *arguments, **options):
        statements.append(query)
        return execute(self, query, *arguments, **options)

    type(driver).execute = counting
    try:
        made = external(session, [str(number) for number in range(5_000)])
    finally:
        type(driver).execute = execute
    assert len(made) == 5_000
    assert len(statements) <= 4


def test_nobody_at_all_is_no_work(session, clock, told):
    assert external(session, []) == {}
    assert told == []


def test_whoever_was_erased_comes_back_from_another_system_as_somebody_new(session, clock):
    before = external(session, ["17850"])
    erase(session, member_id=before["17850"])
    assert external(session, ["17850"]) != before
