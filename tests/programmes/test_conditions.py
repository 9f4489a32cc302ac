"""The language of conditions: what it means, what it refuses, what it needs, and Google's CEL as the oracle."""

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.programmes.conditions.condition import Condition, Scope, Sight
from backend.programmes.conditions.errors import BadCondition, ConditionMistake
from backend.programmes.conditions.parsing import read_condition
from backend.programmes.conditions.words import in_words
from backend.programmes.engine.facts import History, MemberFacts, ReceiptFacts, StoreFacts
from backend.programmes.needs import Needs
from backend.receipts.sale import SaleLine

# A Saturday, a quarter to midnight in Kazan; Friday still in London.
SATURDAY_NIGHT = datetime(2026, 11, 28, 20, 45, tzinfo=UTC)
KAZAN = StoreFacts(
    code="bauman", name={"en": "Bauman", "ru": "Баумана"}, region="kazan", country="RU", zone="Europe/Moscow"
)
LINES = (
    SaleLine("B-1", Decimal("1.5"), 90_000, "beans"),
    SaleLine("C-1", Decimal(2), 50_000, "coffee"),
    SaleLine("X-9", Decimal(1), 10_000),
)
RECEIPT = ReceiptFacts(
    occurred_at=SATURDAY_NIGHT,
    total_minor=150_000,
    store=KAZAN,
    lines=LINES,
    payments=({"kind": "card", "amount": 100_000}, {"kind": "cash", "amount": 50_000}),
    paid_with_points_minor=5_000,
)
ALICE = MemberFacts(
    joined_at=SATURDAY_NIGHT - timedelta(days=100),
    birthday=(12, 1),
    language="ru",
    tier="gold",
    segments=frozenset({"regulars"}),
    referrals=4,
    history=History(
        purchases=9,
        spent_minor=300_000,
        recent=deque((SATURDAY_NIGHT - timedelta(days=days), 10_000) for days in (40, 20, 20, 3)),
    ),
)
SCOPE = Scope("receipt", ("silver", "gold"))


def read(text: str, scope: Scope = SCOPE) -> Condition:
    return read_condition(text, scope=scope, currency="RUB")


def sight(**changes: Any) -> Sight:
    return Sight(receipt=RECEIPT, store=KAZAN, member=replace(ALICE, **changes), counted_minor=140_000)


HOLDS = [
    "receipt.total == money(1500)",
    "receipt.total == money('1500.00')",
    "receipt.counted < receipt.total",
    "receipt.paid_with_points == money(50)",
    "receipt.quantity == 4.5",
    "'beans' in receipt.categories && '' in receipt.categories",
    "'C-1' in receipt.skus && !('C-2' in receipt.skus)",
    "'card' in receipt.payment_kinds && size(receipt.payment_kinds) == 2",
    "receipt.source == 'till'",
    "receipt.amount_of('beans') == money(900) && receipt.quantity_of('beans') == 1.5",
    "receipt.amount_of('tea') == money(0)",
    "receipt.lines.exists(line, line.sku == 'X-9' && line.category == '')",
    "receipt.lines.exists(l, l.unit_price == money(600))",
    "receipt.lines.all(line, line.amount >= money(100)) && !receipt.lines.all(line, line.quantity > 1)",
    "store.code == 'bauman' && store.region in ['ufa', 'kazan'] && store.country != 'KZ'",
    "store.code.startsWith('bau') && store.code.endsWith('man') && store.code.contains('uma')",
    "at.weekday == 'sat' && at.hour == 23 && at.time >= time('23:45')",
    "at.date == date('2026-11-28') && at.month == 11 && at.day == 28",
    "member.tier == 'gold' && member.tier in ['silver', 'gold'] && member.tier != 'none'",
    "'regulars' in member.segments && !('staff' in member.segments)",
    "member.purchases == 9 && (member.purchases + 1) % 10 == 0",
    "member.purchases_in_days(30) == 3 && member.visits_in_days(30) == 2",
    "member.spent == money(3000) && member.spent_in_days(7) == money(100)",
    "member.joined_days == 100 && member.language == 'ru'",
    "member.birthday_within_days(3) && !member.birthday_within_days(2)",
    "member.referrals * 2 - 1 > 6",
    "false || true && !false",
    "receipt.total * 2 / 3 == money(1000)",
    "-member.purchases / 2 == -4 && -member.purchases % 2 == -1",
    "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 7 - 2 - 1 == 4",
    "1.5 + 1 == 2.5 && 3.0 == 3",
]


