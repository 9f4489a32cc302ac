"""`/me/messages`: what the member was told, in the member's words."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from backend.members import service as members
from backend.notifications import service
from backend.notifications.models import Message
from tests.factories.notifications import a_guest, some_points


@pytest.fixture
def alice(session, clock):
    return a_guest(session)


def signed_in(session, member_id: UUID) -> dict[str, str]:
    return {"Authorization": f"Bearer {members.open_family(session, member_id=member_id).access_token}"}


def test_messages_are_newest_first_in_the_members_language(session, client, clock):
    boris = a_guest(session, locale="ru")
    for number in (1, 2):
        clock.advance(minutes=1)
        service.tell(session, [some_points(boris, natural_key=str(number))])

    answer = client.get("/api/v1/me/messages", headers=signed_in(session, boris))

    assert answer.status_code == 200
    first, second = answer.json["items"]
    assert first["created_at"] > second["created_at"]
    assert first["title"] == "+120\N{NO-BREAK SPACE}баллов"
    assert first["body"] == "Зерно, Покровка, 12. Можно тратить с 6 декабря."
    assert (first["kind"], first["read_at"]) == ("receipt_accrued", None)
    assert (answer.json["unread"], answer.json["next_cursor"]) == (2, None)


@pytest.mark.parametrize("spoilt", [{"kind": "no_longer_known"}, {"facts": {}}, {"facts": {"points": "many"}}])
def test_a_message_whose_facts_do_not_fill_its_wording_hides_nothing(session, client, clock, spoilt):
    boris = a_guest(session, locale="ru")
    service.tell(session, [some_points(boris, natural_key=key) for key in ("spoilt", "sound")])
    session.execute(update(Message).where(Message.natural_key == "spoilt").values(**spoilt))
    headers = signed_in(session, boris)

    with capture_logs() as logged:
        answer = client.get("/api/v1/me/messages", headers=headers)

    assert answer.status_code == 200
    shown = {item["title"]: item for item in answer.json["items"]}
    assert shown.keys() == {"Сообщение для вас", "+120\N{NO-BREAK SPACE}баллов"}
    neutral = shown["Сообщение для вас"]
    assert neutral["body"] == ""
    assert {line["message_id"] for line in logged if line["log_level"] == "error"} == {neutral["id"]}
    assert client.post(f"/api/v1/me/messages/{neutral['id']}/read", headers=headers).status_code == 200


def test_a_title_that_can_be_read_stands_where_only_the_text_cannot(session, client, alice):
    service.tell(session, [some_points(alice, facts={"points": 120})])
    message = client.get("/api/v1/me/messages", headers=signed_in(session, alice)).json["items"][0]
    assert (message["title"], message["body"]) == ("+120\N{NO-BREAK SPACE}points", "")


def test_pages_follow_each_other_without_gap_or_repeat(session, client, alice):
    told = [str(number) for number in range(5)]
    service.tell(session, [some_points(alice, natural_key=key) for key in told])
    headers, seen, cursor = signed_in(session, alice), [], None
    for _ in range(3):
        page = client.get("/api/v1/me/messages", query_string={"limit": 2, "cursor": cursor}, headers=headers).json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 5
    assert cursor is None


def test_a_message_is_read_once_and_stays_read(session, client, alice, clock):
    service.tell(session, [some_points(alice)])
    headers = signed_in(session, alice)
    message = client.get("/api/v1/me/messages", headers=headers).json["items"][0]

    first = client.post(f"/api/v1/me/messages/{message['id']}/read", headers=headers)
    clock.advance(minutes=5)
    second = client.post(f"/api/v1/me/messages/{message['id']}/read", headers=headers)

    assert first.status_code == second.status_code == 200
    assert first.json["read_at"] is not None
    assert first.json == second.json
    assert client.get("/api/v1/me/messages", headers=headers).json["unread"] == 0


def test_nobody_reads_the_inbox_of_somebody_else(session, client, alice):
    service.tell(session, [some_points(alice)])
    theirs = client.get("/api/v1/me/messages", headers=signed_in(session, alice)).json["items"][0]["id"]
    boris = signed_in(session, a_guest(session))

    assert client.get("/api/v1/me/messages", headers=boris).json["items"] == []
    assert client.post(f"/api/v1/me/messages/{theirs}/read", headers=boris).status_code == 404
    assert client.post(f"/api/v1/me/messages/{uuid4()}/read", headers=boris).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ({"cursor": "garbage!"}, 422),
        ({"cursor": "AAAAAAAAAAAAAAAAAAAAAA"}, 422),
        ({"limit": 0}, 422),
        ({"limit": "many"}, 422),
    ],
)
def test_what_cannot_be_a_page_is_refused_with_the_field(session, client, alice, arguments, status):
    answer = client.get("/api/v1/me/messages", query_string=arguments, headers=signed_in(session, alice))
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_without_signing_in_there_is_nothing_to_read(session, client, clock):
    assert client.get("/api/v1/me/messages").status_code == 401
