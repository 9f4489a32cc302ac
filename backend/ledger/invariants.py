"""What must hold in a member's book: pure checks of a book as it was read from the database."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.ledger.book import CREDITED_BY, MEMBER_ACCOUNTS, PROGRAMME_ACCOUNTS
from backend.ledger.documents import leaf_hash

ACCOUNTS_MOVED = {
    "accrual": {"pending", "available", "debt", "issued"},
    "release": {"pending", "available", "debt"},
    "reserve": {"available", "reserved"},
    "spend": {"available", "reserved", "redeemed"},
    "cancel": {"available", "reserved", "debt"},
    "return": {"pending", "available", "debt", "reversed", "redeemed"},
    "expiry": {"available", "expired"},
    "adjustment": {"available", "debt", "adjusted"},
    "transfer": {"pending", "available", "debt", "transferred"},
    "import": {"pending", "available", "debt", "imported"},
}
"""The accounts that a transaction of each kind may move."""


@dataclass(slots=True)
class WrittenBook:
    """A member's book as the database has it: the balance, all transactions as documents, the lots as they stand."""

    member_id: UUID
    balance: dict[str, int] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    """In the order of their numbers."""
    lots: dict[str, dict[str, Any]] = field(default_factory=dict)
    leaves: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The sealed transactions: their numbers and the hashes (hexadecimal) of their documents when they were sealed."""
    strays: list[str] = field(default_factory=list)
    """Transactions with an entry or a movement that belongs to somebody else."""


Check = Callable[[WrittenBook], Iterator[str]]
"""Yields the transactions or lots that violate an invariant, or the member's id where the whole book does."""


def entries_sum_to_zero(book: WrittenBook) -> Iterator[str]:
    """A transaction without entries is none."""
    for event in book.transactions:
        if not event["entries"] or sum(entry["points"] for entry in event["entries"]):
            yield event["id"]


def kinds_move_their_own_accounts(book: WrittenBook) -> Iterator[str]:
    """The programme's side stores no balance, the member's side always does."""
    for event in book.transactions:
        declared = ACCOUNTS_MOVED.get(event["kind"], set())
        if any(
            entry["account"] not in declared
            or (entry["account"] in PROGRAMME_ACCOUNTS) != (entry["balance_after"] is None)
            for entry in event["entries"]
        ):
            yield event["id"]


def balances_follow_one_another(book: WrittenBook) -> Iterator[str]:
    """The balance after each entry is the balance before it and its points."""
    held: Counter[str] = Counter()
    for event in book.transactions:
        for entry in event["entries"]:
            if entry["account"] in MEMBER_ACCOUNTS:
                held[entry["account"]] += entry["points"]
                if entry["balance_after"] != held[entry["account"]]:
                    yield event["id"]


def balance_is_the_sum_of_entries(book: WrittenBook) -> Iterator[str]:
    """Account by account."""
    summed: Counter[str] = Counter()
    for event in book.transactions:
        for entry in event["entries"]:
            summed[entry["account"]] += entry["points"]
    if any(book.balance.get(account) != summed[account] for account in MEMBER_ACCOUNTS):
        yield str(book.member_id)


def numbers_have_no_gap(book: WrittenBook) -> Iterator[str]:
    """From one to the count that the balance keeps."""
    count = book.balance.get("transactions_count", 0)
    if [event["number"] for event in book.transactions] != list(range(1, count + 1)):
        yield str(book.member_id)


def lots_equal_the_balance(book: WrittenBook) -> Iterator[str]:
    """What is left of pending and of available lots, and what is set aside in them."""
    held: Counter[str] = Counter()
    for lot in book.lots.values():
        held[lot["state"]] += lot["points_remaining"]
        held["reserved"] += lot["points_reserved"]
    if any(book.balance.get(account) != held[account] for account in ("pending", "available", "reserved")):
        yield str(book.member_id)


def credits_have_their_lots(book: WrittenBook) -> Iterator[str]:
    """A lot was credited with what its transaction took from the programme; no earning is without one."""
    for event in book.transactions:
        credited = -sum(e["points"] for e in event["entries"] if e["account"] == CREDITED_BY.get(event["kind"]))
        lot = event["lot"]
        if (lot is not None and lot["points"] != credited) or (
            lot is None and credited and event["kind"] in {"accrual", "import"}
        ):
            yield event["id"]


def lots_are_what_moved(book: WrittenBook) -> Iterator[str]:
    """What is left of a lot is what it was credited with and all movements since."""
    remaining: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    for event in book.transactions:
        for movement in event["lot_movements"]:
            remaining[movement["lot_id"]] += movement["points_remaining_change"]
            reserved[movement["lot_id"]] += movement["points_reserved_change"]
    for lot_id, lot in book.lots.items():
        if lot["points_remaining"] != lot["points"] + remaining[lot_id] or lot["points_reserved"] != reserved[lot_id]:
            yield lot_id


def lots_burn_when_they_should(book: WrittenBook) -> Iterator[str]:
    """On the day that they were credited with, or to which activity last moved it."""
    moved_to = {
        movement["lot_id"]: movement["expires_at_after"]
        for event in book.transactions
        for movement in event["lot_movements"]
        if movement["expires_at_after"] is not None
    }
    for lot_id, lot in book.lots.items():
        if lot["expires_at"] != moved_to.get(lot_id, lot["credited_expires_at"]):
            yield lot_id


def movements_stay_in_the_book(book: WrittenBook) -> Iterator[str]:
    """Entries and movements are their transaction's member's, and so are the lots that they move."""
    yield from book.strays
    for event in book.transactions:
        if any(movement["lot_id"] not in book.lots for movement in event["lot_movements"]):
            yield event["id"]


def sealed_transactions_are_unchanged(book: WrittenBook) -> Iterator[str]:
    """Each is there, at its number, and its document still has the hash that was sealed."""
    written = {event["id"]: event for event in book.transactions}
    for transaction_id, (number, sealed_hash) in book.leaves.items():
        event = written.get(transaction_id)
        if event is None or event["number"] != number or leaf_hash(event).hex() != sealed_hash:
            yield transaction_id


def nothing_is_added_behind_a_seal(book: WrittenBook) -> Iterator[str]:
    """Up to the last sealed number there is no transaction that was not sealed."""
    sealed_up_to = max((number for number, _hash in book.leaves.values()), default=0)
    for event in book.transactions:
        if event["number"] <= sealed_up_to and event["id"] not in book.leaves:
            yield event["id"]


INVARIANTS: dict[str, Check] = {
    "entries of every transaction sum to zero": entries_sum_to_zero,
    "each kind of transaction moves its own accounts": kinds_move_their_own_accounts,
    "balances equal the sum of their entries": balance_is_the_sum_of_entries,
    "balances after each entry follow one another": balances_follow_one_another,
    "every book is numbered without a gap": numbers_have_no_gap,
    "lots equal balances": lots_equal_the_balance,
    "every credit has its lot": credits_have_their_lots,
    "every lot is what it was credited with and what moved since": lots_are_what_moved,
    "every lot burns on its day": lots_burn_when_they_should,
    "nothing reaches into another member's book": movements_stay_in_the_book,
    "sealed transactions are as they were sealed": sealed_transactions_are_unchanged,
    "nothing was added behind a seal": nothing_is_added_behind_a_seal,
}


def violations(book: WrittenBook) -> dict[str, list[str]]:
    """The invariants that do not hold in this book, and where."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, check in INVARIANTS.items():
        for place in check(book):
            if place not in found[name]:
                found[name].append(place)
        if not found[name]:
            del found[name]
    return dict(found)
