"""Giving points to another member: the terms, what each side sees, and what nobody learns by it."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import select, text

from backend.ledger import service as ledger
from backend.notifications.models import Message
from backend.programmes import service as programmes
from backend.shared.clock import business_now
from backend.shared.jobs import run_due_jobs
from tests.cabinet.conftest import API, Person
from tests.factories.ledger import cause, findings
from tests.factories.till import DEMO_PROGRAMME, OpenTill, open_till

AT_ONCE = DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 0")
TERMS = "transfers: {allowed: true, minimum_points: 10, maximum_points_per_day: 100}\n"
NOBODY = "+79990000000"


@dataclass
class Giver(Person):
    """Somebody who gives, with a fresh key for each transfer that names none."""

    keys: count = field(default_factory=lambda: count(1))

    def gives_points(self, to: str, points: int, *, key: str | None = None, **body):
        headers = self.headers | {"Idempotency-Key": key or f"key-{next(self.keys)}"}
        return self.client.post(f"{API}/me/transfers", json={"to": to, "points": points, **body}, headers=headers)

    def has(self):
        return self.get("/me/balance").json["available"]


@pytest.fixture
def till(session, client, clock) -> OpenTill:
    return open_till(session, client, programme=AT_ONCE + TERMS)


@pytest.fixture
def alice(session, client, till) -> Giver:
    """Alice has a hundred points, and reads English."""
    alice = Giver(client, session, "+79123456789")
    alice.member = alice.signs_in(name="Alice Kovaleva", locale="en")["member"]
    assert till.sell(alice.member["id"], 200_000, external_id="alices").status_code == 201
    return alice


@pytest.fixture
def boris(session, client, till) -> Giver:
    boris = Giver(client, session, "+79261112233")
    boris.member = boris.signs_in(name="Борис", locale="ru")["member"]
    return boris


@pytest.fixture(autouse=True)
def _books_agree(session):
    yield
    assert findings(session) == []


# What is given


@pytest.mark.parametrize("way", ["card", "card in groups", "phone", "phone as people write it"])
def test_points_reach_whoever_has_the_card_number_or_phone(alice, boris, way):
    card = boris.member["card_number"]
    to = {
        "card": card,
        "card in groups": " ".join(card[place : place + 4] for place in range(0, 16, 4)),
        "phone": boris.phone,
        "phone as people write it": "8 (926) 111-22-33",
    }[way]
    answer = alice.gives_points(to, 40)
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "points", "occurred_at", "available"}
    assert (answer.json["points"], answer.json["available"]) == (40, 60)
    assert (alice.has(), boris.has()) == (60, 40)


def test_what_is_given_burns_when_it_would_have_burnt(alice, boris, clock, session):
    clock.advance(days=300)
    alice.signs_in()
    alice.gives_points(boris.phone, 40)
    boris.signs_in()
    assert boris.get("/me/balance").json["expiring"] == [{"points": 40, "expires_on": "2027-11-22"}]
    clock.advance(days=65)
    run_due_jobs()
    boris.signs_in()
    assert boris.has() == 0


def test_points_that_burn_first_are_given_first_and_each_day_is_kept(alice, boris, clock, till, session):
    clock.advance(days=10)
    till.sell(alice.member["id"], 100_000, external_id="later")
    alice.signs_in()
    alice.gives_points(boris.phone, 80)
    clock.advance(days=1)
    alice.signs_in()
    boris.signs_in()
    answer = alice.gives_points(boris.phone, 40)
    assert boris.get("/me/balance").json["expiring"] == [
        {"points": 100, "expires_on": "2027-11-22"},
        {"points": 20, "expires_on": "2027-12-02"},
    ]
    assert [row["points"] for row in alice.get("/me/entries").json["items"][:2]] == [-40, -80]
    rows = boris.get("/me/entries").json["items"]
    assert [(row["points"], row["expires_on"]) for row in rows[:2]] == [(20, "2027-12-02"), (20, "2027-11-22")]
    steps = boris.get(f"/me/entries/{rows[0]['id']}/explanation").json["steps"]
    assert [step["figure"] for step in steps] == ["+40", "+20"]
    assert answer.json["available"] == 30


def test_the_recipients_debt_is_paid_first(alice, boris, till):
    till.sell(boris.member["id"], 100_000, external_id="sold")
    boris.gives_points(alice.phone, 50)
    till.post("/receipts/sold/returns", {"external_id": "back", "occurred_at": business_now().isoformat()})
    assert boris.get("/me/balance").json["debt"] == 50
    alice.gives_points(boris.phone, 60)
    balance = boris.get("/me/balance").json
    assert (balance["available"], balance["debt"]) == (10, 0)
    (received, *_) = boris.get("/me/entries").json["items"]
    steps = boris.get(f"/me/entries/{received['id']}/explanation").json["steps"]
    assert steps[-1]["text"] == "Из них на долг"
    assert steps[-1]["figure"].replace("\xa0", " ") == "50 баллов"


# What each side sees


def test_both_see_it_in_their_histories_by_first_name(alice, boris):
    alice.gives_points(boris.phone, 40)
    (given, _bought) = alice.get("/me/entries").json["items"]
    (received,) = boris.get("/me/entries").json["items"]
    assert (given["kind"], given["points"], given["title"]) == ("transfer", -40, "To Борис")
    assert (received["kind"], received["points"], received["title"]) == ("transfer", 40, "Перевод, от кого: Alice")
    assert received["expires_on"] == "2027-11-22"


def test_each_row_explains_itself_and_gives_no_ids_away(alice, boris):
    answer = alice.gives_points(boris.phone, 40)
    given = alice.get(f"/me/entries/{answer.json['id']}/explanation").json
    (row,) = boris.get("/me/entries").json["items"]
    received = boris.get(f"/me/entries/{row['id']}/explanation").json
    assert received["text"].startswith("Эти баллы вам передали, от кого: Alice.")
    assert given["inputs"] == {"points": -40}
    assert received["inputs"] == {"points": 40, "points_given": 40}
    assert "Kovaleva" not in str(received)


def test_both_are_told_each_in_their_own_language(alice, boris):
    alice.gives_points(boris.phone, 40)
    english = alice.get("/me/messages").json["items"][0]
    russian = boris.get("/me/messages").json["items"][0]
    assert english["title"] == "−40\N{NO-BREAK SPACE}points to Борис"
    assert russian["title"] == "+40\N{NO-BREAK SPACE}баллов, от кого: Alice"


def test_whoever_was_erased_is_named_no_more(alice, boris):
    answer = alice.gives_points(boris.phone, 40)
    boris.delete("/me")
    assert alice.get("/me/entries").json["items"][0]["title"] == "To another member"
    assert alice.get(f"/me/entries/{answer.json['id']}/explanation").status_code == 200


# A request that comes twice


def test_the_same_key_and_content_is_answered_as_before_and_gives_once(alice, boris):
    first = alice.gives_points(boris.phone, 40, key="a")
    alice.gives_points(boris.phone, 20, key="b")
    again = alice.gives_points("8 926 111 22 33", 40, key="a")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json
    assert boris.has() == 60


@pytest.mark.parametrize("change", ["to", "points", "programme"])
def test_the_same_key_with_another_content_is_refused(alice, boris, change):
    alice.gives_points(boris.phone, 40, key="a")
    other = {"to": boris.phone, "points": 40, "programme": None}
    other[change] = {"to": NOBODY, "points": 41, "programme": "grain"}[change]
    answer = alice.gives_points(**{name: value for name, value in other.items() if value is not None}, key="a")
    assert (answer.status_code, answer.json["type"]) == (422, "different-content")
    assert boris.has() == 40


def test_a_key_is_each_members_own(alice, boris):
    alice.gives_points(boris.phone, 40, key="a")
    assert boris.gives_points(alice.phone, 20, key="a").status_code == 201
    assert (alice.has(), boris.has()) == (80, 20)


def test_a_transfer_is_repeated_even_after_its_terms_are_gone(alice, boris, session, clock):
    first = alice.gives_points(boris.phone, 40, key="a")
    clock.advance(minutes=1)
    programmes.load(session, AT_ONCE, in_force_from=business_now())
    again = alice.gives_points(boris.phone, 40, key="a")
    assert (again.status_code, again.json) == (200, first.json)


@pytest.mark.parametrize("key", [None, "", "a b", "ключ", "a" * 65])
def test_a_transfer_needs_a_key(alice, boris, key):
    headers = alice.headers | ({"Idempotency-Key": key.encode().decode("latin-1")} if key is not None else {})
    answer = alice.client.post(f"{API}/me/transfers", json={"to": boris.phone, "points": 40}, headers=headers)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


# What is refused


def refused(answer):
    return answer.status_code, answer.json["type"]


def test_without_terms_nothing_is_given(client, session, clock):
    open_till(session, client, programme=AT_ONCE)
    alice, boris = Giver(client, session, "+79123456789"), Giver(client, session, "+79261112233")
    alice.signs_in()
    boris.signs_in()
    assert refused(alice.gives_points(boris.phone, 10)) == (403, "transfers-not-allowed")


def test_a_programme_is_named_or_the_one_that_allows_is_taken(alice, boris, till, session):
    euros = AT_ONCE.replace("programme: grain", "programme: euros").replace("RUB", "EUR")
    programmes.load(session, euros, in_force_from=business_now())
    till.sell(alice.member["id"], 200_000, external_id="euros", currency="EUR")
    assert alice.gives_points(boris.phone, 10, programme="grain").status_code == 201
    assert refused(alice.gives_points(boris.phone, 10, programme="euros")) == (403, "transfers-not-allowed")
    assert refused(alice.gives_points(boris.phone, 10, programme="pounds")) == (403, "transfers-not-allowed")


def test_points_of_another_programme_stay_where_they_are(alice, boris, till, session):
    euros = AT_ONCE.replace("programme: grain", "programme: euros").replace("RUB", "EUR")
    programmes.load(session, euros, in_force_from=business_now())
    till.sell(boris.member["id"], 200_000, external_id="euros", currency="EUR")
    answer = boris.gives_points(alice.phone, 10)
    assert refused(answer) == (422, "not-enough-points")
    assert answer.json["title"] == "Столько баллов нет: не больше 0"


def test_the_shop_says_how_points_are_given(alice):
    assert alice.get("/shop").json["transfers"] == {"minimum_points": 10, "maximum_points_per_day": 100}


def test_fewer_than_the_minimum_are_not_given(alice, boris):
    assert refused(alice.gives_points(boris.phone, 9)) == (422, "transfer-too-small")
    assert alice.gives_points(boris.phone, 10).status_code == 201


def test_a_day_has_a_limit_and_the_next_one_begins_at_the_shops_midnight(alice, boris, till, clock, session):
    till.sell(alice.member["id"], 400_000, external_id="more")
    alice.gives_points(boris.phone, 90)
    over = alice.gives_points(boris.phone, 11)
    assert refused(over) == (422, "transfer-limit-reached")
    assert "give 10" in over.json["detail"]
    assert alice.gives_points(boris.phone, 10).status_code == 201
    clock.advance(hours=11, minutes=28)  # 23:59 in Moscow
    alice.signs_in()
    assert refused(alice.gives_points(boris.phone, 10)) == (422, "transfer-limit-reached")
    clock.advance(minutes=1)
    assert alice.gives_points(boris.phone, 100).status_code == 201


def test_what_was_received_does_not_count_towards_the_limit(alice, boris, till):
    till.sell(boris.member["id"], 200_000, external_id="boriss")
    boris.gives_points(alice.phone, 100)
    assert alice.gives_points(boris.phone, 100).status_code == 201


def test_nobody_gives_to_themselves(alice):
    for own in (alice.phone, alice.member["card_number"]):
        answer = alice.gives_points(own, 10)
        assert refused(answer) == (422, "transfer-to-oneself")
        assert list(answer.json["errors"]) == ["to"]


def test_more_than_there_is_is_never_given(alice, boris, session, till):
    till.post(
        "/receipts/alices/returns", {"external_id": "R", "amount": 100_000, "occurred_at": "2026-11-22T09:31:00Z"}
    )
    answer = alice.gives_points(boris.phone, 51)
    assert refused(answer) == (422, "not-enough-points")
    assert "50" in answer.json["title"]


def test_points_that_wait_are_not_given(client, session, clock):
    till = open_till(session, client, programme=DEMO_PROGRAMME + TERMS)
    alice, boris = Giver(client, session, "+79123456789"), Giver(client, session, "+79261112233")
    boris.signs_in()
    till.sell(alice.signs_in()["member"]["id"], 200_000)
    assert refused(alice.gives_points(boris.phone, 10)) == (422, "not-enough-points")


def test_whoever_owes_gives_nothing_away(alice, boris, till, session):
    euros = AT_ONCE.replace("programme: grain", "programme: euros").replace("RUB", "EUR")
    programmes.load(session, euros, in_force_from=business_now())
    till.sell(alice.member["id"], 100_000, external_id="euros", currency="EUR")
    session.execute(text("UPDATE ledger_balances SET debt = 0"))
    book = ledger.open_books(session, [UUID(alice.member["id"])], with_lots=True)[UUID(alice.member["id"])]
    (euro_lot,) = [lot for lot in book.lots.values() if lot.programme == "euros"]
    book.expire(cause("burnt", at=business_now()), lot_id=euro_lot.transaction_id)
    book.take_back(cause("back", at=business_now()), lot_id=euro_lot.transaction_id, points=50)
    ledger.write(session, [book])
    answer = alice.gives_points(boris.phone, 10)
    assert refused(answer) == (409, "points-owed")
    assert answer.json["title"].replace("\xa0", " ") == "You owe 50 points after a return, so none can be given away"


def test_a_frozen_member_gives_nothing_and_may_still_receive(alice, boris, till, session):
    till.sell(boris.member["id"], 200_000, external_id="boriss")
    ledger.freeze(session, [UUID(alice.member["id"])], reason="test")
    assert refused(alice.gives_points(boris.phone, 10)) == (409, "spending-frozen")
    assert alice.get("/me/balance").json["spending_pause"] == {
        "text": "The shop is checking your points. New ones still come, none can be spent yet.",
        "until": None,
    }
    assert boris.gives_points(alice.phone, 10).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"points": 10}, "to"),
        ({"to": "+79261112233"}, "points"),
        ({"to": "+79261112233", "points": 0}, "points"),
        ({"to": "+79261112233", "points": -10}, "points"),
        ({"to": "+79261112233", "points": "10"}, "points"),
        ({"to": "+79261112233", "points": 10.5}, "points"),
        ({"to": "", "points": 10}, "to"),
        ({"to": "9" * 33, "points": 10}, "to"),
        ({"to": "+79261112233", "points": 10, "from": "+79990000000"}, "from"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(alice, boris, body, field):
    headers = alice.headers | {"Idempotency-Key": "a"}
    answer = alice.client.post(f"{API}/me/transfers", json=body, headers=headers)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


# What nobody learns


@pytest.mark.parametrize("to", [NOBODY, "9710004420313201", "a card", "alice@example.org"])
def test_whoever_is_not_here_is_unknown(alice, to):
    answer = alice.gives_points(to, 10)
    assert refused(answer) == (422, "unknown-recipient")
    assert alice.has() == 100


def test_a_code_that_turns_is_for_tills_alone(alice, boris):
    assert refused(alice.gives_points(boris.get("/me/card").json["code"][:32], 10)) == (422, "unknown-recipient")


@pytest.mark.parametrize("points", [9, 101, 1_000])
def test_an_order_that_could_not_be_carried_out_says_nothing_of_the_recipient(alice, boris, points):
    """Otherwise anybody could ask for any number without giving a point."""
    known, unknown = alice.gives_points(boris.phone, points), alice.gives_points(NOBODY, points)
    assert known.json == unknown.json
    assert known.status_code == 422


def test_whoever_has_nothing_learns_nothing(alice, boris):
    known, unknown = boris.gives_points(alice.phone, 10), boris.gives_points(NOBODY, 10)
    assert known.json == unknown.json
    assert known.json["type"] == "not-enough-points"


def test_looking_for_people_ends_after_a_few_who_are_not_here(alice, boris, clock):
    for number in range(5):
        assert refused(alice.gives_points(f"+7999000000{number}", 10)) == (422, "unknown-recipient")
    stopped = alice.gives_points(NOBODY, 10)
    assert refused(stopped) == (429, "too-many-unknown-recipients")
    assert stopped.headers["Retry-After"] == "86400"
    # Whether somebody is here is not told either.
    assert refused(alice.gives_points(boris.phone, 10)) == (429, "too-many-unknown-recipients")
    clock.advance(days=1, business_only=True)
    assert alice.gives_points(boris.phone, 10).status_code == 429
    clock.advance(days=1)
    alice.signs_in()
    assert alice.gives_points(boris.phone, 10).status_code == 201


def test_what_was_given_before_is_still_answered_to_whoever_is_stopped(alice, boris):
    first = alice.gives_points(boris.phone, 10, key="a")
    for number in range(5):
        alice.gives_points(f"+7999000000{number}", 10)
    assert alice.gives_points(boris.phone, 10, key="a").json == first.json


def test_the_number_that_was_looked_for_is_kept_nowhere(alice, session):
    alice.gives_points("+79990000001", 10)
    (row,) = session.execute(text("SELECT row_to_json(screening_rulings)::text FROM screening_rulings")).all()
    assert "9990000001" not in row[0]


def test_names_are_kept_in_no_message_and_no_entry(alice, boris, session):
    alice.gives_points(boris.phone, 40)
    kept = [str(message.facts) for message in session.scalars(select(Message))]
    kept += [str(row[0]) for row in session.execute(text("SELECT facts FROM ledger_transactions"))]
    assert not any("Alice" in facts or "Борис" in facts or "9261112233" in facts for facts in kept)
