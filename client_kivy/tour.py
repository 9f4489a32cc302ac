"""A tour of the app: `python -m client_kivy.tour --out DIR` drives the real app, with no display, through every screen.

It needs a running demo server (MOLVA_SERVER_URL) and signs in twice through its doors: as the demo's Alice, and as
somebody new, whose screens are empty. Pictures: `DIR/<language>/<theme>-<width>x<height>/<screen>.png`.
"""

import argparse
import re
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from client_kivy import headless, tour_screens
from client_kivy.api.errors import NoConnection
from client_kivy.api.transport import HttpTransport, Request, Response
from client_kivy.platform import Insets
from client_kivy.platform.desktop import Desktop
from client_kivy.settings import Settings
from client_kivy.state.rewards import ALL, coupons_of, offers_of

if TYPE_CHECKING:
    from client_kivy.main import MolvaApp

ALICE = "+79120000001"
LANGUAGES = ("en", "ru")
THEMES = ("light", "dark")
SIZES = ((412, 915), (360, 640))
PATIENCE_SECONDS = 30
CODE_PATTERN = re.compile(r"\b\d{4,8}\b")


class Line:
    """The line to the server: open, held (nothing is answered yet), astray (at an address that has nothing), or cut."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport
        self._astray = HttpTransport(transport.server_url + "/nowhere")
        # Nothing listens on the port that is for discarding.
        self._cut = HttpTransport("http://127.0.0.1:9")
        self._open = threading.Event()
        self._now = transport
        self._open.set()

    def open(self) -> None:
        """Answers come."""
        self._now = self._transport
        self._open.set()

    def hold(self) -> None:
        """Answers are awaited."""
        self._open.clear()

    def go_astray(self) -> None:
        """Answers are refusals."""
        self._now = self._astray
        self._open.set()

    def cut(self) -> None:
        """No answers."""
        self._now = self._cut
        self._open.set()

    def send(self, request: Request) -> Response:
        """See `Transport`."""
        if not self._open.wait(PATIENCE_SECONDS):
            raise NoConnection("held")
        return self._now.send(request)


class TourPhone(Desktop):
    """A phone with a status bar and a bar of gestures, whose person likes it without motion."""

    def insets(self) -> Insets:
        """See `Platform`."""
        return Insets(top=32, bottom=20)

    def reduced_motion(self) -> bool:
        """See `Platform`."""
        return True

    def start_link(self) -> str:
        """See `Platform`."""
        return ""

    def picture_folders(self) -> tuple[Path, ...]:
        """See `Platform`."""
        return (self.data_folder() / "Pictures",)


class DemoDoors:
    """What only a demo server opens: the messages that it sent."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    def codes_sent_to(self, address: str) -> list[str]:
        """The one-time codes that went to an address, the newest first.

        Raises:
            SystemExit: this is no demo server.
        """
        from urllib.parse import quote

        answer = self._transport.send(Request("GET", f"/demo/messages?to={quote(address)}"))
        if answer.status == 404:
            raise SystemExit("This server is not a demo: its messages cannot be read.")
        messages = (answer.document() or {}).get("items", [])
        found = (CODE_PATTERN.search(f"{message['title']} {message['body']}") for message in messages)
        return [code.group() for code in found if code]

    def next_code(self, address: str, *, before: int) -> str:
        """The one-time code that goes to an address next, `before` being how many had gone there when it was asked for.

        Raises:
            SystemExit: none arrived, or this is no demo server.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if len(codes := self.codes_sent_to(address)) > before:
                return codes[0]
            time.sleep(0.3)
        raise SystemExit(f"No code arrived at {address} in {PATIENCE_SECONDS} s. Is the server's worker running?")


class Tour:
    """Walks through the app and takes pictures."""

    def __init__(self, app: "MolvaApp", line: Line, doors: DemoDoors, out: Path) -> None:
        self.app, self.line, self.doors = app, line, doors
        self.driver = headless.Headless(app)
        self.receipt = tour_screens.draw_receipt(app.platform.data_folder() / "Pictures")
        self._out = out
        self._folder = out
        self.pictures = 0

    def walk(self) -> None:
        """Every screen in every state."""
        self.before_signing_in()
        self.sign_in(ALICE, by_email=False)
        tour_screens.prepare(self)
        for language in LANGUAGES:
            self.line.open()
            self.speak(language)
            for _dress in self.dresses(language):
                self.full_screens()
            self.line.cut()
            for _dress in self.dresses(language):
                self.offline_screens()
        self.line.open()
        self.app.sign_out()
        self.driver.settle()
        self.sign_in(f"dasha-{uuid.uuid4().hex[:8]}@example.org", by_email=True, name="Dasha")
        for language in LANGUAGES:
            self.newcomers_screens(language)

    def before_signing_in(self) -> None:
        """Welcome, with an invitation, and with everything left out."""
        for language in LANGUAGES:
            self.speak(language)
            for _dress in self.dresses(language):
                page = self.app.page
                self.picture("welcome")
                page.ask_code()
                self.picture("welcome-errors")
                page.ids.contact.error = page.agreement_error = ""
                page.with_code = True
                page.show()
                self.picture("welcome-invited")
                page.with_code = False
                page.show()

    def sign_in(self, address: str, *, by_email: bool, name: str = "") -> None:
        """Types the address and the code that arrived; on the way the screen of the code in all its dresses."""
        page = self.app.page
        if by_email != page.by_email:
            page.switch_contact()
        page.ids.contact.text = address
        page.ids.rules.ticked = page.ids.data.ticked = True
        before = len(self.doors.codes_sent_to(address))
        page.ask_code()
        self.driver.until(lambda: self.app.page.name == "confirm" or page.ids.contact.error)
        if self.app.page.name != "confirm":
            raise SystemExit(f"No code was sent to {address}: {page.ids.contact.error}")
        code = self.doors.next_code(address, before=before)
        self.codes_screen("0" * len(code))
        page = self.app.page
        page.ids.code.text, page.ids.name.text = code, name
        page.join()
        self.driver.until(lambda: self.app.page.name == "home" or page.ids.code.error)
        if self.app.page.name != "home":
            raise SystemExit(f"{address} could not sign in: {page.ids.code.error}")
        self.driver.settle()

    def codes_screen(self, wrong: str) -> None:
        """The screen of the code, before and after a wrong one."""
        page = self.app.page
        for language in LANGUAGES:
            self.speak(language)
            page.ids.code.text = ""
            for _dress in self.dresses(language):
                self.picture("confirm")
            page.ids.code.text = wrong
            page.join()
            self.driver.until(lambda: not page.busy)
            for _dress in self.dresses(language):
                self.picture("confirm-error")

    def full_screens(self) -> None:
        """What Alice sees."""
        self.show("home")
        self.app.show_invitation()
        self.picture("invitation")
        self.app.root.close_sheet()
        self.app.share(self.app.page.link)
        self.picture("home-copied")
        self.app.root.ids.toast.hide()
        self.show("code", until=lambda: self.app.page.code)
        self.show("history")
        items = self.app.known_entries()
        for state in ("pending", "posted"):
            item = next((item for item in items if item["status"] == state and item["points"] > 0), None)
            if item:
                self.app.open_entry(item["id"])
                self.driver.settle()
                self.picture(f"history-why-{state}")
        self.app.page.opened = ""
        self.show("friends")
        tour_screens.inviting(self)
        tour_screens.questions(self, self.receipt)
        self.rewards_screens()
        self.show("inbox")
        self.show("profile")
        scroll = self.app.page.ids.scroll
        if scroll.children[0].height > scroll.height:
            scroll.scroll_y = 0
            self.picture("profile-end")
            scroll.scroll_y = 1
        self.app.ask_sign_out()
        self.picture("sign-out")
        self.app.root.close_sheet()

    def rewards_screens(self) -> None:
        """The catalogue, the question before ordering, and a coupon, where there are any."""
        self.show("rewards")
        page, store = self.app.page, self.app.store
        offers = offers_of((store.get("rewards").data or {}).get("items", []), group=ALL, icons={})
        wanted = next((offer for offer in offers if offer.may_order), None)
        if wanted:
            page.ask(wanted)
            self.picture("reward-question")
            self.app.root.close_sheet()
        today = self.app.now().date()
        coupons = coupons_of((store.get("redemptions").data or {}).get("items", []), today=today)
        shown = next((coupon for coupon in coupons if coupon.code), None)
        if shown:
            self.app.show_coupon(shown.id)
            self.driver.settle()
            self.picture("coupon")
            self.app.ask_cancel(shown)
            self.picture("coupon-cancel")
            self.app.root.close_sheet()

    def offline_screens(self) -> None:
        """What Alice sees when the line is cut."""
        self.show("home", "home-offline")
        self.show("code", "code-offline", until=lambda: self.app.page.code)
        self.show("history", "history-offline")
        self.show("friends", "friends-offline")
        self.show("rewards", "rewards-offline")
        self.show("inbox", "inbox-offline")
        self.show("profile", "profile-offline")
        tour_screens.unsent(self)

    def newcomers_screens(self, language: str) -> None:
        """What somebody new sees: first nothing known yet, then refusals, then no line, then that there is nothing."""
        screens = ("home", "history", "friends", "rewards", "inbox", "links", "disputes")
        self.line.open()
        self.speak(language)
        states = (("loading", self.line.hold), ("error", self.line.go_astray), ("unreached", self.line.cut))
        for state, change in states:
            self.app.go("home")
            change()
            self.app.store.forget_answers()
            for _dress in self.dresses(language):
                for screen in screens:
                    self.show(screen, f"{screen}-{state}", settled=state != "loading")
            self.line.open()
            self.driver.settle()
        for _dress in self.dresses(language):
            for screen in screens:
                self.show(screen, f"{screen}-empty")

    def speak(self, language: str) -> None:
        """Switches the language and waits until the server speaks it too."""
        self.app.speak(language)
        self.driver.settle()

    def dresses(self, language: str) -> Iterator[None]:
        """Each theme and size in turn."""
        for theme in THEMES:
            for width, height in SIZES:
                self.app.wear(theme)
                self.driver.resize(width, height)
                self._folder = self._out / language / f"{theme}-{width}x{height}"
                yield

    def show(self, screen: str, name: str = "", *, until: "object | None" = None, settled: bool = True) -> None:
        """Goes to a screen and takes its picture."""
        self.app.go(screen)
        if settled:
            self.driver.settle()
        if callable(until):
            self.driver.until(until)
        self.picture(name or screen)

    def picture(self, name: str) -> None:
        """One picture."""
        self.driver.frames(3)
        self.driver.picture(self._folder / f"{name}.png")
        self.pictures += 1


def main() -> None:
    """Walks the tour."""
    parser = argparse.ArgumentParser(description="Pictures of every screen of the app, against a running demo server.")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    out = parser.parse_args().out
    headless.prepare()
    from client_kivy.main import MolvaApp

    settings = Settings.from_environment()
    transport = HttpTransport(settings.server_url, certificates=settings.server_certificates)
    try:
        transport.send(Request("GET", "/healthz"))
    except NoConnection:
        raise SystemExit(f"Nothing answers at {settings.server_url}. Start it with: make run") from None
    line = Line(transport)
    with tempfile.TemporaryDirectory(prefix="molva-tour-") as folder:
        app = MolvaApp(TourPhone(Path(folder)), line, server_url=settings.server_url)
        tour = Tour(app, line, DemoDoors(transport), out)
        try:
            tour.walk()
        finally:
            line.cut()
            tour.driver.close()
    sys.stdout.write(f"{tour.pictures} pictures in {out}\n")


if __name__ == "__main__":
    main()
