"""Programs with credentials, and requests that lead somewhere: what is generated at random names nobody that exists."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.campaigns import service as campaigns
from backend.ledger import queries as ledger
from backend.members import service as members
from backend.members.queries import readers
from backend.notifications import queries as notifications
from backend.referrals import service as referrals
from backend.shared.clock import business_now
from tests.api.conftest import Served
from tests.factories import members as cast
from tests.factories.campaigns import MARAT, a_campaign
from tests.factories.staff import a_staff_token, a_till_key, bearer
from tests.factories.till import fresh_code, sale, with_points

Headers = dict[str, str]
# These end whoever calls them: each call has a member of its own.
FAREWELLS = {"eraseMe", "signOut"}


class Programs:
    """The app of Alice, a till at Pokrovka, an administrator's program; and real things for their requests to name."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._numbers = count(1)
        served.run(self._open)
        self._sell()
        self.entry_id, self.message_id = served.run(self._look)

    def _open(self, session: Session) -> None:
        self.alice_id = cast.alice(session).id
        self.alice_card = members.profile(session, member_id=self.alice_id).card_number
        with_points(session, self.alice_id, 1_000_000, programme="grain")
        self.invitation = referrals.own_code(session, member_id=self.alice_id, at=business_now())
        self.headers: Mapping[str, Headers] = {
            "member_token": cast.headers_of(session, self.alice_id),
            "till_key": bearer(a_till_key(session)),
            "staff_token": bearer(a_staff_token(session, "administrator")),
            "nobody": {},
        }

    def _sell(self) -> str:
        """Alice buys something; the receipt's number."""
        number = f"lifelike-{next(self._numbers)}"
        with self._served.app.test_client() as till:
            sold = sale(self.alice_id, 70_000, external_id=number)
            answer = till.post("/api/v1/till/receipts", json=sold, headers=self.headers["till_key"])
            assert answer.status_code == 201, answer.text
        return number

    def _sell_to_nobody(self) -> str:
        """Somebody unknown buys something; the receipt's number."""
        number = f"nobodys-{next(self._numbers)}"
        with self._served.app.test_client() as till:
            sold = sale(self.alice_id, 70_000, external_id=number)
            del sold["member_id"]
            answer = till.post("/api/v1/till/receipts", json=sold, headers=self.headers["till_key"])
            assert answer.json["unattached"], answer.text
        return number

    def _wish(self) -> dict[str, Any]:
        """A point of Alice's, and the code that her phone shows for it."""
        code = self._served.run(lambda session: fresh_code(session, self.alice_id))
        return {"external_id": f"wish-{next(self._numbers)}", "code": code, "points": 1, "amount": 70_000}

    def _reserve(self) -> str:
        """A point of Alice's is set aside; the reservation."""
        with self._served.app.test_client() as till:
            answer = till.post("/api/v1/till/reservations", json=self._wish(), headers=self.headers["till_key"])
            assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def _look(self, session: Session) -> tuple[UUID, UUID]:
        """Alice's newest entry and message."""
        reader = readers(session, [self.alice_id])[self.alice_id]
        entries = ledger.entries(session, self.alice_id, reader=reader, before=None, limit=1)
        messages = notifications.inbox(session, member_id=self.alice_id, after=None, limit=1)
        return entries[0].id, messages[0].id

    def credential(self, operation: Mapping[str, Any]) -> Headers:
        """What the operation wants to see."""
        if operation["operationId"] in FAREWELLS:
            return self._served.run(lambda session: cast.headers_of(session, cast.member(session).id))
        schemes = [name for scheme in operation["security"] for name in scheme]
        return self.headers[schemes[0] if schemes else "nobody"]

    def make_lifelike(self, case: Any) -> None:
        """Puts things that exist into a request that its description takes."""
        name = case.operation.definition.raw["operationId"]
        if "cursor" in (case.query or {}):
            del case.query["cursor"]
        for parameter in case.path_parameters or {}:
            found = self._named_in_path(name, parameter)
            if found is not None:
                case.path_parameters[parameter] = str(found)
        change = getattr(self, f"_body_of_{name}", None)
        if change is not None and isinstance(case.body, dict):
            change(case.body)

    def _named_in_path(self, name: str, parameter: str) -> Any:
        things: dict[str, Callable[[], Any]] = {
            "entry_id": lambda: self.entry_id,
            "message_id": lambda: self.message_id,
            "campaign_id": lambda: self._campaign(name),
            "member_id": lambda: self.alice_id,
            "external_id": self._sell if name != "claimReceipt" else self._sell_to_nobody,
            "reservation_id": self._reserve,
            "dispute_id": self._ask,
        }
        return things[parameter]() if parameter in things else None

    def _ask(self) -> str:
        """Alice asks about what she bought; whoever asks in her name finds it open."""
        with self._served.app.test_client() as phone:
            body = {"entry_id": str(self.entry_id), "text": "Too few.", "about": "too_few"}
            answer = phone.post("/api/v1/me/disputes", json=body, headers=self.headers["member_token"])
            assert answer.status_code in {200, 201, 429}, answer.text
            listed = phone.get("/api/v1/me/disputes", headers=self.headers["member_token"])
        return str(listed.json["items"][0]["id"])

    def _campaign(self, name: str) -> Any:
        """A campaign that stands where the operation can do something with it."""
        before = {"resumeCampaign": ("start", "pause"), "sendCampaignRemainder": ("start", "stop")}

        def write(session: Session) -> Any:
            campaign = a_campaign(session)
            for step in before.get(name, () if name == "startCampaign" else ("start",)):
                getattr(campaigns, step)(session, campaign_id=campaign.id, by=MARAT)
            return campaign.id

        return self._served.run(write)

    def _body_of_scanAtTill(self, body: dict[str, Any]) -> None:  # noqa: N802 - named after the operation
        body["code"] = self.alice_card if next(self._numbers) % 2 else self.invitation

    def _body_of_enrolAtTill(self, body: dict[str, Any]) -> None:  # noqa: N802
        body["phone"] = self._phone()
        if body.get("referral_code") is not None:
            body["referral_code"] = self.invitation

    def _body_of_recordReceipt(self, body: dict[str, Any]) -> None:  # noqa: N802
        body.pop("code", None)
        body |= {"member_id": str(self.alice_id), "occurred_at": business_now().isoformat(), "currency": "RUB"}
        body["external_id"] = f"{body['external_id'][:50]}-{next(self._numbers)}"
        body["total"] = sum(line["amount"] for line in body["lines"]) if body.get("lines") else body["total"]
        if body.get("referral_code") is not None:
            body["referral_code"] = self.invitation

        body["payments"] = []
        body["reservation_id"] = self._reserve() if body.get("reservation_id") and not body.get("offline") else None

    def _body_of_claimReceipt(self, body: dict[str, Any]) -> None:  # noqa: N802
        body["code"] = self.alice_card

    def _body_of_claimOwnReceipt(self, body: dict[str, Any]) -> None:  # noqa: N802
        body |= {"external_id": self._sell_to_nobody(), "total": 70_000, "store": None}

    def _body_of_reservePoints(self, body: dict[str, Any]) -> None:  # noqa: N802
        body |= self._wish() | {"currency": None}

    def _body_of_confirmReservation(self, body: dict[str, Any]) -> None:  # noqa: N802
        body |= {"points": 1, "amount": None}

    def _body_of_recordReceipts(self, body: dict[str, Any]) -> None:  # noqa: N802
        for receipt in body["receipts"]:
            self._body_of_recordReceipt(receipt)

    def _body_of_recordReturn(self, body: dict[str, Any]) -> None:  # noqa: N802
        number = next(self._numbers)
        body |= {"external_id": f"R-{number}", "occurred_at": business_now().isoformat(), "store": None}
        if number % 2:
            body |= {"lines": [], "amount": min(body.get("amount") or 100, 70_000)}
        else:
            body |= {"lines": [{"sku": "FLAT-WHITE", "quantity": 1}], "amount": None}

    def _body_of_requestCode(self, body: dict[str, Any]) -> None:  # noqa: N802
        body.clear()
        body["phone"] = self._phone()

    def _body_of_signIn(self, body: dict[str, Any]) -> None:  # noqa: N802
        phone = self._phone()
        body.pop("email", None)
        body |= {"phone": phone, "code": self._served.run(lambda session: cast.code_for(session, phone))}
        body["consents"] = [{"purpose": "marketing", "channel": "push"}] if body.get("consents") else []
        if "referral_code" in body:
            body["referral_code"] = self.invitation

    def _body_of_refreshTokens(self, body: dict[str, Any]) -> None:  # noqa: N802
        tokens = self._served.run(lambda session: members.open_family(session, member_id=self.alice_id))
        body["refresh_token"] = tokens.refresh_token

    def _body_of_changeMe(self, body: dict[str, Any]) -> None:  # noqa: N802
        if "zone" in body:
            body["zone"] = "Asia/Tokyo"
        if "consents" in body:
            body["consents"] = [{"purpose": "marketing", "channel": "push", "given": True}]

    def _body_of_putDevice(self, body: dict[str, Any]) -> None:  # noqa: N802
        if "push_token" in body:
            body.pop("fid", None)

    def _body_of_createCampaign(self, body: dict[str, Any]) -> None:  # noqa: N802
        body["segment_id"] = None

    def _body_of_adjustMember(self, body: dict[str, Any]) -> None:  # noqa: N802
        body["points"] = 5 if next(self._numbers) % 2 else 5_000

    def _phone(self) -> str:
        return f"+7903{next(self._numbers):07d}"
