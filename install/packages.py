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
SELDOM_IMPORTED = r"[\\/](torch|transformers|sentence_transformers|sympy|networkx|tests?|testing)[\\/]"
PROJECT = Path(__file__).resolve().parents[1]
WITHOUT = """\
torch is left out: no build of it for processors alone was found, and the usual one brings 3 GB of graphics libraries.
The site does without. Only a sentence model of your own (THREADS_MODEL) needs it. Another place to look:
    make -B TORCH_INDEX=https://… .venv/installed        (empty: the usual torch, whatever it is)"""


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
        compile_modules(python, all_of_them=given.compile)
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
    """Have pip install these lines and nothing else; return an exit status, 0 if all are there.

    Compiling to bytecode is half of pip's work, most of it for modules that nobody imports: it is left to those who do.
    pip works on one core, and pins do not depend on each other: several of it at once take 21 s for 33 on two cores.
    """
    if not lines:
        return 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        print(f"Installing {len(lines)} packages …", file=sys.stderr, flush=True)
        options = ["--disable-pip-version-check", "--no-deps", "--no-compile", "--progress-bar", "off"]
        running = []
        for number, share in enumerate(shares(lines)):
            listed = Path(folder) / f"pins{number}.txt"
            listed.write_text("".join(f"{line}\n" for line in share), encoding="utf-8")
            running.append(subprocess.Popen([str(python), "-m", "pip", "install", *options, "-r", str(listed)]))
        statuses = [process.wait() for process in running]
    if not any(statuses):
        print(f"Installed in {time.monotonic() - begun:.0f} seconds.", file=sys.stderr, flush=True)
    return max(statuses, key=abs)


def shares(lines: Sequence[str]) -> list[list[str]]:
    """Return the lines in parts that take pip about equally long: torch alone, and two halves of the others."""
    torch = [line for line in lines if re.match(r"torch\b", line)]
    others = [line for line in lines if line not in torch]
    return [share for share in (torch, others[::2], others[1::2]) if share]


def compile_modules(python: Path, *, all_of_them: bool) -> None:
    """Compile the modules of the project and of its environment, with all processors.

    Without ``all_of_them`` those are left out that the site does not import by itself: half of the time.
    """
    library = next((python.parents[1] / "lib").glob("python3*/site-packages"), None)
    folders = [str(folder) for folder in (library, PROJECT / "analysis", PROJECT / "survey") if folder]
    chosen = [] if all_of_them else ["-x", SELDOM_IMPORTED]
    # -qq: some packages have modules for newer versions of Python, which cannot be compiled.
    subprocess.run([str(python), "-m", "compileall", "-qq", "-j", "0", *chosen, *folders], check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
