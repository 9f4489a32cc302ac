"""What inviting tells of people: the advocate sees a first name and an initial, and only whoever came is written to.

What an advocate can ask for is asked for whole: every address of the API and every page that is open to a member.
"""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import grimp
import pytest
from flask import Flask
from sqlalchemy import text

from backend.members.profile import change_profile
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.shared import wording
from backend.shared.access import ACCESS_ATTRIBUTE
from backend.shared.clock import business_now
from backend.shared.db import Base
from tests.factories.members import headers_of
from tests.factories.referrals import bound, buys, joins
from tests.factories.shops import a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, OpenTill

BORIS_PHONE, BORIS_EMAIL = "+79037419628", "boleslav.kanarejkin@example.net"
BORIS_NAME, BORIS_BIRTHDAY = "Boleslav Ignatievich Kanarejkin", "05-17"
# Where the caller's own address, or that of whoever stands at the till, is asked for.
ADDRESS_TAKERS = {"requestCode", "signIn", "changePhone", "enrolAtTill"}
ADDRESS = re.compile(r"phone|e_?mail|mailbox|msisdn|recipient|invitee|contact|friend", re.IGNORECASE)
# Kinds that go to an address that is nobody's yet: what its owner asked for, and a warning to who owned it.
KINDS_TO_ADDRESSES = {"sign_in_code", "phone_changed", "phone_changed_paused"}


@pytest.fixture
def boris(session, clock):
    """A friend with all that can be known of one."""
    programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now() - timedelta(days=1))
    alice = joins(session, "Alice")
    friend = joins(session, BORIS_NAME, phone=BORIS_PHONE)
    change_profile(session, member_id=friend, birthday=BORIS_BIRTHDAY)
    session.execute(text("UPDATE members SET external_id = 'crm-kanarejkin-77' WHERE id = :id"), {"id": friend})
    bound(session, advocate_id=alice, friend_id=friend)
    return alice, friend


def forbidden(session, friend_id) -> set[str]:
    """What of the friend nobody but the friend and the staff may read."""
    card = session.execute(text("SELECT card_number FROM members WHERE id = :id"), {"id": friend_id}).scalar_one()
    return {
        *BORIS_NAME.split()[1:],
        *(BORIS_PHONE, BORIS_PHONE[2:], BORIS_EMAIL, "crm-kanarejkin-77", f'"{BORIS_BIRTHDAY}"'),
        *(card, f"•• {card[-4:]}", str(friend_id), friend_id.hex),
    }


def addresses(app: Flask) -> Iterator[str]:
    """Everything that a member may ask for without naming a thing."""
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], ACCESS_ATTRIBUTE, "") or ""
        if "GET" in (rule.methods or ()) and not rule.arguments and {"member", "public"} & set(declared.split()):
            yield rule.rule


def asked(client, headers, path: str) -> str:
    answer = client.get(path, headers=headers | {"Accept": "application/json, text/html"})
    if answer.mimetype == "image/png":
        return ""
    # As it is read, not as JSON writes it.
    said = json.dumps(answer.get_json(), ensure_ascii=False) if answer.is_json else answer.get_data(as_text=True)
    return f"{answer.headers} {said}"


def everything_that_alice_can_read(app, client, session, alice) -> str:
    headers = headers_of(session, alice)
    read = [asked(client, headers, path) for path in addresses(app)]
    entries = client.get("/api/v1/me/entries", headers=headers).get_json()["items"]
    read += [asked(client, headers, f"/api/v1/me/entries/{one['id']}/explanation") for one in entries]
    code = client.get("/api/v1/me/referral", headers=headers).get_json()["code"]
    read.append(asked(client, {}, f"/r/{code}"))
    assert '"Boleslav K."' in "".join(read)
    return " ".join(read)


@pytest.mark.parametrize("amount_minor", [None, 10_000, 50_000])
def test_an_advocate_reads_nothing_but_a_first_name_and_an_initial(app, client, session, boris, amount_minor):
    alice, friend = boris
    if amount_minor is not None:
        buys(session, friend, amount_minor=amount_minor)

    read = everything_that_alice_can_read(app, client, session, alice)

    assert sorted(one for one in forbidden(session, friend) if one in read) == []


def test_an_advocate_does_not_learn_where_a_friend_buys_and_for_how_much(app, client, session, boris):
    alice, friend = boris
    till = OpenTill(client, bearer(a_till_key(session)), a_store(session).id)
    assert till.sell(friend, 77_731, external_id="sale-of-boris-4711").status_code == 201

    read = everything_that_alice_can_read(app, client, session, alice)

    assert "200" in read
    assert [one for one in ("₽777", "777.31", "777,31", "sale-of-boris", "Pokrovka", "Покровка") if one in read] == []


