"""Bringing the balances of an earlier programme: members are found or made, and get a lot for each row of the file.

Each batch of rows is one durable transaction, and a row's key makes a repetition harmless: an import that was killed in
the middle and is started again ends in the same state as one that ran through. Nobody is sent a message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.ledger import opening_balances
from backend.ledger.opening_balances import OpeningBalance
from backend.members import service as members
from backend.members.service import Address
from backend.programmes.earning import expires_at
from backend.programmes.programme import Programme
from backend.shared.db import run_transaction
from backend.till.balances_file import BadRow, BalanceRow, Who

BATCH_ROWS = 5_000

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """By what the rows are judged: the programme, the shop's zone and language, and the moment of the import."""

    programme: Programme
    zone: str
    locale: str
    at: datetime


@dataclass(slots=True)
class Preview:
    """What an import would do."""

    bad: list[BadRow] = field(default_factory=list)
    members_known: int = 0
    members_new: int = 0
    repeated: set[int] = field(default_factory=set)
    """The lines that were imported before."""
    points_repeated: int = 0


@dataclass(slots=True)
class Imported:
    """What an import did, and what the ledger has of its rows afterwards."""

    rows: int = 0
    points: int = 0
    points_pending: int = 0
    rows_in_ledger: int = 0
    points_in_ledger: int = 0


def look(rows: Sequence[BalanceRow], terms: Terms, progress: Progress) -> Preview:
    """What importing these rows would do, and which of them the programme or the database cannot take. Writes nothing.

    `progress` is told each batch's number of rows.
    """
    preview = Preview()
    is_known: dict[Who, bool] = {}
    for batch in _batches(rows):
        run_transaction(partial(_look, batch=batch, terms=terms, preview=preview, is_known=is_known))
        progress(len(batch))
    preview.members_known = sum(is_known.values())
    preview.members_new = len(is_known) - preview.members_known
    return preview


def import_rows(rows: Sequence[BalanceRow], terms: Terms, progress: Progress) -> Imported:
    """Records the rows that were not recorded before, and asks the ledger after each batch what it has of it."""
    done = Imported()
    for batch in _batches(rows):
        brought, new = run_transaction(partial(_record, batch=batch, terms=terms))
        done.rows += len(new)
        done.points += sum(one.points for one in new)
        done.points_pending += sum(one.points for one in new if one.available_at > terms.at)
        rows_in_ledger, points_in_ledger = run_transaction(partial(opening_balances.totals, balances=brought))
        done.rows_in_ledger += rows_in_ledger
        done.points_in_ledger += points_in_ledger
        progress(len(batch))
    return done


def _look(
    session: Session, *, batch: Sequence[BalanceRow], terms: Terms, preview: Preview, is_known: dict[Who, bool]
) -> None:
    known = _find(session, batch)
    recorded = opening_balances.recorded(session, _balances(batch, known, terms))
    for row in batch:
        member_id = known.get(row.who)
        before = None if member_id is None else recorded.get((member_id, row.key))
        reason = _reason(row, terms, is_member=member_id is not None, points_before=before)
        if reason is not None:
            preview.bad.append(BadRow(row.line, reason))
            continue
        is_known[row.who] = member_id is not None
        if before is not None:
            preview.repeated.add(row.line)
            preview.points_repeated += before


def _reason(row: BalanceRow, terms: Terms, *, is_member: bool, points_before: int | None) -> str | None:
    """Why a row cannot be taken."""
    if not is_member and row.who[0] == "card":
        return "nobody has this card number"
    if points_before is not None:
        return None if points_before == row.points else f"it was imported before with {points_before:,} points"
    burns_at = _burns_at(row, terms)
    if burns_at is not None and burns_at <= terms.at:
        by = "" if row.burning else " by the programme's terms; if they live on, say so in `expires_at`"
        return f"its points burnt on {burns_at.date()}{by}"
    return None


def _record(
    session: Session, *, batch: Sequence[BalanceRow], terms: Terms
) -> tuple[list[OpeningBalance], list[OpeningBalance]]:
    """All balances of the batch, and those that were not there before."""
    brought = _balances(batch, _enrol(session, batch, terms), terms)
    programme = terms.programme
    new = opening_balances.record(
        session, brought, programme=programme.programme, programme_version=programme.version, at=terms.at
    )
    return brought, new


def _find(session: Session, batch: Sequence[BalanceRow]) -> dict[Who, UUID]:
    """Whom the rows name, as far as they are members."""
    named = _named(batch)
    return _by_who(
        cards=_holders(session, named["card"]),
        external_ids=members.members_of_external_ids(session, named["external_id"]) if named["external_id"] else {},
        addresses=members.members_of_addresses(session, named["address"]) if named["address"] else {},
    )


def _enrol(session: Session, batch: Sequence[BalanceRow], terms: Terms) -> dict[Who, UUID]:
    """Whom the rows name; whoever is named by an address or by another system's identifier is made a member."""
    named, locale, zone = _named(batch), terms.locale, terms.zone
    external_ids = members.enrol_external(
        session, external_ids=named["external_id"], joined_at=terms.at, locale=locale, zone=zone
    )
    addresses = members.enrol_addresses(session, addresses=named["address"], locale=locale, zone=zone)
    return _by_who(cards=_holders(session, named["card"]), external_ids=external_ids, addresses=addresses)


def _holders(session: Session, cards: Sequence[str]) -> dict[str, UUID]:
    resolved = zip(cards, members.resolve_codes(session, cards), strict=True) if cards else ()
    return {card: one.member_id for card, one in resolved if one is not None and one.kind == "card"}


def _by_who(
    *, cards: Mapping[str, UUID], external_ids: Mapping[str, UUID], addresses: Mapping[Address, UUID]
) -> dict[Who, UUID]:
    by_who: dict[Who, UUID] = {("card", card): member_id for card, member_id in cards.items()}
    by_who |= {("external_id", external_id): member_id for external_id, member_id in external_ids.items()}
    return by_who | {(address.kind, address): member_id for address, member_id in addresses.items()}


def _named(batch: Sequence[BalanceRow]) -> dict[str, list[Any]]:
    """Card numbers, external ids and addresses, each once."""
    named: dict[str, dict[Any, None]] = {"card": {}, "external_id": {}, "address": {}}
    for row in batch:
        identifier, who = row.who
        named["address" if isinstance(who, Address) else identifier][who] = None
    return {kind: list(ones) for kind, ones in named.items()}


def _balances(batch: Sequence[BalanceRow], known: dict[Who, UUID], terms: Terms) -> list[OpeningBalance]:
    return [
        OpeningBalance(
            member_id=known[row.who],
            key=row.key,
            points=row.points,
            available_at=row.available_at or terms.at,
            expires_at=_burns_at(row, terms),
            note=row.note,
        )
        for row in batch
        if row.who in known
    ]


def _burns_at(row: BalanceRow, terms: Terms) -> datetime | None:
    if row.burning is not None:
        return row.burning.at
    return expires_at(terms.programme, row.available_at or terms.at, zone=terms.zone)


def _batches(rows: Sequence[BalanceRow]) -> Iterator[Sequence[BalanceRow]]:
    return (rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS))
