"""Segments in the slowest and most obvious way: every raw row of one member, and plain Python over the document.

It knows no SQL beyond `SELECT *`, and nothing of the product's reading, compiling and judging.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

Row = dict[str, Any]


@dataclass
class Person:
    """A member with all rows that are theirs."""

    member: Row
    contacts: list[Row]
    devices: list[Row]
    consents: list[Row]
    receipts: list[Row]
    lines: dict[UUID, list[Row]]
    balance: Row | None
    lots: list[Row]
    transactions: list[Row]
    entries: dict[UUID, list[Row]]
    brought: list[Row]
    brought_by: list[Row]
    messages: list[Row]
    standings: list[Row]
    orders: list[Row]


@dataclass
class World:
    """When it is asked, where, and the stores there are."""

    at: datetime
    system_now: datetime
    zone: str
    stores: dict[UUID, Row]


def people(
    connection: Connection[Any], world_at: datetime, system_now: datetime, zone: str
) -> tuple[World, list[Person]]:
    """Everybody, read row by row."""

    def rows(table: str) -> list[Row]:
        return connection.cursor(row_factory=dict_row).execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608

    def of(table_rows: list[Row], member_id: UUID, column: str = "member_id") -> list[Row]:
        return [row for row in table_rows if row[column] == member_id]

    tables = {
        name: rows(name)
        for name in (
            *("stores", "member_contacts", "devices", "consents", "receipts", "receipt_lines", "ledger_balances"),
            *("ledger_lots", "ledger_transactions", "ledger_entries", "referrals", "messages"),
            *("member_tiers", "reward_orders"),
        )
    }
    found = []
    for member in rows("members"):
        id_ = member["id"]
        receipts = of(tables["receipts"], id_)
        transactions = of(tables["ledger_transactions"], id_)
        balances = of(tables["ledger_balances"], id_)
        found.append(
            Person(
                member=member,
                contacts=of(tables["member_contacts"], id_),
                devices=of(tables["devices"], id_),
                consents=of(tables["consents"], id_),
                receipts=receipts,
                lines={one["id"]: of(tables["receipt_lines"], one["id"], "receipt_id") for one in receipts},
                balance=balances[0] if balances else None,
                lots=of(tables["ledger_lots"], id_),
                transactions=transactions,
                entries={one["id"]: of(tables["ledger_entries"], one["id"], "transaction_id") for one in transactions},
                brought=of(tables["referrals"], id_, "advocate_id"),
                brought_by=of(tables["referrals"], id_, "friend_id"),
                messages=of(tables["messages"], id_),
                standings=[one for one in of(tables["member_tiers"], id_) if one["tier"] is not None],
                orders=[one for one in of(tables["reward_orders"], id_) if one["state"] != "cancelled"],
            )
        )
    stores = {store["id"]: store for store in tables["stores"]}
    return World(world_at, system_now, zone, stores), found


def inside(rule: Mapping[str, Any], person: Person, world: World, segments: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the rule of a document holds; `segments` maps codes to rules."""
    if person.member["erased_at"] is not None:
        return False
    if "all" in rule:
        return all(inside(inner, person, world, segments) for inner in rule["all"])
    if "any" in rule:
        return any(inside(inner, person, world, segments) for inner in rule["any"])
    if "not" in rule:
        return not inside(rule["not"], person, world, segments)
    if "segment" in rule:
        return inside(segments[rule["segment"]], person, world, segments)
    return answer(rule, person, world)


