"""`redeem_http_vs_pgbench`: points paid at the till by reserve and confirm, against pgbench on the product's SQL.

The value: wrk with 16 connections sets points aside by fresh codes of 20,000 members, each code once, and confirms
every reservation that it was answered; a redemption is the pair of requests. Codes, the check that each is spent once,
lots, explanation and outbox are included; commits are durable.

The reference: `pgbench -M prepared -c 16 -j 2` runs the statements of one such pair as two transactions, the very texts
that the product runs, with arrays of one element. Both sides take turns on one database.
"""

import os
import statistics
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import psycopg
from rich.console import Console
from sqlalchemy.orm import Session

from backend.app import create_app
from backend.ledger import service as ledger
from backend.ledger.book import Cause
from backend.ledger.statements import HELD_BY_RESERVATIONS, LOCK_BALANCES, OPEN_LOTS, POST, POST_LOT_CHANGES
from backend.members import card_code, cards
from backend.members import queries as members
from backend.members.personal_data import personal_data
from backend.notifications import service as notifications
from backend.programmes import queries as programmes
from backend.shared.clock import business_now, system_now
from backend.shared.db import db, run_transaction
from backend.till.statements import FIND, HOLD, LOOK, RESOLVE
from tests.bench import http_load, pgbench
from tests.bench.installation import Installation, installation, web_server
from tests.bench.measurement import Measurement

MEMBERS = 20_000
POINTS_EACH = 1_000_000
ROUNDS = 3
ROUND_SECONDS = 12
WARM_UP_SECONDS = 6
# More than a round can use; each is spent once.
CODES_A_ROUND = 30_000

Keys = list[tuple[bytes, bytes]]
"""Id and secret of the key with which each member's codes are made."""

_WRK_SCRIPT = """
local number, confirmed, waiting = 0, 0, {{}}
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {till_key}"
local codes = io.open("{codes}")
request = function()
  local reservation = table.remove(waiting)
  if reservation then
    return wrk.format(nil, "/api/v1/till/reservations/" .. reservation .. "/confirm", nil, "{{}}")
  end
  number = number + 1
  local body = '{{"external_id":"{round}-' .. number .. '","code":"' .. codes:read() ..
    '","points":100,"amount":70000}}'
  return wrk.format(nil, "/api/v1/till/reservations", nil, body)
end
response = function(status, headers, body)
  if status == 201 then table.insert(waiting, body:match('"id":%s*"([^"]+)"')) end
end
"""


def redeem_http_vs_pgbench(var: Path, console: Console) -> Measurement:
    """The benchmark.

    Raises:
        CannotMeasure: wrk is not installed.
    """
    http_load.require_wrk()
    http, reference, latencies = [], [], []
    with installation(var / "redeem", members=MEMBERS) as installed:
        keys = _prepare(installed)
        script = _pgbench_script(installed)
        with web_server(installed, workers=http_load.WEB_WORKERS, threads=http_load.WEB_THREADS):
            _http_round(installed, keys, "warm-up", WARM_UP_SECONDS)
            installed.refresh_statistics()
            for number in range(ROUNDS):
                rate, p99_ms = _http_round(installed, keys, f"round-{number}", ROUND_SECONDS)
                http.append(rate)
                latencies.append(p99_ms)
                reference.append(pgbench.run(installed, script, number=number + 1, seconds=ROUND_SECONDS))
                console.print(f"round {number + 1}: {http[-1]:,.0f} over HTTP, {reference[-1]:,.0f} by pgbench")
    return Measurement(
        name="redeem_http_vs_pgbench",
        value=statistics.median(http),
        reference=statistics.median(reference),
        unit="redemptions/s",
        notes=(f"p99 {statistics.median(latencies):.0f} ms for each request, with {http_load.CLIENTS} clients",),
    )


def _http_round(installed: Installation, keys: Keys, name: str, seconds: int) -> tuple[float, float]:
    """Redemptions a second, counted by the database, and the latency in ms that 99 % of the requests stay under."""
    codes = installed.settings.var / "codes.txt"
    step = card_code.step_at(system_now())
    texts = (card_code.encode_by_server(*keys[number % MEMBERS], step=step) for number in range(CODES_A_ROUND))
    codes.write_text("\n".join(texts) + "\n", encoding="ascii")
    before = _confirmed(installed)
    script = _WRK_SCRIPT.format(till_key=installed.till_key, codes=codes, round=name)
    came = http_load.run(installed, script, seconds=seconds)
    return (_confirmed(installed) - before) / seconds, came.p99_ms


