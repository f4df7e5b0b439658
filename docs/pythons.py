"""Write docs/pythons.md: for which versions of Python the index has every pin as a wheel. `make pythons`, minutes.

Asks the index that pip uses. torch is only listed, not fetched: its usual build for Linux is huge.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement

from install.packages import read_pins

PROJECT = Path(__file__).resolve().parents[1]
TARGET = Path(__file__).with_name("pythons.md")
MINORS = range(11, 16)
SYSTEMS = {
    "Linux, x86-64": ("linux", "x86_64", [f"manylinux_2_{minor}_x86_64" for minor in (28, 27, 26, 24, 17, 12, 5)]),
    "Linux, ARM": ("linux", "aarch64", [f"manylinux_2_{minor}_aarch64" for minor in (28, 27, 26, 24, 17)]),
    "macOS, ARM": ("darwin", "arm64", [f"macosx_{major}_0_arm64" for major in (15, 14, 13, 12, 11)]),
    "Windows": ("win32", "AMD64", ["win_amd64"]),
}
"""What pip is told of each system: its names in markers, and the platforms of wheels that it takes"""


def for_one(minor: int, system: str) -> list[str]:
    """Return the pins that have no wheel for a version of Python on a system."""
    platform, machine, tags = SYSTEMS[system]
    here = {
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.9",
        "sys_platform": platform,
        "platform_machine": machine,
        "platform_system": {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[platform],
        "os_name": "nt" if platform == "win32" else "posix",
    }
    wanted = [Requirement(line) for line in read_pins(PROJECT / "requirements.txt")]
    pins = {f"{one.name}{one.specifier}" for one in wanted if not one.marker or one.marker.evaluate(here)}
    target = ["--only-binary=:all:", f"--python-version=3.{minor}", *(f"--platform={tag}" for tag in tags)]
    missing = []
    for pin in [pin for pin in pins if pin.startswith("torch==")]:
        pins.remove(pin)
        ran = _pip("index", "versions", *target, "torch")
        if not re.search(rf"[ ,(]{re.escape(pin.removeprefix('torch=='))}(\+cpu)?[,)\n]", ran.stdout):
            missing.append(pin)
    with tempfile.TemporaryDirectory() as folder:
        while pins:
            ran = _pip("install", "--dry-run", "--no-deps", f"--target={folder}", *target, *sorted(pins))
            if ran.returncode == 0:
                break
            found = re.search(r"No matching distribution found for (\S+)", ran.stderr)
            if not found or found[1] not in pins:
                raise SystemExit(ran.stderr)
            missing.append(found[1])
            pins.remove(found[1])
    return sorted(missing, key=str.lower)


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write(answers: dict[tuple[int, str], list[str]]) -> None:
    """Write the page: what is missing for each version and system that was asked about."""
    rows = []
    for minor in MINORS:
        cells = []
        for system in SYSTEMS:
            missing = answers.get((minor, system))
            named = ", ".join(pin.replace("==", " ") for pin in missing or ())
            cells.append("not asked" if missing is None else f"not {named}" if missing else "all")
        rows.append(f"| 3.{minor} | {' | '.join(cells)} |\n")
    TARGET.write_text(
        "# Versions of Python\n\n"
        f"For which of them the index had a wheel of every line of requirements.txt on {date.today():%-d %B %Y}."
        " Made by `make pythons`, which asks it. Where one is missing, pip compiles it, with a C++ compiler.\n\n"
        f"| Python | {' | '.join(SYSTEMS)} |\n|---|{'---|' * len(SYSTEMS)}\n{''.join(rows)}",
        encoding="utf-8",
    )


def main() -> None:
    """Ask for every version and system, and write the page."""
    answers = {}
    for minor in MINORS:
        for system in SYSTEMS:
            answers[minor, system] = for_one(minor, system)
            print(f"3.{minor}, {system}: {answers[minor, system]}", flush=True)
    write(answers)


if __name__ == "__main__":
    main()
