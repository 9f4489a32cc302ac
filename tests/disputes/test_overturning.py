"""A friend who was refused or held: an upheld question rewards both sides, as if it had been judged so at once."""

import pytest

from backend.ledger import queries as ledger
from backend.members.devices import register_device
from backend.referrals import service as referrals
from backend.referrals.friends import terms_in_force
from backend.referrals.queries import referrals_by_ids


@pytest.fixture
def refused(session, clock, till, alices, boriss):
    """Boris came by Alice's code, on a phone that she uses too."""
    for member_id in (alices.id, boriss.id):
        register_device(
            session,
            member_id=member_id,
            install_id="6f0c1d1e-1c55-4a6e-9d7e-2f3c5b1a9e77",
            platform="android",
            push_token=None,
            app_version="1",
        )
    code = referrals.own_code(session, member_id=alices.id, at=clock.now)
    terms = terms_in_force(session, at=clock.now)
    referral_id = referrals.bind(session, friend_id=boriss.id, code=code, channel="link", at=clock.now, terms=terms)
    till.sell(boriss.id, 60_000)
    assert referrals_by_ids(session, [referral_id])[referral_id].status in {"rejected", "qualified"}
    return referral_id


def test_an_upheld_question_rewards_both_sides(session, alices, boriss, olgas, refused):
    before = ledger.balance(session, alices.id).pending, ledger.balance(session, boriss.id).pending
    asked = alices.ask("We share a tablet, Boris has no phone of his own.", referral_id=str(refused)).json
    assert (asked["status"], asked["subject"]["title"]) == ("open", "For a friend: Борис")
    decided = olgas.post(
        f"/disputes/{asked['id']}/decisions", {"outcome": "upheld", "text": "Two people with one tablet."}
    )
    assert decided.status_code == 201, decided.text
    assert referrals_by_ids(session, [refused])[refused].status == "pending"
    after = ledger.balance(session, alices.id).pending, ledger.balance(session, boriss.id).pending
    assert (after[0] - before[0], after[1] - before[1]) == (200, 200)
    (mine,) = [friend for friend in alices.get("/referrals").json["items"] if friend["id"] == str(refused)]
    assert (mine["status"], mine["points"]) == ("pending", 200)
    decision = decided.json["decision"]
    (entry,) = [entry for entry in alices.entries() if entry["id"] == decision["entry_id"]]
    assert (decision["points"], entry["points"], entry["referral_id"]) == (200, 200, str(refused))


def test_a_refusal_leaves_it_as_it_was(session, alices, olgas, refused):
    asked = alices.ask("We share a tablet.", referral_id=str(refused)).json
    before = referrals_by_ids(session, [refused])[refused].status
    olgas.post(f"/disputes/{asked['id']}/decisions", {"outcome": "refused", "text": "One person, two cards."})
    assert referrals_by_ids(session, [refused])[refused].status == before


def test_points_may_be_given_instead(session, alices, olgas, refused):
    asked = alices.ask("We share a tablet.", referral_id=str(refused)).json
    before = referrals_by_ids(session, [refused])[refused].status
    olgas.post(f"/disputes/{asked['id']}/decisions", {"outcome": "upheld", "text": "A sign of goodwill.", "points": 50})
    assert ledger.balance(session, alices.id).available == 50
    assert referrals_by_ids(session, [refused])[refused].status == before


def test_what_cannot_be_overturned_needs_points(session, clock, till, alices, boriss, olgas, refused):
    asked = alices.ask("We share a tablet.", referral_id=str(refused)).json
    decision = {"outcome": "upheld", "text": "Yes."}
    assert olgas.post(f"/disputes/{asked['id']}/decisions", decision).status_code == 201
    again = alices.ask("And more.", referral_id=str(refused), insists=True).json
    refused_decision = olgas.post(f"/disputes/{again['id']}/decisions", decision)
    assert (refused_decision.status_code, list(refused_decision.json["errors"])) == (422, ["points"])
