"""Starting the app on this device."""

import logging
import os
import sys

# The look's reference size; a phone has its own.
WIDTH, HEIGHT = 412, 915


def configure(width: int = WIDTH, height: int = HEIGHT) -> None:
    """Keeps Kivy from reading this command's arguments and from probing input devices; before the window opens."""
    os.environ.setdefault("KIVY_NO_ARGS", "1")
    # Python's own logging: Kivy's would take the place of stderr, and write every request into a file.
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")
    from kivy.config import Config
    from kivy.logger import Logger

    Logger.addFilter(_worth_saying)

    # A phone and a desk both tell their touches through the window; reading device files needs rights and libraries.
    for source in ("mtdev_%(name)s", "hid_%(name)s", "%(name)s"):
        Config.remove_option("input", source)
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    # On a phone this key is the way back, and out of the first screen; on a desk nobody expects to leave by it.
    Config.set("kivy", "exit_on_escape", "1" if hasattr(sys, "getandroidapilevel") else "0")
    # Corners are smoothed in their textures: multisampling would only cost.
    Config.set("graphics", "multisamples", "0")


def _worth_saying(record: logging.LogRecord) -> bool:
    # Kivy tells the lack of optional libraries of the desk as errors with tracebacks.
    return not any(name in str(record.msg) for name in ("MTDev", "Cutbuffer"))


def start() -> None:
    """Runs the app until it is closed."""
    configure()
    from client_kivy.api.transport import HttpTransport
    from client_kivy.main import MolvaApp
    from client_kivy.platform import this_platform
    from client_kivy.settings import Settings

    settings = Settings.from_environment()
    transport = HttpTransport(settings.server_url, certificates=settings.server_certificates)
    MolvaApp(this_platform(), transport, server_url=transport.server_url).run()