def answer(leaf: Mapping[str, Any], person: Person, world: World) -> bool:
    """The answer to one question."""
    days = leaf.get("window_days")
    since = world.at - timedelta(days=days) if days else datetime.min.replace(tzinfo=world.at.tzinfo)
    until = world.at + timedelta(days=days) if days else datetime.max.replace(tzinfo=world.at.tzinfo)
    found = ATTRIBUTES[leaf["attribute"]](_Asked(person, world, since, until, leaf.get("parameter")))
    wanted, how = leaf.get("value"), leaf["is"]
    if how == "true":
        return bool(found)
    if how == "false":
        return not found
    if how == "none_of":
        return found is None or found not in wanted
    if found is None:
        return False
    if how == "one_of":
        return found in wanted
    if how == "within_days":
        return found >= world.at - timedelta(days=wanted)
    if how in {"before", "after"}:
        day = found.astimezone(ZoneInfo(world.zone)).date()
        return day < date.fromisoformat(wanted) if how == "before" else day > date.fromisoformat(wanted)
    if how == "between":
        return wanted[0] <= found <= wanted[1]
    return {"at_least": found >= wanted, "at_most": found <= wanted, "equals": found == wanted}[how]


@dataclass
class _Asked:
    person: Person
    world: World
    since: datetime
    until: datetime
    parameter: str | None

    @property
    def receipts(self) -> list[Row]:
        return [one for one in self.person.receipts if one["occurred_at"] >= self.since]

    def store(self, receipt: Row) -> Row:
        return self.world.stores[receipt["store_id"]]

    def lines(self, column: str) -> list[tuple[Row, Row]]:
        return [
            (receipt, line)
            for receipt in self.receipts
            for line in self.person.lines[receipt["id"]]
            if line[column] == self.parameter
        ]

    def agreed(self, channel: str) -> bool:
        said = [one for one in self.person.consents if (one["purpose"], one["channel"]) == ("marketing", channel)]
        return bool(said) and max(said, key=lambda one: one["revision"])["given"]

    def has(self, kind: str) -> bool:
        return any(contact["kind"] == kind for contact in self.person.contacts)

    @property
    def living_devices(self) -> list[Row]:
        oldest = self.world.system_now - timedelta(days=270)
        return [one for one in self.person.devices if one["token_kind"] and one["refreshed_at"] > oldest]

    def moved(self, kind: str, account: str) -> int:
        return sum(
            entry["points"]
            for one in self.person.transactions
            if one["kind"] == kind and one["effective_at"] >= self.since
            for entry in self.person.entries[one["id"]]
            if entry["account"] == account
        )

    @property
    def campaigns(self) -> list[Row]:
        return [one for one in self.person.messages if one["broadcast_id"] and one["created_at"] >= self.since]


def _kept(receipt: Row) -> int:
    return int(receipt["total_amount_minor"] - receipt["returned_amount_minor"])


def _average(asked: _Asked) -> int | None:
    kept = [_kept(receipt) for receipt in asked.receipts]
    return int(sum(kept) / len(kept) + 0.5) if kept else None


def _favourite(asked: _Asked) -> str | None:
    visits = Counter(asked.store(receipt)["code"] for receipt in asked.receipts)
    return min(visits, key=lambda code: (-visits[code], code)) if visits else None


def _days(asked: _Asked) -> int:
    zones = [(one["occurred_at"], ZoneInfo(asked.store(one)["zone"])) for one in asked.receipts]
    return len({at.astimezone(zone).date() for at, zone in zones})


def _burning(asked: _Asked) -> int:
    return sum(
        lot["points_remaining"]
        for lot in asked.person.lots
        if lot["state"] == "available" and lot["expires_at"] is not None and lot["expires_at"] <= asked.until
    )


def _spent_on(asked: _Asked, column: str) -> int:
    return sum(line["amount_minor"] - line["returned_amount_minor"] for _receipt, line in asked.lines(column))


def _receipts_with(asked: _Asked, column: str) -> int:
    return len({receipt["id"] for receipt, _line in asked.lines(column)})


def _latest(moments: list[datetime]) -> datetime | None:
    return max(moments, default=None)


def _birthday(asked: _Asked) -> int | None:
    """Days from today to the next birthday; 29 February is kept on 28 February in other years."""
    if not asked.person.member.get("birthday"):
        return None
    month, day = map(int, asked.person.member["birthday"].split("-"))
    today = asked.world.at.astimezone(ZoneInfo(asked.world.zone)).date()
    for year in (today.year, today.year + 1):
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        kept = date(year, month, 28 if (month, day) == (2, 29) and not leap else day)
        if kept >= today:
            return (kept - today).days
    raise AssertionError("within two years everybody has a birthday")


