"""What inviting brings, at the desk: figures first, nobody by name who has not agreed, exports without people."""

import csv
from io import StringIO

import pytest

from backend.members import profile
from backend.members.service import LEADERBOARD, ConsentChange
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.referrals.codes import Origin
from backend.shared.clock import business_now
from backend.staff.roles import Role
from tests.console.desk import at_desk
from tests.factories.referral_history import brings, opens, spends
from tests.factories.referrals import demo_terms, joins
from tests.factories.shops import a_shop, a_store
from tests.factories.till import DEMO_PROGRAMME

PAGES = ("", "/growth", "/advocates", "/friends")
EXPORTS = ("funnel", "growth", "advocates", "friends")


@pytest.fixture
def marats(app, session, clock):
    a_shop(session)
    a_store(session)
    programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
    return at_desk(app, session, Role.MARKETER)


def agrees(session, member_id):
    purpose, channel = LEADERBOARD
    change = ConsentChange(purpose=purpose, channel=channel, given=True)
    profile.record_consents(session, member_id=member_id, changes=[change], network_address=None)


def rows(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(StringIO(answer.text)))


@pytest.mark.parametrize("page", PAGES)
def test_before_anybody_came_each_page_says_what_to_do(marats, page):
    said = marats.page(f"/console/referrals{page}")

    assert "Referrals" in said
    assert "Nobody" in said or "No friend" in said


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "question", ["?since=never&until=2026-13-40", "?channel=%27%3B--&place=%00", "?by=phase&status=x"]
)
def test_an_address_that_cannot_be_read_asks_for_what_can(marats, page, question):
    assert marats.get(f"/console/referrals{page}?{question}").status_code == 200


def test_the_funnel_and_its_cost_are_said_in_figures(session, marats):
    alice = joins(session, "Alice")
    opens(session, alice, people=8)
    for _ in range(2):
        brings(session, alice, amount_minor=50_000)
    brings(session, alice)
    brings(session, alice)

    said = marats.page("/console/referrals")

    assert "QR code 8 4 50% 2 50% 0 0%" in said
    assert "A new customer costs ₽400 ₽800 in all" in said


def test_a_report_is_narrowed_by_its_address(session, marats):
    alice = joins(session, "Alice")
    brings(session, alice)
    brings(session, alice, channel="till")

    assert "At the till" in marats.page("/console/referrals?channel=till").split("How they stand now")[0]
    assert rows(marats.get("/console/referrals/funnel.csv?channel=till"))[0]["joined"] == "1"
    assert rows(marats.get("/console/referrals/funnel.csv?since=2026-10-01&until=2026-10-31")) == []
    assert [row["month"] for row in rows(marats.get("/console/referrals/funnel.csv?by=month"))] == ["2026-11"]


def test_regions_and_stores_without_one_are_offered(session, marats):
    a_store(session, "nevsky", region="North")
    north = a_store(session, "sadovaya", region="North")
    alice, dasha = joins(session, "Alice"), joins(session, "Dasha")
    spends(session, alice, 10_000, store_id=north.id)
    brings(session, alice)
    brings(session, dasha)

    assert "Every region North Pokrovka 12" in marats.page("/console/referrals")
    assert rows(marats.get("/console/referrals/funnel.csv?place=North"))[0]["joined"] == "1"


def test_an_advocate_is_named_only_by_their_own_wish(session, marats):
    alice, dasha = joins(session, "Alice Kovaleva"), joins(session, "Dasha Lunina")
    for advocate in (alice, dasha):
        brings(session, advocate, amount_minor=50_000)
    agrees(session, dasha)

    said = marats.page("/console/referrals/advocates")

    assert "Dasha L." in said
    assert "A guest" in said
    assert "Alice" not in said
    assert [row["name"] for row in rows(marats.get("/console/referrals/advocates.csv"))].count("Dasha L.") == 1


def test_a_marketer_sees_states_and_reasons_and_nobody(session, marats):
    alice = joins(session, "Alice")
    friend = brings(session, alice, amount_minor=10_000)

    said = marats.get("/console/referrals/friends").text
    taken = rows(marats.get("/console/referrals/friends.csv"))

    assert "The first purchase was below ₽500" in said
    assert str(friend) not in said
    assert str(alice) not in said
    assert taken[0]["reason"] == "referral_refused_below_minimum"
    assert not {str(friend), str(alice)} & set(taken[0].values())


def test_support_sees_who_it_is_and_the_log_keeps_that_it_took_a_file(app, session, marats):
    olgas = at_desk(app, session, Role.SUPPORT)
    alice = joins(session, "Alice Kovaleva")
    friend = brings(session, alice)

    assert "Alice K." in olgas.page("/console/referrals/friends")
    [taken] = rows(olgas.get("/console/referrals/friends.csv"))
    assert (taken["friend_id"], taken["advocate"]) == (str(friend), "Alice K.")
    annas = at_desk(app, session, Role.ADMINISTRATOR)
    assert "Referrals exported" in annas.page("/console/audit-log")


def test_growth_says_k_and_that_few_members_say_little(session, marats):
    alice = joins(session, "Alice")
    spends(session, alice, 20_000)
    brings(session, alice, amount_minor=50_000)

    said = marats.page("/console/referrals/growth")

    assert "11.26 2 1 1 0.50 1 100% 0.50" in said
    assert "Too few members to say" in said
    assert rows(marats.get("/console/referrals/growth.csv"))[-1]["k"] == "0.5"


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_without_rows_has_its_head(marats, export):
    answer = marats.get(f"/console/referrals/{export}.csv")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="referral-{export}-')
    assert "," in answer.text.splitlines()[0]


def test_no_cell_begins_as_a_formula(session, marats):
    """Whoever gives a link away writes its campaign."""
    alice, boris = joins(session, "Alice"), joins(session, "Boris")
    origin = Origin(utm_campaign='=HYPERLINK("http://example.net")')
    code = referrals.own_code(session, member_id=alice, at=business_now())
    referrals.bind(
        session, friend_id=boris, code=code, channel="qr", at=business_now(), terms=demo_terms(), origin=origin
    )

    [taken] = rows(marats.get("/console/referrals/friends.csv"))
    [counted] = rows(marats.get("/console/referrals/funnel.csv?by=campaign"))

    assert taken["utm_campaign"].startswith("'=")
    assert counted["campaign"].startswith("'=")


def test_a_narrowed_question_stays_narrowed_across_the_page_of_growth(marats):
    page = marats.get("/console/referrals/growth?channel=qr").text
    assert '<input type="hidden" name="channel" value="qr">' in page
