"""A shop with real commits and many tills that do things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from backend.ledger import queries as ledger
from backend.members import service as members
from backend.programmes import service as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import run_transaction
from backend.till import resolving
from tests.factories.ledger import findings
from tests.factories.shops import a_shop, a_store
from tests.factories.staff import a_till_key, bearer
from tests.factories.till import DEMO_PROGRAMME, fresh_code, with_points


class Shop:
    """A shop with real commits and several tills; Alice has points."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.headers, self.alice = self.run(self._open)

    def _open(self, session: Session) -> tuple[dict[str, str], UUID]:
        a_shop(session)
        store = a_store(session)
        programmes.load(session, DEMO_PROGRAMME, in_force_from=business_now())
        alice = members.enrol_by_phone(session, phone="+79120000001", locale="en").member_id
        with_points(session, alice, 500)
        return bearer(a_till_key(session, store.id)), alice

    def run(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return run_transaction(work)

    def code(self) -> str:
        return str(self.run(lambda session: fresh_code(session, self.alice)))

    def reservation(self, points: int = 300) -> str:
        body = {"external_id": "sale-0", "code": self.code(), "points": points, "amount": 90_000}
        return str(self.post("/reservations", body).json["id"])

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.app.test_client().post(f"/api/v1/till{path}", json=body, headers=self.headers)

    def at_once(self, deeds: Sequence[Callable[[], Any]]) -> list[Any]:
        """Does everything at the same moment; what came of each, in order."""
        start = threading.Barrier(len(deeds))

        def do(deed: Callable[[], Any]) -> Any:
            start.wait(20)
            return deed()

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(do, deeds))

    def post_at_once(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> list[Any]:
        return self.at_once([lambda path=path, body=body: self.post(path, body) for path, body in requests])

    def balance(self, member_id: UUID | None = None) -> ledger.Balance:
        found: ledger.Balance = self.run(lambda session: ledger.balance(session, member_id or self.alice))
        return found

    def time_out(self) -> int:
        return int(self.run(lambda session: resolving.time_out_due(session, system_now())))

    def check_books(self) -> None:
        def look(session: Session) -> None:
            assert findings(session) == []

        self.run(look)

    def guest(self, phone: str) -> UUID:
        member_id: UUID = self.run(lambda session: members.enrol_by_phone(session, phone=phone, locale="en").member_id)
        return member_id
