"""The desk of held cases as a page: who may see it, what it says, what a decision does."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from backend.referrals import queries as referrals
from backend.screening import queries as screening
from backend.screening.rules import Ruling
from backend.screening.service import open_case
from backend.shared.clock import business_now
from backend.shared.ids import new_id
from backend.staff.roles import Role
from tests.console.desk import Desk, at_desk, sign_in, words
from tests.factories.referrals import bound, buys, joins, uses_device
from tests.factories.shops import a_store
from tests.factories.staff import a_staff_token, bearer, service

DESK = "/console/screening"
TOO_MANY = Ruling(
    rule="cashier_outlier",
    version=1,
    mode="active",
    outcome="hold",
    reason_kind="cashier_outlier",
    reason_facts={"cashier": "Till 4", "receipts_counted": 90, "cards": 10},
    inputs={"receipts_per_card": 9.2, "receipts": 20, "robust_z_hundredths": 350},
)


@pytest.fixture
def held(session, till):
    """Boris, whom Alice invited, shares a phone with Dasha, whom she invited too."""
    alice, boris, dasha = (joins(session, name) for name in ("Alice", "Boris", "Dasha"))
    for friend in (boris, dasha):
        bound(session, advocate_id=alice, friend_id=friend)
        uses_device(session, friend, "one-phone")
    buys(session, boris)
    return referrals.referral_of_friend(session, boris).id


def the_case(session, subject_id):
    return screening.cases_of(session, subject_kind="referral", subject_ids=[subject_id])[subject_id]


def test_where_nothing_is_held_the_desk_says_so(olga):
    assert "Nothing is held. What a rule holds appears here." in olga.page(DESK)


def test_a_case_says_who_what_was_seen_and_what_a_decision_does(olga, held):
    page = olga.page(DESK)
    for said in (
        "Boris, invited by Alice",
        "A ring that shares phones or cards",
        "due by 25 November",
        "People in the ring 3",
        "For the friend 200",
        "one phone , with Dasha",
        "Nothing to say against it: ",
        "Refused, neither gets it, and both read why.",
    ):
        assert said in page, said
    assert "Other friends of the one who invited" in page


def test_the_circle_is_drawn_and_says_itself(olga, held):
    page = olga.get(DESK).text
    assert page.count('class="circle__person') == 3
    assert page.count('class="circle__arrow"') == 2
    assert 'aria-label="one phone: Boris, Dasha"' in page


def test_the_count_stands_in_the_sidebar(olga, held):
    assert "Under review waiting: 1" in olga.page("/console/members")


def test_without_a_reason_nothing_is_decided(session, olga, held):
    case = the_case(session, held)
    for form in ({"outcome": "refuse", "reason": " "}, {"outcome": "burn", "reason": "So."}):
        answer = olga.post(f"{DESK}/{case.id}", form)
        assert answer.status_code == 422
        assert "Say why, in up to 500 characters." in words(answer.text)
    assert the_case(session, held).state == "open"


def test_a_decision_stays_with_its_reason_and_its_decider(session, olga, held):
    case = the_case(session, held)
    assert olga.post(f"{DESK}/{case.id}", {"outcome": "refuse", "reason": "One person."}).status_code == 303
    page = olga.page(DESK)
    assert "Nothing is held" in page
    assert "One person. Olga" in page
    assert "Refused after review" in olga.page(f"{DESK}/{case.id}")


def test_whoever_is_second_hears_who_was_first(client, session, olga, held):
    case = the_case(session, held)
    anna = at_desk(client.application, session, Role.ADMINISTRATOR)
    anna.post(f"{DESK}/{case.id}", {"outcome": "refuse", "reason": "One person."})
    olga.post(f"{DESK}/{case.id}", {"outcome": "release", "reason": "A family."})
    page = olga.page(f"{DESK}/{case.id}")
    assert "Anna has decided this case already." in page
    assert "One person." in page


def test_the_longest_waiting_stands_first(session, olga, held, clock):
    later = open_case(
        session,
        ruling=TOO_MANY,
        subject_kind="staff",
        subject_id=new_id(),
        member_id=None,
        at=business_now() + timedelta(days=1),
    )
    page = olga.page(f"{DESK}/{later}")
    assert page.index("A ring that shares phones or cards") < page.index("A cashier unlike the others")
    assert "Till 4" in page
    assert "Receipts per card 9.2" in page
    assert "Robust z-score 3.5" in page
    assert "Nothing changes in the book." in page


def test_what_is_overdue_says_so(olga, held, clock):
    assert "overdue" not in olga.page(DESK)
    clock.advance(days=4, business_only=True)
    assert "overdue since 25 Nov" in olga.page(DESK)


@pytest.mark.parametrize(
    ("role", "desk", "rules"),
    [
        (Role.SUPPORT, 200, 200),
        (Role.ADMINISTRATOR, 200, 200),
        (Role.AUDITOR, 200, 200),
        (Role.MARKETER, 403, 200),
        (Role.ANALYST, 403, 200),
    ],
)
def test_each_role_sees_what_is_for_it(client, session, till, role, desk, rules):
    person = at_desk(client.application, session, role)
    assert person.get(DESK).status_code == desk
    assert person.get(f"{DESK}/rules").status_code == rules


def test_an_auditor_looks_and_does_not_decide(client, session, till, held):
    auditor = at_desk(client.application, session, Role.AUDITOR)
    assert "Support, store managers and administrators decide." in auditor.page(DESK)
    assert (
        auditor.post(f"{DESK}/{the_case(session, held).id}", {"outcome": "release", "reason": "-"}).status_code == 403
    )


@pytest.fixture
def max_of_the_store(client, session, till):
    """The manager of a store, with his browser at the desk."""
    manager = service.create_staff_member(
        session, name="Max", role=Role.STORE_MANAGER, store_id=a_store(session).id, who="test"
    )
    browser = sign_in(session, client.application.test_client(), manager.id)
    browser.client.get(f"{DESK}?lang=en", headers={"Accept": "text/html"})
    return manager.id, Desk(browser.client, who=f"staff_member:{manager.id}")


def test_a_store_manager_decides_without_the_way_to_members(max_of_the_store, held):
    page = max_of_the_store[1].get(DESK).text
    assert "/console/members/" not in page
    assert 'value="release"' in page
    assert "Cases of every store" in page


@pytest.mark.parametrize("side", ["advocate_id", "friend_id"])
def test_nobody_decides_on_their_own_card(session, max_of_the_store, held, side):
    manager_id, desk = max_of_the_store
    case, token = the_case(session, held), token_of(desk)
    own_card = getattr(referrals.referral_of_friend(session, case.member_id), side)
    service.link_card(session, staff_id=manager_id, member_id=own_card, who="test")
    assert_it_is_not_his(session, desk, case.id, token)


def test_nobody_decides_on_a_case_about_themselves(session, max_of_the_store, held):
    manager_id, desk = max_of_the_store
    token = token_of(desk)
    about_max = open_case(
        session, ruling=TOO_MANY, subject_kind="staff", subject_id=manager_id, member_id=None, at=business_now()
    )
    assert_it_is_not_his(session, desk, about_max, token)


@pytest.mark.parametrize(("cashier", "is_his"), [("Max", True), ("Vera", False)])
def test_nobody_decides_on_what_they_rang_up(session, till, max_of_the_store, held, cashier, is_his):
    _, desk = max_of_the_store
    token, alice = token_of(desk), joins(session)
    receipt_id = till.sell(alice, 60_000, cashier=cashier).json["receipt_id"]
    ruling = Ruling(
        rule="receipts_per_card_day", version=1, mode="active", outcome="hold", inputs={"receipts_counted": 4}
    )
    case_id = open_case(
        session,
        ruling=ruling,
        subject_kind="receipt",
        subject_id=UUID(receipt_id),
        member_id=alice,
        at=business_now(),
    )
    if is_his:
        assert_it_is_not_his(session, desk, case_id, token)
    else:
        assert 'value="release"' in desk.get(f"{DESK}/{case_id}").text


def token_of(desk):
    return re.search(r'name="csrf_token" value="([^"]+)"', desk.get(DESK).text)[1]


def assert_it_is_not_his(session, desk, case_id, token):
    """Neither the page nor the programs' door lets him decide, and both say why."""
    assert "This case is about you, so somebody else decides." in desk.page(f"{DESK}/{case_id}")
    decision = {"outcome": "release", "reason": "So it is."}
    assert desk.post(f"{DESK}/{case_id}", decision, token=token).status_code == 303
    refused = desk.client.post(
        f"/api/v1/staff/screening/cases/{case_id}/decisions", json=decision, headers={"X-CSRF-Token": token}
    )
    assert (refused.status_code, refused.json["type"].rsplit("/", 1)[-1]) == (403, "own-case")
    assert screening.case(session, case_id).state == "open"


