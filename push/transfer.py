"""HTTP/2 POSTs over libcurl, many at once, none of them repeated behind the caller's back.

libcurl itself posts a request again when a reused connection dies before the answer: the server may have taken it
already, and the person is told twice. It must rewind the body for that. So the body is handed over by a callback
that cannot be rewound: libcurl then gives up with SEND_FAIL_REWIND, and the caller decides. A body that was never
asked for cannot have been taken, whatever else went wrong.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import pycurl

CONNECT_TIMEOUT_SECONDS = 10
SELECT_SECONDS = 0.005
RESOLVING_SECONDS = 0.002

# Said where nothing had gone wrong before the rewind: the stream was refused (REFUSED_STREAM, or above the last
# stream of a GOAWAY), which promises that the server did not begin with it. Where the connection died, libcurl keeps
# the text of that first error. A new wording would make it "may have been taken": safe.
REFUSED_STREAM_TEXT = "necessary data rewind was not possible"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one POST. Without `status` there was no answer, and `taken_perhaps` says whether it may be taken.

    `retry_after_seconds` is the server's own wish, 0 where it had none.
    """

    tag: Any
    status: int | None
    body: bytes
    retry_after_seconds: float
    taken_perhaps: bool
    error: str = ""


class _Exchange:
    """One request with its answer, on a libcurl handle that is used again and again."""

    __slots__ = ("curl", "handed_over", "headers", "payload", "received", "tag")

    def __init__(self, curl: Any) -> None:
        self.curl = curl
        self.headers: tuple[str, ...] = ()
        self.tag: Any = None
        self.payload = b""
        self.handed_over = 0
        self.received = bytearray()

    def read(self, size: int) -> bytes:
        part = self.payload[self.handed_over : self.handed_over + size]
        self.handed_over += len(part)
        return part

    def write(self, part: bytes) -> None:
        self.received += part


@dataclass(frozen=True, slots=True)
class _Post:
    tag: Any
    payload: bytes
    headers: tuple[str, ...]


class Http2Client:
    """Posts to one URL with at most `connections` × `streams` requests in flight, from a thread of its own."""

    def __init__(
        self,
        *,
        url: str,
        ca_file: str,
        connections: int,
        streams: int,
        timeout_seconds: float,
        direct: bool,
    ) -> None:
        """`direct`: never through a proxy, whatever the environment says."""
        self.capacity = connections * streams
        self._url, self._ca_file, self._direct = url, ca_file, direct
        self._timeout_ms = int(timeout_seconds * 1000)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, streams)
        self._idle: list[_Exchange] = []
        self._busy: dict[Any, _Exchange] = {}
        self._inbox: SimpleQueue[list[_Post] | None] = SimpleQueue()
        self._outbox: SimpleQueue[list[Answer]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="http2", daemon=True)
        self._thread.start()

    def submit(self, payloads: Sequence[tuple[Any, bytes]], *, headers: tuple[str, ...]) -> None:
        """Posts each payload; returns at once."""
        self._inbox.put([_Post(tag, payload, headers) for tag, payload in payloads])

    def collect(self, *, wait_seconds: float) -> list[Answer]:
        """Answers that have come in, waiting at most `wait_seconds` for the first."""
        answers: list[Answer] = []
        with contextlib.suppress(Empty):
            answers += self._outbox.get(timeout=wait_seconds) if wait_seconds > 0 else self._outbox.get_nowait()
            while True:
                answers += self._outbox.get_nowait()
        return answers

    def close(self) -> None:
        """Closes all connections; what is in flight is abandoned."""
        self._inbox.put(None)
        self._thread.join()

    def _run(self) -> None:
        pending: deque[_Post] = deque()
        while True:
            if not self._take_in(pending, wait=not self._busy):
                break
            while pending and len(self._busy) < self.capacity:
                self._start(pending.popleft())
            self._multi.perform()
            self._hand_out()
            if self._busy and self._multi.select(SELECT_SECONDS) < 0:
                # No socket to wait for yet (the name is being resolved): select returned at once.
                time.sleep(RESOLVING_SECONDS)
        for exchange in self._busy.values():
            self._multi.remove_handle(exchange.curl)
            exchange.curl.close()
        for exchange in self._idle:
            exchange.curl.close()
        self._multi.close()

    def _take_in(self, pending: deque[_Post], *, wait: bool) -> bool:
        """Moves what was submitted to `pending`; False at the end."""
        with contextlib.suppress(Empty):
            while True:
                posts = self._inbox.get(block=wait and not pending)
                if posts is None:
                    return False
                pending.extend(posts)
        return True

    def _start(self, post: _Post) -> None:
        exchange = self._idle.pop() if self._idle else self._new_exchange()
        exchange.tag, exchange.payload, exchange.handed_over = post.tag, post.payload, 0
        exchange.received = bytearray()
        if exchange.headers is not post.headers:
            exchange.headers = post.headers
            exchange.curl.setopt(pycurl.HTTPHEADER, list(post.headers))
        exchange.curl.setopt(pycurl.POSTFIELDSIZE, len(post.payload))
        self._busy[exchange.curl] = exchange
        self._multi.add_handle(exchange.curl)

    def _new_exchange(self) -> _Exchange:
        curl = pycurl.Curl()
        exchange = _Exchange(curl)
        curl.setopt(pycurl.URL, self._url)
        curl.setopt(pycurl.CAINFO, self._ca_file)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        # Wait for the stream of a connection that is being made, rather than make one each.
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_SECONDS)
        curl.setopt(pycurl.TIMEOUT_MS, self._timeout_ms)
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.READFUNCTION, exchange.read)
        curl.setopt(pycurl.WRITEFUNCTION, exchange.write)
        if self._direct:
            curl.setopt(pycurl.NOPROXY, "*")
        return exchange

    def _hand_out(self) -> None:
        answers: list[Answer] = []
        while True:
            left, succeeded, failed = self._multi.info_read()
            answers += [self._answered(self._finished(curl)) for curl in succeeded]
            answers += [self._failed(self._finished(curl), code, text) for curl, code, text in failed]
            if not left:
                break
        if answers:
            self._outbox.put(answers)

    def _finished(self, curl: Any) -> _Exchange:
        self._multi.remove_handle(curl)
        exchange = self._busy.pop(curl)
        self._idle.append(exchange)
        return exchange

    @staticmethod
    def _answered(exchange: _Exchange) -> Answer:
        status = exchange.curl.getinfo(pycurl.RESPONSE_CODE)
        retry_after = 0 if status == 200 else exchange.curl.getinfo(pycurl.RETRY_AFTER)
        return Answer(
            tag=exchange.tag,
            status=status,
            body=bytes(exchange.received),
            retry_after_seconds=float(retry_after),
            taken_perhaps=True,
        )

    @staticmethod
    def _failed(exchange: _Exchange, code: int, text: str) -> Answer:
        refused = code == pycurl.E_SEND_FAIL_REWIND and text == REFUSED_STREAM_TEXT
        return Answer(
            tag=exchange.tag,
            status=None,
            body=b"",
            retry_after_seconds=0.0,
            taken_perhaps=exchange.handed_over > 0 and not refused,
            error="stream refused" if refused else f"{text or 'no answer'} (libcurl {code})",
        )
