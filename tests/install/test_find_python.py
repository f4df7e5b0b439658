"""install/find_python.sh: which Python is taken, and what is said where none fits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from survey.core.settings import PROJECT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script for sh")


class Shelf:
    """Folders with made-up Pythons, and the script run with nothing else on its PATH."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "bin"
        self.programs.mkdir()
        for name in ("head", "printf"):
            (self.programs / name).symlink_to(shutil.which(name) or name)

    def python(self, name: str, version: str, extra: str = "") -> Path:
        """Make a program that says it is this version of Python; it is the one that runs the tests."""
        path = self.programs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers = ", ".join(version.split("."))
        path.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"sys.version_info = ({numbers}, 'final', 0)\nsys.executable = {str(path)!r}\n{extra}\n"
            "code = sys.argv[2]\nsys.argv = ['-c', *sys.argv[3:]]\nexec(code)\n"
        )
        path.chmod(0o755)
        return path

    def stand_in(self, name: str) -> None:
        """A stand-in of pyenv for a Python that is not chosen."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\necho 'pyenv: {name}: command not found' >&2\nexit 127\n")
        path.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return subprocess.run(
            ["/bin/sh", str(PROJECT / "install/find_python.sh"), *arguments],
            env={"PATH": str(self.programs), "HOME": str(self.root), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_the_one_called_python3_if_it_fits(shelf: Shelf) -> None:
    shelf.python("python3.13", "3.13.1")
    usual = shelf.python("python3", "3.11.2")
    assert shelf.run().stdout == f"{usual}\n"


@pytest.mark.parametrize("usual", ["3.10.12", "3.9.1", "3.99.0", "2.7.18"])
def test_else_the_newest_that_fits(shelf: Shelf, usual: str) -> None:
    shelf.python("python3", usual)
    shelf.python("python3.11", "3.11.2")
    newest = shelf.python("python3.12", "3.12.4")
    shelf.stand_in("python3.13")
    ran = shelf.run()
    assert (ran.stdout, ran.stderr, ran.returncode) == (f"{newest}\n", "", 0)


@pytest.mark.parametrize("folder", [".pyenv/versions", ".asdf/installs/python", ".local/share/mise/installs/python"])
def test_one_that_a_version_manager_has_but_the_path_has_not(shelf: Shelf, folder: str) -> None:
    kept = shelf.python(f"../{folder}/3.12.4/bin/python", "3.12.4").resolve()
    ran = shelf.run()
    assert Path(ran.stdout.strip()).resolve() == kept


def test_that_of_the_environment_before_all_others(shelf: Shelf) -> None:
    shelf.python("python3", "3.13.0")
    own = shelf.python("../env/bin/python", "3.11.2")
    assert Path(shelf.run(str(shelf.root / "env")).stdout.strip()).resolve() == own.resolve()
    assert shelf.run(str(shelf.root / "none")).stdout == f"{shelf.programs / 'python3'}\n"


def test_one_without_venv_is_no_good(shelf: Shelf) -> None:
    shelf.python("python3", "3.12.1", "sys.modules['ensurepip'] = None")
    ran = shelf.run()
    assert ran.returncode == 2
    assert "python3: is Python 3.12 without venv (Debian, Ubuntu: apt-get install python3-venv)" in ran.stderr


def test_what_was_looked_at_is_said(shelf: Shelf) -> None:
    shelf.python("python3", "3.10.12")
    shelf.stand_in("python3.13")
    ran = shelf.run()
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.splitlines() == [
        "Python 3.11 to 3.14 is needed, and was not found. Looked at:",
        f"  {shelf.programs}/python3: is cpython 3.10.12",
        "  python3.14: not found",
        f"  {shelf.programs}/python3.13: pyenv: python3.13: command not found",
        "  python3.12: not found",
        "  python3.11: not found",
        "  python: not found",
        "Name yours with: make PYTHON=/path/to/python3 …",
    ]


def test_only_the_one_that_is_named(shelf: Shelf) -> None:
    shelf.python("python3", "3.12.1")
    named = shelf.python("mine", "3.11.9")
    assert shelf.run(PYTHON=str(named)).stdout == f"{named}\n"
    assert shelf.run(PYTHON="mine").stdout == f"{named}\n"
    ran = shelf.run(PYTHON="yours")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "  yours: not found\n" in ran.stderr


def test_make_asks_it(tmp_path: Path) -> None:
    """The sentence reaches whoever typed `make run`, and nothing is made."""
    (tmp_path / "install").symlink_to(PROJECT / "install")
    (tmp_path / "requirements.txt").touch()
    ran = subprocess.run(
        ["make", "-f", str(PROJECT / "Makefile"), "run", f"PYTHON={tmp_path / 'none'}"],
        cwd=tmp_path,
        env=os.environ | {"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "was not found. Looked at:" in ran.stderr
    assert not (tmp_path / ".venv").exists()
