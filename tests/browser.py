"""The system's Chromium, kept off the network."""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Playwright

CHROMIUM = os.environ.get("MOLVA_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
OFF_THE_NETWORK = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt install chromium, or MOLVA_CHROMIUM)"),
]


def launch(playwright: Playwright, *flags: str) -> Browser:
    """A Chromium that reaches this machine only."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*OFF_THE_NETWORK, *flags])
