"""Ports of this machine: whether one is free, and which ones are."""

import socket

PORT_MAX = 65535


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there.

    Raises:
        PermissionError: the port is for root alone.
    """
    with socket.socket() as attempt:
        # As servers do it, so that connections just closed do not count; a server that listens still does.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def first_free(host: str, start: int, *, count: int = 1) -> int:
    """The first of `count` consecutive free ports, looked for from `start` on."""
    for port in range(start, PORT_MAX - count):
        if all(is_free(host, port + offset) for offset in range(count)):
            return port
    raise OSError(f"No {count} consecutive ports are free above {start}.")
