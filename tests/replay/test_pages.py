"""The console's pages of replays: who may ask, what is asked, how it is judged, and what the report shows."""

import html
import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.members import queries as members
from backend.programmes import service as programmes
from backend.replay import choices, performing, service
from backend.replay.models import Replay
from backend.staff import service as staff
from backend.staff.models import StaffMember
from backend.staff.roles import Role
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer, marat, signed_in_cookie
from tests.factories.till import DEMO_PROGRAMME, OpenTill, guest

CSV = "receipt,member,occurred_at,sku,category,quantity,amount\n1,alice,2026-01-05T10:00:00Z,cup,coffee,1,500.00\n"
DOCUMENT = """
programme: cafe
title: {en: Café, ru: Кофейня}
currency: RUB
point_value_minor: 100
earning: [{rule: base, rate_basis_points: 1000}]
availability: {pending_days: 0}
"""


class Desk:
    """A browser that fills in the token of the pages' forms."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def get(self, path: str = "") -> Any:
        return self._client.get(f"/console/replays{path}", headers={"Accept": "text/html"})

    def post(self, form: dict[str, Any]) -> Any:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/new").text)
        assert found
        data = {"csrf_token": found[1], "programme": "pasted", "document": DOCUMENT, "past": "file"} | form
        return self._client.post("/console/replays/new", data=data, headers={"Accept": "text/html"})

    def read(self, path: str = "") -> str:
        """The words of a page."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.get(path).text)).split())


