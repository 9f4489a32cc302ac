"""The entry of the packaged app: which server it belongs to was decided when it was built."""

import os
from pathlib import Path

os.environ.setdefault("MOLVA_SERVER_URL", (Path(__file__).parent / "server_url.txt").read_text().strip())

from client_kivy.start import start  # noqa: E402 - the address must be known first

start()
