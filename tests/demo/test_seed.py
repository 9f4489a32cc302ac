"""The demo shop is full when it is open, the same however often it is filled, and Alice's story is as told."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.demo import seed as seeding
from backend.demo.cast import ALICE, BORIS
from backend.demo.crowd import guest
from backend.demo.reset import empty
from backend.demo.seed import seed
from backend.ledger import queries as ledger
from backend.members import queries as members
from backend.members.addresses import parse_phone
from backend.members.sign_in_codes import contact_lookup
from backend.programmes import queries as programmes
from backend.programmes.expiry import Expiry
from backend.referrals import queries as referrals
from backend.shared.clock import business_now
from backend.shared.db import run_transaction, transaction
from backend.shared.formatting import day_in
from backend.shops import queries as shops

GUESTS = 12


def member_id(session, phone: str) -> UUID:
    found = members.member_of_contact(session, contact_lookup(parse_phone(phone, region="RU")))
    assert found is not None
    return found


def counts(app: Flask) -> dict[str, int]:
    tables = ("members", "consents", "devices", "receipts", "ledger_transactions", "referrals", "messages", "till_keys")
    with app.app_context(), transaction() as session:
        return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}


@pytest.fixture
def filled(demo_app: Flask) -> Flask:
    with demo_app.app_context():
        seed(members=GUESTS)
    return demo_app


def test_alice_has_what_the_first_look_promises(filled: Flask) -> None:
    with filled.app_context(), transaction() as session:
        alice_id = member_id(session, ALICE.phone)
        assert ledger.balance(session, alice_id) == ledger.Balance(available=1240, pending=270)
        first = ledger.expiring(session, alice_id, zone="Europe/Moscow")[0]
        assert first.points == 200
        today = day_in(business_now(), "Europe/Moscow")
        assert timedelta(days=6) <= first.expires_on - today <= timedelta(days=9)


def test_alices_friends_stand_in_every_state(filled: Flask) -> None:
    with filled.app_context(), transaction() as session:
        rows = referrals.referrals_of_advocate(session, member_id(session, ALICE.phone), limit=50)
        states = sorted(row.status for row in rows)
        assert states == ["joined", "pending", "qualified", "rejected", "reversed", "rewarded", "rewarded"]
        boris = referrals.referral_of_friend(session, member_id(session, BORIS.phone))
        assert boris is not None
        assert boris.status == "joined"


def test_the_programme_has_the_contracts_terms(filled: Flask) -> None:
    with filled.app_context(), transaction() as session:
        programme = programmes.main_programme(session, at=business_now())
    assert programme is not None
    assert programme.currency == "RUB"
    assert [rule.rate_basis_points for rule in programme.earning] == [500]
    assert (programme.point_value_minor, programme.pending_days, programme.expiry) == (100, 14, Expiry(days=365))
    referral = programme.referral
    assert referral is not None
    assert (referral.advocate_points, referral.friend_points, referral.minimum_receipt_minor) == (200, 200, 50_000)
    assert referral.cap is not None
    assert (referral.cap.friends, referral.cap.window_days) == (10, 30)
    assert {rule.mode for rule in programme.screening} == {"active"}


def test_nobody_is_told_of_the_past_on_a_phone(filled: Flask) -> None:
    with filled.app_context(), transaction() as session:
        assert session.execute(text("SELECT count(*) FROM deliveries")).scalar_one() == 0


def test_filling_again_changes_nothing(filled: Flask) -> None:
    before = counts(filled)
    with filled.app_context():
        seed(members=GUESTS)
    assert counts(filled) == before


def test_more_members_are_added_to_those_there_are(filled: Flask) -> None:
    before = counts(filled)
    with filled.app_context():
        seed(members=GUESTS + 5)
    after = counts(filled)
    assert after["members"] == before["members"] + 5
    assert after["till_keys"] == before["till_keys"] == 1


@pytest.mark.parametrize("cut_at", ["story", "guests", "phones"])
def test_a_filling_cut_off_is_gone_on_with(demo_app: Flask, make_app: Callable[..., Flask], cut_at: str) -> None:
    def cut(stage: str, done: int, of: int) -> None:
        if stage == cut_at and done >= min(of, 20):
            raise KeyboardInterrupt

    with demo_app.app_context():
        with pytest.raises(KeyboardInterrupt):
            seed(members=GUESTS, told=cut)
        with transaction() as session:
            assert shops.find_shop(session) is None
        seed(members=GUESTS)
        with transaction() as session:
            assert shops.find_shop(session) is not None
            assert ledger.balance(session, member_id(session, ALICE.phone)).available == 1240
    whole = make_app(demo=True)
    with whole.app_context():
        seed(members=GUESTS)
    assert counts(demo_app) == counts(whole)


def test_the_guest_of_a_number_is_always_the_same() -> None:
    assert guest(7) == guest(7)
    assert len({guest(number).phone for number in range(500)}) == 500
    assert all(guest(number).purchases[0].before <= guest(number).joined_before for number in range(100))
    agreed = sum(guest(number).offers_by_push for number in range(500))
    assert 300 < agreed < 400


def test_a_reset_empties_everything_and_the_clock_too(filled: Flask, here: FlaskClient) -> None:
    here.post("/demo/clock", json={"advance_seconds": 3600})
    with filled.app_context():
        empty()
    assert set(counts(filled).values()) == {0}
    with filled.app_context():
        seed(members=0)
        with transaction() as session, pytest.raises(Exception, match="append-only"):
            session.execute(text("DELETE FROM audit_log"))
        with transaction() as session:
            assert ledger.balance(session, member_id(session, ALICE.phone)).available == 1240


def test_the_till_key_works_at_once(filled: Flask, here: FlaskClient) -> None:
    key = here.get("/demo/till-key").json
    assert key["store"] == "pokrovka"
    scan = here.post(
        "/api/v1/till/scans", json={"code": ALICE.phone}, headers={"Authorization": f"Bearer {key['key']}"}
    )
    assert scan.json["available"] == 1240
    assert scan.json["member"]["label"] == "Alice K."


@pytest.mark.parametrize(
    ("who", "first_page"),
    [("vera", "/till"), ("marat", "/console/campaigns"), ("olga", "/console"), ("anna", "/console/staff")],
)
def test_each_of_the_staff_is_led_to_their_first_page(
    demo_app: Flask, here: FlaskClient, who: str, first_page: str
) -> None:
    with demo_app.app_context():
        run_transaction(seeding._open_stores)
    answer = here.get(f"/demo/sign-in?as={who}")
    assert (answer.status_code, answer.location) == (303, first_page)
    assert who.title() in here.get("/staff/sign-in").get_data(as_text=True)


def test_the_start_page_carries_alices_invitation(filled: Flask, here: FlaskClient) -> None:
    page = here.get("/?lang=en").get_data(as_text=True)
    assert "http://127.0.0.1:8000/r/" in page
    assert here.get("/demo/invitation.svg").mimetype == "image/svg+xml"
