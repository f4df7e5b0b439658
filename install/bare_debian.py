"""A folder with a bare Debian in it, and commands that see nothing else: debootstrap and chroot."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class BareDebian:
    """The root of a Debian. Its mounts end with the namespace in which this runs."""

    root: Path

    @classmethod
    def make(cls, root: Path, suite: str, mirror: str = MIRROR) -> BareDebian:
        """Fetch a Debian with nothing but its base. Raises CalledProcessError."""
        subprocess.run(["debootstrap", "--variant=minbase", suite, root, mirror], check=True, stdout=subprocess.DEVNULL)
        return cls(root)

    def copy(self, root: Path) -> BareDebian:
        """Return another one, as this one is before it is opened."""
        subprocess.run(["cp", "-a", self.root, root], check=True)
        return BareDebian(root)

    def open(self, hosts: Sequence[str] = ()) -> None:
        """Give it processes, devices, names of machines, and what this machine's pip reads."""
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        subprocess.run(["mount", "--rbind", "/dev", self.root / "dev"], check=True)
        shutil.copyfile("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost {' '.join(hosts)}\n", encoding="utf-8")
        for path in paths_of_pip():
            there = self.root / path.relative_to("/")
            if path.is_dir():
                there.mkdir(parents=True, exist_ok=True)
            else:
                there.parent.mkdir(parents=True, exist_ok=True)
                there.touch()
            subprocess.run(["mount", "--bind", "-o", "ro", path, there], check=True)

    def command(
        self, words: Sequence[str], *, user: str = "root", folder: str = "/", environment: dict[str, str] | None = None
    ) -> list[str]:
        """Return the command line that runs words in it, with nothing of this machine's environment."""
        home = "/root" if user == "root" else f"/home/{user}"
        given = {"PATH": PATH, "HOME": home, "LANG": "C.UTF-8", **pip_environment(), **(environment or {})}
        inner = f"cd {shlex.quote(folder)} && exec {shlex.join(words)}"
        settings = [f"{name}={value}" for name, value in given.items()]
        whose = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user != "root" else []
        return ["env", "-i", *settings, "chroot", str(self.root), *whose, "sh", "-c", inner]

    def run(self, words: Sequence[str], *, folder: str = "/", **environment: str) -> None:
        """Run words in it as root. Raises CalledProcessError."""
        subprocess.run(self.command(words, folder=folder, environment=environment), check=True)


def pip_environment() -> dict[str, str]:
    """Return the settings of this machine's pip as environment variables: its index, and what lies near."""
    ran = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found = {}
    for line in ran.stdout.splitlines():
        name, _, value = line.partition("=")
        where, _, key = name.rpartition(".")
        if where in ("global", "install", ":env:"):
            found[f"PIP_{key.upper().replace('-', '_')}"] = value.strip("'").replace("\\n", " ")
    return found


def paths_of_pip() -> list[Path]:
    """Return the files and folders of this machine that those settings name."""
    words = [word.removeprefix("file://") for value in pip_environment().values() for word in value.split()]
    paths = [path.parent if path.name == "simple" else path for path in map(Path, words)]  # an index's files lie beside
    return [path for path in dict.fromkeys(paths) if path.is_absolute() and path.exists()]


def why_not() -> str | None:
    """Return why no bare Debian can be made here, or None."""
    if sys.platform != "linux":
        return "this is not Linux"
    if os.geteuid() != 0:
        return "only root may make one: sudo make test-fresh"
    for program in ("debootstrap", "unshare", "chroot", "mount"):
        if not shutil.which(program):
            return f"there is no {program} (Debian: apt-get install debootstrap util-linux)"
    tried = subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False)
    return "this machine lets nobody make namespaces" if tried.returncode else None
