"""Questions that a rule answers at once, and how a member says that this is no answer."""

import pytest

from backend.ledger import queries as ledger
from backend.referrals import service as referrals
from tests.factories.till import sale


def unattached(till, total=54_000, **fields):
    """A receipt on which nobody was named."""
    body = sale(till.store_id, total, external_id="0042", **fields)
    del body["member_id"]
    sold = till.post("/receipts", body)
    assert sold.status_code == 201, sold.text


PAPER = {"number": "0042", "on": "2026-11-22", "amount": 54_000, "currency": "RUB"}


def test_a_receipt_that_is_found_is_attached_with_its_points(session, till, alices):
    unattached(till)
    settled = alices.ask("I forgot my card.", receipt=PAPER)
    assert settled.status_code == 201, settled.text
    assert settled.json["status"] == "settled"
    assert settled.json["decision"]["outcome"] == "settled"
    assert settled.json["decision"]["text"].startswith("It is yours now")
    assert settled.json["decision"]["decided_by"] is None
    assert ledger.balance(session, alices.id).pending == 27
    (entry,) = alices.entries()
    assert entry["receipt_id"] == settled.json["subject"]["id"]


@pytest.mark.parametrize("wrong", [{"amount": 54_100}, {"on": "2026-11-21"}, {"amount": None}, {"number": "0043"}])
def test_nobody_learns_from_the_answer_whether_a_receipt_exists(session, till, alices, wrong):
    unattached(till)
    paper = {name: value for name, value in (PAPER | wrong).items() if value is not None}
    asked = alices.ask(receipt=paper).json
    assert (asked["status"], asked["subject"]["id"], asked["decision"]) == ("open", None, None)
    assert ledger.balance(session, alices.id).pending == 0


def test_anothers_receipt_looks_as_one_that_is_not_there(till, alices, boriss, olgas):
    till.sell(boriss.id, 54_000, external_id="0042")
    asked = alices.ask(receipt=PAPER).json
    assert (asked["status"], asked["subject"]["id"]) == ("open", None)
    assert olgas.get(f"/disputes/{asked['id']}").json["topic"] == "receipt_elsewhere"


def test_ones_own_receipt_is_explained_with_its_day(till, alices):
    till.sell(alices.id, 54_000, external_id="0042")
    settled = alices.ask(receipt={"number": "0042", "on": "2026-11-22"}).json
    assert settled["status"] == "settled"
    assert "It stands in your history on 22 November" in settled["decision"]["text"]


def test_points_that_wait_are_explained_in_the_callers_language(till, boriss):
    till.sell(boriss.id, 150_000)
    (entry,) = boriss.entries()
    settled = boriss.ask("Где баллы?", entry_id=entry["id"]).json
    assert settled["status"] == "settled"
    assert "можно тратить с 6 декабря" in settled["decision"]["text"]


def test_a_word_after_a_rules_answer_opens_it_for_a_person(clock, till, alices):
    till.sell(alices.id, 150_000)
    settled = alices.ask(entry_id=alices.entries()[0]["id"]).json
    clock.advance(days=1, business_only=True)
    opened = alices.post(f"/disputes/{settled['id']}/messages", {"text": "It was 3,000."}).json
    assert (opened["status"], opened["due_on"], opened["decision"]) == ("open", "2026-12-07", None)
    assert [said["kind"] for said in opened["thread"]] == ["opened", "settled", "insisted"]


def test_asking_again_and_insisting_opens_the_settled_one(till, alices):
    till.sell(alices.id, 150_000)
    entry_id = alices.entries()[0]["id"]
    settled = alices.ask(entry_id=entry_id).json
    opened = alices.ask("It was 3,000.", entry_id=entry_id, insists=True)
    assert (opened.status_code, opened.json["id"], opened.json["status"]) == (200, settled["id"], "open")


def test_a_friend_over_a_term_of_the_programme_is_explained_by_the_refusals_own_reason(
    session, clock, till, alices, boriss
):
    referral_id = bound(session, clock, alices, boriss)
    till.sell(boriss.id, 10_000)
    settled = alices.ask("Where are my points?", referral_id=str(referral_id)).json
    assert settled["status"] == "settled"
    assert "The first purchase was below ₽500." in settled["decision"]["text"]


def test_the_friend_may_ask_too(session, clock, till, alices, boriss):
    referral_id = bound(session, clock, alices, boriss)
    asked = boriss.ask("Где баллы?", referral_id=str(referral_id)).json
    assert (asked["subject"]["title"], asked["status"]) == ("Ваше приглашение", "settled")


def bound(session, clock, alices, boriss):
    """Boris came by Alice's code."""
    from backend.referrals.friends import terms_in_force

    code = referrals.own_code(session, member_id=alices.id, at=clock.now)
    terms = terms_in_force(session, at=clock.now)
    return referrals.bind(session, friend_id=boriss.id, code=code, channel="link", at=clock.now, terms=terms)
