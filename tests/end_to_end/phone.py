"""A participant's phone: the real app without a display, in a process of its own, for one visit to one screen.

`python -m tests.end_to_end.phone ADDRESS HOME PHONE SCREEN PICTURE` signs in (once for each HOME), opens the screen,
takes its picture and prints what the app knows, as JSON. Pushes reach it at the token `token-of-PHONE`.

Besides a screen's name, SCREEN may be `complain:NAME`, which says of that friend that something is not right, and
`why:POINTS`, which opens the newest row of so many points with its reason.
"""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from client_kivy import headless
from client_kivy.api.errors import NoConnection
from client_kivy.api.transport import HttpTransport, Request, Response
from client_kivy.tour import DemoDoors, TourPhone

if TYPE_CHECKING:
    from client_kivy.main import MolvaApp


class PhoneWithPushes(TourPhone):
    """A phone that Firebase has given a token."""

    number = ""

    def push_token(self) -> str:
        return f"token-of-{self.number}"


class RememberingTransport(HttpTransport):
    """Real HTTP that can say how each call ended: what a phone that waits in vain is asked first."""

    def __init__(self, server_url: str) -> None:
        super().__init__(server_url)
        self.calls: list[str] = []

    def send(self, request: Request) -> Response:
        began = time.monotonic()
        end: object = "without an end"
        try:
            answer = super().send(request)
            end = answer.status if answer.status < 400 else f"{answer.status} {answer.content[:300]!r}"
        except NoConnection as error:
            end = repr(error)
            raise
        finally:
            self.calls.append(f"{request.method} {request.path} {end} after {time.monotonic() - began:.2f} s")
        return answer


def _sign_in(app: "MolvaApp", driver: headless.Headless, doors: DemoDoors, phone: str) -> None:
    page = app.page
    page.ids.contact.text = phone
    page.ids.push.ticked = page.ids.rules.ticked = page.ids.data.ticked = True
    before = len(doors.codes_sent_to(phone))
    page.ask_code()
    driver.until(lambda: app.page.name == "confirm" or page.ids.contact.error, "the screen of the code")
    page = app.page
    page.ids.code.text = doors.next_code(phone, before=before)
    page.join()
    driver.until(lambda: app.page.name == "home" or page.ids.code.error, "the home screen")
    if app.page.name != "home":
        raise RuntimeError(f"{phone} could not sign in: {page.ids.code.error}")
    driver.settle()


def _known(app: "MolvaApp") -> dict[str, Any]:
    known = {name: app.store.get(name).data or {} for name in ("balance", "friends", "messages")}
    return {
        "balance": known["balance"],
        "entries": [{"points": one["points"], "status": one["status"]} for one in app.known_entries()],
        "friends": [{"status": one["status"], "label": one["label"]} for one in known["friends"].get("items", [])],
        "messages": [one["title"] for one in known["messages"].get("items", [])],
    }


def _complain(app: "MolvaApp", driver: headless.Headless, name: str) -> None:
    """Touches the friend, says that it is not right, and waits until the shop has it."""
    from client_kivy.screens.friend_sheet import FriendSheet

    app.go("friends")
    driver.settle()
    place = next(number for number, one in enumerate(_friends(app)) if one["label"].startswith(name))
    app.page.tell(_friends(app)[place]["id"])
    driver.settle()
    next(one for one in app.root.walk() if isinstance(one, FriendSheet)).ask()
    driver.settle()
    page = app.page
    page.choose("other")
    page.ids.text.text = "We share a bank card, we are two people."
    page.send()
    driver.until(lambda: not app.letters.waiting, "the question to be sent")
    driver.settle()


def _friends(app: "MolvaApp") -> list[dict[str, Any]]:
    return list((app.store.get("friends").data or {}).get("items", []))


def _why(app: "MolvaApp", driver: headless.Headless, points: int) -> str:
    """Opens the newest row of so many points; the reason that stands there."""
    entry = next(one for one in app.known_entries() if one["points"] == points)
    app.open_entry(entry["id"])
    driver.settle()
    said = app.store.get(f"explanation:{entry['id']}").data
    return " ".join([said["text"], *(step["text"] for step in said["steps"])])


def main() -> None:
    """One visit."""
    address, home, phone, screen, picture = sys.argv[1:6]
    headless.prepare()
    from client_kivy.main import MolvaApp

    transport = RememberingTransport(address)
    platform = PhoneWithPushes(Path(home))
    platform.number = phone
    app = MolvaApp(platform, transport, server_url=address)
    driver = headless.Headless(app)
    try:
        driver.settle()
        app.speak("en")
        if app.page.name == "welcome":
            _sign_in(app, driver, DemoDoors(transport), phone)
        screen, _colon, which = screen.partition(":")
        known: dict[str, Any] = {}
        for each in ("home", "history", "friends", "inbox"):
            app.go(each)
            driver.settle()
        if screen == "complain":
            _complain(app, driver, which)
        elif screen == "why":
            known["why"] = _why(app, driver, int(which))
        else:
            app.go(screen)
            driver.settle()
        if screen == "code":
            driver.until(lambda: app.page.code, "a code", patience_seconds=60)
        driver.picture(Path(picture))
        sys.stdout.write(json.dumps(known | _known(app)) + "\n")
    except Exception:
        sys.stderr.write("\n".join(transport.calls) + "\n")
        raise
    finally:
        driver.close()


if __name__ == "__main__":
    main()