@pytest.mark.parametrize("text", HOLDS)
def test_it_means_what_it_says(text: str) -> None:
    assert read(text).holds(sight()) is True
    assert read(f"!({text})").holds(sight()) is False


def test_who_has_no_facts_has_bought_nothing_and_has_no_tier() -> None:
    nobody = Sight(receipt=RECEIPT, store=KAZAN, member=MemberFacts())
    text = "member.purchases == 0 && member.spent == money(0) && member.tier == 'none' && member.joined_days == 0"
    assert read(text).holds(nobody)
    assert not read("member.birthday_within_days(180)").holds(nobody)


@pytest.mark.parametrize(("today", "days", "expected"), [((2, 27), 1, True), ((2, 27), 2, True), ((3, 1), 1, True)])
def test_a_birthday_on_the_29th_of_february_is_on_the_28th_in_short_years(
    today: tuple[int, int], days: int, expected: bool
) -> None:
    receipt = replace(RECEIPT, occurred_at=datetime(2027, *today, 9, tzinfo=UTC))
    look = Sight(receipt=receipt, store=KAZAN, member=MemberFacts(birthday=(2, 29)))
    assert read(f"member.birthday_within_days({days})").holds(look) is expected


def test_a_birthday_is_near_across_the_new_year() -> None:
    receipt = replace(RECEIPT, occurred_at=datetime(2026, 12, 30, 9, tzinfo=UTC))
    look = Sight(receipt=receipt, store=KAZAN, member=MemberFacts(birthday=(1, 2)))
    assert read("member.birthday_within_days(3)").holds(look)
    assert not read("member.birthday_within_days(2)").holds(look)


def test_the_day_is_the_stores() -> None:
    in_vladivostok = replace(KAZAN, zone="Asia/Vladivostok")
    look = Sight(receipt=replace(RECEIPT, store=in_vladivostok), store=in_vladivostok, member=ALICE)
    assert read("at.weekday == 'sun' && at.hour == 6").holds(look)


def test_lines_are_looked_at_one_by_one() -> None:
    condition = read('line.category == "beans" || line.amount < money(200)', Scope("line"))
    look = sight()
    found = []
    for line in LINES:
        look.line = line
        if condition.holds(look):
            found.append(line.sku)
    assert found == ["B-1", "X-9"]


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("receipt.total > money(1)", Needs()),
        ("store.code == 'a'", Needs(store=True)),
        ("at.hour < 9", Needs(store=True)),
        ("member.tier == 'gold'", Needs(tier=True)),
        ("'a' in member.segments || 'b' in member.segments", Needs(segments=frozenset("ab"))),
        ("member.purchases == 0", Needs(history=True)),
        ("member.purchases_in_days(7) > 1 && member.spent_in_days(30) > money(1)", Needs(history=True, window_days=30)),
        ("member.visits_in_days(7) > 1", Needs(history=True, window_days=7, store=True)),
        ("member.birthday_within_days(7)", Needs(profile=True, store=True)),
        ("member.language == 'ru'", Needs(profile=True)),
        ("member.referrals > 1", Needs(referrals=True)),
        ("receipt.lines.exists(l, member.tier == 'gold')", Needs(tier=True)),
    ],
)
def test_it_asks_for_no_more_facts_than_it_looks_at(text: str, needs: Needs) -> None:
    assert read(text).needs == needs


@pytest.mark.parametrize(
    ("text", "values", "anchor"),
    [
        ("store.code == 'a'", {"store": {"a"}}, "store"),
        ("'a' == store.code", {"store": {"a"}}, "store"),
        ("store.code in ['a', 'b'] && at.weekday == 'sat'", {"store": {"a", "b"}, "weekday": {"sat"}}, "store"),
        ("store.region == 'a' || store.region == 'b'", {"region": {"a", "b"}}, "region"),
        ("store.region == 'a' || store.code == 'b'", {}, None),
        ("!(store.region == 'a')", {}, None),
        ("store.region != 'a'", {}, None),
        (
            "'beans' in receipt.categories && member.tier == 'gold'",
            {"category": {"beans"}, "tier": {"gold"}},
            "category",
        ),
        ("receipt.lines.exists(l, l.sku in ['A', 'B'] && l.quantity > 1)", {"sku": {"A", "B"}}, "sku"),
        ("receipt.lines.all(l, l.sku == 'A')", {}, None),
        ("receipt.amount_of('beans') >= money(1)", {"category": {"beans"}}, "category"),
        ("receipt.amount_of('beans') >= money(0)", {}, None),
        ("receipt.amount_of('beans') < money(1)", {}, None),
        ("'a' in member.segments", {"segment": {"a"}}, "segment"),
        ("member.tier == 'none'", {}, None),
        ("'A' in receipt.skus && 'B' in receipt.skus", {"sku": {"A"}}, "sku"),
        ("store.code == 'a' && store.code == 'b'", {"store": set()}, "store"),
        ("receipt.total > money(1)", {}, None),
    ],
)
def test_it_knows_by_which_values_it_is_found(text: str, values: dict[str, set[str]], anchor: str | None) -> None:
    narrowing = read(text).narrowing
    assert {name: set(found) for name, found in narrowing.values.items()} == values
    assert (narrowing.anchor[0] if narrowing.anchor else None) == anchor


