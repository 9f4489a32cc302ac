"""Adjustments under load and against the database: decided once, never by the asker, never doubled."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.ledger import adjusting, queries
from backend.ledger.adjusting import Adjustment, AdjustmentTerms
from backend.ledger.errors import AdjustmentInFlight, DecidedAlready, NothingToAdjust, OwnRequest, PersonNeeded
from backend.ledger.service import freeze, open_books, write
from backend.members.errors import UnknownMember
from backend.shared import wording
from backend.shared.clock import business_now
from backend.shared.db import db, run_transaction
from backend.shared.ids import new_id
from backend.shared.wording import Reader
from backend.staff.errors import OwnCard
from backend.staff.queries import StaffIdentity
from backend.staff.roles import Role
from backend.staff.service import link_card
from tests.console.desk import colleague, identity
from tests.factories.ledger import cause, member_with_book

TERMS = AdjustmentTerms(programme="grain", programme_version=1)


def person(name: str) -> StaffIdentity:
    """Somebody of the staff."""
    identity = new_id()
    return StaffIdentity(id=identity, name=name, role="support", store_id=None, who=f"staff_member:{identity}")


OLGA, ANNA = person("Olga"), person("Anna")
PROGRAM = StaffIdentity(id=None, name="CRM", role="support", store_id=None, who="staff_token:crm")


def ask(session: Session, member_id: UUID, points: int, *, by: StaffIdentity = OLGA, key: str | None = None) -> Any:
    adjustment, _new = adjusting.ask(
        session,
        member_id=member_id,
        points=points,
        reason="correction",
        note="Case 4711",
        by=by,
        terms=TERMS,
        idempotency_key=key,
    )
    return adjustment


def decide(session: Session, adjustment: Adjustment, *, by: StaffIdentity = ANNA, approved: bool = True) -> Any:
    return adjusting.decide(session, adjustment_id=adjustment.id, approved=approved, note="Seen", by=by, terms=TERMS)


def at_once(app: Flask, *works: Callable[[Session], Any]) -> list[Any]:
    """What each of the works comes to, all begun together; a refusal counts as its own type."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[Session], Any]) -> None:
        with app.app_context():
            barrier.wait()
            try:
                outcomes[place] = run_transaction(work)
            except Exception as refusal:  # noqa: BLE001 - told to the test
                outcomes[place] = type(refusal)
            db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_many_who_decide_at_once_one_does(committed_app: Flask) -> None:
    with committed_app.app_context():
        member_id = run_transaction(member_with_book)
        request = run_transaction(lambda session: ask(session, member_id, 5_000))
        deciders = [person(f"Colleague {number}") for number in range(8)]
    outcomes = at_once(
        committed_app,
        *(lambda session, by=by: decide(session, request, by=by).status for by in deciders),
    )
    assert sorted(map(str, outcomes)) == sorted(["posted", *[str(DecidedAlready)] * 7])
    with committed_app.app_context():
        assert run_transaction(lambda session: queries.balance(session, member_id)).available == 5_000


def test_the_asker_loses_also_in_a_race(committed_app: Flask) -> None:
    with committed_app.app_context():
        member_id = run_transaction(member_with_book)
        request = run_transaction(lambda session: ask(session, member_id, 5_000))
    outcomes = at_once(
        committed_app,
        *[lambda session: decide(session, request, by=OLGA).status] * 4,
        lambda session: decide(session, request, by=ANNA, approved=False).status,
    )
    assert outcomes == [OwnRequest] * 4 + ["refused"]
    with committed_app.app_context():
        assert run_transaction(lambda session: queries.balance(session, member_id)).available == 0


def test_a_key_that_comes_many_times_at_once_is_one_adjustment(committed_app: Flask) -> None:
    with committed_app.app_context():
        member_id = run_transaction(member_with_book)
    outcomes = at_once(committed_app, *[lambda session: ask(session, member_id, 300, key="one").id] * 8)
    done = {outcome for outcome in outcomes if isinstance(outcome, UUID)}
    assert len(done) == 1
    assert {outcome for outcome in outcomes if not isinstance(outcome, UUID)} <= {AdjustmentInFlight}
    with committed_app.app_context():
        assert run_transaction(lambda session: queries.balance(session, member_id)).available == 300


def test_small_gifts_made_at_once_see_each_other(committed_app: Flask) -> None:
    with committed_app.app_context():
        member_id = run_transaction(member_with_book)
    outcomes = at_once(committed_app, *[lambda session: ask(session, member_id, 600).status] * 4)
    assert sorted(outcomes) == ["posted", "waiting", "waiting", "waiting"]


@pytest.mark.parametrize(
    "careless",
    [
        "UPDATE ledger_adjustments SET decided_by = asked_by, decided_at = now(), status = 'refused'",
        "UPDATE ledger_adjustments SET status = 'posted'",
        "UPDATE ledger_adjustments SET status = 'refused'",
        "UPDATE ledger_adjustments SET waits_until = NULL",
        "UPDATE ledger_adjustments SET decided_by = 'somebody', decided_at = now()",
    ],
)
def test_the_database_itself_refuses_what_no_service_may_do(session: Session, clock: object, careless: str) -> None:
    ask(session, member_with_book(session), 5_000)
    session.flush()
    with pytest.raises(IntegrityError, match="ck_ledger_adjustments"), session.begin_nested():
        session.execute(text(careless))