def _confirmed(installed: Installation) -> int:
    with psycopg.connect(installed.postgres.url) as connection:
        row = connection.execute("SELECT count(*) FROM reservations WHERE status = 'confirmed'").fetchone()
    return int(row[0]) if row else 0


def _prepare(installed: Installation) -> Keys:
    """Gives every member a key to make codes with, and points."""
    app = create_app(installed.settings)
    keys: Keys = []
    with app.app_context(), psycopg.connect(installed.postgres.url) as connection:
        member_ids = [UUID(int=number) for number in range(1, MEMBERS + 1)]
        wrapped, key_rows = [], []
        for number, member_id in enumerate(member_ids, start=1):
            fresh = personal_data().new_member_key(member_id)
            key_id = number.to_bytes(card_code.SERVER_KEY_ID_BYTES, "big").ljust(card_code.DEVICE_ID_BYTES, b"\0")
            secret = os.urandom(card_code.SECRET_BYTES)
            keys.append((key_id, secret))
            wrapped.append((fresh.key_ciphertext, member_id))
            key_rows.append((key_id, member_id, fresh.key.seal(secret, place=cards.secret_place(key_id)), system_now()))
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE members SET key_ciphertext = %s WHERE id = %s", wrapped)
            cursor.executemany(
                "INSERT INTO card_keys (device_id, member_id, secret_ciphertext, created_at) VALUES (%s, %s, %s, %s)",
                key_rows,
            )
        connection.commit()
        for start in range(0, MEMBERS, 5_000):
            run_transaction(partial(_give_points, member_ids=member_ids[start : start + 5_000]))
        db.engine.dispose()
    installed.refresh_statistics()
    return keys


def _give_points(session: Session, *, member_ids: list[UUID]) -> None:
    books = ledger.open_books(session, member_ids)
    now = business_now()
    for member_id, book in books.items():
        cause = Cause(
            natural_key=f"bench:{member_id}",
            effective_at=now,
            recorded_at=now,
            wording="ledger.import",
            programme="zerno",
        )
        expires_at = now + timedelta(days=365)
        book.accrue(cause, points=POINTS_EACH, available_at=now, expires_at=expires_at, kind="import")
    ledger.write(session, books.values())


MEMBER = "lpad(to_hex(:m::bigint), 32, '0')::uuid"
RESERVATION, RECEIPT, RESERVE, SPEND, MESSAGE, DELIVERY = (pgbench.identifier(place) for place in range(6))
KEY = "('pgbench-' || :run::bigint || '-' || :client_id::bigint || '-' || :n::bigint)"
KEY_ID = "decode(lpad(to_hex(:m::bigint), 8, '0') || '00000000', 'hex')"
CODE_ID = "decode(lpad(to_hex(:run::bigint * 100000000 + :n::bigint * 64 + :client_id::bigint), 16, '0'), 'hex')"
FACTS = '{"store": {"ru": "Покровка, 12", "en": "Pokrovka 12"}, "points": -100}'


def _pgbench_script(installed: Installation) -> Path:
    """The product's statements for one redemption, with pgbench's variables in the place of parameters."""
    at = business_now()
    later = f'="{(at + timedelta(days=300)).isoformat()}"'
    now, moment = f'="{at.isoformat()}"', f"'{at.isoformat()}'::timestamptz"
    path = installed.settings.var / "redeem.pgbench"
    known = f"{' '.join(programmes.VERSIONS.split())};"
    lock = pgbench.filled(LOCK_BALANCES, {"member_ids": f"ARRAY[{MEMBER}]"}, read="")
    open_lots = pgbench.filled(OPEN_LOTS, {"member_ids": f"ARRAY[{MEMBER}]"}, read="lot_")
    steps = [
        "\\set n :n + 1",
        f"\\set m random(1, {MEMBERS})",
        "BEGIN;",
        known,
        pgbench.filled(cards.KEYS_OF_CODES, positional=[f"ARRAY[{KEY_ID}]"]),
        lock,
        open_lots,
        pgbench.filled(
            LOOK,
            {
                "store_ids": f"ARRAY['{installed.store_id}'::uuid]",
                "external_ids": f"ARRAY[{KEY}]",
                "device_ids": f"ARRAY[{CODE_ID}]",
                "code_steps": "ARRAY[:run::bigint]",
            },
        ),
        pgbench.filled(HOLD, {"reservations": pgbench.rows(_reservation(installed, now, later))}),
        *_posted("reserve", RESERVE, now, available=-100, reserved=100),
        "END;",
        "BEGIN;",
        pgbench.filled(FIND, {"ids": f"ARRAY[{RESERVATION}]"}),
        lock,
        open_lots,
        pgbench.filled(
            RESOLVE,
            {
                "now": moment,
                "resolutions": pgbench.rows(
                    {"id": RESERVATION, "status": '="confirmed"', "points_spent": "=100", "has_receipt": "=false"}
                ),
            },
        ),
        pgbench.filled(HELD_BY_RESERVATIONS, {"transaction_ids": f"ARRAY[{RESERVE}]"}),
        known,
        *_posted("spend", SPEND, now, available=0, reserved=-100),
        pgbench.filled(
            members.PUSH_DEVICE_IDS,
            positional=[f"ARRAY[{MEMBER}]", f"{moment} - interval '270 days'"],
            read="",
        ),
        pgbench.filled(notifications.TELL, {"now": moment} | _told()),
        "END;",
    ]
    path.write_text("\n".join(steps) + "\n", encoding="utf-8")
    return path