def a_file(content: str = CSV, name: str = "receipts.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content.encode()), name


@pytest.fixture
def sit_down(session: Session, client: FlaskClient, clock: ObedientClock) -> Iterator[Callable[..., Desk]]:
    a_shop(session)

    def sit(who: StaffMember, language: str = "en") -> Desk:
        client.set_cookie("session", signed_in_cookie(client.application, session, who.id))
        client.get(f"/console/replays?lang={language}")
        return Desk(client)

    return sit


@pytest.fixture
def desk(session: Session, sit_down: Callable[..., Desk]) -> Desk:
    """Marat's."""
    return sit_down(marat(session))


def newest(session: Session) -> Replay:
    found = session.scalar(select(Replay).order_by(Replay.id.desc()).limit(1))
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _no_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat looks from a connection of its own, which does not see what a test has not committed."""
    monkeypatch.setattr(performing, "BEAT_SECONDS", 3600.0)


def judge(session: Session, clock: ObedientClock) -> UUID:
    """Does what the worker's process would do, in this one."""
    claimed = service.claim(session, now=clock.now)
    assert claimed is not None
    performing.perform(*claimed, processes=1)
    session.expire_all()
    return claimed[0]


def test_a_file_of_receipts_is_judged_by_a_pasted_programme(desk: Desk, session: Session, clock: ObedientClock) -> None:
    answer = desk.post({"file": a_file()})
    assert answer.status_code == 303, answer.text
    replay_id = newest(session).id
    assert answer.location.endswith(str(replay_id))
    assert "It begins in a moment" in desk.read(f"/{replay_id}")
    assert judge(session, clock) == replay_id
    page = desk.read(f"/{replay_id}")
    assert "receipts: 1 · members: 1 · turnover: ₽500" in page
    assert "Amounts are read as they stand, in the programme's currency: RUB." in page
    assert "What the rules gave" in page
    assert "50" in page
    assert newest(session).past_file is None, "what was brought is forgotten"
    assert "10%" in desk.read(), "the list tells the share"


def test_the_report_draws_each_figure_and_says_it_in_a_table(
    desk: Desk, session: Session, clock: ObedientClock
) -> None:
    desk.post({"file": a_file()})
    page = desk.get(f"/{judge(session, clock)}").text
    assert page.count('<svg class="plot__picture"') == 3
    for caption in ("Liability by month", "Members by points", "What the rules gave"):
        assert f'<caption class="unseen">{caption}</caption>' in page
    assert "style=" not in page


def test_against_another_programme_the_winners_are_named(desk: Desk, session: Session, clock: ObedientClock) -> None:
    desk.post({"file": a_file(), "against": "gallery:online-retail"})
    assert "different currencies" in desk.post({"file": a_file(), "against": "gallery:online-retail"}).text
    desk.post({"file": a_file(), "against": "pasted"})
    page = desk.read(f"/{judge(session, clock)}")
    assert "Who wins and who loses 1 unchanged" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"past": "file"}, "Choose a file of receipts."),
        ({"past": "synthetic", "receipts": "many"}, "A whole number from 1 to 1000000."),
        ({"past": "own", "margin": "0"}, "A whole number from 1 to 100."),
        ({"past": "own", "programme": ""}, "Choose a programme."),
        ({"past": "own", "document": "programme: [1"}, "Line 1"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(desk: Desk, session: Session, form: dict[str, str], said: str) -> None:
    answer = desk.post(form)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    assert session.scalar(select(Replay.id)) is None


def test_a_file_that_is_no_file_of_receipts_is_refused_at_once(desk: Desk) -> None:
    assert "Its first line names no columns that we know" in desk.post({"file": a_file("name,phone\nAlice,1\n")}).text


def test_a_past_without_purchases_says_so(desk: Desk, session: Session, clock: ObedientClock) -> None:
    desk.post({"past": "own"})
    assert "There are no receipts to judge" in desk.read(f"/{judge(session, clock)}")


def test_made_up_receipts_say_that_they_are(desk: Desk, session: Session, clock: ObedientClock) -> None:
    desk.post({"past": "synthetic", "receipts": "200"})
    assert "These receipts are made up" in desk.read(f"/{judge(session, clock)}")


def test_the_pages_speak_russian(session: Session, sit_down: Callable[..., Desk], clock: ObedientClock) -> None:
    desk = sit_down(marat(session), "ru")
    desk.post({"file": a_file()})
    page = desk.read(f"/{judge(session, clock)}")
    assert "Что дали правила" in page
    assert "50 % участников" in page.replace("\u00a0", " ")


def test_an_analyst_reads_and_does_not_ask(
    desk: Desk, session: Session, sit_down: Callable[..., Desk], clock: ObedientClock
) -> None:
    desk.post({"file": a_file()})
    replay_id = judge(session, clock)
    anna = staff.create_staff_member(session, name="Anna", role=Role.ANALYST, locale="en", who="tests")
    analyst = sit_down(anna)
    assert "What the rules gave" in analyst.read(f"/{replay_id}")
    assert "New replay" not in analyst.read()
    assert analyst.get("/new").status_code == 403


def test_two_run_after_each_other_and_a_silent_one_is_taken_up_again(
    desk: Desk, session: Session, clock: ObedientClock
) -> None:
    desk.post({"file": a_file()})
    desk.post({"file": a_file()})
    first = service.claim(session, now=clock.now)
    assert first is not None
    clock.advance(seconds=30)
    assert service.claim(session, now=clock.now) is None, "one at a time"
    assert service.beat(session, first[0], attempt=1, done=5, total=10)
    clock.advance(seconds=61)
    assert service.claim(session, now=clock.now) == (first[0], 2)
    assert not service.beat(session, first[0], attempt=1, done=9, total=10), "the lost one is heard no more"
    service.finish(session, first[0], attempt=1, report={"past": {"receipts": 1, "returns": 0}})
    assert newest(session).status == "waiting"
    clock.advance(seconds=61)
    service.claim(session, now=clock.now)
    clock.advance(seconds=61)
    second = service.claim(session, now=clock.now)
    assert second is not None
    assert second[0] != first[0]
    assert "It was begun 3 times" in desk.read(f"/{first[0]}")


def test_a_stored_version_judges_our_own_receipts(
    desk: Desk, session: Session, client: FlaskClient, clock: ObedientClock
) -> None:
    store = a_store(session)
    programmes.load(session, DEMO_PROGRAMME, in_force_from=clock.now)
    till = OpenTill(client, bearer(a_till_key(session, store.id)), store.id)
    alice = guest(session)
    assert till.sell(alice, 100_000, external_id="1").status_code == 201
    assert till.sell(alice, 50_000, external_id="2").status_code == 201
    assert till.give_back(of="1").status_code == 201
    [(version, said), *_] = choices.all_of_them(session)
    assert said == "Grain, version 1 · in force"
    desk.post({"past": "own", "programme": version, "against": "pasted", "spending_share": "0"})
    page = desk.read(f"/{judge(session, clock)}")
    assert "Grain · version 1" in page
    assert "our own receipts · receipts: 2 · members: 1 · turnover: ₽500" in page
    assert "Losers: 1, −₽25" in page, "five hundred roubles at five and not at ten percent"
    assert members.labels(session, [alice])[alice].label in page
    assert str(alice) not in page
