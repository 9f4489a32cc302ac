"""The gallery: programmes to begin from. Each is valid, each shows other sections, all of them together show all."""

import re
from pathlib import Path

import pytest

from backend.programmes.document import read_programme
from backend.programmes.document_schema import ProgrammeSchema
from backend.programmes.earning_schema import WAYS
from backend.programmes.programme import Programme
from backend.programmes.yaml_places import read_yaml

GALLERY = sorted((Path(__file__).parents[2] / "backend/programmes/gallery").glob("*.yaml"))
READY = {"cafe", "grocery", "clothes", "bank-referral", "fuel"}


def read(path: Path) -> Programme:
    return read_programme(path.read_text(encoding="utf-8"))


def test_the_five_are_there_by_their_names() -> None:
    assert {path.stem for path in GALLERY} == READY | {"online-retail"}
    assert all(read(path).programme == path.stem for path in GALLERY)


def test_together_they_show_every_section() -> None:
    shown = set()
    for path in GALLERY:
        shown |= set(read_yaml(path.read_text(encoding="utf-8"))[0])
    assert shown == set(ProgrammeSchema().fields)


def test_together_they_show_every_way_to_give_points_and_every_kind() -> None:
    programmes = [read(path) for path in GALLERY]
    rules = [rule for programme in programmes for rule in programme.earning]
    assert all(any(getattr(rule, way) is not None for rule in rules) for way in WAYS)
    assert {programme.kind for programme in programmes} == {"bonus", "cumulative", "tiers", "combined"}
    policies = {stack.policy for programme in programmes for stack in programme.stacking.values()}
    assert policies == {"best", "sum", "first"}
    kinds = {reward.kind for programme in programmes for reward in programme.rewards}
    assert kinds == {"goods", "event_place", "money_off", "discount_coupon", "gift_card", "partner_coupon"}


@pytest.mark.parametrize("path", [path for path in GALLERY if path.stem in READY], ids=lambda path: path.stem)
def test_each_teaches_by_its_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../programme.schema.json\n# ")
    assert len(re.findall("#", text)) >= 5


def test_terms_make_a_whole_programme_of_their_own() -> None:
    grocery = read(next(path for path in GALLERY if path.stem == "grocery"))
    kazan = grocery.terms[0].programme
    assert [rule.rule for rule in kazan.earning] == [rule.rule for rule in grocery.earning]
    assert (kazan.variant, kazan.redemption.maximum_share_basis_points) == ("opening_in_kazan", 10_000)
    assert kazan.earning[0].points_per_amount != grocery.earning[0].points_per_amount
    assert kazan.earning[1:] == grocery.earning[1:]
    assert grocery.named_segments == {"large-families"}


def test_needs_are_those_of_all_conditions() -> None:
    cafe, clothes, retail = (
        read(next(path for path in GALLERY if path.stem == name)) for name in ("cafe", "clothes", "online-retail")
    )
    assert (cafe.needs.history, cafe.needs.profile, cafe.needs.budgets, cafe.needs.tier) == (True, True, True, False)
    assert (clothes.needs.history, clothes.needs.budgets) == (True, False)
    assert not retail.needs
    assert (cafe.base_rate_basis_points, retail.base_rate_basis_points) == (500, 200)
