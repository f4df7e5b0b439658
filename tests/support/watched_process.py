"""Processes under watch: what they reach on the network and what they write, native code and children included.

It is strace that sees: Python's audit hooks miss what a compiled library does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import pytest

from survey.core.settings import PROJECT

CREATES = ("creat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2", "link", "linkat",
           "symlink", "symlinkat", "truncate")  # fmt: skip
OPENS = ("open", "openat", "openat2")
REACHES = ("connect", "sendto", "sendmsg", "sendmmsg")
BLIND = ("io_uring_setup",)
"""Calls by which a process could do any of these unseen"""
CALLS = ",".join(f"?{name}" for name in (*CREATES, *OPENS, *REACHES, "bind", *BLIND))
STRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "400", "-e", f"trace={CALLS}", "-e", "signal=none")
NAMES_ARE_LOOKED_UP_WITH = ("/etc/resolv.conf", "/etc/hosts")
NAMES_ARE_ASKED_AT = 53
WRITING = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
CALL = re.compile(r"(\w+)\((.*)")
STANDS_IN = re.compile(r"AT_FDCWD<([^>]*)>")
PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
INTERNET = re.compile(r'sin6?_port=htons\((\d+)\).*?(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")')
LOCAL = re.compile(r'sa_family=AF_UNIX, sun_path=(@?)"([^"]*)"')


@cache
def why_not() -> str:
    """Why nothing can be watched on this machine; empty where it can."""
    if sys.platform != "linux":
        return "strace is a tool of Linux"
    if shutil.which("strace") is None:
        return "strace was not found: install it (Debian: apt-get install strace)"
    tried = subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace may not watch here: {tried.stderr.strip()[:200]}" if tried.returncode else ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One watched command after another, with an empty home and temporary files in a folder of their own."""

    folder: Path
    writable: tuple[Path, ...] = ()
    """Folders beside it that may be written to"""
    reachable: frozenset[tuple[str, int]] = frozenset()
    """Addresses, each with its port, that may be reached"""
    tools: bool = False
    """For the tests' own tools: any address of this machine may be reached, and what tells of a lookup is not that the
    files are read which say whom to ask, but that somebody is asked"""
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home of whatever is watched."""
        return self.folder / "home"

    def environment(self) -> dict[str, str]:
        """All that a watched process is told: little, for some libraries are silent where they see that tests run."""
        for name in ("home", "tmp", "traces"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.environ,
        }

    def command(self, command: Sequence[str]) -> list[str]:
        """The same command, watched."""
        traces = self.folder / "traces" / "trace"
        return [*STRACE, "-ff", "-o", str(traces), *command]

    def run(self, *command: str, seconds: int = 120) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. Raises AssertionError where it fails."""
        done = subprocess.run(
            self.command(command), cwd=PROJECT, env=self.environment(), capture_output=True, text=True,
            timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def offences(self) -> list[str]:
        """What was reached or written that may not be, each named once."""
        found = dict.fromkeys(f"left in the home: {path.relative_to(self.home)}" for path in self.home.rglob("*"))
        traces = sorted((self.folder / "traces").iterdir())
        assert traces, "nothing was watched"
        for trace in traces:
            at = str(PROJECT)
            for line in trace.read_text(encoding="utf-8", errors="replace").splitlines():
                if call := CALL.match(line):
                    at = next(iter(STANDS_IN.findall(line)), at)
                    found |= dict.fromkeys(self._offences(call[1], call[2], at))
        return list(found)

    def _offences(self, name: str, rest: str, at: str) -> Iterator[str]:
        """What is wrong with one call of a process that stands in the folder ``at``."""
        paths = [
            os.path.normpath(Path(folder or at) / path) for folder, path in PATH.findall(rest.rpartition(" = ")[0])
        ]
        if name in BLIND and not self.tools:
            yield f"works unseen: {name}"
        elif name in OPENS and paths:
            if paths[0] in NAMES_ARE_LOOKED_UP_WITH and not self.tools:
                yield f"looks up a name: reads {paths[0]}"
            if WRITING.search(rest.rpartition('"')[2]) and not self._may_write(paths[0]):
                yield f"writes elsewhere: {paths[0]}"
        elif name in CREATES and paths and not self._may_write(paths[-1]):
            yield f"{name} elsewhere: {paths[-1]}"
        elif name in (*REACHES, "bind"):
            yield from self._reached(name, rest)

    def _reached(self, name: str, rest: str) -> Iterator[str]:
        for port, four, six in INTERNET.findall(rest):
            address = ip_address(four or six)
            own = address.is_loopback and (name == "bind" or (self.tools and int(port) != NAMES_ARE_ASKED_AT))
            if not own and (str(address), int(port)) not in self.reachable:
                yield f"{name} {address} port {port}"
        for abstract, path in LOCAL.findall(rest):
            # A socket that is not there reaches nobody: the C library asks so for users' names.
            if "= -1 ENOENT" not in rest and (abstract or not self._may_write(path)):
                yield f"{name} {abstract}{path}"

    def _may_write(self, path: str) -> bool:
        allowed = (self.folder / "tmp", *self.writable, Path("/dev"), Path("/proc"))
        return any(Path(path).is_relative_to(folder) for folder in allowed)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A watch over commands. Where there is no strace the test is skipped, visibly; .ci/run refuses such a skip.

    Its folder is not one of pytest's: see conftest.postgres_server.
    """
    if reason := why_not():
        if os.environ.get("REQUIRE_STRACE"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="threads-watch-", ignore_cleanup_errors=True) as folder:
        yield Watch(Path(folder))