def test_a_name_that_is_an_address_is_no_name(client, session, clock):
    """Some people write a phone or a mailbox where a name is asked for."""
    alice = joins(session, "Alice")
    for number, name in enumerate((BORIS_EMAIL, "8(903)741-96-28", "+7 903 7419628 Boris", "tg:@kanarejkin")):
        friend = joins(session, name, phone=f"+790311100{number:02}")
        bound(session, advocate_id=alice, friend_id=friend)
    headers = headers_of(session, alice)

    rows = client.get("/api/v1/me/referrals", headers=headers).get_json()["items"]
    inbox = client.get("/api/v1/me/messages", headers=headers).get_json()["items"]
    told = " ".join(message["title"] + message["body"] for message in inbox)

    assert {row["label"] for row in rows} == {"A friend", "Boris"}
    assert not re.search(r"kanarejkin|903|741", told)


def test_a_friend_who_was_erased_has_no_name_any_more(client, session, boris):
    alice, friend = boris
    client.delete("/api/v1/me", headers=headers_of(session, friend))
    headers = headers_of(session, alice)

    [row] = client.get("/api/v1/me/referrals", headers=headers).get_json()["items"]

    assert row["label"] == "A friend"
    assert "Boleslav" not in client.get("/api/v1/me/messages", headers=headers).get_data(as_text=True)


def test_a_link_names_nobody(client, session, clock):
    alice = joins(session, "Alice Zyablikova")
    headers = headers_of(session, alice)

    invitation = client.get("/api/v1/me/referral", headers=headers).get_json()
    given = [invitation["link"], *invitation["links"].values()]

    assert not re.search(r"alice|zyablikova", json.dumps(given), re.IGNORECASE)
    assert str(alice) not in json.dumps(given)


def test_no_operation_takes_a_friends_address(app):
    """Only whoever owns a phone or a mailbox gives it: when signing in, when changing it, or at the till in person."""
    document = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    taking = {
        f"{operation['operationId']}: {name}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"} and "/staff/" not in path
        for name in fields_of(document, operation)
        if ADDRESS.search(name) and operation["operationId"] not in ADDRESS_TAKERS
    }
    assert taking == set()


def test_an_address_outside_is_written_to_for_its_owner_alone(app):
    """Whoever sends to an address, and not to a member, is known by name here; nothing of inviting is among them."""
    graph = grimp.build_graph("backend")
    users = {
        importer
        for importer in graph.find_modules_that_directly_import("backend.notifications.service")
        if "send_to_address" in source_of(importer)
    }
    assert users == {"backend.cabinet.service"}
    sending = [
        ast.unparse(node)
        for module in users
        for node in ast.walk(ast.parse(source_of(module)))
        if isinstance(node, ast.FunctionDef) and "send_to_address" in ast.unparse(node)
    ]
    kinds = {kind for kind in wording.registered_kinds() if any(f"'{kind}'" in function for function in sending)}
    assert kinds == KINDS_TO_ADDRESSES


def test_no_message_kind_is_for_somebody_who_has_not_joined():
    """Every message of inviting goes to a member: a kind that names a friend is stored with its member."""
    column = Base.metadata.tables["messages"].c.member_id
    assert not column.nullable
    assert [kind for kind in wording.registered_kinds() if re.search(r"invite|invitation_(to|sent)", kind)] == []


def test_a_code_that_is_asked_for_says_nothing_of_who_invited(client, session, boris):
    alice, _friend = boris
    code = referrals.own_code(session, member_id=alice, at=business_now())
    client.get(f"/r/{code}?c=messenger")
    before = session.execute(text("SELECT count(*) FROM deliveries")).scalar_one()

    assert client.post("/api/v1/sign-in/codes", json={"phone": "+79037419700"}).status_code == 202

    assert session.execute(text("SELECT count(*) FROM deliveries")).scalar_one() == before + 1
    said = wording.registered_kinds()["sign_in_code"]
    assert set(re.findall(r"\{(\w+)", said.title + said.body)) <= {"shop", "code", "minutes"}


def fields_of(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    """The names of everything that an operation takes."""
    names = {one["name"] for one in operation.get("parameters", ()) if isinstance(one, dict) and "name" in one}
    for content in (operation.get("requestBody") or {}).get("content", {}).values():
        names |= set(_properties(document, content.get("schema", {}), frozenset()))
    return names


def _properties(document: dict[str, Any], schema: dict[str, Any], seen: frozenset[str]) -> Iterator[str]:
    reference = schema.get("$ref", "").rsplit("/", 1)[-1]
    if reference and reference not in seen:
        yield from _properties(document, document["components"]["schemas"][reference], seen | {reference})
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _properties(document, inner, seen)
    for key in ("items", "allOf", "anyOf", "oneOf"):
        inner = schema.get(key, [])
        for one in inner if isinstance(inner, list) else [inner]:
            yield from _properties(document, one, seen)


def source_of(module: str) -> str:
    """The text of a module."""
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.origin is not None
    with open(found.origin, encoding="utf-8") as file:
        return file.read()
