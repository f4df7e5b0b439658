"""Wait for the first search, and only then start the search service: `python -m survey.search.doorman FOLDER`.

The service takes half a gigabyte, this a few megabytes. It imports nothing of the site but `wire`. It hands its socket
to the service, waits until that has ended because nobody searched any more, and then waits again.
"""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from survey.search import wire

PROJECT = Path(__file__).resolve().parents[2]
SERVICE = (sys.executable, "-m", "flask", "--app", "app", "search-service", "--socket")
"""The command of the service; the number of its socket comes last"""
TRY_SECONDS = 5.0
"""How long to wait for a socket that a service from before has: it ends once it notices that it is alone"""
PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
"""Pause after a service that failed, doubled each time"""
STOP_SECONDS = 5.0


def main(folder: Path, service: Sequence[str] = SERVICE) -> int:
    """Serve the site of an instance folder until SIGTERM or SIGINT; return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        listening = _listen(folder)
    except FileExistsError:
        print(f"A search service is running already in {folder}.", file=sys.stderr)
        return 2
    with listening:
        pause = PAUSE_SECONDS
        while True:
            select.select([listening], [], [])
            if _run_service(listening, service) == 0:
                pause = PAUSE_SECONDS
                continue
            _turn_away(listening, pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)


def _listen(folder: Path) -> socket.socket:
    """Return the listening socket. Raises FileExistsError where another service keeps it."""
    deadline = time.monotonic() + TRY_SECONDS
    while True:
        try:
            return wire.listen(folder)
        except FileExistsError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _run_service(listening: socket.socket, service: Sequence[str]) -> int:
    """Run the service until it ends; return its status. It is stopped with this process."""
    number = listening.fileno()
    with subprocess.Popen([*service, str(number)], cwd=PROJECT, pass_fds=[number]) as running:
        try:
            return running.wait()
        except SystemExit:
            running.terminate()
            try:
                running.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
            raise


def _turn_away(listening: socket.socket, seconds: float) -> None:
    """Hang up on all who ask for so long, so that no page waits for a service that cannot start."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if select.select([listening], [], [], left)[0]:
            listening.accept()[0].close()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
