"""A crowd with everything that happens to members, made at random and written as raw rows, past every check."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from psycopg import Connection

from backend.shared.ids import new_id

STORES = (
    ("pokrovka", "Europe/Moscow", "moscow"),
    ("kremlin", "Europe/Moscow", "kazan"),
    ("far", "Asia/Vladivostok", None),
    ("bauman", "Europe/Moscow", "kazan"),
)
CATEGORIES, SKUS = ("coffee", "beans", None), ("LATTE", "BEANS", "CAKE")
TIERS = ("silver", "gold")
CHANNELS = ("push", "email", "sms")


def a_crowd(connection: Connection[Any], *, at: datetime, members: int, seed: int) -> list[UUID]:
    """So many members as of a moment; the same seed makes the same crowd."""
    connection.execute("SET LOCAL session_replication_role = replica")
    maker = _Maker(connection, random.Random(seed), at)
    stores = [maker.store(*store) for store in STORES]
    people = [maker.member(number) for number in range(members)]
    for member_id in people:
        maker.reach(member_id)
        for _ in range(maker.chance.choice((0, 0, 1, 2, 3, 6))):
            maker.receipt(member_id, maker.chance.choice(stores))
        maker.points(member_id)
        maker.messages(member_id)
        maker.standing(member_id)
        maker.orders(member_id)
    for friend_id in people:
        if maker.chance.random() < 0.4:
            maker.referral(maker.chance.choice(people), friend_id)
    connection.execute("SET LOCAL session_replication_role = origin")
    return people


class _Maker:
    def __init__(self, connection: Connection[Any], chance: random.Random, at: datetime) -> None:
        self._connection, self.chance, self._at = connection, chance, at

    def store(self, code: str, zone: str, region: str | None) -> UUID:
        name = {"en": code.title(), "ru": code.title()}
        return self._insert("stores", {"code": code, "name": name, "zone": zone, "region": region})

    def member(self, number: int) -> UUID:
        erased = self.chance.random() < 0.1
        return self._insert(
            "members",
            {
                "locale": self.chance.choice(("ru", "en")),
                "zone": "Europe/Moscow",
                "card_number": f"{number:016}",
                "joined_at": self._moment(),
                "birthday": self._birthday(erased=erased),
                "source": self.chance.choice(("app", "till", "import")),
                "erased_at": self._at if erased else None,
                "key_ciphertext": None if erased else b"\0",
            },
        )

    def reach(self, member_id: UUID) -> None:
        for kind in ("phone", "email"):
            if self.chance.random() < 0.6:
                marks = {"lookup_hmac": new_id().bytes, "mark_hmac": b"\1", "ciphertext": b"\0"}
                self._insert("member_contacts", {"member_id": member_id, "kind": kind, "created_at": self._at, **marks})
        for _ in range(self.chance.choice((0, 1, 1, 2))):
            token = self.chance.random() < 0.7
            self._insert(
                "devices",
                {
                    "member_id": member_id,
                    "install_id": new_id().hex,
                    "platform": "android",
                    "token_kind": "token" if token else None,
                    "token_ciphertext": b"\0" if token else None,
                    "token_lookup_hmac": new_id().bytes if token else None,
                    "linked_at": self._at,
                    "refreshed_at": self._moment(),
                },
            )
        for channel in CHANNELS:
            for revision in range(self.chance.choice((0, 1, 2, 3))):
                row = {"member_id": member_id, "purpose": "marketing", "channel": channel, "revision": revision + 1}
                said = {"given": self.chance.random() < 0.6, "text_version": "1", "recorded_at": self._at}
                self._insert("consents", row | said, with_id=False)

    def receipt(self, member_id: UUID, store_id: UUID) -> None:
        amounts = [self.chance.randint(1, 50_000) for _ in range(self.chance.randint(1, 3))]
        returned = [self.chance.choice((0, 0, 0, amount)) for amount in amounts]
        receipt_id = self._insert(
            "receipts",
            {
                "store_id": store_id,
                "external_id": new_id().hex,
                "member_id": member_id,
                "occurred_at": self._moment(),
                "recorded_at": self._at,
                "currency": "RUB",
                "total_amount_minor": sum(amounts),
                "returned_amount_minor": sum(returned),
                "source": "till",
                "content_hash": b"\0",
                "answer": {},
            },
        )
        for position, (amount, gone) in enumerate(zip(amounts, returned, strict=True)):
            line = {"receipt_id": receipt_id, "position": position, "member_id": member_id, "quantity": 1}
            what = {"sku": self.chance.choice(SKUS), "category": self.chance.choice(CATEGORIES)}
            money = {"amount_minor": amount, "returned_amount_minor": gone}
            self._insert("receipt_lines", line | what | money, with_id=False)

    def points(self, member_id: UUID) -> None:
        if self.chance.random() < 0.2:
            return
        balance = {"available": self.chance.randint(0, 500), "pending": self.chance.randint(0, 100)}
        self._insert("ledger_balances", {"member_id": member_id} | balance, with_id=False)
        for number in range(self.chance.choice((0, 1, 3))):
            kind, account = self.chance.choice((("accrual", "issued"), ("spend", "redeemed"), ("expiry", "expired")))
            points = self.chance.randint(1, 300)
            transaction_id = self._insert(
                "ledger_transactions",
                {
                    "member_id": member_id,
                    "number": number,
                    "kind": kind,
                    "natural_key": new_id().hex,
                    "effective_at": self._moment(),
                    "recorded_at": self._at,
                    "wording": "ledger.release",
                    "facts": {},
                },
            )
            sign = -1 if kind == "accrual" else 1
            for leg, change in ((account, sign * points), ("available", -sign * points)):
                entry = {"transaction_id": transaction_id, "account": leg, "member_id": member_id, "points": change}
                self._insert("ledger_entries", entry, with_id=False)
            lot = {
                "transaction_id": transaction_id,
                "member_id": member_id,
                "state": self.chance.choice(("available", "available", "pending")),
                "points": points,
                "points_remaining": self.chance.choice((0, points)),
                "points_reserved": 0,
                "available_at": self._at,
                "expires_at": self.chance.choice((None, self._moment(ahead=True))),
            }
            self._insert("ledger_lots", lot, with_id=False)

    def messages(self, member_id: UUID) -> None:
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            created_at = self._moment()
            self._insert(
                "messages",
                {
                    "member_id": member_id,
                    "kind": "campaign",
                    "facts": {},
                    "natural_key": new_id().hex,
                    "broadcast_id": self.chance.choice((None, new_id())),
                    "created_at": created_at,
                    "read_at": self.chance.choice((None, created_at)),
                },
            )

    def standing(self, member_id: UUID) -> None:
        for programme in ("first", "second"):
            if self.chance.random() < 0.5:
                row = {"tier": self.chance.choice((None, *TIERS)), "since": self._moment()}
                measured = {"measured": 1, "measured_at": self._at}
                self._insert(
                    "member_tiers", {"member_id": member_id, "programme": programme} | row | measured, with_id=False
                )

    def orders(self, member_id: UUID) -> None:
        for _ in range(self.chance.choice((0, 0, 1, 3))):
            state = self.chance.choice(("ordered", "issued", "used", "cancelled", "expired"))
            self._insert(
                "reward_orders",
                {
                    "member_id": member_id,
                    "programme": "grain",
                    "programme_version": 1,
                    "reward": "cup",
                    "kind": "goods",
                    "title": {"en": "Cup"},
                    "price_points": 1,
                    "state": state,
                    "code_hmac": new_id().bytes,
                    "code_ciphertext": b"\0",
                    "ordered_at": self._moment(),
                    "ended_at": None if state in {"ordered", "issued"} else self._at,
                    "spend_id": new_id(),
                    "terms": {},
                    "idempotency_key": new_id().hex,
                },
            )

    def referral(self, advocate_id: UUID, friend_id: UUID) -> None:
        if advocate_id == friend_id:
            return
        status = self.chance.choice(("joined", "rewarded", "rewarded", "pending", "rejected"))
        joined_at = self._moment()
        self._insert(
            "referrals",
            {
                "advocate_id": advocate_id,
                "friend_id": friend_id,
                "code": "CODE",
                "channel": "link",
                "status": status,
                "status_at": joined_at,
                "reason_kind": "reason",
                "reason_facts": {},
                "joined_at": joined_at,
                "qualified_at": None if status == "joined" else self._moment(),
                "qualifying_receipt_id": new_id(),
                "advocate_points": 1,
                "friend_points": 1,
            },
        )

    def _birthday(self, *, erased: bool) -> str | None:
        around = self._at + timedelta(days=self.chance.choice((0, 1, -1, 7, self.chance.randint(0, 364))))
        return None if erased else self.chance.choice((None, "02-29", f"{around:%m-%d}", f"{around:%m-%d}"))

    def _moment(self, *, ahead: bool = False) -> datetime:
        """Some moment of the last year and a half, often just at the edge of a window."""
        days = self.chance.choice((0, 1, 7, 29, 30, 31, 90, 365, self.chance.randint(0, 500)))
        seconds = self.chance.choice((0, 0, -1, 1, self.chance.randint(-40_000, 40_000)))
        moved = timedelta(days=days, seconds=seconds)
        return (self._at + moved if ahead else min(self._at, self._at - moved)).astimezone(UTC)

    def _insert(self, table: str, row: Mapping[str, Any], *, with_id: bool = True) -> UUID:
        id_ = new_id()
        values = ({"id": id_} if with_id else {}) | dict(row)
        places = ", ".join(f"%({name})s" for name in values)
        told = {
            name: orjson.dumps(value).decode() if isinstance(value, dict) else value for name, value in values.items()
        }
        self._connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", told)  # noqa: S608
        return id_
