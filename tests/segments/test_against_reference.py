"""SQL, the judging of one member, and plain Python over raw rows: three ways to the same members, on random trees."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.segments import living, recomputing, service, touching
from backend.segments.catalogue import catalogue
from backend.segments.compiling import each_counted, matching
from backend.segments.judging import holds, judge
from backend.segments.reading import read_tree
from backend.segments.tree import OPERATORS, Moment
from backend.shared.clock import business_now, system_now
from backend.shared.db import driver_connection
from tests.factories.segments import MARAT, tree
from tests.factories.shops import a_shop
from tests.segments import reference
from tests.segments.crowd import CATEGORIES, SKUS, STORES, TIERS, a_crowd

ZONE = "Europe/Moscow"
DAYS = st.sampled_from([1, 7, 30, 90, 365])
NUMBERS = {"whole": st.integers(0, 4) | st.integers(0, 400), "money": st.integers(0, 120_000)}
DATES = st.dates(datetime(2025, 6, 1, tzinfo=UTC).date(), datetime(2026, 11, 23, tzinfo=UTC).date())
CODES = [code for code, _zone, _region in STORES]
TEXTS = {
    "language": ["ru", "en"],
    "joined_by": ["app", "till", "import"],
    "favourite_store": CODES,
    "tier": list(TIERS),
}
PARAMETERS = {
    "store": CODES,
    "region": ["moscow", "kazan", "nowhere"],
    "category": [one for one in CATEGORIES if one],
    "sku": list(SKUS),
}


@st.composite
def leaves(draw):
    attribute = ALL[draw(st.sampled_from(sorted(ALL)))]
    asked = {"attribute": attribute.name, "is": draw(st.sampled_from(OPERATORS[attribute.type]))}
    if asked["is"] in {"at_least", "at_most", "equals"}:
        asked["value"] = draw(NUMBERS[attribute.type])
    elif asked["is"] == "between":
        asked["value"] = sorted(draw(st.tuples(NUMBERS[attribute.type], NUMBERS[attribute.type])))
    elif asked["is"] in {"one_of", "none_of"}:
        asked["value"] = draw(st.lists(st.sampled_from(TEXTS[attribute.name]), min_size=1, max_size=3))
    elif asked["is"] == "within_days":
        asked["value"] = draw(DAYS)
    elif asked["is"] in {"before", "after"}:
        asked["value"] = draw(DATES).isoformat()
    if attribute.windowed and draw(st.booleans()):
        asked["window_days"] = draw(DAYS)
    if attribute.parameter is not None:
        asked["parameter"] = draw(st.sampled_from(PARAMETERS[attribute.parameter.name]))
    return asked


def rules(inner):
    return st.recursive(
        inner,
        lambda one: (
            st.builds(lambda group: {"all": group}, st.lists(one, min_size=1, max_size=4))
            | st.builds(lambda group: {"any": group}, st.lists(one, min_size=1, max_size=4))
            | st.builds(lambda rule: {"not": rule}, one)
        ),
        max_leaves=8,
    )


ALL: dict = {}


@pytest.fixture(autouse=True)
def _known(app):
    with app.app_context():
        ALL.update(catalogue().attributes)


@pytest.fixture(params=[1, 2])
def crowd(session, clock, request):
    a_shop(session)
    connection = driver_connection(session)
    a_crowd(connection, at=business_now(), members=40, seed=request.param)
    return reference.people(connection, business_now(), system_now(), ZONE)


EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@EXAMPLES
@given(rule=rules(leaves()))
def test_three_ways_to_the_same_members(session, crowd, rule):
    world, people = crowd
    expected = {one.member["id"] for one in people if reference.inside(rule, one, world, {})}
    read, moment = read_tree(tree(rule), catalogue(), known_segments=()), Moment(world.at, ZONE)

    compiled = matching(read.rule, moment=moment, system_now=world.system_now)
    by_sql = {row[0] for row in driver_connection(session).execute(compiled.text.encode(), compiled.parameters)}
    assert by_sql == expected

    values = service.values_of(session, [read], [one.member["id"] for one in people], moment)
    assert {id_ for id_, found in values.items() if holds(read.rule, found, (), moment)} == expected
    assert {id_ for id_, found in values.items() if judge(read.rule, found, (), moment).holds} == expected

    alone = {}
    for one in people[:3]:
        alone |= service.values_of(session, [read], [one.member["id"]], moment)
    assert alone == {id_: values[id_] for id_ in alone}


@EXAMPLES
@given(rule=leaves())
def test_each_question_by_itself(session, crowd, rule):
    world, people = crowd
    read, moment = read_tree(tree(rule), catalogue(), known_segments=()), Moment(world.at, ZONE)
    counted = each_counted(read.questions, moment=moment, system_now=world.system_now)
    row = driver_connection(session).execute(counted.text.encode(), counted.parameters).fetchone()
    living_people = [one for one in people if one.member["erased_at"] is None]
    assert row == (len(living_people), sum(reference.answer(rule, one, world) for one in living_people))


def test_every_attribute_has_its_reference():
    assert ALL.keys() <= reference.ATTRIBUTES.keys()


NESTED = st.fixed_dictionaries({"segment": st.sampled_from(["first", "second"])})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=rules(leaves()), second=rules(leaves() | st.just({"segment": "first"})), third=rules(leaves() | NESTED))
def test_nested_memberships_made_whole_and_member_by_member(session, crowd, first, second, third):
    world, people = crowd
    trees = {"first": first, "second": second, "third": third}
    with session.begin_nested() as kept:
        for code, rule in trees.items():
            service.save(session, code=code, name=code, tree=tree(rule), by=MARAT)
        expected = {
            code: {one.member["id"] for one in people if reference.inside(rule, one, world, trees)}
            for code, rule in trees.items()
        }
        while recomputing.recompute_next(session, business_now()):
            pass
        assert kept_members(session) == expected

        driver_connection(session).execute("DELETE FROM segment_members")
        touching.keep_up(session, [one.member["id"] for one in people])
        assert kept_members(session) == expected
        kept.rollback()
    living._read.clear()


def kept_members(session):
    rows = driver_connection(session).execute(
        "SELECT segment.code, inside.member_id FROM segments AS segment"
        " LEFT JOIN segment_members AS inside ON inside.segment_id = segment.id"
    )
    found = {}
    for code, member_id in rows:
        found.setdefault(code, set()).update({member_id} - {None})
    return found
