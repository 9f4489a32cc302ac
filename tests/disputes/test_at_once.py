"""One member insists on two answers about the same at the same moment. Real commits, real threads."""

from typing import Any

import pytest
from flask import Flask

from tests.conftest import ObedientClock
from tests.factories.members import headers_of
from tests.factories.till import sale
from tests.till.many_tills import Shop


@pytest.fixture
def shop(committed_app: Flask, clock: ObedientClock) -> Shop:
    return Shop(committed_app)


def test_of_two_answers_about_the_same_one_goes_to_a_person_whichever_is_insisted_on(shop: Shop) -> None:
    headers = shop.run(lambda session: headers_of(session, shop.alice))

    def call(path: str, body: dict[str, Any]) -> Any:
        return shop.app.test_client().post(f"/api/v1/me/disputes{path}", json=body, headers=headers)

    outcomes = set()
    for number in range(5):
        shop.post("/receipts", sale(shop.alice, 70_000, external_id=f"sale-{number}"))
        question = {"text": "Where is it?", "receipt": {"number": f"sale-{number}", "on": "2026-11-22"}}
        settled = [call("", question).json["id"] for _ in range(2)]
        assert len(set(settled)) == 2
        insists = [
            *(lambda id_=id_: call(f"/{id_}/messages", {"text": "That is no answer."}) for id_ in settled),
            lambda question=question: call("", question | {"insists": True}),
        ]
        outcomes |= {answer.status_code for answer in shop.at_once(insists)}
    assert outcomes <= {200, 201, 409}
