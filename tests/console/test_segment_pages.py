"""The desk's pages of segments without scripts: choosing, counting, checking somebody, saving, archiving."""

import re

import pytest
from sqlalchemy import select

from backend.segments import queries
from backend.segments.models import Segment
from backend.shared.jobs import run_due_jobs
from backend.staff.roles import Role
from tests.console.desk import at_desk, words
from tests.factories.members import ALICE_PHONE, alice, boris
from tests.factories.till import open_till

NEW = "/console/segments/new"
ONE_ROW = {"rule.kind": "all", "rule.0.attribute": "purchases", "rule.0.is": "at_least", "rule.0.value": "1"}
NAMED = ONE_ROW | {"name": "Buyers"}


@pytest.fixture
def shop(session, client, clock):
    """A shop where Alice has bought once, and Boris never."""
    till = open_till(session, client)
    till.sell(alice(session).id, 100000)
    boris(session)
    return till


@pytest.fixture
def marats(app, session, shop):
    return at_desk(app, session, Role.MARKETER)


def kept(session):
    return session.scalars(select(Segment).execution_options(populate_existing=True)).all()


def figure(page):
    return re.search(r"reach__figure[^>]*>([^<]+)<", page)[1]


def test_the_first_page_offers_examples_and_each_can_be_counted(marats):
    page = marats.get("/console/segments").text
    names = re.findall(r"/console/segments/new\?example=([\w-]+)", page)
    assert len(names) >= 5
    for name in names:
        opened = marats.get(f"{NEW}?example={name}").text
        assert figure(opened).isdigit(), name
        assert 'row__mistake" id="rule.0.mistake" data-answer></span>' in opened


def test_rows_are_added_and_removed_by_buttons(marats):
    page = marats.get(NEW).text
    assert 'value="condition:rule"' in page
    page = marats.post(NEW, {"rule.kind": "any", "act": "condition:rule"}).text
    assert 'name="rule.0.attribute"' in page
    assert re.search(r'<option value="any" selected', page)
    page = marats.post(NEW, ONE_ROW | {"act": "group:rule"}).text
    assert 'name="rule.1.kind"' in page
    page = marats.post(NEW, ONE_ROW | {"act": "remove:rule.0"}).text
    assert 'name="rule.0.attribute"' not in page


def test_the_count_says_how_many_who_and_why(marats):
    page = marats.post(NEW, ONE_ROW | {"act": "look"})
    assert page.status_code == 200
    assert figure(page.text) == "1"
    said = words(page.text)
    assert "of 2 members, 50%" in said
    assert "Alice" in said
    assert "Purchases: 1" in said
    assert "Purchases: at least 1." in said
    assert re.search(r'id="rule.0.count"[^>]*>.*?1<', page.text)


def test_another_sample_can_be_asked_for(marats, session):
    page = marats.post(
        NEW,
        {
            "rule.kind": "all",
            "rule.0.attribute": "purchases",
            "rule.0.is": "at_most",
            "rule.0.value": "9",
            "act": "others",
            "sample_number": "3",
        },
    ).text
    assert 'name="sample_number" value="4"' in page


def test_what_is_missing_is_said_at_its_row_and_nothing_is_counted(marats):
    page = marats.post(NEW, ONE_ROW | {"rule.0.value": "many", "act": "look"}).text
    assert "This is not a whole number." in words(page)
    assert figure(page) == "–"
    assert re.search(r'value="save"[^>]* disabled', page)
    page = marats.post(NEW, ONE_ROW | {"rule.0.value": "", "act": "look"}).text
    assert "A value is missing." in words(page)


def test_a_row_in_which_nothing_is_chosen_is_not_yet_wrong(marats):
    page = marats.post(NEW, ONE_ROW | {"rule.1.attribute": "", "act": "look"}).text
    assert figure(page) == "–"
    assert not re.search(r'id="rule.1.mistake"[^>]*>\s*<svg', page)


def test_one_person_is_checked_with_what_was_found(marats):
    page = words(marats.post(NEW, ONE_ROW | {"person": ALICE_PHONE, "act": "look"}).text)
    assert re.search(r"Alice \w\. : in Purchases: 1", page)
    page = words(marats.post(NEW, ONE_ROW | {"person": "nobody", "act": "look"}).text)
    assert "Nobody is known by this." in page


def test_a_segment_is_saved_only_when_it_is_counted_and_named(marats, session):
    for wrong in (NAMED | {"rule.0.value": ""}, ONE_ROW | {"name": ""}, NAMED | {"code": "Наши"}, {"name": "Empty"}):
        assert marats.post(NEW, wrong | {"act": "save"}).status_code == 422
        assert kept(session) == []
    answer = marats.post(NEW, NAMED | {"act": "save"})
    (segment,) = kept(session)
    assert (answer.status_code, answer.location) == (303, f"/console/segments/{segment.id}")
    assert (segment.name, segment.code) == ("Buyers", "buyers")
    run_due_jobs()
    said = marats.page("/console/segments")
    assert "Buyers buyers Purchases: at least 1. 1" in said


