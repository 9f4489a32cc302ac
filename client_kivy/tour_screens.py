"""What the tour does on the screens of inviting and of questions; only `prepare` sends anything to the server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from client_kivy.state.complaint import Complaint
from client_kivy.state.disputes import Question, questions_of
from client_kivy.state.friends import PILLS
from client_kivy.state.invitation import own_links_of
from client_kivy.state.letters import ENDED

if TYPE_CHECKING:
    from client_kivy.tour import Tour

LINK_LABEL = "Book club"
WORDS = "I paid with my own card, not with a gift card."


def draw_receipt(folder: Path) -> Path:
    """A picture of a receipt, to be attached."""
    from PIL import Image, ImageDraw

    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (600, 900), "#FBFAF8")
    draw = ImageDraw.Draw(picture)
    for line in range(14):
        draw.rectangle((60, 80 + line * 52, 540 if line % 3 else 380, 92 + line * 52), fill="#B9B2B6")
    file = folder / "receipt.jpg"
    picture.save(file)
    return file


def prepare(tour: "Tour") -> None:
    """A link of one's own and a question about the newest row, where there are none yet."""
    app, driver = tour.app, tour.driver
    app.go("links")
    driver.settle()
    if not own_links_of(app.store.get("links").data):
        body = {"label": LINK_LABEL}
        app.store.act("POST", "/me/referral/links", body, done=lambda _answer: None, failed=_fail)
    app.go("history")
    driver.settle()
    entries, disputes = app.known_entries(), _items(tour, "disputes")
    if entries and not any(item["status"] not in ENDED for item in disputes):
        complaint = Complaint(kind="entry", item=entries[0], choice="too_few", text=WORDS)
        app.letters.write(complaint.letter(now=app.now(), currency="RUB"))
        driver.until(lambda: not app.letters.waiting, "the question arrives")


def inviting(tour: "Tour") -> None:
    """A friend in each state, sharing by channel, the code and the links."""
    app, driver = tour.app, tour.driver
    rows = app.page.ids.rows
    rows.scroll_y = 0
    tour.picture("friends-end")
    rows.scroll_y = 1
    friends = _items(tour, "friends")
    for status in PILLS:
        friend = next((item for item in friends if item["status"] == status), None)
        if friend:
            app.page.tell(friend["id"])
            tour.picture(f"friend-{status}")
            app.root.close_sheet()
    app.page.share()
    tour.picture("share")
    app.root.close_sheet()
    driver.settle()
    tour.show("links")
    page = app.page
    for name, open_sheet in (("choose", page.choose_code), ("rotate", page.ask_rotate), ("link-new", page.new_link)):
        open_sheet()
        tour.picture(f"links-{name}")
        app.root.close_sheet()
    page.choose_code()
    sheet = app.root.children[0].content
    sheet.ids.code.text = "molva"
    sheet.choose()
    driver.until(lambda: sheet.error)
    tour.picture("links-choose-error")
    app.root.close_sheet()
    for own_link in own_links_of(app.store.get("links").data)[:1]:
        page.open_link(own_link)
        tour.picture("links-own")
        app.root.close_sheet()
    driver.settle()


def questions(tour: "Tour", photo: Path) -> None:
    """The list, a question that is open and one that has ended, and asking; nothing is sent."""
    app, driver = tour.app, tour.driver
    tour.show("disputes")
    known = _known_questions(tour)
    for name, question in (("open", _first(known, is_open=True)), ("ended", _first(known, is_open=False))):
        if question is None:
            continue
        app.open_question(dispute_id=question.id)
        driver.settle()
        tour.picture(f"dispute-{name}")
        if name == "open":
            app.page.ask_withdraw()
            tour.picture("dispute-withdraw")
            app.root.close_sheet()
        elif app.page.thread.may_rate:
            app.page.ids.rating.score = 4
            tour.picture("dispute-rating")
            app.page.ids.rating.score = 0
        app.back()
        driver.settle()
    entry = next((item for item in app.known_entries() if item["points"] > 0), None)
    if entry:
        app.complain(Complaint(kind="entry", item=entry))
        driver.settle()
        tour.picture("complaint")
        app.page.send()
        tour.picture("complaint-errors")
        app.page.choose("too_few")
        app.page.ids.text.text = WORDS
        app.page.take_photo(photo)
        tour.picture("complaint-filled")
        app.page.add_photo()
        tour.picture("complaint-photo")
        app.root.close_sheet()
        driver.settle()
    app.complain(Complaint(kind="receipt"))
    driver.settle()
    tour.picture("receipt-missing")
    app.page.send()
    tour.picture("receipt-missing-errors")
    app.go("home")
    driver.settle()


def unsent(tour: "Tour") -> None:
    """A question that waits for a connection; it is taken back again."""
    app, driver = tour.app, tour.driver
    complaint = Complaint(kind="receipt", number="0042", day="20.11", amount="540", text=WORDS)
    key = app.letters.write(complaint.letter(now=app.now(), currency="RUB"))
    driver.settle()
    tour.show("disputes", "disputes-offline")
    app.open_question(key=key)
    driver.settle()
    tour.picture("dispute-unsent")
    driver.until(lambda: app.letters.give_up(key))
    app.go("home")
    driver.settle()
    tour.show("links", "links-offline")


def _known_questions(tour: "Tour") -> tuple[Question, ...]:
    return questions_of(_items(tour, "disputes"), (), now=tour.app.now())


def _first(known: tuple[Question, ...], *, is_open: bool) -> Question | None:
    return next((question for question in known if question.open == is_open), None)


def _items(tour: "Tour", name: str) -> list[dict[str, Any]]:
    return list((tour.app.store.get(name).data or {}).get("items", []))


def _fail(error: Exception) -> None:
    raise error
