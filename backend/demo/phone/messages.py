"""What arrived on the demo's phones and in its mailboxes: a bounded memory with an append-only file behind it."""

import json
import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from backend.shared.clock import system_now

MESSAGES_MAX = 50_000
FILE_BYTES_MAX = 32 * 1024 * 1024
SEEN_MAX = 1_000_000


class Messages:
    """Every message that was taken, newest last. Written through to the file at once, so that a kill loses none."""

    def __init__(self, directory: Path) -> None:
        self._path, self._older = directory / "messages.jsonl", directory / "messages.older.jsonl"
        self._recent: deque[tuple[str, bytes]] = deque(maxlen=MESSAGES_MAX)
        self._seen: dict[tuple[str, str], int] = {}
        self.taken = 0
        self.duplicates = 0
        for path in (self._older, self._path):
            if path.is_file():
                self._read(path)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._size_bytes = self._mended_size_bytes()

    def take(self, *, channel: str, to: str, title: str, body: str, data: Mapping[str, str]) -> None:
        """Keeps a message. One whose `nid` came to the same address before counts as a duplicate."""
        message = {
            "channel": channel,
            "to": to,
            "title": title,
            "body": body,
            "data": data,
            "sent_at": system_now().isoformat().replace("+00:00", "Z"),
        }
        line = json.dumps(message, ensure_ascii=False).encode()
        self._size_bytes += os.write(self._file, line + b"\n")
        self._remember(to, str(data.get("nid", "")), line)
        if self._size_bytes > FILE_BYTES_MAX:
            self._turn_over()

    def newest(self, *, to: str | None, limit: int) -> bytes:
        """The newest messages, to one address or to all, newest first, as a JSON array."""
        lines: list[bytes] = []
        for address, line in reversed(self._recent):
            if len(lines) >= limit:
                break
            if to is None or address == to:
                lines.append(line)
        return b"[" + b",".join(lines) + b"]"

    def clear(self) -> None:
        """Forgets every message and every count."""
        self._recent.clear()
        self._seen.clear()
        self.taken = self.duplicates = 0
        self._older.unlink(missing_ok=True)
        os.ftruncate(self._file, 0)
        self._size_bytes = 0

    def _remember(self, to: str, nid: str, line: bytes) -> None:
        self._recent.append((to, line))
        self.taken += 1
        if not nid:
            return
        count = self._seen.pop((to, nid), 0)
        self._seen[to, nid] = count + 1
        self.duplicates += count > 0
        if len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]

    def _read(self, path: Path) -> None:
        with path.open("rb") as lines:
            for line in lines:
                try:
                    message = json.loads(line)
                except ValueError:
                    # The last line of a killed process.
                    continue
                self._remember(message["to"], str(message["data"].get("nid", "")), line.rstrip(b"\n"))

    def _mended_size_bytes(self) -> int:
        """The file's size, after a line that a kill cut short was ended, so that the next begins on its own."""
        size_bytes = os.fstat(self._file).st_size
        if size_bytes and os.pread(self._file, 1, size_bytes - 1) != b"\n":
            size_bytes += os.write(self._file, b"\n")
        return size_bytes

    def _turn_over(self) -> None:
        os.close(self._file)
        self._path.replace(self._older)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._size_bytes = 0
