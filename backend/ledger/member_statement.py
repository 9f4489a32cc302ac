"""A member's statement: what was there, what happened in a period, what is there now, and the proof of each row.

A row's proof is its document, whose hash leads by the Merkle path to the root that a seal holds. Nobody else's rows
are needed to follow it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from flask_babel import gettext as _
from psycopg.rows import class_row
from sqlalchemy.orm import Session

from backend.ledger import queries
from backend.ledger.book import MEMBER_ACCOUNTS
from backend.ledger.documents import DOCUMENT, Seal, leaf_hash, merkle_path
from backend.ledger.queries import Balance, Dating
from backend.members import queries as members
from backend.members.errors import UnknownMember
from backend.shared import formatting, wording
from backend.shared.db import driver_connection
from backend.shared.i18n import DEFAULT_LOCALE
from backend.shared.wording import Reader
from backend.shops.queries import the_shop

SHORT_HASH = 12
BEGINNING, END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """How a row's document leads to its seal; `agrees` is false where it is not what was sealed."""

    seal_number: int
    position: int
    leaf_hash: bytes
    path: list[tuple[str, bytes]]
    agrees: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction; `points` are what it changed of all that the member has, zero where points only moved."""

    document: dict[str, Any]
    at: datetime
    title: str
    points: int
    points_after: int
    proof: Proof | None
    """None while it is not sealed yet, which it will be within minutes."""


@dataclass(slots=True)
class Statement:
    """A member's statement of a period; both days are included."""

    member_id: UUID
    label: str
    card_masked: str
    reader: Reader
    first_day: date | None
    last_day: date | None
    dating: Dating
    opening: Balance
    closing: Balance
    rows: list[Row] = field(default_factory=list)
    seals: dict[int, Seal] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether every sealed row is as it was sealed."""
        return all(row.proof is None or row.proof.agrees for row in self.rows)


_ROWS = f"""
SELECT dated.at, {DOCUMENT}, leaf.seal_number, leaf.position, leaf.hash
FROM ledger_transactions AS event
CROSS JOIN LATERAL (
    SELECT CASE %(dating)s WHEN 'recorded' THEN event.recorded_at ELSE event.effective_at END AS at
) AS dated
LEFT JOIN ledger_sealed_transactions AS leaf ON leaf.member_id = event.member_id AND leaf.number = event.number
WHERE event.member_id = %(member_id)s AND dated.at >= %(since)s AND dated.at < %(until)s
ORDER BY dated.at, event.number
"""  # noqa: S608 - our own words alone
_SEALS = "SELECT * FROM ledger_seals WHERE number = ANY(%(numbers)s) ORDER BY number"
_LEAVES = """
SELECT seal_number, array_agg(hash ORDER BY position)
FROM ledger_sealed_transactions WHERE seal_number = ANY(%(numbers)s) GROUP BY seal_number
"""


def statement(
    session: Session,
    member_id: UUID,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    locale: str | None = None,
    dating: Dating = "effective",
) -> Statement:
    """The member's statement from the first day to the last, in the member's zone; without days, of everything.

    Raises:
        UnknownMember: there is no such member.
    """
    label = members.labels(session, [member_id]).get(member_id)
    if label is None:
        raise UnknownMember
    reader = members.readers(session, [member_id]).get(member_id) or Reader(DEFAULT_LOCALE, the_shop(session).zone)
    reader = Reader(locale or reader.locale, reader.zone)
    since = _midnight(first_day, reader) if first_day else BEGINNING
    until = _midnight(last_day + timedelta(days=1), reader) if last_day else END
    made = Statement(
        member_id=member_id,
        label=label.label,
        card_masked=label.card_masked,
        reader=reader,
        first_day=first_day,
        last_day=last_day,
        dating=dating,
        opening=queries.balance_as_of(session, member_id, since - INSTANT, dating=dating),
        closing=queries.balance_as_of(session, member_id, until - INSTANT, dating=dating),
    )
    _add_rows(session, made, since=since, until=until)
    return made


def _midnight(day: date, reader: Reader) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(reader.zone))


def _add_rows(session: Session, made: Statement, *, since: datetime, until: datetime) -> None:
    connection = driver_connection(session)
    values = {"member_id": made.member_id, "dating": made.dating, "since": since, "until": until}
    found = connection.execute(_ROWS, values).fetchall()
    numbers = sorted({seal_number for _at, _document, seal_number, *_leaf in found if seal_number is not None})
    with connection.cursor(row_factory=class_row(Seal)) as cursor:
        made.seals = {seal.number: seal for seal in cursor.execute(_SEALS, {"numbers": numbers})}
    leaves = dict(connection.execute(_LEAVES, {"numbers": numbers}).fetchall())
    held = points_held(made.opening)
    for at, document, seal_number, position, sealed_hash in found:
        points = sum(entry["points"] for entry in document["entries"] if entry["account"] in MEMBER_ACCOUNTS)
        held += points
        proof = None
        if seal_number is not None:
            path = merkle_path(leaves[seal_number], position)
            proof = Proof(seal_number, position, sealed_hash, path, leaf_hash(document) == sealed_hash)
        title = wording.render_title(document["wording"], document["facts"], made.reader)
        made.rows.append(Row(document, at, title, points, held, proof))


def points_held(balance: Balance) -> int:
    """All that a balance comes to: what is owed is taken off."""
    return balance.available + balance.pending + balance.reserved - balance.debt


def as_document(made: Statement) -> dict[str, Any]:
    """The statement as JSON; each row's `document` is what was hashed, to the letter."""
    return {
        "member_id": str(made.member_id),
        "label": made.label,
        "card": made.card_masked,
        "from": made.first_day.isoformat() if made.first_day else None,
        "to": made.last_day.isoformat() if made.last_day else None,
        "dating": made.dating,
        "opening": _balance_document(made.opening),
        "closing": _balance_document(made.closing),
        "agrees": made.agrees,
        "rows": [
            {
                "title": row.title,
                "points": row.points,
                "points_after": row.points_after,
                "document": row.document,
                "proof": _proof_document(row.proof) if row.proof else None,
            }
            for row in made.rows
        ],
        "seals": [seal.document() | {"hash": seal.hash.hex()} for seal in made.seals.values()],
    }


