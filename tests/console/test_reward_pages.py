"""The desk's pages of rewards and budgets: what is left, handing out, taking back, codes, pauses, bars and notices."""

import re

import pytest

from backend.ledger import queries as ledger
from backend.rewards import queries as rewards
from backend.shared.clock import business_now
from backend.staff.roles import Role
from tests.console.desk import at_desk, words
from tests.factories.rewards import ordered, shop_with_rewards
from tests.factories.till import DEMO_PROGRAMME, guest, open_till, with_points

BUDGETS = """
budgets:
  - {budget: month, rules: [base], points: 100, period: month, at_end: partial}
  - {budget: own, points: 500, scope: member, period: year, at_end: skip}
"""


@pytest.fixture
def shop(session, client, clock):
    return shop_with_rewards(session, client)


@pytest.fixture
def marats(app, session, shop):
    return at_desk(app, session, Role.MARKETER)


@pytest.fixture
def rich(session, shop):
    """A guest with 2,000 points."""
    member_id = guest(session)
    with_points(session, member_id, 2000)
    return member_id


def state_of(session, order):
    return rewards.order(session, order.id).state


def test_the_catalogue_says_how_each_reward_stands(marats, session, rich):
    ordered(session, rich, "last_mug")
    page = marats.page("/console/rewards")
    assert re.search(r"Grain mug Goods None left 100 0 1 1 0", page)
    assert re.search(r"Any cappuccino Goods Offered 300 any number 0 0 0", page)


def test_staff_hands_out_what_waits_for_it(marats, session, rich):
    order = ordered(session, rich, "class")
    assert "waiting: 1" in marats.page("/console")
    page = marats.get("/console/rewards/orders?state=ordered").text
    assert f"/console/rewards/orders/{order.id}/issue" in page
    marats.post(f"/console/rewards/orders/{order.id}/issue")
    assert state_of(session, order) == "issued"
    assert "Handed out. The member is told." in marats.page("/console/rewards/orders")
    assert f"/console/rewards/orders/{order.id}/issue" not in marats.get("/console/rewards/orders").text


def test_an_order_is_cancelled_and_the_points_go_back(marats, session, rich):
    order = ordered(session, rich, "cappuccino")
    before = ledger.balance(session, rich).available
    marats.post(f"/console/rewards/orders/{order.id}/cancel")
    assert state_of(session, order) == "cancelled"
    assert ledger.balance(session, rich).available == before + 300
    assert "The points went back" in marats.page("/console/rewards/orders")


def test_orders_are_narrowed_by_reward_and_state(marats, session, rich):
    ordered(session, rich, "class")
    ordered(session, rich, "bun")
    assert "A bun" in marats.page("/console/rewards/orders?state=issued").split("Valid until")[1]
    narrowed = marats.page("/console/rewards/orders?reward=grain:class").split("Valid until")[1]
    assert "Latte art class" in narrowed
    assert "A bun" not in narrowed
    assert "Nothing like this was ordered yet." in marats.page("/console/rewards/orders?state=used")


def test_a_reward_is_paused_and_goes_on(marats, session):
    one = "/console/rewards/grain:cappuccino"
    assert marats.post(f"{one}/pause").location == one
    page = marats.page(one)
    assert "Paused" in page
    assert "Nobody can order it until it goes on." in page
    marats.post(f"{one}/resume")
    assert "It can be ordered again." in marats.page(one)


def loaded_reward(session):
    return next(one for one in rewards.offered(session, at=business_now()) if one.reward.codes == "loaded")


def test_a_partners_codes_are_loaded_once(marats, session):
    offered = loaded_reward(session)
    one = f"/console/rewards/{offered.id}"
    assert "No code is free" in marats.page(one)
    marats.post(f"{one}/codes", {"codes": "AAA-1\r\n AAA-2 \n\nAAA-1"})
    assert "Loaded: 2." in marats.page(one)
    marats.post(f"{one}/codes", {"codes": "AAA-2\nAAA-3"})
    page = marats.page(one)
    assert "Loaded: 1. Known before, left alone: 1." in page
    assert "free: 3" in page


@pytest.mark.parametrize("codes", ["", " \n ", "x" * 65])
def test_codes_that_make_no_sense_are_said_at_the_field(marats, session, codes):
    one = f"/console/rewards/{loaded_reward(session).id}"
    answer = marats.post(f"{one}/codes", {"codes": codes})
    assert answer.status_code == 422
    assert re.search(r'id="codes"[^>]*aria-invalid="true"', answer.text)


def test_who_may_look_and_who_may_do(app, session, marats, rich):
    order = ordered(session, rich, "class")
    for role in (Role.ANALYST, Role.AUDITOR):
        reader = at_desk(app, session, role)
        for path in ("/console/rewards", "/console/rewards/orders", "/console/rewards/grain:cappuccino"):
            page = reader.get(path)
            assert page.status_code == 200
            assert "/pause" not in page.text
            assert "/issue" not in page.text
        for path in ("/console/rewards/grain:cappuccino/pause", f"/console/rewards/orders/{order.id}/cancel"):
            assert reader.post(path).status_code == 403
    assert at_desk(app, session, Role.SUPPORT).get("/console/rewards").status_code == 403
    assert state_of(session, order) == "ordered"


def test_what_is_not_there_says_so(marats):
    assert marats.get("/console/rewards/grain:nothing").status_code == 404
    assert marats.post("/console/rewards/grain:nothing/pause").status_code == 404


def test_a_shop_without_rewards_and_budgets_is_shown_how_to_have_them(app, session, client, clock):
    open_till(session, client)
    marats = at_desk(app, session, Role.MARKETER)
    assert "rewards:" in marats.get("/console/rewards").text
    assert "budgets:" in marats.get("/console/budgets").text


def test_budgets_say_what_is_left_and_warn_from_four_fifths_on(app, session, client, clock):
    till = open_till(session, client, programme=DEMO_PROGRAMME + BUDGETS)
    marats = at_desk(app, session, Role.MARKETER)
    member_id = guest(session)
    page = marats.page("/console/budgets")
    assert "100 points left of 100" in page
    assert "500 points for each member, each year" in page
    assert "1–30 November" in page
    assert "waiting:" not in page

    assert till.sell(member_id, 160000).json["points_pending"] == 80
    page = marats.page("/console/budgets")
    assert "20 points left of 100" in page
    assert "80% of the budget month is spent" in page
    assert "1 member has taken of it, 80 points in all" in page
    assert "Budgets waiting: 1" in page

    assert till.sell(member_id, 160000, external_id="sale-2").json["points_pending"] == 20
    assert "The budget month is spent. At its end the last purchase gets what is left" in marats.page(
        "/console/budgets"
    )


def test_russian_pages_have_no_english_words(marats, session, rich):
    ordered(session, rich, "class")
    for path in ("/console/rewards", "/console/rewards/orders", "/console/rewards/grain:class", "/console/budgets"):
        page = re.sub(r"<pre.*?</pre>", "", marats.get(f"{path}?lang=ru").text, flags=re.DOTALL)
        left = re.sub(r"Molva|Marat|English|class", "", words(page))
        assert "Награды" in left
        assert re.findall(r"[A-Za-z]{3,}", left) == [], path
    marats.get("/console?lang=en")
