"""What becomes of a referral when a person decides: at the desk, or in a dispute."""

import threading

import pytest

from backend.referrals import queries, service
from backend.referrals.errors import UnknownReferral
from backend.screening import queries as screening
from backend.screening.errors import CaseDecidedAlready
from backend.screening.reporting import report
from backend.screening.service import close_case
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from backend.shared.ids import new_id
from tests.factories.members import headers_of
from tests.factories.referrals import bound, buys, joins, told, uses_device
from tests.factories.staff import a_staff_token, bearer
from tests.referrals.plan_shop import in_the_books, invited, open_shop

CASES = "/api/v1/staff/screening/cases"


@pytest.fixture
def shop(session, client, clock):
    return open_shop(session, client, advocate_points=200, friend_points=200)


@pytest.fixture
def olga(session):
    return bearer(a_staff_token(session, "support"))


def a_pair(session, clock):
    alice = joins(session, "Alice")
    clock.advance(minutes=1)
    boris = joins(session, "Boris")
    return alice, boris, invited(session, advocate=alice, friend=boris)


@pytest.fixture
def held(session, shop, clock):
    """Boris's phone was used for more cards than a household has; his first purchase is made, and held."""
    alice, boris, referral_id = a_pair(session, clock)
    for member_id in (boris, joins(session), joins(session)):
        uses_device(session, member_id, "one-phone-of-many")
    shop.sell(boris, 50_000)
    return alice, boris, referral_id


@pytest.fixture
def refused(session, shop, clock):
    """Alice and Boris use one phone; his first purchase is made, and refused."""
    alice, boris, referral_id = a_pair(session, clock)
    for member_id in (alice, boris):
        uses_device(session, member_id, "one-phone")
    shop.sell(boris, 50_000)
    return alice, boris, referral_id


def standing(session, referral_id):
    session.expire_all()
    referral = queries.referrals_by_ids(session, [referral_id])[referral_id]
    return referral.status, referral.reason_kind


def decides(client, olga, outcome, reason="They are a family."):
    (case,) = client.get(CASES, headers=olga).json["items"]
    answer = client.post(f"{CASES}/{case['id']}/decisions", json={"outcome": outcome, "reason": reason}, headers=olga)
    return case, answer


def test_what_is_held_waits_in_the_queue_with_what_the_rule_saw(client, olga, held):
    _, boris, referral_id = held
    (case,) = client.get(CASES, headers=olga).json["items"]
    assert (case["subject_id"], case["member_id"]) == (str(referral_id), str(boris))
    assert (case["rule"], case["rule_version"], case["state"]) == ("accounts_per_device", 1, "open")
    assert case["inputs"] == {"accounts_on_device": 3, "accounts": 2, "window_days": 30}


def test_released_it_pays_as_of_its_purchase(session, client, olga, held):
    alice, boris, referral_id = held
    _, answer = decides(client, olga, "release")
    assert (answer.status_code, answer.json["state"]) == (200, "released")
    assert standing(session, referral_id) == ("pending", None)
    assert (in_the_books(session, alice), in_the_books(session, boris)) == (200, 200)
    assert client.get(CASES, headers=olga).json["items"] == []


def explanation(session, client, member_id):
    """The steps by which the newest row of the history explains itself."""
    headers = headers_of(session, member_id)
    rows = client.get("/api/v1/me/entries", headers=headers).json["items"]
    row = next(one for one in rows if one["points"] == 200)
    steps = client.get(f"/api/v1/me/entries/{row['id']}/explanation", headers=headers).json["steps"]
    return [(step["text"], step["figure"]) for step in steps]


def test_what_was_looked_at_says_when(session, client, olga, held):
    decides(client, olga, "release")
    for member_id in held[:2]:
        assert ("Looked at by a person", "22 November") in explanation(session, client, member_id)


def test_what_a_dispute_brought_says_so(session, client, held):
    overturns(session, held[2])
    for member_id in held[:2]:
        steps = explanation(session, client, member_id)
        assert ("Decided as the answer to a question", "22 November") in steps
        assert "Looked at by a person" not in dict(steps)


