"""Vera at her tablet: the real application on a port, a real Chromium, a session made by a real sign-in link."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from backend.app import create_app
from backend.ledger import queries as ledger_queries
from backend.ledger import service as ledger
from backend.ledger.book import Cause
from backend.ledger.queries import Balance
from backend.members import cards
from backend.members import queries as member_queries
from backend.members import service as members
from backend.programmes import service as programmes
from backend.referrals import service as referrals
from backend.shared.clock import business_now, system_now
from backend.shared.clock import clock as the_clock
from backend.shared.db import db, transaction
from tests.browser import needs_chromium
from tests.conftest import Databases, make_settings
from tests.factories import members as cast
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import signed_in_cookie, vera
from tests.factories.till import DEMO_PROGRAMME

TABLET = (1024, 768)
# A busy machine shows its pages late.
expect.set_options(timeout=20_000)
PHONES = count()
WAIT_UNTIL_KEPT = """() => navigator.serviceWorker.controller || new Promise((kept) =>
  navigator.serviceWorker.addEventListener("controllerchange", () => kept(), { once: true }))"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for mark in needs_chromium:
                item.add_marker(mark)


@dataclass(frozen=True)
class Shop:
    """The shop behind the page: its people, and what its database says."""

    app: Flask
    address: str

    def run(self, work: Callable[[Session], Any]) -> Any:
        """Does something in the shop's database and keeps it."""
        with self.app.app_context(), transaction() as session:
            return work(session)

    def guest(self, phone: str, *, name: str | None = None) -> UUID:
        """Somebody with a card."""
        member_id: UUID = self.run(lambda session: cast.member(session, phone=phone, name=name).id)
        return member_id

    @contextmanager
    def business_later(self, **duration: float) -> Iterator[None]:
        """For the shop so much time has passed."""
        the_clock.business_offset += timedelta(**duration)
        yield
        the_clock.business_offset -= timedelta(**duration)

    def somebody(self, *, name: str | None = None) -> UUID:
        """Somebody with a card, whose phone does not matter."""
        return self.guest(f"+79169{next(PHONES):06d}", name=name)

    def code_on_phone(self, member_id: UUID) -> str:
        """The code that the member's phone shows now."""
        code: str = self.run(lambda session: cards.show_card(session, member_id=member_id).code)
        return code

    def card_number(self, member_id: UUID) -> str:
        """The number on the member's card."""
        number: str = self.run(lambda session: cards.show_card(session, member_id=member_id).number)
        return number

    def invitation(self, member_id: UUID) -> str:
        """The member's own invitation code."""
        code: str = self.run(lambda session: referrals.own_code(session, member_id=member_id, at=business_now()))
        return code

    def label(self, member_id: UUID) -> str:
        """How a cashier sees the member."""
        label: str = self.run(lambda session: member_queries.labels(session, [member_id])[member_id].label)
        return label

    def receipts(self, member_id: UUID) -> list[int]:
        """The totals that were recorded for the member, in order."""
        rows = self.run(
            lambda session: session.execute(
                text("SELECT total_amount_minor FROM receipts WHERE member_id = :member_id ORDER BY occurred_at"),
                {"member_id": member_id},
            ).all()
        )
        return [row.total_amount_minor for row in rows]

    def receipt_of(self, member_id: UUID) -> tuple[str, datetime, str | None]:
        """Of the member's only receipt: how it came, when it was sold, and by whom."""
        query = text("SELECT source, occurred_at, cashier FROM receipts WHERE member_id = :member_id")
        row = self.run(lambda session: session.execute(query, {"member_id": member_id}).one())
        return row.source, row.occurred_at, row.cashier

    def number_of(self, member_id: UUID) -> str:
        """The number of the member's only receipt."""
        query = text("SELECT external_id FROM receipts WHERE member_id = :member_id")
        number: str = self.run(lambda session: session.scalars(query, {"member_id": member_id}).one())
        return number

    def returns(self, member_id: UUID) -> list[int]:
        """What the member has brought back, in order."""
        query = text("SELECT amount_minor FROM receipt_returns WHERE member_id = :member_id ORDER BY occurred_at, id")
        amounts = self.run(lambda session: session.scalars(query, {"member_id": member_id}).all())
        return list(amounts)

    def give_points(self, member_id: UUID, points: int) -> None:
        """Gives points that can be spent at once."""

        def give(session: Session) -> None:
            book = ledger.open_books(session, [member_id])[member_id]
            now = business_now()
            cause = Cause(
                natural_key=f"gift:{member_id}",
                effective_at=now,
                recorded_at=system_now(),
                wording="ledger.release",
                programme="grain",
                programme_version=1,
                rule="base",
            )
            book.accrue(cause, points=points, available_at=now, expires_at=None)
            ledger.write(session, [book])

        self.run(give)

    def balance(self, member_id: UUID) -> Balance:
        """What the member's book says."""
        balance: Balance = self.run(lambda session: ledger_queries.balance(session, member_id))
        return balance

    def available(self, member_id: UUID) -> int:
        """How many points the member can spend."""
        return self.balance(member_id).available

    def advocate_of(self, friend_id: UUID) -> UUID | None:
        """Who is held to have brought the friend."""
        query = text("SELECT advocate_id FROM referrals WHERE friend_id = :friend_id")
        advocate: UUID | None = self.run(lambda session: session.scalar(query, {"friend_id": friend_id}))
        return advocate

    def browser_of(self, staff_id: UUID) -> Any:
        """What a browser holds in which this person has signed in."""
        cookie = self.run(lambda session: signed_in_cookie(self.app, session, staff_id))
        return {
            "cookies": [{"name": "session", "value": cookie, "url": self.address}],
            "origins": [],
        }

    def member_with_phone(self, phone: str) -> UUID | None:
        """Whose phone this is."""
        resolution = self.run(lambda session: members.resolve_codes(session, [phone]))[0]
        return resolution.member_id if resolution else None