def test_another_version_of_it_is_saved_in_place(marats, session):
    marats.post(NEW, NAMED | {"act": "save"})
    (segment,) = kept(session)
    one = f"/console/segments/{segment.id}"
    page = marats.get(one).text
    assert re.search(r'name="rule.0.value" value="1"', page)
    answer = marats.post(one, NAMED | {"name": "Buyers twice", "rule.0.value": "2", "act": "save"})
    assert answer.status_code == 303
    (segment,) = kept(session)
    assert (segment.name, segment.version, segment.code) == ("Buyers twice", 2, "buyers")


def test_a_code_that_is_taken_is_said_at_its_field(marats, session):
    marats.post(NEW, NAMED | {"act": "save"})
    answer = marats.post(NEW, NAMED | {"code": "buyers", "act": "save"})
    assert answer.status_code == 422
    assert re.search(r'id="code"[^>]*aria-invalid="true"', answer.text)
    assert len(kept(session)) == 1


def test_a_segment_cannot_be_put_into_itself(marats, session):
    marats.post(NEW, NAMED | {"act": "save"})
    (segment,) = kept(session)
    page = marats.get(f"/console/segments/{segment.id}").text
    assert '<option value="segment"' not in page
    inside = {"rule.kind": "all", "rule.0.attribute": "segment", "rule.0.is": "in", "rule.0.value": "buyers"}
    answer = marats.post(f"/console/segments/{segment.id}", NAMED | inside | {"act": "save"})
    assert answer.status_code == 422
    assert len(queries.versions(session, segment.id)) == 1


def test_a_segment_is_nested_in_another_one(marats, session):
    marats.post(NEW, NAMED | {"act": "save"})
    run_due_jobs()
    inside = {"rule.kind": "none", "rule.0.attribute": "segment", "rule.0.is": "in", "rule.0.value": "buyers"}
    page = marats.post(NEW, inside | {"act": "look"}).text
    assert figure(page) == "1"
    assert "Борис" in words(page)


def test_an_archived_segment_is_gone_and_one_in_use_is_not_archived(marats, session):
    marats.post(NEW, NAMED | {"act": "save"})
    (inner,) = kept(session)
    inside = {"rule.kind": "all", "rule.0.attribute": "segment", "rule.0.is": "in", "rule.0.value": "buyers"}
    marats.post(NEW, inside | {"name": "Outer", "act": "save"})
    outer = next(one for one in kept(session) if one.code == "outer")
    marats.post(f"/console/segments/{inner.id}/archive")
    assert "The segment is needed by: outer" in marats.page(f"/console/segments/{inner.id}")
    assert marats.post(f"/console/segments/{outer.id}/archive").location == "/console/segments"
    assert marats.get(f"/console/segments/{outer.id}").status_code == 404


def test_who_may_look_and_who_may_write(app, session, shop, marats):
    marats.post(NEW, NAMED | {"act": "save"})
    (segment,) = kept(session)
    for role in (Role.ANALYST, Role.AUDITOR):
        reader = at_desk(app, session, role)
        page = reader.get(f"/console/segments/{segment.id}")
        assert page.status_code == 200
        assert 'value="save"' not in page.text
        assert reader.get(NEW).status_code == 403
        assert reader.post(f"/console/segments/{segment.id}", NAMED | {"act": "save"}).status_code == 403
    assert at_desk(app, session, Role.SUPPORT).get("/console/segments").status_code == 403


def test_marketers_see_no_way_to_a_members_page(app, session, marats):
    assert 'href="/console/members/' not in marats.post(NEW, ONE_ROW | {"act": "look"}).text
    annas = at_desk(app, session, Role.ADMINISTRATOR)
    assert 'href="/console/members/' in annas.post(NEW, ONE_ROW | {"act": "look"}).text


def test_what_is_typed_cannot_become_markup(marats):
    page = marats.post(NEW, ONE_ROW | {"name": '"><img src=x>', "rule.0.value": "<b>", "act": "look"}).text
    assert "<img src=x>" not in page
    assert 'value="<b>"' not in page


def test_russian_pages_have_no_english_words(marats, session):
    marats.post(NEW, NAMED | {"name": "Покупатели", "act": "save"})
    (segment,) = kept(session)
    # What was said of the saving was said in English.
    marats.get("/console/segments")
    for path in ("/console/segments", NEW, f"{NEW}?example=gone-quiet", f"/console/segments/{segment.id}"):
        page = words(marats.get(f"{path}?lang=ru" if "?" not in path else f"{path}&lang=ru").text)
        left = re.sub(r"Molva|Marat|English|Grain|Push|SMS|SKU|pokupateli|Alice|Boris", "", page)
        assert "Сегменты" in page
        assert re.findall(r"[A-Za-z]{3,}", left) == [], path
    marats.get("/console?lang=en")
