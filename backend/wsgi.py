"""What granian serves: `granian --interface wsgi backend.wsgi:application`."""

import os

from backend.app import create_app
from backend.settings import load_settings

application = create_app(load_settings(os.environ))
