"""`python -m backend.demo.phone`: prepares the directory and serves until it is told to stop."""

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

from backend.demo.phone.preparation import PORTS, prepare
from backend.demo.phone.server import serve


def main() -> int:
    """Reads the command line; 0 after a clean end, 2 where a port is busy or the directory cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m backend.demo.phone", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="keys, certificates and messages are kept here")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help=f"the first of {PORTS} consecutive ports")
    arguments = parser.parse_args()
    busy = _busy_port(arguments.host, arguments.port)
    if busy is not None:
        sys.stderr.write(f"The phone stand-in cannot start: port {busy} of {arguments.host} is taken.\n")
        return 2
    try:
        prepare(arguments.directory, arguments.host, arguments.port)
    except OSError as error:
        sys.stderr.write(f"The phone stand-in cannot write {arguments.directory}: {error.strerror}.\n")
        return 2
    asyncio.run(_serve_and_leave(arguments.directory.resolve(), arguments.host, arguments.port))
    return 0


async def _serve_and_leave(directory: Path, host: str, port: int) -> None:
    await serve(directory, host, port)
    # The embedded server's threads may still touch the interpreter while it is taken down, and abort the process.
    # Every message is on disk by now: nothing is left to tidy up.
    os._exit(0)


def _busy_port(host: str, port: int) -> int | None:
    for candidate in range(port, port + PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                return candidate
    return None


if __name__ == "__main__":
    raise SystemExit(main())
