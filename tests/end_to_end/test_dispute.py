"""A friend is held, the advocate says on the phone that it is not right, support agrees, and the points come."""

import shutil
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Playwright, expect

from backend.shared.clock import system_now
from tests.browser import launch, needs_chromium
from tests.end_to_end.demo import Demo
from tests.end_to_end.joining import join_by_link, read_qr

pytestmark = [
    *needs_chromium,
    pytest.mark.app,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("zbarimg") is None, reason="needs zbarimg (apt install zbar-tools)"),
]
ALICE, LENA = "+79120000001", "+79265550202"
JOINT_CARD = "acquirer-fingerprint-0001"


def _buy(demo: Demo, number: str, *, roubles: int) -> None:
    """A purchase at the till, paid with the bank card that Alice and Lena share."""
    key = requests.get(f"{demo.address}/demo/till-key", timeout=20).json()["key"]
    amount = roubles * 100
    receipt = {
        "external_id": f"joint-{number[-4:]}",
        "code": number,
        "occurred_at": system_now().isoformat(),
        "currency": "RUB",
        "total": amount,
        "lines": [{"sku": "BEANS", "category": "beans", "quantity": 1, "amount": amount}],
        "payments": [{"kind": "card", "amount": amount, "token_hash": JOINT_CARD}],
    }
    answer = requests.post(
        f"{demo.address}/api/v1/till/receipts",
        json=receipt,
        headers={"Authorization": f"Bearer {key}"},
        timeout=20,
    )
    assert answer.status_code == 201, answer.text


def _uphold(demo: Demo, playwright: Playwright) -> None:
    """Olga reads the question at the desk and says that Alice is right."""
    browser = launch(playwright)
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
    page.goto(f"{demo.address}/demo/sign-in?as=olga&lang=en")
    page.goto(f"{demo.address}/console/disputes")
    page.get_by_role("link", name="Alice").filter(has_text="friend").first.click()
    expect(page.get_by_text("We share a bank card, we are two people.")).to_be_visible()
    page.get_by_label("Alice is right").check()
    page.get_by_label("What Alice reads").fill("You are two people, thank you for telling us.")
    page.get_by_role("button", name="Decide and tell Alice").click()
    expect(page.get_by_text("Upheld").first).to_be_visible()
    browser.close()


def test_a_dispute_about_a_held_friend_ends_in_points_that_name_the_decision(
    demo: Demo, playwright: Playwright, tmp_path: Path
) -> None:
    phone = tmp_path / "alice"
    _buy(demo, ALICE, roubles=300)
    before = demo.phone(phone, ALICE, "friends", tmp_path / "invitation.png")
    link = read_qr(tmp_path / "invitation.png")
    join_by_link(demo, playwright, link, typed="8 (926) 555-02-02", number=LENA, name="Lena")
    _buy(demo, LENA, roubles=900)

    held = demo.phone(phone, ALICE, "complain:Lena", tmp_path / "complaint.png")
    assert {"status": "qualified", "label": "Lena"} in held["friends"]
    assert held["balance"]["pending"] == before["balance"]["pending"]

    _uphold(demo, playwright)
    after = demo.phone(phone, ALICE, "why:200", tmp_path / "why.png")
    assert {"status": "pending", "label": "Lena"} in after["friends"]
    assert after["balance"]["pending"] == before["balance"]["pending"] + 200
    assert "Decided as the answer to a question" in after["why"], after["why"]
    demo.wait_for_message(f"token-of-{ALICE}", "right")
