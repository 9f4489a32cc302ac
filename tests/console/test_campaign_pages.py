"""The marketer's pages: writing, looking it over, starting, halting; in both languages, without scripts."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from backend.campaigns import queries
from backend.campaigns.models import Campaign
from backend.members import queries as members
from backend.shared.jobs import run_due_jobs
from tests.factories.campaigns import a_campaign, a_started_campaign
from tests.factories.notifications import Hands, a_guest
from tests.factories.segments import a_segment, leaf

WRITTEN = {
    "name": "",
    "kind": "marketing",
    "title_ru": "Двойные баллы за зерно",
    "body_ru": "До воскресенья.",
    "title_en": "Double points on beans",
    "body_en": "Until Sunday.",
    "rate_per_second": "",
    "holdout_percent": "",
    "starts_at": "",
}
# Names, and what the phones of English readers show.
SAID_IN_ENGLISH = r"Molva|Marat|English|Grain|Double points on beans|Until Sunday, in every café and online\.|now|push"


def the_campaign(session):
    return session.scalars(select(Campaign).execution_options(populate_existing=True)).one()


def test_an_empty_list_says_what_to_do(desk):
    page = desk.get("/console/campaigns").text
    assert "Nothing has been sent yet" in page
    assert 'href="/console/campaigns/new"' in page


def test_from_writing_to_stopping_without_a_script(app, session, desk):
    for _ in range(3):
        a_guest(session)
    assert '<p class="reach__figure">3</p>' in desk.get("/console/campaigns/new").text

    kept = desk.post("/console/campaigns/new", WRITTEN)
    campaign = the_campaign(session)
    one = f"/console/campaigns/{campaign.id}"
    assert (kept.status_code, kept.location) == (303, one)
    assert campaign.name == "Двойные баллы за зерно"
    draft = desk.get(one).text
    assert '<p class="reach__figure">3</p>' in draft
    assert "Start sending" in draft

    desk.post(f"{one}/start")
    run_due_jobs()
    running = desk.get(one).text
    assert "of 3 accepted" in running
    assert '<meta http-equiv="refresh" content="5">' in running
    desk.post(f"{one}/pause")
    assert "Resume" in desk.get(one).text
    assert Hands(app).deliver() == []
    desk.post(f"{one}/resume")
    assert len(Hands(app).deliver()) == 3
    assert "<strong>3</strong> of 3 accepted" in desk.get(one).text
    desk.post(f"{one}/stop")
    ended = desk.get(one).text
    assert "Stopped by Marat. Already on the way: 0" in ended
    assert "Send to the remainder" not in ended
    assert "http-equiv" not in ended


def reach_of(page):
    """The figures of the panels by kind, and those beside the choices."""
    panels = re.findall(r'reach--(\w+)"[^>]*>.*?<p class="reach__figure">([^<]+)</p>', page, re.DOTALL)
    choices = re.findall(r'value="(\w+)"[^>]*>\s*<span class="check__words"><span>.*?kinds__reach">([^<]+)<', page)
    return dict(panels), dict(choices)


def test_both_kinds_say_whom_they_reach_before_one_is_chosen(session, desk):
    a_guest(session)
    for _ in range(4):
        a_guest(session, agrees=False)
    a_guest(session, phones=0)
    panels, choices = reach_of(desk.get("/console/campaigns/new").text)
    assert panels == {"marketing": "1", "service": "5"}
    assert choices == {"marketing": "1 person", "service": "5 people"}

    _, choices = reach_of(desk.get("/console/campaigns/new?lang=ru").text)
    assert choices == {"marketing": "1 человек", "service": "5 человек"}


def test_a_service_draft_counts_and_names_those_with_the_app(session, desk):
    for _ in range(2):
        a_guest(session, agrees=False)
    desk.post("/console/campaigns/new", WRITTEN | {"kind": "service"})
    page = desk.get(f"/console/campaigns/{the_campaign(session).id}").text
    assert '<p class="reach__figure">2</p>' in page
    assert "people who have the app" in page
    assert "all who have the app" in page
    assert "Among them: ••" in page
    assert "agreed" not in page


def test_a_campaign_for_a_segment_counts_and_names_its_members_alone(session, desk):
    inside, agreed_too = a_guest(session, locale="ru"), a_guest(session)
    a_guest(session, locale="ru", agrees=False)
    segment = a_segment(session, "russians", leaf("language", "one_of", ["ru"]))
    run_due_jobs()
    chosen = WRITTEN | {"segment_id": str(segment.id)}
    panels, choices = reach_of(desk.post("/console/campaigns/new", chosen | {"act": "look"}).text)
    assert panels == {"marketing": "1", "service": "2"}
    assert choices == {"marketing": "1 person", "service": "2 people"}
    assert list(session.scalars(select(Campaign))) == []

    desk.post("/console/campaigns/new", chosen)
    campaign = the_campaign(session)
    assert campaign.segment_id == segment.id
    draft = desk.get(f"/console/campaigns/{campaign.id}").text
    assert '<p class="reach__figure">1</p>' in draft
    assert f'href="/console/segments/{segment.id}">Russians</a>' in draft
    labels = members.labels(session, [inside, agreed_too])
    assert labels[inside].label in draft
    assert labels[agreed_too].label not in draft
    assert f'<option value="{segment.id}" selected>' in desk.get(f"/console/campaigns/{campaign.id}/edit").text


def test_a_segment_that_is_gone_is_said_at_the_field(session, desk):
    answer = desk.post("/console/campaigns/new", WRITTEN | {"segment_id": str(uuid4())})
    assert answer.status_code == 422
    assert "There is no such segment any more." in answer.text
    assert list(session.scalars(select(Campaign))) == []


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(session, desk):
    answer = desk.post(
        "/console/campaigns/new", WRITTEN | {"body_en": " ", "rate_per_second": "0", "starts_at": "soon"}
    )
    assert answer.status_code == 422
    for field in ("body_en", "rate_per_second", "starts_at"):
        assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text), field
    assert "Nothing is written here." in answer.text
    assert "A whole number from 1 to 10,000." in answer.text
    assert 'value="Двойные баллы за зерно"' in answer.text
    assert list(session.scalars(select(Campaign))) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"title_ru": "x" * 61},
        {"body_ru": "x" * 241},
        {"name": "x" * 81},
        {"kind": "spam"},
        {"rate_per_second": "1e3"},
        {"rate_per_second": "9" * 30},
        {"rate_per_second": "\u0663"},
        {"holdout_percent": "51"},
        {"starts_at": "2026-13-01T00:00"},
        {"title_en": "bell \u0007"},
    ],
)
def test_broken_input_is_refused_whole(session, desk, broken):
    answer = desk.post("/console/campaigns/new", WRITTEN | broken)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text or broken.keys() == {"kind"}
    assert list(session.scalars(select(Campaign))) == []


def test_the_time_that_is_typed_is_the_shops(session, desk):
    desk.post("/console/campaigns/new", WRITTEN | {"starts_at": "2026-11-23T10:00"})
    campaign = the_campaign(session)
    assert campaign.starts_at.isoformat() == "2026-11-23T07:00:00+00:00"
    one = f"/console/campaigns/{campaign.id}"
    assert "Schedule" in desk.get(one).text
    assert 'value="2026-11-23T10:00"' in desk.get(f"{one}/edit").text
    desk.post(f"{one}/start")
    page = desk.get(one).text
    assert "Scheduled" in page
    assert "set for 23 November, 10:00" in page


def test_a_draft_can_be_edited_until_it_is_started(session, desk):
    campaign_id = a_campaign(session).id
    one = f"/console/campaigns/{campaign_id}"
    assert 'value="Double points on beans"' in desk.get(f"{one}/edit").text
    desk.post(f"{one}/edit", WRITTEN | {"title_en": "Triple points"})
    assert "Triple points" in desk.get(one).text
    assert desk.post(f"{one}/edit", WRITTEN | {"title_en": ""}).status_code == 422
    desk.post(f"{one}/start")
    assert desk.get(f"{one}/edit").status_code == 303
    desk.post(f"{one}/edit", WRITTEN)
    assert queries.view(session, campaign_id).message["en"]["title"] == "Triple points"


def test_what_somebody_else_did_meanwhile_is_told_and_nothing_is_done(session, desk):
    campaign_id = a_campaign(session).id
    answer = desk.post(f"/console/campaigns/{campaign_id}/pause")
    assert answer.status_code == 303
    assert "This cannot be done with a campaign that is a draft" in desk.get(answer.location).text


def test_the_rate_is_changed_while_it_runs(session, desk):
    campaign_id = a_started_campaign(session).id
    one = f"/console/campaigns/{campaign_id}"
    desk.post(f"{one}/rate", {"rate_per_second": "40"})
    assert "Rate set to 40 a second by Marat" in desk.get(one).text
    desk.post(f"{one}/rate", {"rate_per_second": "fast"})
    assert "The rate is a whole number from 1 to 10,000." in desk.get(one).text
    desk.post(f"{one}/rate", {"rate_per_second": ""})
    assert queries.view(session, campaign_id).rate_per_second is None


def test_pages_of_the_list_follow_each_other(session, desk):
    for number in range(26):
        a_campaign(session, name=f"Campaign {number:02}")
    first = desk.get("/console/campaigns").text
    assert "Campaign 25" in first
    assert "Campaign 00" not in first
    older = re.search(r'href="(/console/campaigns\?cursor=[^"]+)"', first)[1]
    assert "Campaign 00" in desk.get(older).text


def test_russian_pages_have_no_english_words(session, desk):
    campaign_id = a_started_campaign(session, name="Зерно").id
    for path in ("/console/campaigns", "/console/campaigns/new", f"/console/campaigns/{campaign_id}"):
        page = desk.get(f"{path}?lang=ru").text
        shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
        words = re.sub(SAID_IN_ENGLISH, "", shown)
        assert "Рассылки" in words
        assert re.findall(r"[A-Za-z]{3,}", words) == [], path


def test_whoever_is_not_signed_in_is_led_to_the_door(client, session, clock):
    answer = client.get("/console/campaigns")
    assert answer.status_code == 303
    assert answer.location.startswith("/staff/sign-in")


def test_support_has_no_campaigns(olgas, session):
    assert olgas.get("/console/campaigns").status_code == 403


def test_another_site_cannot_press_the_buttons(session, desk):
    campaign_id = a_campaign(session).id
    for token in ("", "forged"):
        assert desk.post(f"/console/campaigns/{campaign_id}/start", token=token).status_code == 403
    assert queries.view(session, campaign_id).status == "draft"


def test_what_is_not_there_says_so(desk):
    for path in (f"/console/campaigns/{uuid4()}", f"/console/campaigns/{uuid4()}/edit", "/console/campaigns/nothing"):
        assert desk.get(path).status_code == 404
    assert desk.post(f"/console/campaigns/{uuid4()}/start").status_code == 404
    assert desk.post(f"/console/campaigns/{uuid4()}/explode").status_code == 404
    assert desk.get("/console/campaigns?cursor=nonsense").status_code == 422


def test_what_a_marketer_writes_cannot_become_markup(session, desk):
    desk.post("/console/campaigns/new", WRITTEN | {"title_en": "<script>alert(1)</script>", "name": '"><img src=x>'})
    page = desk.get(f"/console/campaigns/{the_campaign(session).id}").text
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
