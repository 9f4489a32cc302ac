"""Points for what is no purchase: counted once, limited, explained, taken from budgets."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.actions import service as actions
from backend.actions.errors import UnknownAction, UnknownMember
from backend.actions.service import ActionDone, ActionRecorded
from backend.budgets.queries import standings
from backend.ledger import queries as ledger
from backend.members.profile import change_profile
from backend.programmes import queries as programmes
from backend.programmes import service as programme_service
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from backend.tiers import queries as tiers
from tests.conftest import ObedientClock
from tests.factories.ledger import findings
from tests.factories.members import headers_of
from tests.factories.members import member as a_member
from tests.factories.staff import a_staff_token, a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, fresh_code

ACTIONS = """
actions:
  - {action: survey, title: {en: A survey, ru: Опрос}, points: 50, per_member: 2}
  - {action: visit, title: {en: A visit, ru: Визит}, points: 5, per_member_per_day: 1}
  - {action: profile_filled, title: {en: The profile is filled in, ru: Профиль заполнен}, points: 100, per_member: 1}
"""
BUDGET = """
budgets:
  - {budget: surveys, rules: [survey], points: 120, period: month, at_end: partial}
"""
TIERS = """
kind: tiers
tiers:
  measure: points
  window: {calendar: year}
  levels: [{tier: silver, title: {en: Silver, ru: Серебро}, from_points: 100}]