def test_the_rules_say_what_they_caught_and_what_was_wrong(session, olga, held):
    olga.post(f"{DESK}/{the_case(session, held).id}", {"outcome": "refuse", "reason": "One person."})
    page = olga.page(f"{DESK}/rules?rule=ring_shares_device")
    assert "A ring that shares phones or cards ring_shares_device, version 2" in page
    assert "Nov 2026 1 1 0 0 0" in page
    assert "Nothing was held or refused in these months." in olga.page(f"{DESK}/rules?rule=joins_per_code")


def test_pages_of_the_api_go_on_where_the_last_one_ended(client, session, till):
    support = bearer(a_staff_token(session, "support"))
    for day in range(3):
        person = joins(session)
        at = business_now() - timedelta(days=day)
        ruling = Ruling(
            rule="receipts_per_card_day", version=1, mode="active", outcome="hold", inputs={"receipts_counted": 4}
        )
        open_case(session, ruling=ruling, subject_kind="member", subject_id=person, member_id=person, at=at)
    path, seen = "/api/v1/staff/screening/cases", []
    cursor = ""
    while cursor is not None:
        answer = client.get(f"{path}?limit=2{f'&cursor={cursor}' if cursor else ''}", headers=support).json
        seen += [case["opened_at"] for case in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(seen) == 3
    assert seen == sorted(seen)
    assert client.get(f"{path}?rule=ring_shares_device", headers=support).json["items"] == []