def test_the_first_part_that_fails_is_the_reason() -> None:
    condition = read("receipt.total >= money(1000) && (at.weekday == 'sun' || at.hour < 3) && member.tier == 'silver'")
    assert [part.text for part in condition.parts] == [
        "receipt.total >= money(1000)",
        'at.weekday == "sun" || at.hour < 3',
        'member.tier == "silver"',
    ]
    failing = condition.first_failing(sight())
    assert failing is condition.parts[1]
    assert read("true").first_failing(sight()) is None


@pytest.mark.parametrize("text", HOLDS)
def test_its_parts_in_their_own_notation_mean_the_same(text: str) -> None:
    for part in read(text).parts:
        again = read(part.text)
        assert again.holds(sight()) == part.holds(sight())
        assert again.needs == part.needs


@pytest.mark.parametrize(
    ("text", "en", "ru"),
    [
        (
            "receipt.total >= money(500) && at.weekday in ['sat', 'sun']",
            "the receipt is at least ₽500, and the day is Saturday or Sunday",
            "чек – не меньше 500 ₽, и день – суббота или воскресенье",
        ),
        ("member.purchases == 0", "it is the first purchase", "это первая покупка"),
        (
            "(member.purchases + 1) % 10 == 0",
            "it is purchase number 10, 20 and so on",
            "это покупка номер 10, 20 и так далее",
        ),
        (
            "'regulars' in member.segments || member.tier == 'gold'",
            "the member is in the segment “regulars”, or the tier is “gold”",
            "участник в сегменте «regulars», или уровень – «gold»",
        ),
        ("money(3) <= receipt.total", "the receipt is at least ₽3", "чек – не меньше 3 ₽"),
        ("at.time < time('09:00')", "the time is before 09:00", "время – до 09:00"),
    ],
)
def test_it_is_said_in_words(text: str, en: str, ru: str) -> None:
    condition = read(text)
    assert in_words(condition, "en") == en
    assert in_words(condition, "ru").replace("\N{NO-BREAK SPACE}", " ") == ru


@pytest.mark.parametrize("text", HOLDS)
def test_everything_has_words(text: str) -> None:
    for locale in ("en", "ru"):
        assert in_words(read(text), locale)


@pytest.mark.parametrize(
    ("text", "kind", "column"),
    [
        ("receipt.total > money(1) == true", "chained", 26),
        ("index == 3", "unknown_name", 1),
        ("receipt.total + 5 > money(3)", "money_with_number", 17),
        ("receipt == 3", "not_a_value", 1),
        ("money > 3", "call_needed", 1),
        ("member.purchases <> 3", "word_operator", 18),
        ('store.code == "a\\qb"', "bad_escape", 17),
        ("receipt.lines.any(l, true)", "unknown_field", 15),
        ("receipt.lines.exists(l, receipt.lines.exists(m, l.sku == m.sku))", "outer_line", 49),
        ("receipt.lines.exists(member, true)", "variable_taken", 22),
        ("member.purchases == 9999999999999999", "number_too_large", 21),
        ("member.tier == at.weekday", "not_comparable", 16),
        ("store.code in []", "empty_list", 15),
        ("member.purchases(3) > 1", "not_a_function", 8),
        ("store.code.size() > 1", "unknown_method", 12),
        ("receipt.total * receipt.total > money(1)", "wrong_arithmetic", 1),
        ("", "unexpected_end", 1),
        ("true)", "unexpected", 5),
        ("@", "unexpected_character", 1),
        ("true & false", "lone_and", 6),
    ],
)
def test_a_mistake_is_found_at_its_place(text: str, kind: str, column: int) -> None:
    with pytest.raises(BadCondition) as bad:
        read(text)
    first = bad.value.mistakes[0]
    assert (first.kind, first.place.line, first.place.column) == (kind, 1, column)