def _reservation(installed: Installation, now: str, later: str) -> dict[str, str]:
    return {
        "id": RESERVATION,
        "store_id": f'="{installed.store_id}"',
        "external_id": KEY,
        "member_id": MEMBER,
        "device_id": f"'\\\\x' || encode({CODE_ID}, 'hex')",
        "code_step": ":run::bigint",
        "status": '="held"',
        "points": "=100",
        "amount_minor": "=70000",
        "currency": '="RUB"',
        "programme": '="zerno"',
        "programme_version": "=1",
        "point_value_minor": "=100",
        "maximum_share_basis_points": "=10000",
        "reserve_id": RESERVE,
        "receipt_id": RECEIPT,
        "reserved_at": now,
        "expires_at": later,
        "answer": f"={FACTS}",
    }


def _posted(kind: str, event: str, now: str, *, available: int, reserved: int) -> list[str]:
    """The ledger's part: the transaction with its legs, the balance, and what changed in the lot."""
    entry = {"transaction_id": event, "member_id": MEMBER}
    transaction = {
        "id": event,
        "member_id": MEMBER,
        "number": "(:transactions_count::bigint + 1)",
        "kind": f'="{kind}"',
        "natural_key": f"('{kind}:' || {KEY})",
        "effective_at": now,
        "recorded_at": now,
        "wording": f'="till.{kind}"',
        "facts": f"={FACTS}",
        "programme": '="zerno"',
        "programme_version": "=1",
        "receipt_id": RECEIPT,
    }
    first, second = ("available", "reserved") if kind == "reserve" else ("redeemed", "reserved")
    after = {
        "available": f"(:available::bigint + {available})",
        "reserved": f"(:reserved::bigint + {reserved})",
        "redeemed": "=null",
    }
    legs = [
        entry | {"account": f'="{first}"', "points": f"={-reserved}", "balance_after": after[first]},
        entry | {"account": f'="{second}"', "points": f"={reserved}", "balance_after": after[second]},
    ]
    balance = {
        "member_id": MEMBER,
        "pending": ":pending::bigint",
        "available": after["available"],
        "reserved": after["reserved"],
        "debt": ":debt::bigint",
        "transactions_count": "(:transactions_count::bigint + 1)",
    }
    lot = {
        "transaction_id": ":lot_transaction_id",
        "state": '="available"',
        "points_remaining": f"(:lot_points_remaining::bigint + {available})",
        "points_reserved": f"(:lot_points_reserved::bigint + {reserved})",
        "expires_at": ":lot_expires_at",
    }
    movement = {
        "transaction_id": event,
        "lot_id": ":lot_transaction_id",
        "member_id": MEMBER,
        "points_remaining_change": f"={available}",
        "points_reserved_change": f"={reserved}",
    }
    return [
        pgbench.filled(
            POST,
            {
                "transactions": pgbench.rows(transaction),
                "entries": pgbench.rows(*legs),
                "lots": "'[]'",
                "balances": pgbench.rows(balance),
            },
        ),
        pgbench.filled(POST_LOT_CHANGES, {"lots": pgbench.rows(lot), "movements": pgbench.rows(movement)}),
    ]


def _told() -> dict[str, str]:
    message = {
        "id": MESSAGE,
        "member_id": MEMBER,
        "kind": '="points_spent"',
        "facts": f"={FACTS}",
        "natural_key": KEY,
    }
    delivery = {
        "id": DELIVERY,
        "member_id": MEMBER,
        "source_id": MESSAGE,
        "device_id": "trim(both '{}' from :device_ids)",
        "channel": '="push"',
        "marketing": "=false",
    }
    return {"messages": pgbench.rows(message), "deliveries": pgbench.rows(delivery)}
