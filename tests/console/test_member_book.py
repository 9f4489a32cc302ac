"""The member's page: six figures, and the book as double entry with the why of every transaction."""

import re

import pytest
from sqlalchemy import text

from backend.ledger import journal
from backend.ledger import queries as ledger
from backend.ledger import service as ledger_service
from backend.shared.jobs import run_due_jobs
from backend.staff.queries import audit_entries
from backend.staff.roles import Role
from tests.console.desk import a_cause, at_desk, give, returns, words
from tests.factories.members import alice, boris
from tests.factories.referrals import bound, demo_terms


@pytest.fixture
def alice_id(session, till):
    return alice(session).id


def figures(page):
    """The figures over the book, by their label."""
    found = re.findall(r"<dt>([^<]+)</dt><dd class=\"figures__value[^>]*>([^<]+)</dd>", page)
    return dict(found)


def lines(page):
    """The lines of the book: what happened, and how the points changed."""
    return [words(line) for line in re.findall(r'<summary class="entry__line">(.*?)</summary>', page, re.DOTALL)]


def test_the_six_figures_are_those_of_the_book(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000, external_id="one")
    clock.advance(days=15, business_only=True)
    run_due_jobs()
    till.sell(alice_id, 60_000, external_id="two")
    page = olga.get(f"/console/members/{alice_id}").text
    assert figures(page) == {
        "To spend": "50",
        "Pending": "30",
        "Set aside": "0",
        "Owed": "0",
        "Earned in all": "80",
        "Burn next": "50",
    }
    assert "30 of it on 21 Dec" in words(page)
    assert "₽50" in words(page)


def test_a_debt_says_where_it_comes_from(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000)
    clock.advance(days=15, business_only=True)
    run_due_jobs()
    book = ledger_service.open_books(session, [alice_id], with_lots=True)[alice_id]
    book.spend(a_cause("spent"), points=50)
    ledger_service.write(session, [book])
    returns(till, 100_000)
    page = olga.get(f"/console/members/{alice_id}").text
    assert figures(page)["Owed"] == "50"
    assert "Return: Pokrovka 12" in re.search(r"<dt>Owed</dt>.*?figures__note\">([^<]+)<", page, re.DOTALL)[1]


def test_every_transaction_is_written_as_double_entry(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000)
    clock.advance(days=15, business_only=True)
    run_due_jobs()
    released, sold = journal.transactions(session, alice_id, limit=5)
    assert [(leg.account, leg.debit, leg.credit, leg.balance_after) for leg in sold.legs] == [
        ("pending", 0, 50, 50),
        ("issued", 50, 0, None),
    ]
    assert [(leg.account, leg.debit, leg.credit, leg.balance_after) for leg in released.legs] == [
        ("available", 0, 50, 50),
        ("pending", 50, 0, 0),
    ]
    assert (sold.points, sold.available_after, released.points, released.available_after) == (50, 0, 0, 50)
    page = olga.page(f"/console/members/{alice_id}")
    assert "Account Debit Credit Balance after Pending 50 50 Programme: given 50 – Sum 50 50" in page
    assert "To spend 50 50 Pending 50 0 Sum 50 50" in page


def test_the_columns_of_every_transaction_are_equal(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000, external_id="one")
    returns(till, 30_000, sale="one")
    clock.advance(days=400, business_only=True)
    run_due_jobs()
    rows = journal.transactions(session, alice_id, limit=50)
    assert {row.kind for row in rows} == {"accrual", "return", "release", "expiry"}
    assert all(sum(leg.debit for leg in row.legs) == sum(leg.credit for leg in row.legs) for row in rows)


def test_the_why_is_in_place_with_rule_and_version(olga, till, alice_id):
    till.sell(alice_id, 100_000)
    page = olga.page(f"/console/members/{alice_id}")
    assert "Why +50" in page
    assert "Rule “base” of programme grain, version 1" in page


def test_a_return_names_what_it_takes_back_and_the_lot_that_paid(session, olga, till, alice_id):
    till.sell(alice_id, 100_000)
    returns(till, 40_000)
    taken, sold = journal.transactions(session, alice_id, limit=5)
    assert (taken.reverses_id, [(lot.lot_id, lot.points_remaining_change) for lot in taken.lots]) == (
        sold.id,
        [(sold.id, -20)],
    )
    page = olga.get(f"/console/members/{alice_id}").text
    assert f'href="/console/members/{alice_id}?transaction={sold.id}">the entry that it reverses' in page
    alone = olga.get(f"/console/members/{alice_id}?transaction={sold.id}").text
    assert len(lines(alone)) == 1
    assert '<details class="entry" id="t1" open>' in alone


def test_the_book_is_narrowed_by_kind_and_by_days(olga, till, alice_id, clock):
    till.sell(alice_id, 100_000, external_id="one")
    returns(till, 40_000, sale="one")
    clock.advance(days=2, business_only=True)
    till.sell(alice_id, 60_000, external_id="two")
    page = f"/console/members/{alice_id}"
    assert [line.split()[3] for line in lines(olga.get(f"{page}?kind=return").text)] == ["Return"]
    assert len(lines(olga.get(f"{page}?since=2026-11-24").text)) == 1
    assert len(lines(olga.get(f"{page}?until=2026-11-23").text)) == 2
    assert len(lines(olga.get(f"{page}?since=2026-11-22&until=2026-11-24").text)) == 3
    assert "Nothing of this kind in these days" in olga.page(f"{page}?kind=expiry")
    assert len(lines(olga.get(f"{page}?kind=nonsense&since=never").text)) == 3


