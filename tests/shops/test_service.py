"""The shop is one; stores are found by code; opening twice changes nothing."""

import pytest
from sqlalchemy.orm import Session

from backend.shops import queries, service
from backend.shops.errors import InvalidShop, InvalidStoreCode, ShopNotOpened, UnknownStore
from tests.factories.shops import a_shop, a_store


def test_the_shop_opens_once_and_stays_as_it_was(session: Session) -> None:
    first = a_shop(session)
    second = service.open_shop(session, name={"ru": "Чай", "en": "Tea"}, zone="Asia/Omsk", locale="en")
    assert second.id == first.id
    assert queries.the_shop(session).name == {"ru": "Зерно", "en": "Grain"}


def test_without_a_shop_the_question_for_it_says_so(session: Session) -> None:
    assert queries.find_shop(session) is None
    with pytest.raises(ShopNotOpened):
        queries.the_shop(session)


def test_a_store_is_opened_once_by_its_code(session: Session) -> None:
    store = a_store(session)
    assert a_store(session).id == store.id
    assert queries.store_by_code(session, "pokrovka").id == store.id
    assert queries.store(session, store.id).name["en"] == "Pokrovka 12"


def test_stores_are_listed_by_code(session: Session) -> None:
    a_store(session, "taganka")
    a_store(session, "arbat")
    assert [store.code for store in queries.stores(session)] == ["arbat", "taganka"]


def test_an_unknown_store_is_named_in_the_refusal(session: Session) -> None:
    with pytest.raises(UnknownStore) as refusal:
        queries.store_by_code(session, "nowhere")
    assert refusal.value.facts == {"store": "nowhere"}


@pytest.mark.parametrize("code", ["", "Покровка", "a b", "a" * 41, "UPPER", "a\n"])
def test_a_store_code_is_a_short_plain_word(session: Session, code: str) -> None:
    with pytest.raises(InvalidStoreCode):
        service.open_store(session, code=code, name={"ru": "Х", "en": "X"}, zone="Europe/Moscow")


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"locale": "de"},
        {"accent": "purple"},
        {"spark": "#12345"},
        {"tile": "teapot"},
        {"name": {"ru": "Зерно"}},
        {"name": {"ru": "Зерно", "en": " "}},
    ],
)
def test_a_shop_with_a_wrong_value_is_not_opened(session: Session, wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"name": {"ru": "Зерно", "en": "Grain"}, "zone": "Europe/Moscow", "locale": "ru"}
    with pytest.raises(InvalidShop):
        service.open_shop(session, **(values | wrong))  # type: ignore[arg-type]
    assert queries.find_shop(session) is None
