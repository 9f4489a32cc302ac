"""Olga finds a member by whatever the person has at hand, and sees no more of them than she needs."""

import re

import pytest
from sqlalchemy import text

from backend.members import profile
from backend.members import service as members
from backend.members.cards import show_card
from backend.staff.queries import audit_entries
from backend.staff.roles import Role
from tests.console.desk import at_desk, words
from tests.factories.members import ALICE_PHONE, alice, boris, member
from tests.factories.shops import a_store


def found(desk, query):
    """Where the search leads."""
    answer = desk.post("/console/members", {"query": query})
    return answer.location if answer.status_code == 303 else words(answer.text)


@pytest.mark.parametrize("written", ["+79123456789", "8 (912) 345-67-89", "89123456789", " +7 912 345 67 89 "])
def test_a_phone_is_found_however_it_is_written(session, olga, written):
    alice_id = alice(session).id
    assert found(olga, written) == f"/console/members/{alice_id}"


def test_an_address_a_card_a_code_and_the_own_id_lead_to_the_member(session, olga):
    dasha = member(session, name="Dasha", email="dasha@example.org")
    page = f"/console/members/{dasha.id}"
    card = members.profile(session, member_id=dasha.id).card_number
    code = show_card(session, member_id=dasha.id).code
    assert found(olga, "Dasha@Example.org ") == page
    assert found(olga, f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}") == page
    assert found(olga, code) == page
    assert found(olga, str(dasha.id)) == page


def test_the_id_of_another_system_leads_to_the_member(session, olga, clock):
    made = members.enrol_external(
        session, external_ids=["crm-17"], joined_at=clock.now, locale="en", zone="Europe/Moscow"
    )
    assert found(olga, "crm-17") == f"/console/members/{made['crm-17']}"


def test_the_number_of_a_receipt_leads_to_it_and_from_there_to_its_member(session, olga, till):
    alice_id = alice(session).id
    till.sell(alice_id, 70_000, external_id="pokrovka-42")
    receipt = found(olga, "pokrovka-42")
    assert receipt.startswith("/console/receipts/")
    page = olga.get(receipt).text
    assert "FLAT-WHITE" in page
    assert "₽700" in page
    assert f'href="/console/members/{alice_id}"' in page


def test_a_number_that_several_stores_gave_is_a_list(session, olga, till):
    alice_id, boris_id = alice(session).id, boris(session).id
    till.sell(alice_id, 70_000, external_id="42")
    session.execute(text("UPDATE receipts SET store_id = :store"), {"store": a_store(session, "taganka").id})
    till.sell(boris_id, 80_000, external_id="42")
    listed = found(olga, "42")
    assert "Receipts with this number" in listed
    assert "Alice K." in listed
    assert "Борис" in listed


@pytest.mark.parametrize("query", ["+79990001122", "nobody@example.org", "9710004420313201", "no-such-receipt", "?"])
def test_whoever_is_not_there_is_not_found(olga, query):
    assert "Nobody is known by this" in found(olga, query)


def test_nobody_is_found_by_a_name_and_the_page_says_why(session, olga):
    alice(session)
    assert "Nobody is known by this" in found(olga, "Alice")
    assert "Names are encrypted" in olga.page("/console/members")


def test_the_list_shows_nothing_by_which_a_stranger_could_reach_somebody(session, olga):
    alice(session)
    page = olga.page("/console/members")
    assert "Alice K." in page
    assert "+7 ••• •••-67-89" in page
    assert "Kovaleva" not in page
    assert ALICE_PHONE not in page


def test_a_long_list_goes_on_by_its_cursor(session, olga):
    for number in range(27):
        member(session, name=f"Guest{number:02d}")
    first = olga.get("/console/members").text
    assert "Guest26" in first
    assert "Guest01" not in first
    older = re.search(r'href="(/console/members\?cursor=[^"]+)"', first)
    assert older
    rest = olga.page(older[1])
    assert "Guest01" in rest
    assert "Guest26" not in rest


def test_contacts_are_shown_once_for_a_reason_that_is_kept(session, olga):
    alice_id = alice(session).id
    page = f"/console/members/{alice_id}"
    assert "Kovaleva" not in olga.page(page)

    shown = olga.post(f"{page}/contacts", {"reason": "She asked to be called back"})
    assert "Alice Kovaleva" in shown.text
    assert ALICE_PHONE in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Kovaleva" not in olga.page(page)
    (entry,) = audit_entries(session, f"member:{alice_id}")
    assert (entry["who"], entry["action"], entry["reason"]) == (
        olga.who,
        "see_contacts",
        "She asked to be called back",
    )


def test_contacts_are_not_shown_without_a_reason(session, olga):
    alice_id = alice(session).id
    refused = olga.post(f"/console/members/{alice_id}/contacts", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert ALICE_PHONE not in refused.text
    assert audit_entries(session, f"member:{alice_id}") == []


def test_an_auditor_looks_and_sees_no_contacts(app, session, olga):
    auditor, alice_id = at_desk(app, session, Role.AUDITOR), alice(session).id
    page = auditor.page(f"/console/members/{alice_id}")
    assert "Alice K." in page
    assert "Show contacts" not in page
    assert auditor.post(f"/console/members/{alice_id}/contacts", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST])
def test_whoever_sells_and_counts_has_no_members(app, session, till, role):
    desk, alice_id = at_desk(app, session, role), alice(session).id
    for path in ("/console/members", f"/console/members/{alice_id}", "/console/adjustments"):
        assert desk.get(path).status_code == 403
    assert 'href="/console/members"' not in desk.get("/console").text


def test_an_erased_member_keeps_the_book_and_nothing_else(session, olga, till):
    alice_id = alice(session).id
    till.sell(alice_id, 70_000)
    profile.erase(session, member_id=alice_id)
    page = olga.page(f"/console/members/{alice_id}")
    assert "An erased member" in page
    assert "Pokrovka 12" in page
    assert "Adjust points" not in page
    assert "Nobody is known by this" in found(olga, ALICE_PHONE)


def test_what_is_not_there_says_so(olga):
    nobody = "018f0000-0000-7000-8000-000000000000"
    for path in ("members", "receipts", "referrals", "adjustments"):
        assert olga.get(f"/console/{path}/{nobody}").status_code == 404
    assert olga.get("/console/members?cursor=nonsense").status_code == 422
