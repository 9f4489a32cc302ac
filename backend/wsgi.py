"""What granian serves: `granian --interface wsgi backend.wsgi:application`."""

import os
import signal
import sys

from backend.app import create_app
from backend.settings import load_settings
from backend.shared import collector
from backend.shared.processes import die_with_parent, keep_to_one_core

# A worker that outlived granian's main process would keep the port, and nobody would watch it.
die_with_parent(signal.SIGKILL)
# The thread that commits for all needs the interpreter after every answer of the database; by default any other thread
# may keep it five times as long.
sys.setswitchinterval(0.001)
settings = load_settings(os.environ)
keep_to_one_core(settings.var / "web-cores")
application = create_app(settings, group_commit=True)
collector.settle()