def test_refused_it_pays_nothing_and_both_read_why(session, client, olga, held):
    alice, boris, referral_id = held
    decides(client, olga, "refuse", "All of them are one person.")
    assert standing(session, referral_id) == ("rejected", "referral_refused_review")
    assert in_the_books(session, alice) == in_the_books(session, boris) == 0
    body = "A person looked at it. Their word: All of them are one person."
    assert told(session, alice)[-1] == ("No reward for Boris", body)
    assert told(session, boris)[-1] == ("No points for the invitation", body)
    (friend,) = client.get("/api/v1/me/referrals", headers=headers_of(session, alice)).json["items"]
    assert (friend["reason"], friend["decision_by"]) == (body, None)
    assert [moment["status"] for moment in friend["timeline"]] == ["joined", "qualified", "rejected"]


def test_the_second_decision_hears_of_the_first(session, client, olga, held):
    case, _ = decides(client, olga, "release")
    again = client.post(f"{CASES}/{case['id']}/decisions", json={"outcome": "refuse", "reason": "No."}, headers=olga)
    assert (again.status_code, again.json["type"].rsplit("/", 1)[-1]) == (409, "case-decided-already")
    assert standing(session, held[2])[0] == "pending"


def overturns(session, referral_id):
    return service.overturn(
        session,
        referral_id=referral_id,
        at=business_now(),
        decided_by="staff_member:olga",
        decided_by_name="Olga",
        dispute_id=new_id(),
    )


def test_a_dispute_releases_what_is_held_and_closes_its_case(session, held):
    alice, _, referral_id = held
    assert overturns(session, referral_id)
    assert standing(session, referral_id)[0] == "pending"
    assert in_the_books(session, alice) == 200
    case = screening.cases_of(session, subject_kind="referral", subject_ids=[referral_id])[referral_id]
    assert (case.state, case.decided_by_name) == ("released", "Olga")


def test_a_dispute_overturns_a_refusal_and_the_rule_is_known_to_be_wrong(session, refused):
    alice, boris, referral_id = refused
    assert standing(session, referral_id) == ("rejected", "referral_refused_same_device")
    assert overturns(session, referral_id)
    assert standing(session, referral_id) == ("pending", None)
    assert (in_the_books(session, alice), in_the_books(session, boris)) == (200, 200)
    now = business_now()
    told_of = report(session, since=now.replace(day=1), until=now.replace(day=28), zone="Europe/Moscow")
    (rule,) = [one for one in told_of if one.rule == "self_referral"]
    assert (rule.whole.rejected, rule.whole.overturned, rule.whole.released) == (1, 1, 0)


def test_a_dispute_overturns_the_desk_too(session, client, olga, held):
    decides(client, olga, "refuse")
    assert overturns(session, held[2])
    assert standing(session, held[2])[0] == "pending"
    assert in_the_books(session, held[0]) == 200


def test_what_is_paid_is_not_paid_again(session, held):
    assert overturns(session, held[2])
    assert not overturns(session, held[2])
    assert in_the_books(session, held[0]) == 200


def test_a_friend_who_has_bought_nothing_cannot_be_rewarded_yet(session, shop, clock):
    _, _, referral_id = a_pair(session, clock)
    assert not overturns(session, referral_id)
    assert standing(session, referral_id) == ("joined", None)


def test_there_must_be_such_a_referral(session, shop):
    with pytest.raises(UnknownReferral):
        overturns(session, new_id())


def test_of_two_who_decide_at_once_one_hears_the_other(committed_app):
    def hold(session):
        alice, boris, dasha = (joins(session, name) for name in ("Alice", "Boris", "Dasha"))
        for friend in (boris, dasha):
            bound(session, advocate_id=alice, friend_id=friend)
            uses_device(session, friend, "one-phone")
        decision = buys(session, boris)
        assert decision is not None
        return decision.candidate.referral.id

    with committed_app.app_context():
        referral_id = run_transaction(hold)
        case_id = run_transaction(
            lambda session: (
                screening.cases_of(session, subject_kind="referral", subject_ids=[referral_id])[referral_id].id
            )
        )
    outcomes, together = [], threading.Barrier(2)

    def decide(name):
        with committed_app.app_context():
            together.wait()
            try:
                run_transaction(
                    lambda session: close_case(
                        session,
                        case_id=case_id,
                        outcome="refuse",
                        reason="No.",
                        decided_by=f"staff_member:{name}",
                        decided_by_name=name,
                        at=business_now(),
                    )
                )
                outcomes.append(name)
            except CaseDecidedAlready as refusal:
                outcomes.append(refusal.facts["decided_by_name"])

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("Olga", "Anna")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Both name the one who was first.
    assert len(outcomes) == 2
    assert len(set(outcomes)) == 1
