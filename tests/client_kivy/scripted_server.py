"""A scripted stand-in for the server: it speaks the shapes of the contract from memory, and can be told to fail.

It is no second implementation: a test holds its answers to `openapi.json`.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask, Response, jsonify, request

from client_kivy.api.errors import NoConnection
from client_kivy.api.transport import Request
from client_kivy.api.transport import Response as ApiResponse
from client_kivy.state import clock
from tests.client_kivy.scripted_answers import (
    ENTRIES,
    EXPLANATION,
    FRIENDS,
    MESSAGES,
    MILESTONES,
    PLAN,
    REDEMPTIONS,
    REWARDS,
    TIER,
)
from tests.client_kivy.scripted_disputes import DISPUTES, LEADERBOARD, LINKS, answer_disputes, answer_links
from tests.client_kivy.scripted_shapes import NOW, page, problem, with_etag

DEVICE_ID = "0011223344556677"
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CODE = "1234567"
WORTH = (
    "kind",
    "title",
    "description",
    "icon",
    "price_points",
    "currency",
    "amount",
    "rate_basis_points",
    "minimum_receipt",
    "partner",
)


@dataclass
class Script:
    """What the server knows and how it misbehaves."""

    name: str = "Alice"
    entries: list[dict[str, Any]] = field(default_factory=lambda: [dict(item) for item in ENTRIES])
    friends: list[dict[str, Any]] = field(default_factory=lambda: [dict(item) for item in FRIENDS])
    messages: list[dict[str, Any]] = field(default_factory=lambda: [dict(item) for item in MESSAGES])
    available: int = 1240
    pending: int = 270
    rewards: list[dict[str, Any]] = field(default_factory=lambda: [dict(item) for item in REWARDS])
    redemptions: list[dict[str, Any]] = field(default_factory=lambda: [dict(item) for item in REDEMPTIONS])
    tier: dict[str, Any] | None = field(default_factory=lambda: dict(TIER))
    order_keys: dict[str, str] = field(default_factory=dict)
    transfers: dict[str, Any] | None = field(
        default_factory=lambda: {"minimum_points": 10, "maximum_points_per_day": 500}
    )
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    spending_pause: dict[str, Any] | None = None
    visits: dict[str, int] = field(default_factory=lambda: {"qr": 2, "messenger": 1})
    expiring: list[dict[str, Any]] = field(default_factory=lambda: [{"points": 200, "expires_on": "2026-11-30"}])
    page_rows: int = 50
    disputes: list[dict[str, Any]] = field(default_factory=lambda: deepcopy(DISPUTES))
    dispute_keys: dict[str, str] = field(default_factory=dict)
    refusing_disputes: int = 0
    photos: list[bytes] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=lambda: deepcopy(LINKS))
    leaderboard: dict[str, Any] = field(default_factory=lambda: deepcopy(LEADERBOARD))
    milestones: list[dict[str, Any]] = field(default_factory=lambda: deepcopy(MILESTONES))
    may_name_advocate: bool = False
    advocates: list[str] = field(default_factory=list)
    own_code: str = "ALICE7KQP"
    code: str | None = None
    access_tokens: set[str] = field(default_factory=set)
    refresh_token: str = "refresh-0"
    refreshes: int = 0
    locale: str = "en"
    consents: list[dict[str, Any]] = field(default_factory=list)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing_with: int | None = None
    requests: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    codes_sent: int = 0
    sign_ins: list[dict[str, Any]] = field(default_factory=list)

    def forget_everything(self) -> None:
        """Somebody new, about whom nothing is known."""
        self.name, self.entries, self.friends, self.messages = "Dasha", [], [], []
        self.available, self.pending, self.expiring, self.visits = 0, 0, [], {}
        self.rewards, self.redemptions, self.tier = [], [], None
        self.disputes, self.links, self.milestones = [], [], []
        self.leaderboard = {**LEADERBOARD, "mine": {"place": None, "friends": 0}, "items": []}

    def expire_access(self) -> None:
        """Every access token has had its ten minutes."""
        self.access_tokens.clear()

    def tokens(self) -> dict[str, Any]:
        """A fresh pair."""
        self.refreshes += 1
        access, self.refresh_token = f"access-{self.refreshes}", f"refresh-{self.refreshes}"
        self.access_tokens.add(access)
        return {"access_token": access, "refresh_token": self.refresh_token, "expires_in": 600}

    def dispute(self, dispute_id: str) -> dict[str, Any]:
        """A question by its id."""
        return next(row for row in self.disputes if row["id"] == dispute_id)

    def vanity(self) -> dict[str, Any] | None:
        """The chosen code."""
        if self.code is None:
            return None
        return {**written_of(self.code), "may_change_on": "2027-11-22"}

    def me(self) -> dict[str, Any]:
        """The profile."""
        return {
            "id": "alice",
            "name": self.name,
            "card_number": "7043221055890018",
            "locale": self.locale,
            "zone": "Europe/Moscow",
            "phone_masked": "+7 ••• ••• 00 01",
            "email_masked": None,
            "birthday": None,
            "joined_at": "2026-01-10T09:00:00Z",
            "consents": self.consents,
        }


def create_server(script: Script) -> Flask:
    """The scripted server as an application."""
    app = Flask(__name__)

    @app.before_request
    def check() -> Any:
        script.requests.append(f"{request.method} {request.path}")
        script.languages.append(request.headers.get("Accept-Language", ""))
        if script.failing_with:
            return problem(script.failing_with, "internal-error", "Something broke on our side.")
        if request.path.startswith("/api/v1/me") or request.method == "DELETE":
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if token not in script.access_tokens:
                return problem(401, "unauthenticated", "Please sign in")
        return None

    @app.after_request
    def tell_time(response: Response) -> Response:
        response.date = clock.now()
        return response

    _demo_doors(app, script)
    _sign_in(app, script)
    _profile(app, script)
    _lists(app, script)
    _rewards(app, script)
    _giving(app, script)
    answer_links(app, script)
    answer_disputes(app, script)
    return app


def _demo_doors(app: Flask, script: Script) -> None:
    @app.get("/healthz")
    def healthz() -> Any:
        return jsonify(status="ok")

    @app.get("/demo/messages")
    def sent_messages() -> Any:
        message = {"to": request.args["to"], "title": "Grain", "body": f"{CODE} works for 10 minutes."}
        return jsonify(items=[message] * script.codes_sent)


def _sign_in(app: Flask, script: Script) -> None:
    @app.get("/api/v1/shop")
    def shop() -> Any:
        return jsonify(
            name="Зерно" if request.headers["Accept-Language"] == "ru" else "Grain",
            accent=None,
            spark=None,
            zone="Europe/Moscow",
            locale="ru",
            currency="RUB",
            referral={
                "advocate_points": 150,
                "friend_points": 100,
                "minimum_amount_minor": 30000,
                "pending_days": 14,
            },
            transfers=script.transfers,
            consent_texts=[
                {"purpose": "marketing", "channel": "push", "text": "Tell me about offers by notifications"},
                {"purpose": "personal_data", "channel": "any", "text": "I agree to the processing of my data"},
            ],
        )

    @app.post("/api/v1/sign-in/codes")
    def codes() -> Any:
        script.codes_sent += 1
        return jsonify(expires_in=600, digits=len(CODE)), 202

    @app.post("/api/v1/sign-in/tokens")
    def tokens() -> Any:
        body = request.get_json()
        script.sign_ins.append(body)
        if "email" in body:
            script.forget_everything()
        if body["code"] != CODE:
            return problem(422, "invalid", "This code is not right", {"code": ["This code is not right."]})
        if body.get("referral_code") == "NOBODY":
            return problem(422, "invalid", "Unknown code", {"referral_code": ["Nobody has this code."]})
        return jsonify(script.tokens() | {"member": script.me(), "joined": False})

    @app.post("/api/v1/sign-in/refresh")
    def refresh() -> Any:
        if request.get_json()["refresh_token"] != script.refresh_token:
            return problem(401, "session-ended", "Please sign in")
        return jsonify(script.tokens())

    @app.delete("/api/v1/sign-in/tokens")
    def sign_out() -> Any:
        script.access_tokens.clear()
        return "", 204


def _profile(app: Flask, script: Script) -> None:
    @app.get("/api/v1/me")
    def me() -> Any:
        return jsonify(script.me())

    @app.patch("/api/v1/me")
    def change() -> Any:
        body = request.get_json()
        script.locale = body.get("locale", script.locale)
        for consent in body.get("consents", ()):
            what = consent["purpose"], consent["channel"]
            others = [known for known in script.consents if (known["purpose"], known["channel"]) != what]
            script.consents = [*others, {**consent, "given_at": NOW.isoformat()}]
        return jsonify(script.me())

    @app.get("/api/v1/me/balance")
    def balance() -> Any:
        return with_etag(
            {
                "available": script.available,
                "pending": script.pending,
                "reserved": 0,
                "debt": 0,
                "expiring": script.expiring,
                "tier": script.tier,
                "spending_pause": script.spending_pause,
            }
        )

    @app.post("/api/v1/me/card-keys")
    def card_keys() -> Any:
        return jsonify(
            device_id=DEVICE_ID,
            secret=SECRET,
            version=1,
            step_seconds=30,
            server_time=clock.now().isoformat(),
        )

    @app.put("/api/v1/me/devices/<install_id>")
    def device(install_id: str) -> Any:
        body = request.get_json()
        script.devices[install_id] = body
        return jsonify(
            install_id=install_id,
            platform=body["platform"],
            app_version=body.get("app_version"),
            push="push_token" in body,
            refreshed_at=NOW.isoformat(),
        )

    @app.delete("/api/v1/me/devices/<install_id>")
    def forget_device(install_id: str) -> Any:
        if script.devices.pop(install_id, None) is None:
            return problem(404, "unknown-device", "There is no such device")
        return "", 204


def _lists(app: Flask, script: Script) -> None:
    @app.get("/api/v1/me/entries")
    def entries() -> Any:
        return page(script.entries, script.page_rows)

    @app.get("/api/v1/me/entries/<entry_id>/explanation")
    def explanation(entry_id: str) -> Any:
        return jsonify(EXPLANATION)

    @app.get("/api/v1/me/referral")
    def referral() -> Any:
        return jsonify(
            **written_of(script.own_code),
            vanity=script.vanity(),
            poster=f"https://grain.example/r/{script.code or script.own_code}/poster",
            visits=script.visits,
            offer=None,
            milestones=script.milestones,
            plan=PLAN if script.milestones else [],
            may_name_advocate=script.may_name_advocate,
        )

    @app.get("/api/v1/me/referrals")
    def referrals() -> Any:
        return page(script.friends, script.page_rows)

    @app.get("/api/v1/me/messages")
    def messages() -> Any:
        unread = sum(1 for message in script.messages if not message["read_at"])
        return page(script.messages, script.page_rows, unread=unread)

    @app.post("/api/v1/me/messages/<message_id>/read")
    def read(message_id: str) -> Any:
        for message in script.messages:
            if message["id"] == message_id:
                message["read_at"] = NOW.isoformat()
                return jsonify(message)
        return problem(404, "unknown-message", "There is no such message")


def _rewards(app: Flask, script: Script) -> None:
    @app.get("/api/v1/rewards")
    def rewards() -> Any:
        return with_etag({"items": script.rewards, "spendable_points": script.available})

    @app.get("/api/v1/me/redemptions")
    def redemptions() -> Any:
        return page(script.redemptions, script.page_rows)

    @app.post("/api/v1/me/redemptions")
    def order() -> Any:
        key = request.headers["Idempotency-Key"]
        if key in script.order_keys:
            return jsonify(next(row for row in script.redemptions if row["id"] == script.order_keys[key])), 200
        reward = next(row for row in script.rewards if row["id"] == request.get_json()["reward_id"])
        if reward["left"] == 0:
            return problem(409, "reward-sold-out", "It is sold out")
        made = {
            **{name: value for name, value in REDEMPTIONS[0].items() if name in ("valid_until", "state", "may_cancel")},
            **{name: reward[name] for name in WORTH},
            "id": f"019aa000-0000-7000-8000-{len(script.redemptions):012}",
            "reward_id": reward["id"],
            "code": "C9QX-ME3A-TW7K",
            "ordered_at": NOW.isoformat(),
            "issued_at": NOW.isoformat(),
            "ended_at": None,
        }
        script.redemptions.insert(0, made)
        script.available -= reward["price_points"]
        script.order_keys[key] = made["id"]
        return jsonify(made), 201

    @app.post("/api/v1/me/redemptions/<redemption_id>/cancel")
    def cancel(redemption_id: str) -> Any:
        for row in script.redemptions:
            if row["id"] == redemption_id:
                row["state"], row["may_cancel"], row["ended_at"] = "cancelled", False, NOW.isoformat()
                script.available += row["price_points"]
                return jsonify(row)
        return problem(404, "unknown-redemption", "There is no such order")


def _giving(app: Flask, script: Script) -> None:
    @app.post("/api/v1/me/transfers")
    def give() -> Any:
        key, body = request.headers["Idempotency-Key"], request.get_json()
        if body["to"] == "+79990000000":
            said = "Nobody here has this card number or phone"
            return problem(422, "unknown-recipient", said, {"to": [said]})
        repeated = key in script.given
        if not repeated:
            script.available -= body["points"]
            script.given[key] = {
                "id": f"019aa000-0000-7000-9000-{len(script.given):012}",
                "points": body["points"],
                "occurred_at": NOW.isoformat(),
                "available": script.available,
            }
        return jsonify(script.given[key]), 200 if repeated else 201


def written_of(code: str) -> dict[str, Any]:
    """A code with the links that carry it."""
    link = f"https://grain.example/r/{code}"
    channels = ("link", "qr", "messenger", "social", "email", "print")
    written = "-".join(code[start : start + 3] for start in range(0, len(code), 3)) if len(code) == 9 else code
    return {"code": code, "written": written, "link": link, "links": {name: f"{link}?c={name}" for name in channels}}


class FlaskTransport:
    """Carries the app's requests to a Flask application in this process; `connected` cuts the line."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.connected = True

    def send(self, sent: Request) -> ApiResponse:
        """See `Transport`."""
        if not self.connected:
            raise NoConnection("cut")
        form = {}
        if sent.upload:
            form = {sent.upload.field: (BytesIO(sent.upload.content), sent.upload.name, sent.upload.media_type)}
        answer = self._app.test_client().open(
            sent.path, method=sent.method, json=sent.body, data=form or None, headers=dict(sent.headers)
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return ApiResponse(answer.status_code, headers, answer.data)


def many_entries(count: int) -> list[dict[str, Any]]:
    """A long history."""
    return [
        {**ENTRIES[1], "id": f"entry-{number}", "occurred_at": (NOW - timedelta(hours=number)).isoformat()}
        for number in range(count)
    ]
