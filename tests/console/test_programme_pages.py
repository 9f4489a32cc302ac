"""The desk's pages of programmes without scripts: writing, checking, trying, keeping, comparing, activating."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.console import programme_gallery
from backend.console.programme_help import HELP
from backend.programmes import queries
from backend.programmes.document import read_programme
from backend.programmes.models import ProgrammeVersion
from backend.shared.clock import business_now
from backend.staff.roles import Role
from tests.console.desk import at_desk, words
from tests.factories.till import DEMO_PROGRAMME, open_till

NEW, EDIT = "/console/programmes/new", "/console/programmes/grain/edit"
WEEKENDS = DEMO_PROGRAMME.replace(
    "  - {rule: base, rate_basis_points: 500}\n",
    "  - {rule: base, rate_basis_points: 500}\n"
    "  - rule: weekend\n"
    "    title: {en: Weekends, ru: Выходные}\n"
    '    when: at.weekday in ["sat", "sun"]\n'
    "    points: 20\n",
)


@pytest.fixture
def marats(app, session, client, clock):
    open_till(session, client)
    return at_desk(app, session, Role.MARKETER)


def stored(session):
    return session.scalars(
        select(ProgrammeVersion).order_by(ProgrammeVersion.version).execution_options(populate_existing=True)
    ).all()


def a_draft(marats, session, document=WEEKENDS, **fields):
    answer = marats.post(EDIT, {"document": document, "act": "save"} | fields)
    assert answer.status_code == 303, answer.text
    return f"/console/programmes/{stored(session)[-1].id}"


def test_the_list_says_what_is_in_force_and_what_can_be_begun_from(marats):
    page = marats.page("/console/programmes")
    assert "Grain grain, RUB Bonus points Version 1 since 22 November" in page
    assert "The shortest one" in page


@pytest.mark.parametrize("card", programme_gallery.examples(), ids=lambda card: card.name)
def test_every_example_is_correct_as_it_opens(marats, card):
    page = marats.get(f"{NEW}?example={card.name}")
    assert page.status_code == 200
    assert "It is correct" in words(page.text)
    # The shop has a programme of this currency: the example becomes its next version.
    if read_programme(programme_gallery.document(card.name)).currency == "RUB":
        assert "programme: grain\n" in page.text


@pytest.mark.parametrize("group", HELP, ids=lambda group: group.name)
def test_every_example_of_the_help_is_correct_where_it_is_put(group):
    for example in group.examples:
        section = example.text.partition(":")[0]
        kept = {"earning", "availability", "expiry", "referral"} - {section}
        document = (
            "programme: shop\ntitle: {en: Shop, ru: Магазин}\ncurrency: RUB\npoint_value_minor: 100\nkind: combined\n"
        )
        document += (
            "earning:\n  - {rule: base, rate_basis_points: 500}\n" if "earning" in kept or section == "terms" else ""
        )
        document += "availability: {pending_days: 14}\n" if "availability" in kept else ""
        text = example.text
        if section == "earning" and "multiplier" in text:
            text = text.replace("earning:\n", "earning:\n  - {rule: base, rate_basis_points: 500}\n")
        if section == "stacking" and "promotions" in text:
            document = document.replace("500}", "500, stack: promotions}")
        assert read_programme(document + text).programme == "shop", example.words


def test_a_mistake_is_told_with_its_place_and_nothing_typed_is_lost(marats, session):
    broken = WEEKENDS.replace("at.weekday in", "at.wekday in")
    answer = marats.post(EDIT, {"document": broken, "act": "save"})
    assert answer.status_code == 422
    place = re.search(r'<li data-line="(\d+)" data-column="(\d+)">', answer.text)
    line, column = int(place[1]), int(place[2])
    assert broken.split("\n")[line - 1][column - 1 :].startswith(("at.wekday", "wekday"))
    assert "Not kept yet: the document has mistakes." in words(answer.text)
    assert "at.wekday in" in answer.text
    assert len(stored(session)) == 1


def test_a_mistake_is_told_in_russian_too(marats):
    page = marats.post(f"{EDIT}?lang=ru", {"document": "programme: grain\n", "act": "look"}).text
    assert "Строка 1, столбец 1" in words(page)


def test_a_receipt_is_tried_with_the_way_to_its_points(marats):
    tried = {"amount": "1000", "store": "pokrovka", "purchases": "0", "tier": "", "act": "look"}
    saturday = words(marats.post(EDIT, {"document": WEEKENDS, "at": "2026-11-21T12:00"} | tried).text)
    assert "+70 points" in saturday
    assert "Weekends" in saturday
    assert "Can be spent from 5 December on" in saturday
    large = WEEKENDS.replace('at.weekday in ["sat", "sun"]', "receipt.total >= money(5000)")
    small = words(marats.post(EDIT, {"document": large, "at": "2026-11-23T12:00"} | tried).text)
    assert "+50 points" in small
    assert "Weekends: not this time; it asks for this: the receipt is at least ₽5,000" in small


def test_a_receipt_that_makes_no_sense_is_said_at_its_field(marats):
    page = marats.post(
        EDIT, {"document": WEEKENDS, "amount": "much", "at": "soon", "purchases": "-1", "act": "look"}
    ).text
    for field in ("amount", "at", "purchases"):
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page), field
    assert re.search(r'id="preview".*An amount, such as 1500 or 99.90.', page, re.DOTALL)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_a_receipt_of_a_time_without_shops_is_said_at_its_field(marats, moment):
    answer = marats.post(EDIT, {"document": WEEKENDS, "amount": "1000", "at": moment, "purchases": "0", "act": "look"})
    assert answer.status_code == 200
    assert re.search(r'id="at"[^>]*aria-invalid="true"', answer.text)


def test_tiers_and_segments_of_the_document_can_be_chosen_for_the_receipt(marats):
    document = WEEKENDS.replace('at.weekday in ["sat", "sun"]', '\'member.tier == "gold" && "vip" in member.segments\'')
    document += (
        "kind: tiers\ntiers:\n  measure: spend\n  window: life\n"
        "  levels: [{tier: gold, title: {en: Gold, ru: Золото}, from_minor: 100}]\n"
    )
    tried = {"document": document, "amount": "1000", "at": "2026-11-23T12:00", "act": "look"}
    page = marats.post(EDIT, tried | {"tier": "gold", "segment": "vip"}).text
    assert '<option value="gold" selected>Gold</option>' in page
    assert "+70 points" in words(page)
    assert "+50 points" in words(marats.post(EDIT, tried | {"tier": "gold"}).text)


def test_from_a_draft_to_what_is_in_force(marats, session, clock):
    one = a_draft(marats, session, note="More at weekends")
    draft = marats.page(one)
    assert "Draft Version 2 · grain · Bonus points · More at weekends" in draft
    assert "What is different from version 1" in draft
    assert "Weekends" in draft
    assert "Marat : More at weekends" in draft or "Marat: More at weekends" in draft
    (in_force,) = queries.in_force(session, at=business_now())
    assert in_force.version == 1

    asked = marats.page(f"{one}/activate")
    assert "What changes for your guests against version 1, in force now" in asked
    assert "Receipts from that moment on are judged by version 2" in asked
    clock.advance(hours=1)
    assert marats.post(f"{one}/activate", {"at": ""}).location == one
    (in_force,) = queries.in_force(session, at=business_now())
    assert in_force.version == 2
    page = marats.page(one)
    assert "It is in force from now on." in page
    assert "Version 1 Earlier" in page
    assert "Activate" not in page


def test_a_version_for_later_can_be_taken_back_until_then(marats, session, clock):
    one = a_draft(marats, session)
    marats.post(f"{one}/activate", {"at": "2026-12-01T00:00"})
    assert stored(session)[-1].in_force_from.isoformat() == "2026-11-30T21:00:00+00:00"
    assert "Scheduled" in marats.page(one)
    assert "1 December, 00:00" in marats.page("/console/programmes")
    marats.post(f"{one}/withdraw")
    assert "Withdrawn. What is in force stays in force." in marats.page(one)
    clock.advance(days=30)
    (in_force,) = queries.in_force(session, at=business_now())
    assert in_force.version == 1


def test_the_past_is_not_rewritten(marats, session):
    one = a_draft(marats, session)
    answer = marats.post(f"{one}/activate", {"at": "2026-11-01T00:00"})
    assert answer.status_code == 422
    assert "A version cannot begin in the past" in words(answer.text)
    answer = marats.post(f"{one}/activate", {"at": "soon"})
    assert answer.status_code == 422
    assert re.search(r'id="at"[^>]*aria-invalid="true"', answer.text)
    assert stored(session)[-1].status == "draft"


def test_a_segment_that_is_not_there_stops_the_activation(marats, session):
    one = a_draft(marats, session, WEEKENDS.replace('at.weekday in ["sat", "sun"]', "'\"vip\" in member.segments'"))
    answer = marats.post(f"{one}/activate", {"at": ""})
    assert answer.status_code == 422
    assert "vip" in words(answer.text)
    assert stored(session)[-1].status == "draft"


def test_a_currency_that_is_taken_is_told(marats, session):
    answer = marats.post(NEW, {"document": WEEKENDS.replace("programme: grain", "programme: other"), "act": "save"})
    assert answer.status_code == 422
    assert "already has the currency RUB" in words(answer.text)
    assert len(stored(session)) == 1


def test_two_versions_are_compared_as_asked(marats, session, clock):
    second = a_draft(marats, session)
    marats.post(f"{second}/activate", {"at": ""})
    clock.advance(hours=1)
    third = a_draft(marats, session, WEEKENDS.replace("points: 20", "points: 30"))
    first_id = stored(session)[0].id
    assert "What is different from version 2" in marats.page(third)
    page = marats.page(f"{third}?against={first_id}")
    assert "What is different from version 1" in page


def test_lines_of_windows_are_lines(marats, session):
    a_draft(marats, session, WEEKENDS.replace("\n", "\r\n"))
    assert "\r" not in stored(session)[-1].document


def test_who_may_look_and_who_may_write(app, session, marats):
    one = a_draft(marats, session)
    for role in (Role.ANALYST, Role.AUDITOR):
        reader = at_desk(app, session, role)
        page = reader.get(one)
        assert page.status_code == 200
        assert "/activate" not in page.text
        assert reader.get("/console/programmes").status_code == 200
        for path in (NEW, EDIT, f"{one}/activate"):
            assert reader.get(path).status_code == 403
        assert reader.post(f"{one}/activate", {"at": ""}).status_code == 403
    assert at_desk(app, session, Role.SUPPORT).get("/console/programmes").status_code == 403


def test_what_is_not_there_says_so(marats):
    missing = "/console/programmes/01a202c1-f37c-74b9-9df2-eb736c1f877c"
    for path in (missing, f"{missing}/activate", "/console/programmes/nothing/edit"):
        assert marats.get(path).status_code == 404


def test_what_is_typed_cannot_become_markup(marats):
    page = marats.post(EDIT, {"document": "</textarea><script>alert(1)</script>", "act": "look"}).text
    assert "<script>alert" not in page


def test_russian_pages_have_no_english_words_but_the_documents(marats, session):
    one = a_draft(marats, session)
    marats.get(one)
    for path in ("/console/programmes", one, f"{one}/activate"):
        page = marats.get(f"{path}?lang=ru").text
        page = re.sub(r'<ol class="document".*?</ol>', "", page, flags=re.DOTALL)
        left = re.sub(r"Molva|Marat|English|grain|Europe/Moscow|weekend|RUB", "", words(page))
        assert "Программы" in left
        assert re.findall(r"[A-Za-z]{3,}", left) == [], path
    marats.get("/console?lang=en")


def test_a_version_begins_at_a_moment_that_is_still_to_come(marats, session, clock):
    one = a_draft(marats, session)
    marats.post(f"{one}/activate", {"at": "2026-11-22T13:00"})
    clock.set(stored(session)[-1].in_force_from - timedelta(seconds=1))
    assert queries.in_force(session, at=business_now())[0].version == 1
    clock.advance(seconds=1)
    assert queries.in_force(session, at=business_now())[0].version == 2
