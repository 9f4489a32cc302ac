"""The programme as a document: what is read, and how precisely a mistake is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from backend.programmes import earning, queries, service
from backend.programmes.cli import programme as commands
from backend.programmes.document import read_programme
from backend.programmes.errors import BadProgramme, CurrencyTaken
from backend.programmes.expiry import Expiry
from tests.factories.till import DEMO_PROGRAMME

ROOT = Path(__file__).parents[2]
SHIPPED = [*ROOT.glob("backend/programmes/gallery/*.yaml"), *ROOT.glob("backend/demo/programmes/*.yaml")]
NOON = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_programme_that_ships_is_one(path: Path) -> None:
    assert read_programme(path.read_text(encoding="utf-8")).earning


def test_the_demo_programme_has_the_terms_that_others_rely_on() -> None:
    programme = read_programme((ROOT / "backend/demo/programmes/zerno.yaml").read_text(encoding="utf-8"))
    assert (programme.currency, programme.point_value_minor) == ("RUB", 100)
    assert [rule.rate_basis_points for rule in programme.earning] == [500]
    assert (programme.pending_days, programme.expiry) == (14, Expiry(days=365))
    referral = programme.referral
    assert referral is not None
    assert (referral.advocate_points, referral.friend_points, referral.minimum_receipt_minor) == (200, 200, 50_000)
    assert referral.cap is not None
    assert (referral.cap.friends, referral.cap.window_days) == (10, 30)


def test_what_a_document_does_not_say_is_the_mildest_for_guests() -> None:
    programme = read_programme(DEMO_PROGRAMME)
    assert programme.points_payable(54_099) == 540
    assert earning.earns(programme, "beans")
    assert earning.earns(programme, None)
    assert not earning.earns(programme, "gift-card")
    assert (programme.returns.debt, programme.unattached.claim_window_days) == ("owe", 30)


BROKEN = {
    "a: [": "Line 1",
    "- a list": "mapping",
    "": "empty",
    DEMO_PROGRAMME.replace("currency: RUB", "currency: RUR5"): "currency",
    DEMO_PROGRAMME.replace("currency: RUB", ""): "currency",
    DEMO_PROGRAMME.replace("rate_basis_points: 500", "rate_basis_points: five"): "earning.0.rate_basis_points",
    DEMO_PROGRAMME.replace("rate_basis_points: 500", "rate_basis_points: -5"): "earning.0.rate_basis_points",
    DEMO_PROGRAMME.replace("{rule: base,", "{rule: base, colour: red,"): "earning.0.colour",
    DEMO_PROGRAMME.replace("programme: grain", "programme: Grain and more"): "programme",
    DEMO_PROGRAMME.replace("pending_days: 14", "pending_days: 14.5"): "availability.pending_days",
    DEMO_PROGRAMME.replace("friends: 10", "friends: 0"): "referral.cap.friends",
    DEMO_PROGRAMME.replace("mode: active", "mode: maybe"): "screening.0.mode",
    DEMO_PROGRAMME.replace("en: Grain, ", ""): "title.en",
    DEMO_PROGRAMME + "  - {rule: self_referral, mode: shadow}\n": "screening",
    DEMO_PROGRAMME + "redemption: {maximum_share_basis_points: 10001}\n": "redemption.maximum_share_basis_points",
    DEMO_PROGRAMME + "earning_exclusions: {payment_kinds: [barter]}\n": "earning_exclusions.payment_kinds",
    DEMO_PROGRAMME + "returns: {debt: sue}\n": "returns.debt",
    DEMO_PROGRAMME + "unattached: {claim_window_days: -1}\n": "unattached.claim_window_days",
    "programme: !!python/object/apply:os.system [true]": "column 12: Tags",
}


@pytest.mark.parametrize(("text", "place"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_mistake_is_named_by_its_place(text: str, place: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        read_programme(text)
    assert place in str(refused.value.errors)


def test_check_says_where_the_mistake_is_and_needs_no_database(tmp_path: Path) -> None:
    file = tmp_path / "grain.yaml"
    file.write_text(DEMO_PROGRAMME.replace("RUB", "RUR5"))
    refused = CliRunner().invoke(commands, ["check", str(file)])
    assert refused.exit_code == 65
    assert "grain.yaml: currency: " in refused.output
    file.write_text(DEMO_PROGRAMME)
    assert CliRunner().invoke(commands, ["check", str(file)]).exit_code == 0


def test_a_binary_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "grain.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    refused = CliRunner().invoke(commands, ["check", str(file)])
    assert refused.exit_code == 65
    assert "not UTF-8" in refused.output


def test_the_same_document_again_is_the_same_version(session: Session) -> None:
    first = service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    again = service.load(session, DEMO_PROGRAMME, in_force_from=NOON + timedelta(days=1))
    assert (first.version, again.version) == (1, 1)


def test_a_receipt_is_judged_by_the_version_of_its_time(session: Session) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    changed = DEMO_PROGRAMME.replace("500}", "700}")
    service.load(session, changed, in_force_from=NOON + timedelta(days=10))
    known = queries.programmes(session)
    rates = [
        found.earning[0].rate_basis_points
        for days in (-5, 0, 9, 10, 99)
        if (found := known.in_force("RUB", NOON + timedelta(days=days)))
    ]
    assert rates == [500, 500, 500, 700, 700]
    assert known.in_force("GBP", NOON) is None


def test_one_currency_belongs_to_one_programme(session: Session) -> None:
    service.load(session, DEMO_PROGRAMME, in_force_from=NOON)
    with pytest.raises(CurrencyTaken):
        service.load(session, DEMO_PROGRAMME.replace("programme: grain", "programme: other"), in_force_from=NOON)


@pytest.mark.parametrize(
    ("amount_minor", "rate", "value", "points"),
    [(70_990, 500, 100, 35), (1_999, 500, 100, 0), (2_000, 500, 100, 1), (0, 500, 100, 0), (995, 200, 1, 19)],
)
def test_points_are_a_share_rounded_down(amount_minor: int, rate: int, value: int, points: int) -> None:
    found = earning.points_of_amount(amount_minor, rate_basis_points=rate, point_value_minor=value)
    assert found == points
