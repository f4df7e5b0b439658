"""The doorman: it starts the service for the first search, again after it ended, and stops it with itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from survey.core.settings import PROJECT
from survey.search import wire

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="sockets that are handed over"),
]

DOORMAN = """
import sys
from pathlib import Path
from survey.search import doorman
doorman.PAUSE_SECONDS = 0.2
sys.exit(doorman.main(Path(sys.argv[1]), [sys.executable, "-c", sys.argv[2]]))
"""
SERVICE = """
import os, socket, sys, time
from survey.search import wire
with socket.socket(fileno=int(sys.argv[1])) as listening:
    listening.settimeout(60)
    while True:
        connection, _ = listening.accept()
        until = time.monotonic() + 10
        try:
            request = wire.receive(connection, until)
        except wire.BadMessage:
            continue  # somebody looked whether there is a service
        wire.send(connection, {"pid": os.getpid()}, until)
        connection.close()
        if request.get("end"):
            sys.exit(0)
"""


@contextmanager
def doorman(folder: Path, service: str = SERVICE) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", DOORMAN, str(folder), service]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) as running:
        wait_for(lambda: (folder / wire.SOCKET_FILE).exists())
        try:
            yield running
        finally:
            running.terminate()
            assert running.wait(20) == 0


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ask(folder: Path, **request: bool) -> int:
    """Ask the service; gives its process id."""
    until = time.monotonic() + 30
    with wire.connect(folder, until) as connection:
        wire.send(connection, request, until)
        return int(wire.receive(connection, until)["pid"])


def ask_until_answered(folder: Path) -> int:
    """Ask a service that was killed, for which nobody waits a moment."""
    found: list[int] = []

    def answered() -> bool:
        with suppress(OSError, ValueError):
            found.append(ask(folder))
        return bool(found)

    wait_for(answered)
    return found[0]


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_the_service_starts_with_the_first_search_and_again_after_it_ended_or_was_killed(tmp_path: Path) -> None:
    with doorman(tmp_path) as running:
        assert children(running.pid) == []
        first = ask(tmp_path)
        assert ask(tmp_path) == first
        assert children(running.pid) == [str(first)]
        ask(tmp_path, end=True)
        wait_for(lambda: children(running.pid) == [])
        second = ask(tmp_path)
        os.kill(second, signal.SIGKILL)
        third = ask_until_answered(tmp_path)
        assert len({first, second, third}) == 3
    assert not is_alive(third)


def test_stopped_it_takes_the_service_along(tmp_path: Path) -> None:
    with doorman(tmp_path):
        pid = ask(tmp_path)
    assert not is_alive(pid)


def test_it_is_small(tmp_path: Path) -> None:
    with doorman(tmp_path) as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        assert kilobytes < 40_000


def test_a_second_one_says_that_there_is_one(tmp_path: Path) -> None:
    with doorman(tmp_path):
        ask(tmp_path)
        code = f"{DOORMAN.replace('doorman.PAUSE_SECONDS = 0.2', 'doorman.TRY_SECONDS = 0.1')}"
        second = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path), SERVICE],
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert second.returncode == 2
        assert second.stderr == f"A search service is running already in {tmp_path}.\n"
        ask(tmp_path)


def test_a_service_that_cannot_start_is_tried_more_and_more_seldom(tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    failing = f"import sys; open({str(tried)!r}, 'a').write('x'); sys.exit(3)"
    with doorman(tmp_path, failing):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            with suppress(OSError, ValueError):
                ask(tmp_path)
            time.sleep(0.02)
        # Pauses of .2, .4, .8, 1.6 and 3.2 seconds.
        assert 1 <= len(tried.read_text()) <= 6
