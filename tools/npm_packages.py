"""Packages of the npm registry, fetched by npm itself and held to the hash that this repository names.

What is vendored from npm (fonts, icons, the barcode reader) is rebuilt by the tools beside this file; nothing of npm is
needed to run or to test.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class NpmPackage:
    """A package at one version, with the `integrity` that npm publishes for its archive."""

    name: str
    version: str
    integrity: str


def unpack(package: NpmPackage, *, into: Path) -> Path:
    """Fetch a package and return the folder with its files; raises `ValueError` if the archive is another one."""
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is needed to fetch " + package.name)
    folder = into / package.name.replace("/", "-").lstrip("@")
    folder.mkdir(parents=True)
    subprocess.run(  # noqa: S603 - a fixed programme, and names from this repository
        [npm, "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.integrity:
        raise ValueError(f"{package.name}@{package.version} has {digest}, but {package.integrity} is expected")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"
