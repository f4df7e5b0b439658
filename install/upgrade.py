"""`make upgrade`: a backup, the newest version, its packages, its tables, a restart; and the line that goes back.

Each step is done by a process of its own: the backup by the version that made the data, the tables by the new one.
What fails before the tables are changed leaves the old version in place. Only the standard library is used, since
packages are changed meanwhile. Run as root, all but the restart is done as the user to whom the folder belongs.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pwd
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

UNITS = ("threads-site", "threads-worker", "threads-search")
SETTINGS = "/etc/threads.env"
READY_SECONDS = 120.0
KEPT_BACKUPS = 5
"""In the instance folder: those of the last upgrades and goings back"""
LAUNCHER = "launcher"
"""File of `python app.py` in the instance folder, locked while it runs: its process id and the site's address"""

UPGRADES = "upgrades"
"""File of `flask migrate` in the instance folder: from which tables to which it came each time"""

LAUNCHED = "launched"
"""File that all it started keep locked"""


class Failed(Exception):
    """A step did not succeed; the message says what is so now."""


@dataclass(frozen=True)
class Installation:
    """The site in a folder: where its data and backups are, and the environment of its commands."""

    folder: Path
    environment: Mapping[str, str]
    backups: Path
    restart: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """What was given to `make`, by name: the line that goes back needs the same"""

    @property
    def instance(self) -> Path:
        """The folder of its data."""
        return self.folder / self.environment.get("THREADS_INSTANCE", "instance")

    def run(self, *words: str, quiet: bool = False) -> str:
        """Run a command in the folder as its owner, and return what it prints. Raises CalledProcessError."""
        owner = pwd.getpwuid(self.folder.stat().st_uid)
        given = {**self.environment, "HOME": owner.pw_dir}
        whose = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if self._is_others() else {}
        print(f"    {shlex.join(words)}", flush=True) if not quiet else None
        ran = subprocess.run(
            words,
            cwd=self.folder,
            env=given,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            **whose,  # type: ignore[call-overload]
        )
        return str(ran.stdout).strip()

    def flask(self, *words: str) -> str:
        """Run a command of the site as the version that is in the folder now."""
        return self.run(".venv/bin/python", "-m", "flask", "--app", "app", *words)

    def commit(self) -> str:
        """Return the version that is in the folder."""
        return self.run("git", "rev-parse", "--short", "HEAD", quiet=True)

    def _is_others(self) -> bool:
        return os.geteuid() == 0 and self.folder.stat().st_uid != 0


def upgrade(site: Installation) -> None:
    """Do all of it. Raises Failed; unless it says otherwise, the old version is in place and goes on."""
    print("1. A backup")
    old = site.commit()
    backup = make_backup(site)
    tables = version_of_tables(backup) if backup else ""
    print("2. The newest version")
    fetch(site)
    new = site.commit()
    print("3. Its packages and its tables")
    try:
        site.run("make", "--no-print-directory", "COMPILE=--compile", ".venv/installed")
        site.flask("migrate")
    except subprocess.CalledProcessError as error:
        take(site, old)
        raise Failed(
            f"Version {new} cannot be used: {shlex.join(error.cmd)} failed (see above). Its changes to the tables are"
            f" undone, and version {old} is in place again. The site goes on as it was."
        ) from None
    print("4. A restart")
    restart(site)
    print(f"Version {new} is in place." if new != old else f"Version {new} was the newest already.")
    if backup:
        print(f"Backup: {backup}")
    if backup and new != old:
        print("To go back, and keep the answers that come from now on:")
        print(f"    {line_back(site, old, tables)}")


def line_back(site: Installation, version: str, tables: str) -> str:
    """Return the line that goes back, to be typed into a shell; make reads a $ as two."""
    given = {"VERSION": version, "TABLES": tables, **site.options}
    words = (f"{name}={shlex.quote(value.replace('$', '$$'))}" for name, value in given.items() if value)
    return f"make go-back {' '.join(words)}"


def go_back(site: Installation, version: str, tables: str) -> None:
    """Return to an earlier version with all answers: a backup, its tables, its code, its packages, a restart."""
    print("1. A backup")
    site.run("git", "cat-file", "-e", f"{version}^{{commit}}", quiet=True)
    backup = make_backup(site)
    if not backup:
        raise Failed("Nothing was changed. Are SETTINGS and the folder right?")
    refuse_other_data(site, version_of_tables(backup), tables)
    print("2. The tables, and the version, of before")
    site.flask("migrate", "--to", tables)
    take(site, version)
    print("3. A restart")
    restart(site)
    print(f"Version {version} is in place. What only the newer version knows is in {backup}")


def refuse_other_data(site: Installation, found: str, tables: str) -> None:
    """Raise Failed where the data is not what was upgraded, as that of a demo in the folder of a site with SETTINGS."""
    newest = max(path.name.split("_")[0] for path in (site.folder / "migrations").glob("[0-9]*_*.py"))
    record = site.instance / UPGRADES
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    if found == newest and (found == tables or tables in {line.split()[0] for line in lines}):
        return
    raise Failed(
        f"The data in {site.instance} (tables {found}) is not what an upgrade from TABLES={tables} to this version "
        f"(tables {newest}) was of. Nothing was changed. Give SETTINGS, as to `make upgrade`: an older version prints "
        "this line without it. Is it the right data all the same, go back by hand: docs/operations.md, Updating."
    )


