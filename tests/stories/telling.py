"""Telling stories: what happens in them is done through the product's own API, at their own time, beside each other."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import singledispatchmethod
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.members import service as members
from backend.programmes import service as programmes
from backend.shared.db import run_transaction
from backend.shared.jobs import run_due_jobs
from backend.staff import service as staff
from backend.staff.roles import Role
from tests.conftest import ObedientClock
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import fresh_code
from tests.stories.outcomes import Subject, Told, outcomes
from tests.stories.script import OPENING, STAFF
from tests.stories.story import Buys, Enrols, Event, Hires, Joins, Opens, Person, Returns, Spends, Story, Truth

API = "/api/v1"
PROGRAMME = Path(__file__).parents[2] / "backend/demo/programmes/zerno.yaml"
"""The demo shop's, in which every rule is active."""
COMPARED_FROM_RECEIPTS = 20
"""Cashiers with fewer are not compared with the others."""
COLLEAGUES = "colleagues"
"""The kind of cashiers who have no story of their own."""
SILENCE_DAYS = 31
"""After the last event: return windows end, what was pending is decided."""


def tell(stories: Sequence[Story], app: Flask, *, worker_days: int = 1, shadow: bool = False) -> Told:
    """Tells them all on the application's database, which is empty and migrated; what became of each subject.

    The worker comes at midnight, every so many days. With `shadow`, every rule watches and does nothing.
    """
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        clock = ObedientClock(patch)
        clock.set(OPENING - timedelta(days=1))
        teller = Teller(app, shadow=shadow)
        events = sorted(((event.at, story.name, event) for story in stories for event in story.events), key=_by_time)
        for at, _, event in events:
            _go_to(clock, at, worker_days)
            teller.tell(event)
        _go_to(clock, events[-1][0] + timedelta(days=SILENCE_DAYS), worker_days)
        subjects = teller.subjects + teller.cashiers(stories)
        return run_transaction(lambda session: outcomes(session, stories, subjects))


def _by_time(item: tuple[datetime, str, Event]) -> tuple[datetime, str]:
    return item[0], item[1]


def _go_to(clock: ObedientClock, moment: datetime, worker_days: int) -> None:
    """Both faces of the clock go there; on the way the worker does what is due."""
    while (midnight := clock.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)) <= moment:
        clock.set(midnight)
        if midnight.toordinal() % worker_days == 0:
            worked = run_due_jobs()
            assert not worked.failed, worked.failed
    clock.set(moment)


