"""`/api/v1/staff/segments`: the contract, and what it refuses."""

from uuid import uuid4

import pytest

from backend.shared.jobs import run_due_jobs
from tests.factories.members import alice, boris
from tests.factories.segments import all_of, leaf, tree
from tests.factories.shops import a_shop
from tests.factories.staff import a_staff_token, bearer

PATH = "/api/v1/staff/segments"
ENGLISH = tree(leaf("language", "one_of", ["en"]))


@pytest.fixture
def marat(session, clock):
    a_shop(session)
    return bearer(a_staff_token(session, "marketer"))


def test_counted_made_listed_and_rewritten(client, session, marat):
    person = alice(session)
    boris(session)
    counted = client.post(f"{PATH}/count", json={"tree": ENGLISH}, headers=marat)
    assert counted.status_code == 200
    assert counted.json == {
        "count": 1,
        "of": 2,
        "reachable": {"push": 0, "email": 0, "sms": 0},
        "sample": [{"id": str(person.id), "label": "Alice K.", "why": "Language: English"}],
        "leaf_counts": {"rule": 1},
    }

    made = client.post(PATH, json={"name": "Говорят по-английски", "tree": ENGLISH}, headers=marat)
    assert made.status_code == 201
    assert (made.json["code"], made.json["version"], made.json["is_computed"]) == ("govoryat-po-angliiski", 1, False)
    run_due_jobs()
    one = f"{PATH}/{made.json['id']}"
    assert client.get(one, headers=marat).json["members_count"] == 1
    assert [item["code"] for item in client.get(PATH, headers=marat).json["items"]] == ["govoryat-po-angliiski"]

    everybody = tree(leaf("language", "one_of", ["en", "ru"]))
    rewritten = client.put(one, json={"name": "Everybody", "tree": everybody}, headers=marat)
    assert (rewritten.status_code, rewritten.json["version"], rewritten.json["name"]) == (200, 2, "Everybody")
    run_due_jobs()
    assert client.get(one, headers=marat).json["members_count"] == 2

    assert client.post(f"{one}/archive", headers=marat).status_code == 200
    assert client.get(PATH, headers=marat).json["items"] == []
    assert client.put(one, json={"name": "Everybody", "tree": everybody}, headers=marat).status_code == 404


def test_the_same_tree_again_is_no_new_version(client, marat):
    made = client.post(PATH, json={"name": "English", "tree": ENGLISH}, headers=marat).json
    again = client.put(f"{PATH}/{made['id']}", json={"name": "Speak English", "tree": ENGLISH}, headers=marat).json
    assert (again["version"], again["name"]) == (1, "Speak English")


def test_why_somebody_is_not_in(client, session, marat):
    answer = client.post(
        f"{PATH}/check-person", json={"tree": ENGLISH, "member_id": str(boris(session).id)}, headers=marat
    )
    assert answer.json == {
        "label": "Борис",
        "holds": False,
        "lines": [{"path": "rule", "text": "Language: Russian", "holds": False}],
    }
    nobody = {"tree": ENGLISH, "member_id": str(uuid4())}
    assert client.post(f"{PATH}/check-person", json=nobody, headers=marat).status_code == 404


def test_what_may_be_asked_is_told_in_the_callers_language(client, marat):
    answer = client.get(f"{PATH}/attributes", headers=marat | {"Accept-Language": "ru"})
    by_name = {item["name"]: item for item in answer.json["items"]}
    assert (by_name["purchases"]["label"], by_name["purchases"]["windowed"]) == ("Покупки", True)
    assert by_name["language"]["choices"] == {"ru": "русский", "en": "английский"}
    assert by_name["bought_category"]["parameter"] == {"name": "category", "label": "Категория", "choices": None}
    assert len(by_name) >= 40


def test_mistakes_are_named_by_their_place_in_the_callers_language(client, marat):
    broken = tree(all_of(leaf("purchase", "at_least", 1), {"segment": "nobody"}))
    for path in (PATH, f"{PATH}/count"):
        body = {"tree": broken} if path.endswith("count") else {"tree": broken, "name": "Broken"}
        answer = client.post(path, json=body, headers=marat | {"Accept-Language": "ru"})
        assert (answer.status_code, answer.json["type"]) == (422, "bad-tree")
        assert answer.json["errors"] == {
            "tree.rule.all[0].attribute": [
                "Об участниках не известно ничего под именем purchase. Может быть, purchases?"
            ],
            "tree.rule.all[1].segment": ["Сегмента с кодом nobody нет."],
        }


def test_a_code_is_taken_once(client, marat):
    body = {"name": "English", "code": "english", "tree": ENGLISH}
    assert client.post(PATH, json=body, headers=marat).status_code == 201
    assert client.post(PATH, json=body, headers=marat).json["type"] == "segment-code-taken"
    without = client.post(PATH, json={"name": "English", "tree": ENGLISH}, headers=marat)
    assert without.json["code"] == "english-2"
    assert client.post(PATH, json=body | {"code": "Not a code"}, headers=marat).status_code == 422


def test_a_segment_that_others_need_stays(client, marat):
    made = client.post(PATH, json={"name": "English", "tree": ENGLISH}, headers=marat).json
    client.post(PATH, json={"name": "Others", "tree": tree({"not": {"segment": "english"}})}, headers=marat)
    refused = client.post(f"{PATH}/{made['id']}/archive", headers=marat)
    assert (refused.status_code, refused.json["type"]) == (409, "segment-in-use")
    assert "others" in refused.json["title"]


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_analysts_count_and_read_and_write_nothing(client, session, marat, role):
    reader = bearer(a_staff_token(session, role))
    assert client.post(f"{PATH}/count", json={"tree": ENGLISH}, headers=reader).status_code == 200
    assert client.get(PATH, headers=reader).status_code == 200
    assert client.post(PATH, json={"name": "English", "tree": ENGLISH}, headers=reader).status_code == 403


def test_others_are_turned_away(client, session, marat):
    assert client.get(PATH).status_code == 401
    assert client.get(PATH, headers=bearer(a_staff_token(session, "support"))).status_code == 403
