"""A server that speaks HTTP/2 frame by frame: for what no ordinary server can be made to do."""

import asyncio
import ssl
import threading
from pathlib import Path
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, StreamEnded


class Wire:
    """Answers a body of `warm` with 200; with all other bodies it does what `manner` says.

    `refuse`: REFUSED_STREAM. `goaway`: GOAWAY that says it began with the first stream alone. `reset_stream`:
    INTERNAL_ERROR. `close`: ends the connection politely, unannounced.
    """

    def __init__(self, directory: Path, manner: str) -> None:
        self.manner = manner
        self.bodies: list[bytes] = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(directory / "server.pem", directory / "server-key.pem")
        self._context.set_alpn_protocols(["h2"])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._transports: list[asyncio.Transport] = []

    def __enter__(self) -> "Wire":
        self._thread.start()
        made = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for transport in self._transports:
            transport.abort()
        await asyncio.sleep(0.05)


class _Connection(asyncio.Protocol):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._h2 = H2Connection(H2Configuration(client_side=False))
        self._bodies: dict[int, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._wire._transports.append(transport)
        self._h2.initiate_connection()
        transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, DataReceived):
                self._bodies[event.stream_id] = self._bodies.get(event.stream_id, b"") + event.data
            elif isinstance(event, StreamEnded):
                self._ended(event.stream_id)
        if not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def _ended(self, stream_id: int) -> None:
        body = self._bodies[stream_id]
        self._wire.bodies.append(body)
        if body == b"warm":
            self._h2.send_headers(stream_id, [(":status", "200")])
            self._h2.send_data(stream_id, b"{}", end_stream=True)
        elif self._wire.manner == "refuse":
            self._h2.reset_stream(stream_id, ErrorCodes.REFUSED_STREAM)
        elif self._wire.manner == "reset_stream":
            self._h2.reset_stream(stream_id, ErrorCodes.INTERNAL_ERROR)
        elif self._wire.manner == "goaway":
            self._h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=1)
        else:
            self._transport.close()
