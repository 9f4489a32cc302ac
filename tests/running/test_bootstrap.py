"""`bootstrap/environment` on machines where something is missing: one clear sentence, and nothing half done."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "mktemp", "rm", "id", "grep", "awk", "sed", "cat", "flock", "readlink", "touch", "cp", "cmp")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone without an environment, on a machine with a shell and little else."""
    made = tmp_path / "molva"
    shutil.copytree(ROOT / "bootstrap", made / "bootstrap")
    shutil.copy(ROOT / "Makefile", made)
    (tmp_path / "bin").mkdir()
    for tool in (*TOOLS, "head", "tail"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return made


def put_python(checkout: Path, *, version: str, new_enough: bool, has_venv: bool = False) -> None:
    """A python3 that knows its version and, perhaps, the venv module."""
    python = checkout.parent / "bin" / "python3"
    python.write_text(
        "#!/bin/sh\n"
        'case "$1 $2" in\n'
        f'"-V "*) echo "Python {version}" ;;\n'
        f"*version_info?\\<*) exit {0 if new_enough else 1} ;;\n"
        f"*ensurepip*) exit {0 if has_venv else 1} ;;\n"
        "*python3.%d-venv*) echo python3.11-venv ;;\n"
        "*) exit 1 ;;\n"
        "esac\n"
    )
    python.chmod(0o755)


def bootstrap(checkout: Path, **variables: str) -> tuple[int, str]:
    environment = {"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent), **variables}
    ended = subprocess.run(
        [checkout / "bootstrap" / "environment", "server"], env=environment, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_python_too_old_is_named_with_what_is_needed(checkout: Path) -> None:
    put_python(checkout, version="3.9.2", new_enough=False)
    exit_code, said = bootstrap(checkout)
    assert exit_code == 69
    assert said.startswith("Molva needs Python 3.11 or newer, and found: Python 3.9.2. Install it, or name it: PYTHON=")
    assert not (checkout / ".venv").exists()


def test_a_machine_without_python_is_told_so(checkout: Path) -> None:
    exit_code, said = bootstrap(checkout)
    assert exit_code == 69
    assert said.startswith("Molva needs Python 3.11 or newer, and found: none.")


def test_a_missing_venv_module_is_named_where_apt_may_not_bring_it(checkout: Path) -> None:
    put_python(checkout, version="3.11.2", new_enough=True)
    assert bootstrap(checkout) == (
        69,
        "Python's venv module is missing; an administrator installs it with: apt-get install python3.11-venv\n",
    )


def test_locks_that_were_installed_before_are_only_compared(checkout: Path) -> None:
    # An environment that answers and cannot install: installing would fail the test.
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("python", "molva"):
        (binaries / name).write_text('#!/bin/sh\ntest "$1" = -c\n')
        (binaries / name).chmod(0o755)
    (checkout / "requirements").mkdir()
    (checkout / "requirements" / "server.txt").write_text("flask==3.1.0 --hash=sha256:00\n")
    (checkout / ".venv" / "installed-server.txt").write_text("flask==3.1.0 --hash=sha256:00\n")
    assert bootstrap(checkout) == (0, "")
    (checkout / "requirements" / "server.txt").write_text("flask==3.1.1 --hash=sha256:00\n")
    exit_code, said = bootstrap(checkout)
    assert exit_code == 69
    assert "The packages of requirements/server.txt are not installed" in said