@pytest.fixture(scope="module")
def shop(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The application, served to the browser, on a database of its own."""
    url = databases.create()
    app = create_app(make_settings(url, tmp_path_factory.mktemp("var")))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    opened = Shop(app, f"http://127.0.0.1:{server.server_port}")
    opened.run(lambda session: (a_shop(session), a_store(session)))
    opened.run(lambda session: programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now()))
    yield opened
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


@pytest.fixture(scope="module")
def signed_in(shop: Shop) -> Any:
    """Vera's browser, once she has signed in."""
    return shop.browser_of(shop.run(lambda session: vera(session).id))


@dataclass
class Tablet:
    """The page on Vera's tablet, and what its console said."""

    page: Page
    complaints: list[str]

    def step(self, name: str) -> None:
        """Waits until the page shows this step."""
        expect(self.page.locator(f'[data-step="{name}"]')).to_be_visible()

    def type_code(self, code: str) -> None:
        """Keys a card number or phone on the page's own keys, and presses Find."""
        for key in ["+7", *code[2:]] if code.startswith("+7") else code:
            self.page.locator(f'[data-keypad=code] [data-key="{key}"]').click()
        self.page.get_by_role("button", name="Find").click()

    def scan(self, code: str) -> None:
        """A USB scanner reads a code."""
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def key_amount(self, keys: str) -> None:
        """Keys an amount; `,` is the decimal key."""
        for key in keys:
            self.page.locator(f'[data-keypad=amount] [data-key="{"decimal" if key == "," else key}"]').click()

    def confirm(self) -> None:
        self.page.locator('form[data-do="confirm"] [type=submit]').click()

    def ring_up(self, code: str, amount: str) -> None:
        """Sells to whoever has this code; the page shows what was recorded."""
        self.scan(code)
        self.step("guest")
        self.key_amount(amount)
        self.confirm()
        self.step("done")

    def ring_up_and_stop_time(self, number: str, amount: str) -> None:
        """Sells to whoever has this typed number; the page's clock stands still from the confirmation on."""
        self.page.locator("#code").fill(number)
        self.page.get_by_role("button", name="Find").click()
        self.step("guest")
        self.key_amount(amount)
        self.stop_time()
        self.confirm()
        self.step("done")

    def undo(self) -> None:
        """Presses Undo in the step that is shown."""
        self.page.locator("[data-step]:visible [data-do=undo]").click()

    def done(self, title: str) -> None:
        """Waits until the done step says so."""
        self.step("done")
        expect(self.page.locator('[data-show="done-title"]')).to_have_text(title)

    def kept(self, store: str) -> list[dict[str, Any]]:
        """What the tablet keeps: its `queue`, or its last `receipts`."""
        kept: list[dict[str, Any]] = self.page.evaluate(
            """(store) => new Promise((tell) => {
                 indexedDB.open("molva-till").onsuccess = ({ target }) => {
                   const all = target.result.transaction(store).objectStore(store).getAll();
                   all.onsuccess = () => tell(all.result);
                 };
               })""",
            store,
        )
        return kept

    def stop_time(self) -> None:
        """From now on the page's clock goes on only when the test says so, however long the test itself takes."""
        self.page.clock.pause_at(self.page.evaluate("Date.now() / 1000 + 1"))

    def wait_for(self, holds: Callable[[], object]) -> None:
        """Lets the page work until this holds."""
        for _turn in range(400):
            if holds():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("It never came to hold.")

    def shown(self, place: str) -> str:
        """What stands in a place of the visible step."""
        return self.page.locator(f'[data-show="{place}"]:visible').inner_text()

    def alert(self) -> str:
        """What the page warns of."""
        alert = self.page.locator("[data-alert]:visible")
        expect(alert).to_be_visible()
        return alert.inner_text()


@contextmanager
def tablet_in(
    browser: Browser,
    shop: Shop,
    state: Any,
    *,
    size: tuple[int, int] = TABLET,
    locale: str = "en",
    clock: bool = False,
    kept: bool = False,
) -> Iterator[Tablet]:
    """Opens the cashier's page; at the end the console must have complained of nothing.

    With `kept` the page is kept by its service worker for times without a connection. Elsewhere there is none: a test
    that stands between the page and the server must see every request.
    """
    context: BrowserContext = browser.new_context(
        base_url=shop.address,
        storage_state=state,
        viewport={"width": size[0], "height": size[1]},
        locale=locale,
        service_workers="allow" if kept else "block",
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    if clock:
        page.clock.install()
    page.goto("/till")
    yield Tablet(page, complaints)
    context.close()
    # A refusal and a broken connection are told to the console by the browser itself.
    assert [words for words in complaints if "Failed to load resource" not in words] == []


@pytest.fixture
def tablet(chromium: Browser, shop: Shop, signed_in: Any) -> Iterator[Tablet]:
    """The cashier's page, on a tablet without a camera."""
    with tablet_in(chromium, shop, signed_in) as opened:
        yield opened


@pytest.fixture
def kept_tablet(chromium: Browser, shop: Shop, signed_in: Any) -> Iterator[Tablet]:
    """The cashier's page on a tablet that has kept it for times without a connection."""
    with tablet_in(chromium, shop, signed_in, kept=True) as opened:
        opened.page.evaluate(WAIT_UNTIL_KEPT)
        yield opened
