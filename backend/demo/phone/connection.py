"""Cutting a connection under a server that offers no such thing: the socket is found by the peer's address."""

import os
import socket
import struct
from contextlib import suppress
from pathlib import Path

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def cut(client: str) -> None:
    """Resets this process's connection with `client` (`address:port`), as a failing network would."""
    address, _, port = client.rpartition(":")
    peer = (address.strip("[]"), int(port))
    for entry in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):
            if str(entry.readlink()).startswith("socket:"):
                _cut_if_with(peer, int(entry.name))


def _cut_if_with(peer: tuple[str, int], descriptor: int) -> None:
    copy = os.dup(descriptor)
    try:
        connection = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
    with connection:
        if connection.getpeername()[:2] == peer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            connection.shutdown(socket.SHUT_RDWR)
