"""`molva programme simulate`, as an engineer types it: no database, no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend.replay.cli import simulate_command
from tests.conftest import SAMPLE_DATA

ROOT = Path(__file__).resolve().parents[2]
GALLERY = sorted((ROOT / "backend/programmes/gallery").glob("*.yaml"))
ONLINE_RETAIL = ROOT / "backend/programmes/gallery/online-retail.yaml"
REAL_SHOP = SAMPLE_DATA / "online_retail.csv.gz"
RECEIPTS = """receipt,member,occurred_at,sku,category,quantity,amount
1,alice,2026-01-05T10:00:00Z,cup,coffee,1,500.00
2,boris,2026-02-05T10:00:00Z,cup,coffee,1,300.00
"""


def simulate(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(simulate_command, [*map(str, arguments)], env={"LANG": "en_GB.UTF-8"} | environment)


def report_of(*arguments: object) -> dict[str, Any]:
    done = simulate(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    file = tmp_path / "receipts.csv"
    file.write_text(RECEIPTS, encoding="utf-8")
    return file


@pytest.fixture
def cafe(tmp_path: Path) -> Path:
    file = tmp_path / "cafe.yaml"
    file.write_text(
        "programme: cafe\ntitle: {en: Café, ru: Кофейня}\ncurrency: RUB\npoint_value_minor: 100\n"
        "earning: [{rule: base, rate_basis_points: 1000}]\navailability: {pending_days: 0}\n",
        encoding="utf-8",
    )
    return file


def test_it_says_what_it_costs_in_which_currency_and_on_what_assumption(cafe: Path, receipts: Path) -> None:
    done = simulate(cafe, "--receipts", receipts, "--spending-share", 0)
    assert done.exit_code == 0, done.stderr
    assert "Receipts: 2, returns: 0, members: 2, turnover: ₽800" in done.stdout
    assert "in the programme's currency: RUB" in done.stdout
    assert "Assumed: 0% of the members pay" in done.stdout
    assert "10%" in done.stdout
    assert "Judging" in done.stderr


def test_it_speaks_russian(cafe: Path, receipts: Path) -> None:
    assert "Что дали правила" in simulate(cafe, "--receipts", receipts, "--lang", "ru").stdout
    assert "Что дали правила" in simulate(cafe, "--receipts", receipts, LANG="ru_RU.UTF-8").stdout


def test_the_report_is_written_whole(cafe: Path, receipts: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    printed = report_of(cafe, "--receipts", receipts, "--report", file, "--against", cafe)
    assert json.loads(file.read_text(encoding="utf-8")) == printed
    assert printed["difference"]["unchanged"] == 2
    assert printed["outcome"]["points_given"] == 80


def test_segments_come_from_a_file(tmp_path: Path, receipts: Path) -> None:
    programme, segments = tmp_path / "vip.yaml", tmp_path / "segments.csv"
    programme.write_text(
        "programme: cafe\ntitle: {en: Café, ru: Кофейня}\ncurrency: RUB\npoint_value_minor: 100\n"
        "earning: [{rule: vip, when: '\"vip\" in member.segments', rate_basis_points: 1000}]\n"
        "availability: {pending_days: 0}\n",
        encoding="utf-8",
    )
    segments.write_text("member,code\nalice,vip\n", encoding="utf-8")
    unknown = simulate(programme, "--receipts", receipts)
    assert "Segments are not known here: rules that ask for them (vip) did not fire." in unknown.stdout
    assert report_of(programme, "--receipts", receipts, "--segments", segments)["outcome"]["points_given"] == 50


@pytest.mark.parametrize(
    ("content", "said"), [("name,phone\n", "it has no column receipt"), ("", "it has no column receipt")]
)
def test_a_wrong_file_is_refused_in_a_sentence(cafe: Path, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "names.csv"
    file.write_text(content, encoding="utf-8")
    done = simulate(cafe, "--receipts", file)
    assert (done.exit_code, "Traceback" in done.stderr) == (65, False)
    assert said in done.stderr


def test_a_wrong_programme_is_refused_with_its_place(tmp_path: Path, receipts: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("programme: cafe\n", encoding="utf-8")
    done = simulate(file, "--receipts", receipts)
    assert (done.exit_code, "Traceback" in done.stderr) == (65, False)
    assert "bad.yaml" in done.stderr


def test_currencies_are_not_mixed(cafe: Path, receipts: Path) -> None:
    done = simulate(cafe, "--receipts", receipts, "--against", ONLINE_RETAIL)
    assert (done.exit_code, "different currencies" in done.stderr) == (65, True)


def test_one_past_is_asked_for(cafe: Path, receipts: Path) -> None:
    assert simulate(cafe).exit_code == 2
    assert simulate(cafe, "--receipts", receipts, "--synthetic", 10).exit_code == 2


@pytest.mark.parametrize("programme", GALLERY, ids=lambda file: file.stem)
def test_each_programme_of_the_gallery_judges_made_up_receipts(programme: Path) -> None:
    report = report_of(programme, "--synthetic", 600, "--processes", 1)
    assert report["outcome"]["points_given"] + report["outcome"]["discounts_minor"] > 0
    assert report["outcome"]["rules"] or report["outcome"]["discounts_minor"]


@pytest.mark.sample
def test_a_real_shops_year_is_judged_without_database_and_secret() -> None:
    if not REAL_SHOP.exists():
        pytest.skip(f"no {REAL_SHOP.name} at MOLVA_SAMPLE_DATA")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MOLVA_")}
    command = [sys.executable, "-m", "backend.cli", "programme", "simulate", str(ONLINE_RETAIL), "--json"]
    done = subprocess.run(
        [*command, "--receipts", str(REAL_SHOP)], cwd=ROOT, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    past = json.loads(done.stdout)["past"]
    assert (past["receipts"], past["returns"], past["members"]) == (8_589, 1_652, 2_931)
    assert past["left_out"]["guest"] == 65_825
    assert "Judging" in done.stderr
