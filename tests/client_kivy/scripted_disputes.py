"""Questions, links and the leaderboard as the scripted server knows them in the beginning, and how it answers."""

from typing import Any

from flask import Flask, jsonify, request

from tests.client_kivy.scripted_shapes import NOW, page, problem, with_etag

TAKEN = ("МОЛВА", "MOLVA")
SUGGESTIONS = ["МОЛВА7", "МОЛВА34", "МОЛВА9"]


def subject(kind: str, id_: str | None, title: str, **more: Any) -> dict[str, Any]:
    """What a question is about."""
    return {"kind": kind, "id": id_, "title": title, "occurred_at": None, "points": None, "receipt": None, **more}


def said(at: str, side: str, text: str | None, kind: str = "message", **more: Any) -> dict[str, Any]:
    """One event of a thread."""
    id_ = f"0190aaaa-0000-7000-8000-{abs(hash((at, side))) % 10**12:012}"
    return {"id": id_, "at": at, "kind": kind, "side": side, "name": None, "text": text, "evidence_id": None, **more}


def dispute(id_: str, status: str, what: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A question with its thread."""
    is_over = status not in ("open", "answered")
    return {
        "id": id_,
        "status": status,
        "status_at": "2026-11-20T10:20:00Z",
        "about": None,
        "opened_at": "2026-11-20T09:48:00Z",
        "due_on": "2026-12-04",
        "subject": what,
        "text": "",
        "decision": None,
        "may_write": not is_over or status == "settled",
        "may_rate": is_over and status != "withdrawn",
        "rating": None,
        "thread": [],
        **more,
    }


DISPUTES = [
    dispute(
        "0190aaaa-0000-7000-8000-00000000d001",
        "answered",
        subject("entry", "entry-16", "Return, Grain, Myasnitskaya 5", occurred_at="2026-11-21T07:12:00Z", points=-16),
        about="taken_twice",
        text="I brought back one cup, and it was counted twice.",
        thread=[
            said("2026-11-22T09:08:00Z", "member", "I brought back one cup, and it was counted twice.", "opened"),
            said(
                "2026-11-22T09:09:00Z", "member", None, "evidence", evidence_id="0190aaaa-0000-7000-8000-0000000000e1"
            ),
            said(
                "2026-11-22T09:20:00Z",
                "shop",
                "Thank you, Alice. I have asked the café, they answer by Monday.",
                name="Olga",
            ),
            said("2026-11-22T09:22:00Z", "member", "Great, thank you."),
        ],
    ),
    dispute(
        "0190aaaa-0000-7000-8000-00000000d002",
        "upheld",
        subject(
            "receipt",
            None,
            "Receipt of 2 November",
            receipt={
                "number": "0042",
                "on": "2026-11-02",
                "store": "pokrovka",
                "store_name": "Pokrovka 12",
                "amount": 54000,
                "currency": "RUB",
            },
        ),
        text="I forgot to show my card.",
        thread=[
            said("2026-11-03T09:08:00Z", "member", "I forgot to show my card.", "opened"),
            said("2026-11-04T09:08:00Z", "shop", "The receipt is there. 27 points are added.", "upheld", name="Olga"),
        ],
        decision={
            "outcome": "upheld",
            "text": "The receipt is there. 27 points are added.",
            "points": 27,
            "entry_id": None,
            "decided_at": "2026-11-04T09:08:00Z",
            "decided_by": "Olga",
        },
    ),
]
LINKS = [
    {
        "id": "0190aaaa-0000-7000-8000-0000000011f1",
        "label": "Book club",
        "slug": "k7m3bx",
        "link": "https://grain.example/r/ALICE7KQP?c=own&l=k7m3bx",
        "visits": 12,
        "created_at": "2026-11-01T10:00:00Z",
    }
]
LEADERBOARD = {
    "month": "2026-11",
    "mine": {"place": 2, "friends": 3},
    "items": [
        {"place": 1, "label": "Rita S.", "friends": 4, "is_me": False},
        {"place": 2, "label": "Alice K.", "friends": 3, "is_me": True},
        {"place": 3, "label": "Timur A.", "friends": 1, "is_me": False},
    ],
    "consented": True,
}


def answer_links(app: Flask, script: Any) -> None:
    """Codes, links and the leaderboard."""

    @app.put("/api/v1/me/referral/code")
    def choose_code() -> Any:
        code = request.get_json()["code"].upper()
        if code in TAKEN:
            taken = problem(409, "referral-code-taken", "This code is taken")
            taken.set_data(jsonify({**taken.get_json(), "suggestions": SUGGESTIONS}).data)
            return taken
        script.code = code
        return jsonify(script.vanity())

    @app.post("/api/v1/me/referral/code/rotation")
    def rotate() -> Any:
        script.own_code = "NEWK7KQP3"
        return jsonify(code="NEWK7KQP3", written="NEW-K7K-QP3", link="https://grain.example/r/NEWK7KQP3")

    @app.post("/api/v1/me/referral/advocate")
    def name_advocate() -> Any:
        script.advocates.append(request.get_json()["code"])
        return jsonify(label="Boris", points=200, minimum={"amount_minor": 50000, "currency": "RUB"})

    @app.get("/api/v1/me/referral/links")
    def links() -> Any:
        return with_etag({"items": script.links, "maximum": 20})

    @app.post("/api/v1/me/referral/links")
    def name_link() -> Any:
        made = {**LINKS[0], "id": f"0190aaaa-0000-7000-8000-{len(script.links):012}", **request.get_json(), "visits": 0}
        script.links.insert(0, made)
        return jsonify(made), 201

    @app.delete("/api/v1/me/referral/links/<link_id>")
    def end_link(link_id: str) -> Any:
        script.links = [link for link in script.links if link["id"] != link_id]
        return "", 204

    @app.get("/api/v1/me/referral/leaderboard")
    def leaderboard() -> Any:
        given = any(consent["purpose"] == "leaderboard" and consent["given"] for consent in script.consents)
        return with_etag({**script.leaderboard, "consented": given})


def answer_disputes(app: Flask, script: Any) -> None:
    """Questions."""

    @app.get("/api/v1/me/disputes")
    def disputes() -> Any:
        rows = [{name: value for name, value in row.items() if name != "thread"} for row in script.disputes]
        return page(rows, script.page_rows)

    @app.post("/api/v1/me/disputes")
    def open_dispute() -> Any:
        body, key = request.get_json(), request.headers["Idempotency-Key"]
        if key in script.dispute_keys:
            return jsonify(script.dispute(script.dispute_keys[key])), 200
        if script.refusing_disputes:
            return problem(429 if script.refusing_disputes == 429 else 404, "no", "There is no such store")
        kind = "receipt" if "receipt" in body else "entry" if "entry_id" in body else "referral"
        told = {"store": None, "store_name": None, "amount": None, "currency": None, **body.get("receipt", {})}
        about = subject(
            kind,
            body.get(f"{kind}_id"),
            "Receipt of 20 November" if kind == "receipt" else "Grain, Pokrovka 12",
            receipt=told if kind == "receipt" else None,
        )
        made = dispute(
            f"0190aaaa-0000-7000-8000-{len(script.disputes):012}",
            "open",
            about,
            about=body.get("about"),
            text=body["text"],
            opened_at=NOW.isoformat(),
            thread=[said(NOW.isoformat(), "member", body["text"], "opened")],
        )
        script.disputes.insert(0, made)
        script.dispute_keys[key] = made["id"]
        return jsonify(made), 201

    answer_in_disputes(app, script)


def answer_in_disputes(app: Flask, script: Any) -> None:
    """What happens in one question."""

    @app.get("/api/v1/me/disputes/<dispute_id>")
    def get_dispute(dispute_id: str) -> Any:
        return with_etag(script.dispute(dispute_id))

    @app.post("/api/v1/me/disputes/<dispute_id>/messages")
    def write(dispute_id: str) -> Any:
        known, key = script.dispute(dispute_id), request.headers["Idempotency-Key"]
        if known["status"] == "withdrawn":
            return problem(409, "dispute-ended", "The question has ended")
        if key not in script.dispute_keys:
            script.dispute_keys[key] = dispute_id
            known["thread"].append(said(NOW.isoformat(), "member", request.get_json()["text"]))
        return jsonify(known), 201

    @app.post("/api/v1/me/disputes/<dispute_id>/evidence")
    def evidence(dispute_id: str) -> Any:
        known, key = script.dispute(dispute_id), request.headers["Idempotency-Key"]
        if key not in script.dispute_keys:
            script.dispute_keys[key] = dispute_id
            script.photos.append(request.files["photo"].read())
            id_ = f"0190aaaa-0000-7000-8000-{len(script.photos):012}"
            known["thread"].append(said(NOW.isoformat(), "member", None, "evidence", evidence_id=id_))
        return jsonify(known), 201

    @app.post("/api/v1/me/disputes/<dispute_id>/withdrawal")
    def withdraw(dispute_id: str) -> Any:
        known = script.dispute(dispute_id)
        known |= {"status": "withdrawn", "may_write": False, "may_rate": False}
        return jsonify(known)

    @app.post("/api/v1/me/disputes/<dispute_id>/rating")
    def rate(dispute_id: str) -> Any:
        known = script.dispute(dispute_id)
        known["rating"] = request.get_json()["rating"]
        return jsonify(known)
