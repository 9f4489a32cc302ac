"""A programme in a real browser: written, its mistake marked where it stands, tried, kept, compared, activated."""

import re

import pytest
from playwright.sync_api import expect

from backend.programmes import queries
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.db import run_transaction
from tests.browser import needs_chromium
from tests.factories.shops import a_store
from tests.factories.staff import anna, marat
from tests.factories.till import DEMO_PROGRAMME

pytestmark = needs_chromium

EDIT = "/console/programmes/grain/edit"
RULE = """
  - rule: large
    title: {en: Large purchases, ru: Большие покупки}
    when: receipt.total >= money(1000)
    points: 20
"""


@pytest.fixture
def grain(committed_app, address):
    """The shop with its programme, and a store."""

    def open_shop(session):
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        a_store(session)

    with committed_app.app_context():
        run_transaction(open_shop)


def document(page):
    return page.locator("#document")


def write(page, text):
    document(page).fill(text)


def with_rule(text, rule=RULE):
    return text.replace("rate_basis_points: 500}\n", "rate_basis_points: 500}" + rule, 1)


def test_a_mistake_is_marked_at_its_line_and_a_click_goes_there(browse, grain):
    page = browse(marat)
    page.goto(EDIT)
    check = page.locator("#check")
    expect(check).to_contain_text("It is correct")
    broken = with_rule(DEMO_PROGRAMME).replace("receipt.total", "receipt.totl")
    write(page, broken)
    expect(check).to_contain_text("1 mistake")
    line = broken.split("\n").index("    when: receipt.totl >= money(1000)") + 1
    expect(page.locator(".editor__gutter .editor__wrong")).to_have_text(str(line))
    marked = page.locator(".editor__marks mark")
    expect(marked).to_have_count(1)
    assert marked.inner_text() in "receipt.totl"
    check.get_by_role("link").click()
    expect(document(page)).to_be_focused()
    caret = document(page).evaluate("area => area.value.slice(0, area.selectionStart).split('\\n').length")
    assert caret == line
    write(page, with_rule(DEMO_PROGRAMME))
    expect(check).to_contain_text("2 earning rules")
    expect(marked).to_have_count(0)
    assert page.problems == []


def test_each_of_several_marks_stands_at_the_height_of_its_line(browse, grain):
    page = browse(marat)
    page.goto(EDIT)
    broken = (
        with_rule(DEMO_PROGRAMME).replace("receipt.total", "receipt.totl").replace("currency: RUB", "currency: rub")
    )
    write(page, broken)
    expect(page.locator("#check")).to_contain_text("2 mistakes")
    numbers, marks = page.locator(".editor__wrong"), page.locator(".editor__marks mark")
    expect(numbers).to_have_count(2)
    expect(marks).to_have_count(2)
    for number, mark in zip(numbers.all(), marks.all(), strict=True):
        height = number.bounding_box()["height"]
        assert abs(number.bounding_box()["y"] - mark.bounding_box()["y"]) < height / 2


def test_a_receipt_is_tried_while_the_document_is_written(browse, grain):
    page = browse(marat)
    page.goto(EDIT)
    answer = page.locator("#preview")
    expect(answer).to_contain_text("+75 points")
    write(page, with_rule(DEMO_PROGRAMME))
    expect(answer).to_contain_text("+95 points")
    expect(answer).to_contain_text("Large purchases")
    page.get_by_label("Amount").fill("500")
    expect(answer).to_contain_text("+25 points")
    expect(page.get_by_label("Amount")).to_be_focused()
    page.get_by_label("Amount").fill("a lot")
    expect(answer).to_contain_text("An amount, such as 1500 or 99.90.")


def test_an_example_is_put_into_its_section_and_can_be_undone(browse, grain):
    page = browse(marat)
    page.goto(EDIT)
    before = document(page).input_value()
    page.get_by_text("When a rule applies").click()
    page.get_by_role("listitem").filter(has_text="On the first purchase").get_by_role("button", name="Insert").click()
    lines = document(page).input_value().split("\n")
    assert lines.index("  - rule: welcome") < lines.index("availability: {pending_days: 14}")
    expect(page.locator("#check")).to_contain_text("2 earning rules")
    expect(document(page)).to_be_focused()
    page.get_by_text("How much it may cost").click()
    page.get_by_role("listitem").filter(has_text="100,000 points").get_by_role("button", name="Insert").click()
    expect(page.locator("#check")).to_contain_text("1 budget")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(document(page)).to_have_value(before)


def test_the_indent_goes_on_at_the_next_line_and_tab_leaves_the_document(browse, grain):
    page = browse(marat)
    page.goto(EDIT)
    write(page, "")
    document(page).focus()
    page.keyboard.type("earning:\n  - rule: base\nrate_basis_points: 500")
    expect(document(page)).to_have_value("earning:\n  - rule: base\n    rate_basis_points: 500")
    page.keyboard.press("Tab")
    expect(document(page)).not_to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_writing_to_what_is_in_force(committed_app, browse, grain, scripts):
    page = browse(marat, java_script_enabled=scripts)
    page.goto("/console/programmes")
    page.get_by_role("link", name="Edit").click()
    write(page, with_rule(DEMO_PROGRAMME).replace("money(1000)", "1000"))
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_text("Not kept yet: the document has mistakes.")).to_be_visible()
    expect(page.locator("#check")).to_contain_text(re.compile(r"Line \d+, column \d+"))
    write(page, with_rule(DEMO_PROGRAMME))
    page.get_by_label("What you changed").fill("Large purchases")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Kept as a draft")
    expect(page.locator("#difference")).to_contain_text("the receipt is at least ₽1,000")
    page.get_by_role("link", name="Activate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Activate version 2")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("status").first).to_contain_text("It is in force from now on.")
    with committed_app.app_context():
        (in_force,) = run_transaction(lambda session: queries.in_force(session, at=business_now()))
    assert (in_force.version, len(in_force.earning)) == (2, 2)
    # The refusal of the first attempt is one; nothing else went wrong.
    assert [problem for problem in page.problems if "422" not in problem] == []


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_its_window_and_every_field_has_a_name(browse, grain, theme, width):
    page = browse(anna, viewport={"width": width, "height": 900}, color_scheme=theme)
    page.goto("/console/programmes")
    version = page.locator(".row-name").first.get_attribute("href")
    for path in (
        "/console/programmes",
        EDIT,
        version,
        "/console/rewards",
        "/console/rewards/orders",
        "/console/budgets",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.get_by_role("heading", level=1).count() == 1
        nameless = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]"
            ".filter(one => !(one.labels?.length || one.ariaLabel || one.textContent.trim())).map(one => one.outerHTML)"
        )
        assert nameless == [], path
    assert page.problems == []