def _balance_document(balance: Balance) -> dict[str, int]:
    return {
        "available": balance.available,
        "pending": balance.pending,
        "reserved": balance.reserved,
        "debt": balance.debt,
        "points": points_held(balance),
    }


def _proof_document(proof: Proof) -> dict[str, Any]:
    return {
        "seal": proof.seal_number,
        "position": proof.position,
        "leaf_hash": proof.leaf_hash.hex(),
        "path": [[side, neighbour.hex()] for side, neighbour in proof.path],
        "agrees": proof.agrees,
    }


def as_text(made: Statement) -> str:
    """The statement as it is printed, in the reader's language."""
    with force_locale(made.reader.locale):
        lines = [_("Statement of points") + f" · {_who(made)}", _period(made), ""]
        lines += [_balance_line(_("At the beginning"), made.opening, made.reader), ""]
        lines += _table(made)
        lines += ["", _balance_line(_("At the end"), made.closing, made.reader), "", *_seal_lines(made)]
    return "\n".join(lines)


def _who(made: Statement) -> str:
    return made.label if made.label.endswith(made.card_masked) else f"{made.label} {made.card_masked}"


def _period(made: Statement) -> str:
    locale = made.reader.locale
    first = formatting.date(made.first_day, locale=locale) if made.first_day else _("from the first day")
    last = formatting.date(made.last_day, locale=locale) if made.last_day else _("until today")
    dated = _("by the day on which it counts") if made.dating == "effective" else _("by the day of recording")
    return f"{first} \u2013 {last}, {dated}"


def _balance_line(words: str, balance: Balance, reader: Reader) -> str:
    parts = [(_("available"), balance.available), (_("waiting"), balance.pending)]
    parts += [(_("set aside"), balance.reserved)] if balance.reserved else []
    parts += [(_("owed"), balance.debt)] if balance.debt else []
    told = ", ".join(f"{name} {formatting.count(points, locale=reader.locale)}" for name, points in parts)
    return f"{words}: {formatting.points(points_held(balance), locale=reader.locale)} ({told})"


def _table(made: Statement) -> list[str]:
    locale, zone = made.reader.locale, made.reader.zone
    if not made.rows:
        return [_("Nothing happened in these days.")]
    cells = [
        (
            formatting.date_and_time(row.at, locale=locale, zone=zone),
            row.title,
            formatting.signed(row.points, locale=locale) if row.points else "\u00b7",
            formatting.count(row.points_after, locale=locale),
            _seal_mark(row.proof),
        )
        for row in made.rows
    ]
    head = (_("Date"), _("What happened"), _("Points"), _("After it"), _("Seal"))
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if column in {2, 3} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *cells)
    ]


def _seal_mark(proof: Proof | None) -> str:
    if proof is None:
        return str(_("not sealed yet"))
    if not proof.agrees:
        return str(_("%(number)d: NOT AS IT WAS SEALED", number=proof.seal_number))
    return f"{proof.seal_number}: {proof.leaf_hash.hex()[:SHORT_HASH]}…"


def _seal_lines(made: Statement) -> list[str]:
    if not made.seals:
        return []
    locale, zone = made.reader.locale, made.reader.zone
    lines = [_("Seals (number, moment, transactions, SHA-256):")]
    for seal in made.seals.values():
        moment = formatting.date_and_time(seal.sealed_at, locale=locale, zone=zone)
        lines.append(f"{seal.number}  {moment}  {seal.transactions_count}  {seal.hash.hex()}")
    return [
        *lines,
        _("With --json each row brings its document and its path to the seal, to be checked without Molva."),
    ]