"""


@pytest.fixture
def alice(session: Session, clock: ObedientClock) -> UUID:
    return a_member(session).id


def in_force(session: Session, clock: ObedientClock, *sections: str) -> None:
    programme_service.load(session, DEMO_PROGRAMME + ACTIONS + "".join(sections), in_force_from=clock.now)


def survey(session: Session, clock: ObedientClock, member_id: UUID, key: str = "s-1") -> ActionRecorded:
    done = ActionDone(member_id=member_id, action="survey", key=key, at=clock.now)
    return actions.record(session, [done])[0]


def pending(session: Session, member_id: UUID) -> int:
    return ledger.balance(session, member_id).pending


def test_something_done_brings_its_points_once(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock)
    first, again = survey(session, clock, alice), survey(session, clock, alice)
    assert (first.points, first.repeated) == (50, False)
    assert (again.points, again.repeated) == (50, True)
    assert pending(session, alice) == 50
    assert findings(session) == []


def test_what_is_told_twice_in_a_batch_counts_once(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock)
    done = ActionDone(member_id=alice, action="survey", key="s-1", at=clock.now)
    assert [one.repeated for one in actions.record(session, [done, done])] == [False, True]
    assert pending(session, alice) == 50


def test_after_so_many_times_it_brings_nothing_and_says_why(
    session: Session, alice: UUID, clock: ObedientClock
) -> None:
    in_force(session, clock)
    recorded = [survey(session, clock, alice, f"s-{number}") for number in range(3)]
    assert [one.points for one in recorded] == [50, 50, 0]
    assert recorded[2].reason == ("actions.done_often_enough", {"times": 2})
    # What was refused stays so, whoever asks again.
    assert survey(session, clock, alice, "s-2") == replace(recorded[2], repeated=True)


def test_the_explanation_names_what_was_done(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock)
    survey(session, clock, alice)
    reader = Reader("ru", "Europe/Moscow")
    (entry,) = ledger.entries(session, alice, reader=reader)
    explanation = ledger.explanation(session, alice, entry.id, reader=reader)
    assert explanation.rule == "survey"
    assert [(step.text, step.figure) for step in explanation.steps] == [("Опрос", "+50")]
    assert session.execute(text("SELECT kind FROM messages WHERE member_id = :id"), {"id": alice}).scalars().all() == [
        "action_done"
    ]


def test_what_no_programme_has_is_refused(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock)
    with pytest.raises(UnknownAction):
        actions.record(session, [ActionDone(member_id=alice, action="cartwheel", key="1", at=clock.now)])
    with pytest.raises(UnknownMember):
        survey(session, clock, new_id())


def test_a_budget_of_an_action_ends_exactly(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock, BUDGET)
    others = [a_member(session).id for _ in range(2)]
    assert [survey(session, clock, one).points for one in (alice, *others)] == [50, 50, 20]
    (programme,) = programmes.in_force(session, at=clock.now)
    assert standings(session, programme, at=clock.now)[0].points_spent == 120


def test_slices_that_are_short_are_spread_on_the_way(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock, BUDGET.replace("points: 120", "points: 1640"))
    # Two slices of 820: whoever belongs to the first one takes all of it, and goes on.
    people = (a_member(session).id for _ in range(1_000))
    first = [alice] if alice.int % 2 == 0 else [next(one for one in people if one.int % 2 == 0)]
    while len(first) < 18:
        first.append(next(one for one in people if one.int % 2 == 0))
    assert sum(survey(session, clock, one).points for one in first) == 900


def test_points_of_actions_count_towards_tiers_of_points(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock, TIERS)
    survey(session, clock, alice, "s-1")
    assert tiers.tiers_of(session, [alice], programme="grain") == {alice: None}
    survey(session, clock, alice, "s-2")
    assert tiers.tiers_of(session, [alice], programme="grain") == {alice: "silver"}


def test_a_filled_profile_brings_points_once(session: Session, alice: UUID, clock: ObedientClock) -> None:
    in_force(session, clock)
    change_profile(session, member_id=alice, name="Alice")
    assert pending(session, alice) == 0
    change_profile(session, member_id=alice, birthday="05-17")
    assert pending(session, alice) == 100
    change_profile(session, member_id=alice, birthday="05-18")
    assert pending(session, alice) == 100


def test_a_filled_profile_brings_nothing_where_no_programme_says_so(
    session: Session, alice: UUID, clock: ObedientClock
) -> None:
    programme_service.load(session, DEMO_PROGRAMME, in_force_from=clock.now)
    assert change_profile(session, member_id=alice, name="Alice", birthday="05-17").is_filled
    assert pending(session, alice) == 0


def test_a_visit_counts_once_a_day_of_the_shop(
    session: Session, client: FlaskClient, alice: UUID, clock: ObedientClock
) -> None:
    in_force(session, clock)
    headers = bearer(a_till_key(session))

    def come() -> Any:
        return client.post("/api/v1/till/visits", json={"code": fresh_code(session, alice)}, headers=headers)

    first, again = come(), come()
    assert (first.status_code, first.json["points"], first.json["member"]["id"]) == (201, 5, str(alice))
    assert (again.status_code, again.json) == (200, first.json)
    clock.advance(days=1)
    assert come().status_code == 201
    assert pending(session, alice) == 10


def test_a_visit_of_nobody_is_not_found(
    session: Session, client: FlaskClient, alice: UUID, clock: ObedientClock
) -> None:
    in_force(session, clock)
    answer = client.post("/api/v1/till/visits", json={"code": "nobody"}, headers=bearer(a_till_key(session)))
    assert (answer.status_code, answer.json["type"].rsplit("/", 1)[-1]) == (404, "unknown-code")


def test_another_system_tells_of_a_survey(
    session: Session, client: FlaskClient, alice: UUID, clock: ObedientClock
) -> None:
    in_force(session, clock)
    headers = bearer(a_staff_token(session, "marketer")) | {"Accept-Language": "ru"}

    def tell(number: str) -> Any:
        body = {"action": "survey", "external_id": number}
        return client.post(f"/api/v1/staff/members/{alice}/actions", json=body, headers=headers)

    answers = [tell("s-1"), tell("s-1"), tell("s-2"), tell("s-3")]
    assert [(answer.status_code, answer.json["points"]) for answer in answers] == [
        (201, 50),
        (200, 50),
        (201, 50),
        (201, 0),
    ]
    assert answers[3].json["reason"] == "За это дают баллы столько раз: 2"


def test_who_is_no_staff_gives_nobody_points(
    session: Session, client: FlaskClient, alice: UUID, clock: ObedientClock
) -> None:
    in_force(session, clock)
    path, body = f"/api/v1/staff/members/{alice}/actions", {"action": "survey", "external_id": "s-1"}
    assert client.post(path, json=body, headers=headers_of(session, alice)).status_code == 401
    assert client.post(path, json=body, headers=bearer(a_staff_token(session, "analyst"))).status_code == 403