def test_the_days_are_those_of_the_shop(olga, till, alice_id, clock):
    # Half past one at night in Moscow is the evening before in UTC.
    till.sell(alice_id, 100_000, occurred_at="2026-11-21T22:30:00+00:00")
    page = f"/console/members/{alice_id}"
    assert len(lines(olga.get(f"{page}?since=2026-11-22&until=2026-11-22").text)) == 1
    assert lines(olga.get(f"{page}?until=2026-11-21").text) == []


def test_a_long_book_goes_on_by_its_cursor_and_keeps_its_filters(session, olga, alice_id):
    for points in range(1, 24):
        give(session, alice_id, points)
    first = olga.get(f"/console/members/{alice_id}?kind=accrual").text
    assert len(lines(first)) == 20
    older = re.search(r'rel="next" href="([^"#]+)', first)[1].replace("&amp;", "&")
    assert "kind=accrual" in older
    rest = lines(olga.get(older).text)
    assert [re.search(r"\+(\d+)", line)[1] for line in rest] == ["3", "2", "1"]


def test_the_balance_of_a_day_is_what_counted_at_its_end(session, olga, till, alice_id, clock):
    till.sell(alice_id, 100_000)
    sold_on = clock.now.date()
    clock.advance(days=20, business_only=True)
    run_due_jobs()
    page = f"/console/members/{alice_id}"
    assert "To spend 0 Pending 50 Set aside 0 Owed 0" in olga.page(f"{page}?as_of={sold_on}")
    assert "To spend 50 Pending 0" in olga.page(f"{page}?as_of=2026-12-06")
    # Whatever came in order, each line of the book says the same.
    newest = journal.transactions(session, alice_id, limit=1)[0]
    assert ledger.balance_as_of(session, alice_id, clock.now).available == newest.available_after


def test_friends_stand_with_status_and_reason(session, olga, alice_id):
    boris_id = boris(session).id
    bound(session, advocate_id=alice_id, friend_id=boris_id, terms=demo_terms())
    page = olga.get(f"/console/members/{alice_id}").text
    assert f'href="/console/members/{boris_id}"' in page
    assert "Joined, no purchase yet" in page
    friends_page = olga.page(f"/console/members/{boris_id}")
    assert "Invited by Alice K." in friends_page


def test_a_referral_leads_to_the_one_who_invited(session, olga, alice_id):
    referral = bound(session, advocate_id=alice_id, friend_id=boris(session).id, terms=demo_terms())
    answer = olga.get(f"/console/referrals/{referral.id}")
    assert (answer.status_code, answer.location) == (303, f"/console/members/{alice_id}#r{referral.id}")


def test_an_empty_book_says_so(olga, alice_id):
    assert "The book is empty" in olga.page(f"/console/members/{alice_id}")


def test_another_members_transaction_is_not_shown(session, olga, till, alice_id):
    boris_id = boris(session).id
    till.sell(boris_id, 70_000)
    (theirs,) = journal.transactions(session, boris_id, limit=1)
    assert olga.get(f"/console/members/{alice_id}?transaction={theirs.id}").status_code == 404


def test_a_frozen_book_says_why_and_an_administrator_lets_it_go_on(app, session, olga, till, alice_id):
    ledger_service.freeze(session, [alice_id], reason="lots equal balances")
    page = f"/console/members/{alice_id}"
    assert "lots equal balances" in olga.page(page)
    assert olga.post(f"{page}/unfreeze", {"reason": "x"}).status_code == 403

    anna = at_desk(app, session, Role.ADMINISTRATOR)
    assert anna.post(f"{page}/unfreeze", {"reason": ""}).status_code == 422
    assert journal.standing(session, alice_id).frozen_at is not None
    anna.post(f"{page}/unfreeze", {"reason": "The lot was mended"})
    assert journal.standing(session, alice_id).frozen_at is None
    assert "Nothing can be spent" not in anna.page(page)
    entry = audit_entries(session, f"member:{alice_id}")[-1]
    assert (entry["who"], entry["action"], entry["reason"]) == (anna.who, "unfreeze", "The lot was mended")
    assert entry["before"]["frozen_reason"] == "lots equal balances"


def test_a_book_that_is_still_wrong_stays_frozen_and_says_what_does_not_hold(app, session, till, alice_id):
    till.sell(alice_id, 70_000)
    ledger_service.freeze(session, [alice_id], reason="lots equal balances")
    session.execute(text("UPDATE ledger_lots SET points_remaining = points_remaining - 1"))
    page = f"/console/members/{alice_id}"
    answer = at_desk(app, session, Role.ADMINISTRATOR).post(f"{page}/unfreeze", {"reason": "It looks right"})
    assert answer.status_code == 409
    assert "still wrong" in answer.get_data(as_text=True)
    assert journal.standing(session, alice_id).frozen_at is not None


def test_russian_pages_have_no_english_words(session, olga, till):
    boris_id = boris(session).id
    till.sell(boris_id, 100_000)
    returns(till, 40_000)
    receipt = olga.post("/console/members", {"query": "sale-1"}).location
    known = r"Molva|Olga|English|QR|grain|base|Europe/Moscow|FLAT-WHITE|coffee|sale-1|return-1"
    for path in ("/console", "/console/members", f"/console/members/{boris_id}", receipt, "/console/adjustments"):
        shown = re.sub(known, "", olga.page(f"{path}?lang=ru"))
        assert re.findall(r"[A-Za-z]{3,}", shown) == [], path


def test_what_the_member_reads_stands_beside_what_staff_reads(session, olga, till):
    boris_id = boris(session).id
    till.sell(boris_id, 100_000)
    assert "Можно тратить с 6 декабря" in olga.page(f"/console/members/{boris_id}")
