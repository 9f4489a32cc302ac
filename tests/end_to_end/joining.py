"""A friend who scans somebody's picture with a phone and joins in its browser, without JavaScript."""

import subprocess
from pathlib import Path

from playwright.sync_api import Playwright

from tests.browser import launch
from tests.end_to_end.demo import Demo


def read_qr(picture: Path) -> str:
    """What the code in a picture says, read by zbar."""
    read = subprocess.run(["zbarimg", "--raw", "-q", str(picture)], capture_output=True, text=True, check=True)
    return read.stdout.strip()


def join_by_link(demo: Demo, playwright: Playwright, link: str, *, typed: str, number: str, name: str) -> None:
    """Joins by a link with a phone number, `typed` as people write it and `number` as it is kept."""
    browser = launch(playwright)
    page = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en", java_script_enabled=False
    ).new_page()
    page.goto(link)
    page.get_by_label("Your phone").fill(typed)
    page.get_by_label("I accept the rules").check()
    page.get_by_label("I agree to the processing").check()
    page.get_by_role("button", name="Get the code").click()
    code = demo.wait_for_message(number)
    digits = "".join(one for one in code["title"] + " " + code["body"] if one.isdigit())[:7]
    page.get_by_label("Code", exact=True).fill(digits)
    page.get_by_label("What shall we call you?").fill(name)
    page.get_by_role("button", name="Get the card").click()
    page.get_by_role("heading", name=f"{name}, your card is ready").wait_for()
    browser.close()