def test_several_mistakes_are_found_at_once() -> None:
    with pytest.raises(BadCondition) as bad:
        read('member.tier == "golt" && receipt.sum > 5')
    assert [mistake.kind for mistake in bad.value.mistakes] == ["unknown_choice", "unknown_field"]


# The oracle. Facts are given to CEL as plain values: money and ids as whole numbers, what has arguments not at all.
INTS = st.one_of(
    st.integers(0, 50).map(str),
    st.sampled_from(["member.purchases", "member.referrals", "at.month", "at.day", "at.hour", "member.joined_days"]),
)
TEXTS = st.sampled_from(["store.code", "store.region", "store.country", '"bauman"', '"kazan"', '"RU"', '"ba"'])


def _sums(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(inner, st.sampled_from(["/", "%"]), st.integers(1, 9).map(str)).map(lambda p: f"({' '.join(p)})"),
        inner.map(lambda one: f"-{one}" if not one.startswith("-") else one),
    )


NUMBERS = st.recursive(INTS, _sums, max_leaves=4)
COMPARED = st.one_of(
    st.tuples(NUMBERS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS).map(" ".join),
    st.tuples(TEXTS, st.sampled_from(["==", "!="]), TEXTS).map(" ".join),
    st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3)).map(lambda p: f"{p[0]} in [{', '.join(p[1])}]"),
    st.tuples(NUMBERS, st.lists(INTS, min_size=1, max_size=3)).map(lambda p: f"{p[0]} in [{', '.join(p[1])}]"),
    st.tuples(TEXTS, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXTS).map(
        lambda p: f"{p[0]}.{p[1]}({p[2]})"
    ),
    st.sampled_from(["true", "false"]),
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(" ".join),
        inner.map(lambda one: f"!({one})"),
        inner.map(lambda one: f"({one})"),
    )


CONDITIONS = st.recursive(COMPARED, _joined, max_leaves=6)
FACTS: dict[str, Any] = {
    "member.purchases": 9,
    "member.referrals": 4,
    "member.joined_days": 100,
    "at.month": 11,
    "at.day": 28,
    "at.hour": 23,
    "store.code": "bauman",
    "store.region": "kazan",
    "store.country": "RU",
}


def by_google(text: str) -> Any:
    """The value of the same text by Google's CEL."""
    names = {name: name.replace(".", "_") for name in FACTS}
    plain = text
    for name, flat in names.items():
        plain = plain.replace(name, flat)
    kinds = {names[name]: cel.Type.INT if isinstance(value, int) else cel.Type.STRING for name, value in FACTS.items()}
    environment = cel.NewEnv(variables=kinds)
    compiled = environment.compile(plain)
    return compiled.eval(data={names[name]: value for name, value in FACTS.items()}).value()


@settings(max_examples=400, deadline=None)
@given(CONDITIONS)
def test_googles_cel_says_the_same(text: str) -> None:
    assert read(text).holds(sight()) is by_google(text)


@settings(max_examples=400, deadline=None)
@given(NUMBERS)
def test_googles_cel_reckons_the_same(text: str) -> None:
    assert read(f"{text} == {by_google(text)}").holds(sight())


PIECES = [
    "receipt",
    ".",
    "total",
    "member",
    "tier",
    "==",
    "&&",
    "(",
    ")",
    "[",
    "]",
    ",",
    '"',
    "'",
    "money",
    "5",
    "-",
    "in",
    "exists",
    "lines",
    "line",
    "!",
    "%",
    "0",
    "||",
    "é",
    "size",
    "1.5",
    "true",
]
ANY_TEXT = st.lists(st.sampled_from([*PIECES, " ", "\n"]), max_size=25).map("".join)


def outcome(text: str) -> Condition | list[ConditionMistake]:
    """The condition, or the mistakes; any other end fails the test."""
    try:
        return read(text)
    except BadCondition as bad:
        return list(bad.mistakes)


@settings(max_examples=300, deadline=None)
@given(st.one_of(ANY_TEXT, st.text(max_size=60)))
def test_whatever_is_typed_has_a_value_or_mistakes_with_places(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Condition):
        assert found.holds(sight()) in (True, False)
    else:
        assert found
        assert all(mistake.place.line >= 1 and mistake.place.column >= 1 for mistake in found)