ATTRIBUTES: dict[str, Callable[[_Asked], Any]] = {
    "joined": lambda asked: asked.person.member["joined_at"],
    "language": lambda asked: asked.person.member["locale"],
    "joined_by": lambda asked: asked.person.member["source"],
    "birthday_in_days": _birthday,
    "has_phone": lambda asked: asked.has("phone"),
    "has_email": lambda asked: asked.has("email"),
    "has_app": lambda asked: bool(asked.living_devices),
    "devices": lambda asked: len(asked.person.devices),
    "agreed_push": lambda asked: asked.agreed("push"),
    "agreed_email": lambda asked: asked.agreed("email"),
    "agreed_sms": lambda asked: asked.agreed("sms"),
    "reachable_push": lambda asked: asked.agreed("push") and bool(asked.living_devices),
    "reachable_email": lambda asked: asked.agreed("email") and asked.has("email"),
    "reachable_sms": lambda asked: asked.agreed("sms") and asked.has("phone"),
    "purchases": lambda asked: len(asked.receipts),
    "spend": lambda asked: sum(_kept(receipt) for receipt in asked.receipts),
    "average_receipt": _average,
    "last_purchase": lambda asked: _latest([one["occurred_at"] for one in asked.person.receipts]),
    "first_purchase": lambda asked: min((one["occurred_at"] for one in asked.person.receipts), default=None),
    "returned_purchases": lambda asked: sum(one["returned_amount_minor"] > 0 for one in asked.receipts),
    "visits": _days,
    "stores_visited": lambda asked: len({one["store_id"] for one in asked.receipts}),
    "regions_visited": lambda asked: len({asked.store(one)["region"] for one in asked.receipts} - {None}),
    "favourite_store": _favourite,
    "purchases_in_store": lambda asked: sum(asked.store(one)["code"] == asked.parameter for one in asked.receipts),
    "purchases_in_region": lambda asked: sum(asked.store(one)["region"] == asked.parameter for one in asked.receipts),
    "bought_category": lambda asked: _receipts_with(asked, "category"),
    "spent_on_category": lambda asked: _spent_on(asked, "category"),
    "bought_sku": lambda asked: _receipts_with(asked, "sku"),
    "spent_on_sku": lambda asked: _spent_on(asked, "sku"),
    "points": lambda asked: asked.person.balance["available"] if asked.person.balance else 0,
    "points_pending": lambda asked: asked.person.balance["pending"] if asked.person.balance else 0,
    "points_earned": lambda asked: -asked.moved("accrual", "issued"),
    "points_spent": lambda asked: asked.moved("spend", "redeemed"),
    "points_burning": _burning,
    "friends_joined": lambda asked: sum(one["joined_at"] >= asked.since for one in asked.person.brought),
    "friends_rewarded": lambda asked: sum(
        one["status"] == "rewarded" and one["qualified_at"] is not None and one["qualified_at"] >= asked.since
        for one in asked.person.brought
    ),
    "brought_by_friend": lambda asked: bool(asked.person.brought_by),
    "tier": lambda asked: max((one["tier"] for one in asked.person.standings), default=None),
    "tier_since": lambda asked: _latest([one["since"] for one in asked.person.standings]),
    "orders": lambda asked: sum(one["ordered_at"] >= asked.since for one in asked.person.orders),
    "coupons_unused": lambda asked: sum(one["state"] in {"ordered", "issued"} for one in asked.person.orders),
    "last_order": lambda asked: _latest([one["ordered_at"] for one in asked.person.orders]),
    "campaigns_received": lambda asked: len(asked.campaigns),
    "campaigns_read": lambda asked: sum(one["read_at"] is not None for one in asked.campaigns),
    "last_campaign": lambda asked: _latest([one["created_at"] for one in asked.person.messages if one["broadcast_id"]]),
}