def test_a_program_asks_and_never_decides(session: Session, clock: object) -> None:
    member_id = member_with_book(session)
    assert ask(session, member_id, 300, by=PROGRAM).status == "posted"
    request = ask(session, member_id, 5_000, by=PROGRAM)
    with pytest.raises(PersonNeeded):
        decide(session, request, by=PROGRAM)
    assert decide(session, request).status == "posted"


def test_an_expired_request_is_told_from_a_decided_one(session: Session, clock: Any) -> None:
    member_id = member_with_book(session)
    late, decided = ask(session, member_id, 5_000), ask(session, member_id, 6_000)
    decide(session, decided, approved=False)
    assert adjusting.next_to_expire(session) == late.waits_until
    clock.advance(days=14)
    assert adjusting.expire_waiting(session, business_now()) == 1
    assert adjusting.expire_waiting(session, business_now()) == 0
    assert adjusting.next_to_expire(session) is None
    assert [adjusting.adjustment(session, one.id).status for one in (late, decided)] == ["expired", "refused"]
    with pytest.raises(DecidedAlready):
        decide(session, late)


@pytest.mark.parametrize("points", [0, adjusting.POINTS_MAXIMUM + 1, -adjusting.POINTS_MAXIMUM - 1])
def test_nothing_and_too_much_are_no_adjustments(session: Session, clock: object, points: int) -> None:
    with pytest.raises(NothingToAdjust):
        ask(session, member_with_book(session), points)


def test_nobody_is_adjusted_who_is_not_there(session: Session, clock: object) -> None:
    with pytest.raises(UnknownMember):
        ask(session, new_id(), 5)


def test_a_frozen_book_may_be_corrected(session: Session, clock: object) -> None:
    member_id = member_with_book(session)
    ask(session, member_id, 300)
    freeze(session, [member_id], reason="lots equal balances")
    assert ask(session, member_id, -100).status == "posted"
    assert queries.balance(session, member_id).available == 200


def test_nobody_adjusts_the_card_that_is_their_own(session: Session, clock: object) -> None:
    card, olga = member_with_book(session), identity(colleague(session, Role.SUPPORT, "Olga"))
    link_card(session, staff_id=olga.id, member_id=card, who="test")
    with pytest.raises(OwnCard):
        ask(session, card, 300, by=olga)
    assert ask(session, card, 300, by=ANNA).status == "posted"


def test_nobody_approves_an_adjustment_of_the_card_that_is_their_own(session: Session, clock: object) -> None:
    card, olga = member_with_book(session), identity(colleague(session, Role.SUPPORT, "Olga"))
    request = ask(session, card, 5_000, by=ANNA)
    link_card(session, staff_id=olga.id, member_id=card, who="test")
    with pytest.raises(OwnCard):
        decide(session, request, by=olga)
    assert request.status == "waiting"


@pytest.mark.parametrize(
    ("points", "english", "russian"),
    [
        (
            300,
            ("+300 points", "Something was counted wrong, and the shop added 300 points. They can be spent now."),
            ("+300 баллов", "Что-то посчитали неверно, и магазин добавил 300 баллов. Их уже можно тратить."),
        ),
        (
            -1,
            ("−1 point", "Something was counted wrong, and the shop took 1 point. Not so? Tell us at the till."),
            ("−1 балл", "Что-то посчитали неверно, и магазин забрал 1 балл. Не согласны? Скажите на кассе."),
        ),
    ],
)
def test_the_member_is_told_once_it_is_posted(
    session: Session, clock: object, points: int, english: tuple[str, str], russian: tuple[str, str]
) -> None:
    member_id = member_with_book(session)
    ask(session, member_id, 500)
    request = ask(session, member_id, 5_000)
    ask(session, member_id, points)
    kind, facts = told(session, member_id)[-1]
    for locale, words in (("en", english), ("ru", russian)):
        reader = Reader(locale, "Europe/Moscow")
        said = wording.render_title(kind, facts, reader), wording.render_body(kind, facts, reader)
        assert tuple(text.replace("\xa0", " ") for text in said) == words
    assert len(told(session, member_id)) == 2
    decide(session, request)
    assert len(told(session, member_id)) == 3


def test_what_pays_a_debt_is_not_said_to_be_spendable(session: Session, clock: object) -> None:
    member_id = member_with_book(session)
    owes(session, member_id, 200)
    ask(session, member_id, 300)
    kind, facts = told(session, member_id)[-1]
    assert wording.render_body(kind, facts, Reader("en")).replace("\xa0", " ") == (
        "The shop added 300 points. Of these, 200 points paid off what you owed."
    )
    assert wording.render_body(kind, facts, Reader("ru")).replace("\xa0", " ") == (
        "Магазин добавил 300 баллов. Из них на долг: 200 баллов."
    )


def told(session: Session, member_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    """Kinds and facts of what the member was told, in turn."""
    rows = session.execute(
        text("SELECT kind, facts FROM messages WHERE member_id = :id ORDER BY created_at, id"), {"id": member_id}
    )
    return [(row.kind, row.facts) for row in rows]


def owes(session: Session, member_id: UUID, points: int) -> None:
    """Makes the member owe so many, as a return of what was spent does."""
    now = business_now()
    book = open_books(session, [member_id], with_lots=True)[member_id]
    earned = book.accrue(cause("earned", at=now), points=points, available_at=now, expires_at=None)
    book.spend(cause("spent", at=now), points=points)
    book.take_back(cause("returned", at=now), lot_id=earned.id, points=points)
    write(session, [book])
