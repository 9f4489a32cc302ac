"""Brings what tests and benchmarks need and pip cannot bring: by apt, under root; otherwise it names what is missing.

Prints, on its standard output, pytest's marker expression that leaves out the tests which cannot be run; whatever a
person should read goes to the standard error. Run by `make test` and `make bench` with the environment's Python.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Debian packages, how to see that they are there, and what their absence costs."""

    packages: tuple[str, ...]
    program: str | None
    libraries: tuple[str, ...]
    marker: str | None
    costs: str

    def is_met(self) -> bool:
        """Whether it is there, whoever installed it."""
        return (self.program is None or shutil.which(self.program) is not None) and all(
            _loads(library) for library in self.libraries
        )


NEEDS = (
    Need(
        # libatomic is for the program that steers the browser.
        ("chromium", "libatomic1"),
        "chromium",
        ("libatomic.so.1",),
        "browser",
        "the tests of pages in a real browser, and the end-to-end scenario",
    ),
    Need(
        ("libegl1", "libgles2", "libgl1", "libgl1-mesa-dri"),
        None,
        ("libEGL.so.1", "libGLESv2.so.2", "libGL.so.1"),
        "app",
        "the tests of the app's screens",
    ),
    Need(("zbar-tools",), "zbarimg", (), None, "the tests that read a QR code as a scanner would"),
    Need(("ffmpeg",), "ffmpeg", (), None, "the tests where a camera films a QR code"),
    Need(("nghttp2-client",), "h2load", (), None, "the trial of the phone stand-in under load"),
    Need(("wrk",), "wrk", (), None, "the benchmark of accruals over HTTP"),
)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _install(packages: list[str]) -> None:
    """By apt; when it refuses them together, one after the other, so that one that cannot be had costs no other."""
    _say(f"Installing system packages: {' '.join(packages)}")
    _apt_get("update")
    if not _apt_get("install", *packages):
        for package in packages:
            _apt_get("install", package)


def _apt_get(command: str, *packages: str) -> bool:
    ended = subprocess.run(  # noqa: S603
        ["apt-get", command, "-y", "-q", "--no-install-recommends", *packages],  # noqa: S607
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return ended.returncode == 0


def main() -> None:
    """Install what is missing, say what stays missing, print the marker expression."""
    missing = [need for need in NEEDS if not need.is_met()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([package for need in missing for package in need.packages])
    missing = [need for need in missing if not need.is_met()]
    for need in missing:
        _say(f"Not here: {' '.join(need.packages)}. Without it are skipped: {need.costs}.")
    sys.stdout.write(" and ".join(["not long", *(f"not {need.marker}" for need in missing if need.marker)]) + "\n")


if __name__ == "__main__":
    main()
