"""What the phone remembers of the server's answers, and what it still has to tell the server."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (endpoint TEXT PRIMARY KEY, etag TEXT, json TEXT NOT NULL, fetched_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, method TEXT NOT NULL, path TEXT NOT NULL, json TEXT);
CREATE TABLE IF NOT EXISTS letters (key TEXT PRIMARY KEY, json TEXT NOT NULL);
"""


@dataclass(frozen=True)
class CachedAnswer:
    """One remembered answer."""

    document: Any
    etag: str | None
    fetched_at: datetime


@dataclass(frozen=True)
class Undelivered:
    """One change that waits for a connection."""

    id: int
    method: str
    path: str
    body: Any


class Cache:
    """A small database beside the app; used from one thread. It is a copy: a broken file is thrown away."""

    def __init__(self, file: Path) -> None:
        self._database = _opened(file)

    def get(self, endpoint: str) -> CachedAnswer | None:
        """The remembered answer of an endpoint."""
        row = self._database.execute(
            "SELECT json, etag, fetched_at FROM answers WHERE endpoint = ?", (endpoint,)
        ).fetchone()
        return CachedAnswer(json.loads(row[0]), row[1], datetime.fromisoformat(row[2])) if row else None

    def put(self, endpoint: str, document: Any, *, etag: str | None, fetched_at: datetime) -> None:
        """Remembers an answer in the place of the one before."""
        self._database.execute(
            "INSERT OR REPLACE INTO answers (endpoint, etag, json, fetched_at) VALUES (?, ?, ?, ?)",
            (endpoint, etag, json.dumps(document, ensure_ascii=False), fetched_at.isoformat()),
        )

    def still_stands(self, endpoint: str, *, fetched_at: datetime) -> None:
        """Notes that the server confirmed the remembered answer."""
        self._database.execute(
            "UPDATE answers SET fetched_at = ? WHERE endpoint = ?", (fetched_at.isoformat(), endpoint)
        )

    def add_to_outbox(self, method: str, path: str, body: Any = None) -> None:
        """Keeps a change until it can be delivered."""
        self._database.execute(
            "INSERT INTO outbox (method, path, json) VALUES (?, ?, ?)", (method, path, json.dumps(body))
        )

    def outbox(self) -> list[Undelivered]:
        """What waits, oldest first."""
        rows = self._database.execute("SELECT id, method, path, json FROM outbox ORDER BY id").fetchall()
        return [Undelivered(row[0], row[1], row[2], json.loads(row[3])) for row in rows]

    def remove_from_outbox(self, undelivered_id: int) -> None:
        """Forgets a change that was delivered or refused."""
        self._database.execute("DELETE FROM outbox WHERE id = ?", (undelivered_id,))

    def keep_letter(self, key: str, letter: Any) -> None:
        """Keeps what the person wrote, as far as it was delivered, in the place of what was kept of it before."""
        self._database.execute(
            "INSERT INTO letters (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json",
            (key, json.dumps(letter, ensure_ascii=False)),
        )

    def letters(self) -> list[Any]:
        """What the person wrote and was not delivered whole, oldest first."""
        rows = self._database.execute("SELECT json FROM letters ORDER BY rowid").fetchall()
        return [json.loads(row[0]) for row in rows]

    def remove_letter(self, key: str) -> None:
        """Forgets what was delivered, or was given up."""
        self._database.execute("DELETE FROM letters WHERE key = ?", (key,))

    def clear(self) -> None:
        """Forgets everything: the person signed out."""
        self._database.execute("DELETE FROM answers")
        self._database.execute("DELETE FROM outbox")
        self._database.execute("DELETE FROM letters")

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _opened(file: Path) -> sqlite3.Connection:
    try:
        return _connected(file)
    except sqlite3.DatabaseError:
        file.unlink(missing_ok=True)
        return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        # Losing the last second of a copy costs nothing, and waiting for the disk is felt as a stutter.
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    file.chmod(0o600)
    return database
