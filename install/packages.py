"""Make an environment and put the pinned packages into it: `python install/packages.py .venv requirements.txt …`.

The pins name everything that a package needs, so pip has nothing to work out. On Linux torch is taken as its build for
processors alone, or not at all: it runs a sentence model of one's own, and only that. Run by the Python that
install/find_python.sh found, with nothing but the standard library.
"""

from __future__ import annotations

import argparse
import html
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import urllib.request
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urljoin

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
LOOK_SECONDS = 5.0
"""Longest look for torch at its index, whatever hangs: its name, the connection, the page"""
_PIN = re.compile(r"torch==([\w.]+)\s*$")
_LINK = re.compile(r"""<a\s[^>]*?href\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
WITHOUT = """\
torch is left out: no build of it for processors alone was found, and the usual one brings 3 GB of graphics libraries.
The site does without. Only a sentence model of your own (THREADS_MODEL) needs it. Another place to look:
    make TORCH_INDEX=https://… run        (empty: the usual torch, whatever it is)"""


def main(arguments: Sequence[str]) -> int:
    """Make the environment unless it is there, install what the files pin, and return pip's exit status."""
    parser = argparse.ArgumentParser(prog="install/packages.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("environment", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--torch-index", default=TORCH_INDEX, help="where torch for processors is; empty: any torch")
    parser.add_argument("--compile", action="store_true", help="compile all now: for a folder that is read-only later")
    given = parser.parse_args(arguments)
    python = make_environment(given.environment)
    lines = not_there(python, dict.fromkeys(line for file in given.files for line in read_pins(file)))
    if sys.platform == "linux" and given.torch_index:
        lines = with_cpu_torch(lines, given.torch_index, python)
    status = install(python, lines)
    if status == 0 and (given.compile or os.environ.get("PYTHONDONTWRITEBYTECODE")):
        compile_all(python)
    return status


def make_environment(folder: Path) -> Path:
    """Make a virtual environment, or keep the one that works; return its Python."""
    python = folder.absolute() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = [str(python), "-c", "import pip, sys; print(sys.version_info[:2])"]
    there = python.exists() and subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if there != str(sys.version_info[:2]):
        venv.create(folder, with_pip=True, clear=folder.exists(), symlinks=os.name != "nt")
    return python


def read_pins(file: Path) -> list[str]:
    """Return the lines of a requirements file that pin a package, those of the files it names with `-r` first."""
    found: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        line = line.split(" #")[0].strip()
        if line.startswith("-r "):
            found += read_pins(file.parent / line[3:].strip())
        elif line and not line.startswith("#"):
            found.append(line)
    return found


def not_there(python: Path, lines: Iterable[str]) -> list[str]:
    """Return the pins that the environment has not, whichever build of a version it is."""
    asked = "from importlib.metadata import distributions as d; [print(one.name, one.version) for one in d()]"
    listed = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=False).stdout
    there = {(_key(name), version.partition("+")[0]) for name, version in map(str.split, listed.splitlines())}
    pins = {line: re.match(r"([\w.-]+)==([\w.]+)", line) for line in lines}
    return [line for line, pin in pins.items() if not pin or (_key(pin[1]), pin[2]) not in there]


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def with_cpu_torch(lines: Iterable[str], index: str, python: Path) -> list[str]:
    """Return the lines with torch for processors in the place of torch, or without it where none is to be had."""
    result = []
    for line in lines:
        if pin := _PIN.match(line):
            version = f"{pin[1]}+cpu"
            if address := find_wheel(index, version):
                result.append(f"torch @ {address}")
            elif is_offered(python, version):
                result.append(f"torch=={version}")
            else:
                print(WITHOUT, file=sys.stderr)
        else:
            result.append(line)
    return result


def find_wheel(index: str, version: str, seconds: float = LOOK_SECONDS) -> str | None:
    """Return the address of torch's wheel of a version for this Python and machine, or None, within some seconds."""
    page = f"{index.rstrip('/')}/torch/"
    found: list[str] = []

    def look() -> None:
        try:
            with urllib.request.urlopen(page, timeout=seconds) as answer:
                text = answer.read().decode("utf-8", "replace")
            # The index may name its files by another machine, so what it says of itself counts.
            found.extend(urljoin(answer.url, html.unescape(link)) for link in _LINK.findall(text))
        except (OSError, ValueError) as error:
            print(f"{page} cannot be read ({error}).", file=sys.stderr)

    print(f"Looking for torch {version} at {index} …", file=sys.stderr, flush=True)
    thread = threading.Thread(target=look, daemon=True)  # looking up a name may hang longer than any timeout
    thread.start()
    thread.join(seconds)
    return next((link for link in found if _fits(unquote(link.partition("#")[0].rpartition("/")[2]), version)), None)


def _fits(file: str, version: str) -> bool:
    """Return whether a wheel is torch of this version, for this Python, this machine and its C library."""
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    named = re.fullmatch(rf"torch-{re.escape(version)}-{tag}-{tag}-(?:manylinux_(\d+)_(\d+)|linux)_(\w+)\.whl", file)
    if not named or named[3] != platform.machine() or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return False
    library, has = platform.libc_ver()
    needs = (int(named[1] or 0), int(named[2] or 0))
    return library == "glibc" and tuple(map(int, has.split(".")[:2])) >= needs


def is_offered(python: Path, version: str) -> bool:
    """Return whether the places where this machine's pip looks have this version of torch."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "index", "versions", "torch"],
        capture_output=True,
        text=True,
        check=False,
    )
    return version in re.split(r"[\s,()]+", listed.stdout)


def install(python: Path, lines: Sequence[str]) -> int:
    """Have pip install these lines and nothing else; return its exit status.

    Compiling to bytecode is half of pip's work, most of it for modules that nobody imports: it is left to those who do.
    """
    if not lines:
        return 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "pins.txt"
        listed.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        print(f"Installing {len(lines)} packages …", file=sys.stderr, flush=True)
        options = ["--disable-pip-version-check", "--no-deps", "--no-compile", "-r", str(listed)]
        status = subprocess.run([str(python), "-m", "pip", "install", *options], check=False).returncode
    if status == 0:
        print(f"Installed in {time.monotonic() - begun:.0f} seconds.", file=sys.stderr, flush=True)
    return status


def compile_all(python: Path) -> None:
    """Compile every module of an environment, with all processors."""
    library = next((python.parents[1] / "lib").glob("python3*/site-packages"), None)
    if library:
        subprocess.run([str(python), "-m", "compileall", "-q", "-j", "0", str(library)], check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