class Teller:
    """The hands of everybody in the stories: phones, tills, cashiers."""

    def __init__(self, app: Flask, *, shadow: bool) -> None:
        self._client: FlaskClient = app.test_client()
        self.subjects: list[Subject] = []
        self._member_ids: dict[str, UUID] = {}
        self._codes: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        self._store_ids: dict[str, UUID] = {}
        self._tills: dict[str, dict[str, str]] = {}
        programme = PROGRAMME.read_text(encoding="utf-8")
        if shadow:
            programme = programme.replace("mode: active", "mode: shadow")
        run_transaction(lambda session: self._open_shop(session, programme))

    def _open_shop(self, session: Session, programme: str) -> None:
        a_shop(session)
        programmes.load(session, programme, in_force_from=OPENING - timedelta(days=1))
        for code in STAFF:
            self._store_ids[code] = a_store(session, code).id
            self._tills[code] = bearer(a_till_key(session, self._store_ids[code]))

    @singledispatchmethod
    def tell(self, event: Event) -> None:
        """Does what the event says."""
        raise TypeError(event)

    @tell.register
    def _(self, event: Joins) -> None:
        answer = self._signs_in(event.person, address=event.address, agent=event.device.agent, by=event.invited_by)
        member_id = UUID(answer["member"]["id"])
        self._member_ids[event.person.key] = member_id
        self._opens(event.person, event.device.install_id, event.address, event.device.agent)
        if event.invited_by is not None:
            self._keep("referral", event, member_id)

    @tell.register
    def _(self, event: Opens) -> None:
        if (event.person.key, event.device.install_id) not in self._seen:
            self._signs_in(event.person, address=event.address, agent=event.device.agent)
        self._opens(event.person, event.device.install_id, event.address, event.device.agent)

    @tell.register
    def _(self, event: Enrols) -> None:
        body: dict[str, Any] = {"phone": event.person.phone}
        if event.invited_by is not None:
            body["referral_code"] = self._code_of(event.invited_by)
        answer = self._till(event.store, "/members", body)
        member_id = UUID(answer["member"]["id"])
        self._member_ids[event.person.key] = member_id
        if event.invited_by is not None:
            self._keep("referral", event, member_id)

    @tell.register
    def _(self, event: Hires) -> None:
        def hire(session: Session) -> None:
            person = staff.create_staff_member(
                session, name=event.name, role=Role.CASHIER, store_id=self._store_ids[event.store], who="stories"
            )
            staff.link_card(session, staff_id=person.id, member_id=self._member_ids[event.person.key], who="stories")

        run_transaction(hire)

    @tell.register
    def _(self, event: Buys) -> None:
        payment: dict[str, Any] = {"kind": "card" if event.bank_card else "cash", "amount": event.amount_minor}
        if event.bank_card:
            payment["token_hash"] = event.bank_card
        line = {"sku": "BEANS", "category": "beans", "quantity": 1, "amount": event.amount_minor}
        member_id = self._member_ids[event.person.key]
        body: dict[str, Any] = {
            "external_id": event.number,
            "member_id": str(member_id),
            "occurred_at": event.at.isoformat(),
            "currency": "RUB",
            "total": event.amount_minor,
            "lines": [line],
            "cashier": event.cashier,
            "payments": [payment],
        }
        if event.invited_by is None:
            self._keep("receipt", event, UUID(self._till(event.store, "/receipts", body)["receipt_id"]))
            return
        named = body | {"referral_code": self._code_of(event.invited_by)}
        answer: Any = self._client.post(f"{API}/till/receipts", json=named, headers=self._tills[event.store])
        if answer.status_code >= 300:
            # The cashier hears that the guest is no friend, and sends the receipt without the recommendation.
            assert answer.json["type"] == "not-a-new-guest", answer.json
            self._till(event.store, "/receipts", body)
        self._keep("referral", event, member_id)

    @tell.register
    def _(self, event: Returns) -> None:
        body = {
            "external_id": f"{event.number}.back",
            "occurred_at": event.at.isoformat(),
            "amount": event.amount_minor,
        }
        self._till(event.store, f"/receipts/{event.number}/returns", body)

    @tell.register
    def _(self, event: Spends) -> None:
        code = run_transaction(lambda session: fresh_code(session, self._member_ids[event.person.key]))
        body = {"external_id": event.number, "code": code, "points": event.points, "amount": 100_000}
        answer: Any = self._client.post(f"{API}/till/reservations", json=body, headers=self._tills[event.store])
        paused = answer.status_code == 403 and str(answer.json["type"]).endswith("spending-paused")
        if not paused:
            self._till(event.store, f"/reservations/{self._done(answer)['id']}/confirm", {})
        self._keep("spending", event, refused_by="new_device_pause" if paused else None)

    def cashiers(self, stories: Sequence[Story]) -> list[Subject]:
        """Everybody who rang up enough receipts to be compared; a fraud, who rang up one that is labelled so."""
        truth: Truth
        receipts: dict[tuple[str, str], list[tuple[str, Truth]]] = {}
        for story in stories:
            for event in story.events:
                if isinstance(event, Buys):
                    # At a first purchase with a recommendation the label is the friend's, not the cashier's.
                    truth = event.truth if event.invited_by is None else "honest"
                    receipts.setdefault((event.store, event.cashier), []).append((story.name, truth))
        subjects = []
        for (store, cashier), rung_up in receipts.items():
            if len(rung_up) < COMPARED_FROM_RECEIPTS:
                continue
            of_frauds = [story for story, label in rung_up if label == "fraud"]
            subjects.append(
                Subject(
                    story=of_frauds[0] if of_frauds else COLLEAGUES,
                    subject_kind="cashier",
                    truth="fraud" if of_frauds else "honest",
                    found_by=uuid5(NAMESPACE_OID, f"cashier {self._store_ids[store]} {cashier}"),
                )
            )
        return subjects

    def _keep(
        self,
        subject_kind: str,
        event: Joins | Enrols | Buys | Spends,
        found_by: UUID | None = None,
        refused_by: str | None = None,
    ) -> None:
        story = event.person.key.rpartition(".")[0]
        self.subjects.append(
            Subject(story=story, subject_kind=subject_kind, truth=event.truth, found_by=found_by, refused_by=refused_by)
        )

    def _signs_in(self, person: Person, *, address: str, agent: str, by: Person | None = None) -> dict[str, Any]:
        body: dict[str, Any] = {"phone": person.phone} if person.phone else {"email": person.email}
        body["code"] = run_transaction(lambda session: self._one_time_code(session, person, address))
        from_there: dict[str, Any] = {
            "headers": {"User-Agent": agent},
            "environ_overrides": {"REMOTE_ADDR": address},
        }
        if by is not None:
            invited = self._client.post(
                f"{API}/sign-in/tokens", json=body | {"referral_code": self._code_of(by)}, **from_there
            )
            # A code that leads nowhere any more: the person joins without it, with the same one-time code.
            if invited.status_code != 422:
                return self._done(invited)
        return self._done(self._client.post(f"{API}/sign-in/tokens", json=body, **from_there))

    @staticmethod
    def _one_time_code(session: Session, person: Person, network_address: str) -> str:
        """What the person reads on their phone or in their mailbox."""
        address = (
            members.parse_phone(person.phone, region="RU") if person.phone else members.parse_email(person.email or "")
        )
        return members.issue_code(session, address=address, network_address=network_address, home_region="RU").code

    def _opens(self, person: Person, install_id: str, address: str, agent: str) -> None:
        self._seen.add((person.key, install_id))
        headers = self._headers_of(person) | {"User-Agent": agent}
        body = {"platform": "ios" if "iOS" in agent else "android", "app_version": "1.0"}
        self._done(
            self._client.put(
                f"{API}/me/devices/{install_id}",
                json=body,
                headers=headers,
                environ_overrides={"REMOTE_ADDR": address},
            )
        )

    def _code_of(self, person: Person) -> str:
        """The code that the advocate gave out first: what was posted once stays where it was posted."""
        if person.key not in self._codes:
            answer = self._done(self._client.get(f"{API}/me/referral", headers=self._headers_of(person)))
            self._codes[person.key] = str(answer["code"])
        return self._codes[person.key]

    def _headers_of(self, person: Person) -> dict[str, str]:
        member_id = self._member_ids[person.key]
        tokens = run_transaction(lambda session: members.open_family(session, member_id=member_id))
        return {"Authorization": f"Bearer {tokens.access_token}"}

    def _till(self, store: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._done(self._client.post(f"{API}/till{path}", json=body, headers=self._tills[store]))

    @staticmethod
    def _done(response: Any) -> dict[str, Any]:
        assert response.status_code < 300, (response.request.path, response.status_code, response.json)
        return dict(response.json)
