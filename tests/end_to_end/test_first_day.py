"""From nothing to both sides rewarded, as on a shop's first day.

A friend joins by a QR code and buys coffee at the till; both get points, both phones are told, the app shows it, and
the marketer sends a first campaign.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Playwright, expect

from tests.browser import FAKE_CAMERA, launch, needs_chromium
from tests.end_to_end.demo import Demo
from tests.end_to_end.joining import join_by_link, read_qr
from tests.till_page.filming import film_of_picture

pytestmark = [
    *needs_chromium,
    pytest.mark.app,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg (apt install zbar-tools)"),
]
ALICE, BORIS = "+79120000001", "+79265550101"
FORTNIGHT_SECONDS = 14 * 24 * 3600


def _sell(demo: Demo, playwright: Playwright, film: Path) -> None:
    """Vera's tablet films Boris's phone; she keys in 700 roubles."""
    browser = launch(playwright, *FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}")
    page = browser.new_context(viewport={"width": 1024, "height": 768}, locale="en", permissions=["camera"]).new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{demo.address}/demo/sign-in?as=vera&lang=en")
    expect(page.locator('[data-step="guest"]')).to_be_visible(timeout=30_000)
    assert page.locator('[data-show="guest-name"]:visible').inner_text().startswith("Boris")
    for key in "700":
        page.locator(f'[data-keypad=amount] [data-key="{key}"]').click()
    page.locator('form[data-do="confirm"] [type=submit]').click()
    expect(page.locator('[data-step="done"]')).to_be_visible()
    assert page.locator('[data-show="earned"]:visible').inner_text() == "+235"
    browser.close()


def _send_a_campaign(demo: Demo, playwright: Playwright) -> None:
    """Marat writes to everybody who agreed, and watches it go out."""
    browser = launch(playwright)
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
    page.goto(f"{demo.address}/demo/sign-in?as=marat&lang=en")
    page.goto(f"{demo.address}/console/campaigns/new")
    page.locator("[name=title_ru]").fill("Двойные баллы за зерно")
    page.locator("[name=body_ru]").fill("До воскресенья, во всех кофейнях.")
    page.locator("[name=title_en]").fill("Double points on beans")
    page.locator("[name=body_en]").fill("Until Sunday, in every café.")
    page.get_by_text("Something they must know").click()
    page.get_by_role("button", name="Save and check").click()
    page.get_by_role("button", name="Start").first.click()
    expect(page.get_by_text("Finished").first).to_be_visible(timeout=60_000)
    browser.close()


def test_a_friend_joins_buys_coffee_and_both_are_rewarded_and_told(
    demo: Demo, playwright: Playwright, tmp_path: Path
) -> None:
    alices, boriss = tmp_path / "alice", tmp_path / "boris"
    before = demo.phone(alices, ALICE, "friends", tmp_path / "invitation.png")

    link = read_qr(tmp_path / "invitation.png")
    assert link.startswith(f"{demo.address}/r/")
    join_by_link(demo, playwright, link, typed="8 (926) 555-01-01", number=BORIS, name="Boris")
    joined = demo.phone(boriss, BORIS, "code", tmp_path / "code.png")
    assert joined["balance"]["pending"] == 0

    film = film_of_picture(Image.open(tmp_path / "code.png"), tmp_path / "code.y4m")
    _sell(demo, playwright, film)

    assert "Grain" not in demo.wait_for_message(f"token-of-{BORIS}", "+35")["title"]
    demo.wait_for_message(f"token-of-{BORIS}", "200")
    demo.wait_for_message(f"token-of-{ALICE}", "200", "Boris")

    after = demo.phone(boriss, BORIS, "history", tmp_path / "history.png")
    assert sorted((one["points"], one["status"]) for one in after["entries"]) == [(35, "pending"), (200, "pending")]
    alice = demo.phone(alices, ALICE, "friends", tmp_path / "friends.png")
    assert {"status": "pending", "label": "Boris"} in alice["friends"]
    assert alice["balance"]["pending"] == before["balance"]["pending"] + 200

    _send_a_campaign(demo, playwright)
    demo.wait_for_message(f"token-of-{BORIS}", "Double points on beans")

    advanced = requests.post(f"{demo.address}/demo/clock", json={"advance_seconds": FORTNIGHT_SECONDS}, timeout=120)
    assert advanced.ok
    boris = demo.phone(boriss, BORIS, "home", tmp_path / "home.png")
    assert (boris["balance"]["available"], boris["balance"]["pending"]) == (235, 0)
    demo.wait_for_message(f"token-of-{ALICE}", "200", "Boris", "yours")

    audit = subprocess.run(
        [sys.executable, "-m", "backend.cli", "ledger", "audit", "--json"],
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert json.loads(audit.stdout)["agrees"]
