"""What granian serves: `granian --interface wsgi backend.wsgi:application`."""

import os
import signal

from backend.app import create_app
from backend.settings import load_settings
from backend.shared import collector
from backend.shared.processes import die_with_parent, finish_turns, keep_to_one_core

# A worker that outlived granian's main process would keep the port, and nobody would watch it.
die_with_parent(signal.SIGKILL)
settings = load_settings(os.environ)
keep_to_one_core(settings.var / "web-cores")
finish_turns()
application = create_app(settings, group_commit=True)
collector.settle()
