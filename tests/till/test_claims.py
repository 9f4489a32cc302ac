"""Receipts on which nobody was named: kept, and claimed once within the window."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.programmes import service as programmes
from backend.receipts import queries as receipts
from backend.referrals import queries as referral_queries
from backend.referrals import service as referrals
from backend.referrals.terms import terms_of
from backend.shared.clock import business_now
from backend.shared.db import driver_connection
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from backend.till import claiming
from backend.till.errors import UnknownMember
from tests.conftest import ObedientClock
from tests.factories import members as cast
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill, fresh_code, guest, sale

pytestmark = pytest.mark.usefixtures("books_agree")

ENGLISH = Reader("en", "Europe/Moscow")
PHONE = "+7 912 000-00-01"
AT_ONCE = DEMO_PROGRAMME.replace("availability: {pending_days: 14}", "availability: {pending_days: 0}")


def keep(till: OpenTill, total: int = 70_000, **fields: Any) -> Any:
    """A sale to somebody whom nobody knows."""
    return till.post("/receipts", _of_nobody(total, **fields))


def _of_nobody(total: int, **fields: Any) -> dict[str, Any]:
    body = sale(UUID(int=0), total, **fields)
    del body["member_id"]
    return body


def claim(till: OpenTill, code: str = PHONE, *, number: str = "sale-1") -> Any:
    return till.post(f"/receipts/{number}/claim", {"code": code})


def claim_by_app(till: OpenTill, session: Session, member_id: UUID, **guess: Any) -> Any:
    guess = {"external_id": "sale-1", "total": 70_000} | guess
    return till.client.post("/api/v1/me/receipts", json=guess, headers=cast.headers_of(session, member_id))


@pytest.mark.parametrize("code", ["4276 1234", "+7 912 999-99-99", None])
def test_a_receipt_of_somebody_unknown_is_kept_and_says_how_to_claim_it(till: OpenTill, code: str | None) -> None:
    answer = keep(till, code=code)
    assert answer.status_code == 201
    assert (answer.json["unattached"], answer.json["points_pending"], answer.json["balance"]) == (True, 0, None)
    assert answer.json["messages"] == [
        "Nobody was named. Number and total of this receipt bring its points until 22 December."
    ]


def test_a_kept_receipt_again_is_answered_as_before_even_when_its_guest_is_known_by_now(
    till: OpenTill, session: Session
) -> None:
    first = keep(till, code=PHONE)
    guest(session)
    second = keep(till, code=PHONE)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json == first.json


def test_a_kept_receipt_is_still_refused_for_what_is_wrong_with_it(till: OpenTill) -> None:
    assert keep(till, currency="GBP").json["type"] == "unknown-currency"
    assert keep(till).status_code == 201
    assert keep(till, 80_000).json["type"] == "different-content"


def test_a_claimed_receipt_earns_as_if_it_were_sold_to_its_guest(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till)
    answer = claim(till)
    assert (answer.status_code, answer.json["points_pending"], answer.json["unattached"]) == (200, 35, False)
    assert answer.json["member"]["id"] == str(alice)
    [row] = ledger.entries(session, alice, reader=ENGLISH)
    assert (row.kind, row.points, row.status, row.title) == ("accrual", 35, "pending", "Pokrovka 12")


def test_a_claim_counts_once_and_a_repetition_hears_the_same(till: OpenTill, session: Session) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    keep(till)
    first, second = claim(till), claim(till)
    assert (second.status_code, second.json) == (200, first.json)
    other = claim(till, "+79120000002")
    assert (other.status_code, other.json["type"]) == (409, "already-claimed")
    assert ledger.balance(session, alice).pending == 35
    assert ledger.balance(session, boris).pending == 0


def test_a_receipt_that_was_its_guests_all_along_is_not_claimed(till: OpenTill, session: Session) -> None:
    till.sell(guest(session), 70_000)
    assert claim(till).json["type"] == "already-claimed"


def test_whose_it_is_must_be_known_and_the_receipt_must_be_the_stores(till: OpenTill, session: Session) -> None:
    keep(till)
    assert claim(till).json["type"] == "unknown-code"
    guest(session)
    assert claim(till, number="sale-2").json["type"] == "unknown-receipt"
    other = bearer(a_till_key(session, a_store(session, code="arbat").id))
    answer = till.client.post("/api/v1/till/receipts/sale-1/claim", json={"code": PHONE}, headers=other)
    assert answer.json["type"] == "unknown-receipt"


def test_a_claim_is_judged_by_the_programme_of_the_day_of_sale(
    till: OpenTill, session: Session, clock: ObedientClock
) -> None:
    alice = guest(session)
    keep(till)
    clock.advance(days=10)
    programmes.load(session, DEMO_PROGRAMME.replace("500}", "1000}"), in_force_from=business_now())
    assert claim(till).json["points_pending"] == 35
    clock.advance(days=4)
    ledger_service.release_due(session, clock.now)
    assert ledger.balance(session, alice).available == 35


def test_the_window_ends(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    guest(session)
    keep(till)
    clock.advance(days=30, seconds=1)
    answer = claim(till)
    assert (answer.status_code, answer.json["type"]) == (409, "claim-too-late")


def test_returns_before_the_claim_reduce_what_it_earns_and_those_after_it_take_back_the_rest(
    till: OpenTill, session: Session
) -> None:
    alice = guest(session)
    keep(till)
    till.give_back(external_id="r1", amount=30_000)
    answer = claim(till)
    assert answer.json["points_pending"] == 20
    assert ledger.balance(session, alice).pending == 20
    assert till.give_back(external_id="r2").json["points_taken_back"] == 20
    assert ledger.balance(session, alice) == ledger.Balance()


def test_goods_and_returns_of_a_claimed_receipt_are_its_guests_too(till: OpenTill, session: Session) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    till.sell(boris, 50_000, external_id="sale-0")
    till.give_back(of="sale-0", external_id="r0", amount=10_000)
    keep(till)
    till.give_back(external_id="r1", amount=30_000)
    claim(till)
    for table in ("receipts", "receipt_lines", "receipt_returns"):
        members = session.execute(text(f"SELECT member_id FROM {table}")).scalars().all()
        assert sorted(members) == sorted([alice, boris]), table


def test_what_came_back_before_the_claim_is_told_with_it(till: OpenTill, session: Session) -> None:
    guest(session)
    programmes.load(session, AT_ONCE, in_force_from=business_now())
    keep(till)
    till.give_back(external_id="r1", amount=30_000)
    answer = claim(till).json
    assert (answer["points_earned"], answer["points_pending"], answer["balance"]["available"]) == (20, 0, 20)
    assert answer["messages"][1:] == ["−15\u00a0points for the returned purchase."]
    returned = driver_connection(session).execute("SELECT facts->'returned' FROM ledger_transactions WHERE number = 2")
    assert returned.fetchone() == ({"amount_minor": 30_000, "currency": "RUB"},)


def test_whoever_owes_is_told_of_a_claim_what_it_earned_all_the_same(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    programmes.load(session, AT_ONCE, in_force_from=business_now())
    till.sell(alice, 90_000, external_id="sale-0")
    held = till.reserve(fresh_code(session, alice), 45, 4_500).json["id"]
    till.post(f"/reservations/{held}/confirm", {})
    till.give_back(of="sale-0", external_id="r0")
    assert ledger.balance(session, alice) == ledger.Balance(debt=45)
    keep(till)
    till.give_back(external_id="r1", amount=30_000)
    assert claim(till).json["points_earned"] == 20
    assert ledger.balance(session, alice) == ledger.Balance(debt=25)


def test_a_claimed_receipt_is_judged_by_how_it_was_paid(till: OpenTill, session: Session) -> None:
    guest(session)
    terms = "earning_exclusions: {payment_kinds: [gift_card]}\n"
    programmes.load(session, DEMO_PROGRAMME + terms, in_force_from=business_now())
    keep(till, payments=[{"kind": "gift_card", "amount": 50_000}, {"kind": "card", "amount": 20_000}])
    assert claim(till).json["points_pending"] == 10


def test_nobody_without_a_book_is_given_a_receipt(till: OpenTill, session: Session) -> None:
    keep(till)
    [kept] = receipts.claimable(session, store_ids=[till.store_id], external_id="sale-1")
    with pytest.raises(UnknownMember):
        claiming.claim(session, kept, member_id=new_id())
    guest(session)
    assert claim(till).json["points_pending"] == 35


def test_a_receipt_that_came_back_whole_is_not_claimed(till: OpenTill, session: Session) -> None:
    guest(session)
    keep(till)
    assert till.give_back().json["balance"] is None
    assert claim(till).json["type"] == "nothing-to-claim"


def test_a_claimed_first_purchase_rewards_the_recommendation(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    boris = guest(session, "+79120000002")
    keep(till)
    code = referrals.own_code(session, member_id=alice, at=business_now())
    terms = terms_of(programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now()))
    assert terms is not None
    assert referrals.bind(session, friend_id=boris, code=code, channel="own", at=business_now(), terms=terms)
    assert claim(till, "+79120000002").json["points_pending"] == 235
    assert ledger.balance(session, alice).pending == 200
    referral = referral_queries.referral_of_friend(session, boris)
    assert referral is not None
    assert referral.status == "pending"


def test_a_claim_is_written_into_the_audit_log(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till)
    claim(till)
    row = (
        driver_connection(session).execute("SELECT who, after FROM audit_log WHERE action = 'claim_receipt'").fetchone()
    )
    assert row is not None
    assert row[0].startswith("till_key:")
    assert row[1] == {"member_id": str(alice)}


def test_a_participant_claims_by_number_and_total(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till)
    first, second = claim_by_app(till, session, alice), claim_by_app(till, session, alice)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json["points_pending"] == 35
    assert ledger.balance(session, alice).pending == 35


def test_a_number_that_was_copied_in_small_letters_is_found(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till, external_id="SXZS-5KS2-N031")
    assert claim_by_app(till, session, alice, external_id="sxzs-5ks2-n031").status_code == 201


def test_letters_count_where_two_numbers_differ_by_nothing_else(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    for number in ("A-1", "a-1"):
        keep(till, external_id=number)
    claim_by_app(till, session, alice, external_id="a-1")
    owners = {
        number: receipts.member_of(session, store_id=till.store_id, external_id=number) for number in ("A-1", "a-1")
    }
    assert owners == {"A-1": None, "a-1": alice}


def test_a_wrong_number_and_a_wrong_total_hear_the_same(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till)
    wrong_number = claim_by_app(till, session, alice, external_id="sale-2")
    wrong_total = claim_by_app(till, session, alice, total=70_001)
    assert (wrong_number.status_code, wrong_number.json["type"]) == (404, "unknown-receipt")
    assert wrong_total.json == wrong_number.json
    assert ledger.balance(session, alice).pending == 0


def test_wrong_guesses_are_limited_for_each_member(till: OpenTill, session: Session, clock: ObedientClock) -> None:
    alice, boris = guest(session), guest(session, "+79120000002")
    keep(till)
    for total in range(10):
        assert claim_by_app(till, session, alice, total=total).status_code == 404
    answer = claim_by_app(till, session, alice)
    assert (answer.status_code, answer.json["type"]) == (429, "too-many-claims")
    assert 0 < answer.json["retry_after_seconds"] <= 3601
    assert claim_by_app(till, session, boris, total=1).status_code == 404
    clock.advance(hours=1, seconds=1)
    assert claim_by_app(till, session, alice).status_code == 201


def test_where_two_stores_have_such_a_receipt_the_store_is_asked_for(till: OpenTill, session: Session) -> None:
    alice = guest(session)
    keep(till)
    other = bearer(a_till_key(session, a_store(session, code="arbat").id))
    till.client.post("/api/v1/till/receipts", json=_of_nobody(70_000), headers=other)
    assert "store" in claim_by_app(till, session, alice).json["errors"]
    assert claim_by_app(till, session, alice, store="arbat").status_code == 201
    assert claim_by_app(till, session, alice, store="pokrovka").status_code == 201
    assert ledger.balance(session, alice).pending == 70


def test_an_import_of_the_window_is_no_offer_to_wait(till: OpenTill, session: Session) -> None:
    """A receipt sold offline two days ago may be claimed for as long as any other."""
    guest(session)
    at = business_now() - timedelta(hours=48)
    assert keep(till, occurred_at=at.isoformat(), offline=True).status_code == 201
    assert claim(till).json["points_pending"] == 35