def make_backup(site: Installation) -> str:
    """Make a backup and return its path, or nothing where there is no site yet. Raises Failed."""
    if not site.environment.get("THREADS_DATABASE_URL") and not (site.instance / "threads.sqlite3").exists():
        print("    There is no site here yet, so there is nothing to back up.")
        return ""
    site.run("mkdir", "-p", "-m", "700", str(site.backups), quiet=True)
    try:
        # Another folder may hold other backups, which others let go.
        keep = () if site.options.get("BACKUPS") else ("--keep", str(KEPT_BACKUPS))
        said = site.flask("backup", str(site.backups), *keep)
    except subprocess.CalledProcessError:
        raise Failed("No backup could be made (see above). Nothing was changed.") from None
    found = re.search(r"\S+\.sqlite3", said)
    if not found:
        raise Failed(f"The backup said {said!r}. Nothing was changed.")
    return found[0]


def version_of_tables(backup: str) -> str:
    """Return the name of the migration at which the tables of a backup are."""
    with closing(sqlite3.connect(f"file:{backup}?mode=ro&immutable=1", uri=True)) as file:
        return str(file.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def fetch(site: Installation) -> None:
    """Take what the branch's remote has. Raises Failed."""
    try:
        site.run("git", "rev-parse", "--abbrev-ref", "@{upstream}", quiet=True)
    except subprocess.CalledProcessError:
        print("    This clone follows no branch: the version in the folder is taken as it is.")
        return
    try:
        site.run("git", "pull", "--quiet", "--ff-only")
    except subprocess.CalledProcessError:
        raise Failed("The newest version could not be fetched (see above). Nothing was changed.") from None


def take(site: Installation, version: str) -> None:
    """Put a version in place, with its packages; files that were changed by hand stay so. Raises CalledProcessError."""
    if site.commit() != version:
        site.run("git", "reset", "--quiet", "--keep", version)
    site.run("make", "--no-print-directory", "COMPILE=--compile", ".venv/installed")


def restart(site: Installation) -> None:
    """Restart the site however it runs, or say how. Raises Failed."""
    units = running_units()
    launcher = site.instance / LAUNCHER
    if site.restart:
        if subprocess.run(site.restart, shell=True, cwd=site.folder, check=False).returncode:
            raise Failed(f"{site.restart} failed (see above).")
    elif units:
        command = ["systemctl", "restart", *units]
        if os.geteuid() == 0:
            subprocess.run(command, check=True)
        else:
            print(f"    Now as root: {shlex.join(command)}")
    elif is_held(launcher):
        restart_launcher(launcher)
    elif is_held(site.instance / LAUNCHED):
        raise Failed(
            "The site runs without the `make run` that began it, and still as the version of before. End its processes"
            f" (`lsof {site.instance / LAUNCHED}` names them), and start it as usual."
        )
    else:
        print("    The site does not run here. Start it as usual.")


def running_units() -> list[str]:
    """Return which of the units of docs/operations.md run on this machine."""
    if not shutil.which("systemctl"):
        return []
    asked = ["systemctl", "is-active", "--quiet"]
    return [unit for unit in UNITS if subprocess.run([*asked, unit], capture_output=True, check=False).returncode == 0]


def is_held(launcher: Path) -> bool:
    """Return whether the `python app.py` that wrote this file still runs."""
    try:
        with launcher.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def restart_launcher(launcher: Path) -> None:
    """Have `python app.py` begin anew, and wait until its site takes answers. Raises Failed."""
    before = launcher.read_text(encoding="utf-8")
    os.kill(int(before.split()[0]), signal.SIGUSR1)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.3)
        told = launcher.read_text(encoding="utf-8").split() if launcher.exists() else []
        if len(told) == 3 and told != before.split() and is_ready(told[1]):
            return
    raise Failed(f"The site does not answer after {READY_SECONDS:.0f} seconds: look at what it prints.")


def is_ready(address: str) -> bool:
    """Return whether a site takes answers."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def read_settings(file: Path) -> dict[str, str]:
    """Return the settings in a file that systemd reads, too; none if there is no file."""
    if not file.exists():
        return {}
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: " ".join(shlex.split(value)) for name, _, value in pairs}


def main() -> int:
    """Upgrade, or go back; return the exit status."""
    parser = argparse.ArgumentParser(prog="make upgrade", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--settings", default="", help=f"file of the site's settings ({SETTINGS})")
    parser.add_argument("--backups", default="", help="folder for the backup (backups in the instance folder)")
    parser.add_argument("--restart", default="", help="the command that restarts the site")
    parser.add_argument("--back-to", help="the version to go back to")
    parser.add_argument("--tables", default="", help="the migration of its tables")
    given = parser.parse_args()
    missing = [name for name, value in (("VERSION", given.back_to), ("TABLES", given.tables)) if not value]
    if given.back_to is not None and missing:
        parser.error(
            f"Type the whole line that the upgrade printed, make go-back VERSION=… TABLES=…: {' and '.join(missing)} "
            "is missing. Nothing was changed."
        )
    folder = Path(__file__).resolve().parents[1]
    environment = {**os.environ, **read_settings(Path(given.settings or SETTINGS))}
    instance = folder / environment.get("THREADS_INSTANCE", "instance")
    options = {"SETTINGS": given.settings, "BACKUPS": given.backups, "RESTART": given.restart}
    backups = Path(given.backups or instance / "backups").absolute()
    site = Installation(folder, environment, backups, given.restart, options)
    try:
        if given.back_to:
            go_back(site, given.back_to, given.tables)
        else:
            upgrade(site)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"{shlex.join(error.cmd)} failed (see above).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
