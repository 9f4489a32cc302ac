"""What is sealed: the document of a transaction and the document of a seal, and the hashes that are made of them.

A document's bytes are its JSON with keys in order, no spaces, and every letter as itself, in UTF-8; moments are UTC
with microseconds. Anybody can make them again without Molva: the engineer's guide shows how.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
LEAF, NODE = b"\x00", b"\x01"
"""What stands before a leaf's document and before a node's two hashes (RFC 9162): neither passes for the other."""

NO_SEAL_BEFORE = bytes(32)


def moment(column: str) -> str:
    """The SQL of a column's moment as documents write it."""
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


# Only what never changes stands in it: what is left of a lot is the sum of the movements, which are sealed each.
DOCUMENT = f"""
jsonb_build_object(
    'id', event.id, 'member_id', event.member_id, 'number', event.number, 'kind', event.kind,
    'natural_key', event.natural_key, 'effective_at', {moment("event.effective_at")},
    'recorded_at', {moment("event.recorded_at")}, 'wording', event.wording, 'facts', event.facts,
    'programme', event.programme, 'programme_version', event.programme_version, 'rule', event.rule,
    'receipt_id', event.receipt_id, 'referral_id', event.referral_id, 'reverses_id', event.reverses_id,
    'entries', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'account', entry.account, 'points', entry.points, 'balance_after', entry.balance_after
        ) ORDER BY entry.account COLLATE "C")
        FROM ledger_entries AS entry WHERE entry.transaction_id = event.id
    ), '[]'),
    'lot', (
        SELECT jsonb_build_object(
            'points', lot.points, 'available_at', {moment("lot.available_at")},
            'expires_at', {moment("lot.credited_expires_at")}, 'programme', lot.programme
        )
        FROM ledger_lots AS lot WHERE lot.transaction_id = event.id
    ),
    'lot_movements', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'lot_id', movement.lot_id, 'points_remaining_change', movement.points_remaining_change,
            'points_reserved_change', movement.points_reserved_change,
            'expires_at_after', {moment("movement.expires_at_after")}
        ) ORDER BY movement.lot_id)
        FROM ledger_lot_movements AS movement WHERE movement.transaction_id = event.id
    ), '[]')
)
"""  # noqa: S608 - our own words alone
"""The SQL of the document of the transaction `event`."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain; `hash` is of its own document, which names the hash before."""

    number: int
    transactions_count: int
    merkle_root: bytes
    previous_hash: bytes
    hash: bytes
    sealed_at: datetime

    def document(self) -> dict[str, Any]:
        """What its hash is made of."""
        return {
            "number": self.number,
            "transactions_count": self.transactions_count,
            "merkle_root": self.merkle_root.hex(),
            "previous_hash": self.previous_hash.hex(),
            "sealed_at": self.sealed_at.astimezone(UTC).strftime(MOMENT),
        }


def canonical(document: dict[str, Any]) -> bytes:
    """The document's bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_hash(document: dict[str, Any]) -> bytes:
    """The hash of a transaction's document."""
    return hashlib.sha256(LEAF + canonical(document)).digest()


def seal_hash(document: dict[str, Any]) -> bytes:
    """The hash of a seal's document."""
    return hashlib.sha256(canonical(document)).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """The root of the Merkle tree over the hashes of a segment's transactions, in their order (RFC 9162, 2.1.1)."""
    level = leaves
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def merkle_path(leaves: list[bytes], position: int) -> list[tuple[str, bytes]]:
    """What leads from one leaf to the root: at each step the neighbour's side, `left` or `right`, and its hash."""
    path, level = [], leaves
    while len(level) > 1:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < position else "right", level[neighbour]))
        level, position = _level_above(level), position // 2
    return path


def _level_above(level: list[bytes]) -> list[bytes]:
    pairs = [hashlib.sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    # The last of an odd number has no neighbour and goes up as it is.
    return pairs + level[len(pairs) * 2 :]
