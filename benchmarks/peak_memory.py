"""Measure the peak memory of a process and its descendants (Linux)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import getpagesize

INTERVAL_SECONDS = 0.02  # a sample takes some of the time that is measured


class PeakMemory:
    """The peak memory in GB: of this process alone, or the largest sampled sum of all, whichever is larger."""

    def __init__(self) -> None:
        self.sampled = 0.0

    def sample(self) -> None:
        """Add up the resident memory of all processes; shared pages count for each."""
        self.sampled = max(self.sampled, sum(map(_resident, ["self", *_descendants("self")])))

    def gigabytes(self) -> float:
        """Return the peak so far."""
        return max(self.sampled, own_peak())


@contextmanager
def watch_peak() -> Iterator[PeakMemory]:
    """Sample this process and its descendants during a `with` block."""
    found, done = PeakMemory(), threading.Event()

    def watch() -> None:
        while not done.wait(INTERVAL_SECONDS):
            found.sample()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def own_peak() -> float:
    """Return the peak memory of this process in GB. Not from getrusage, which includes the parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024**2
    raise OSError("Peak memory cannot be read on this system: measure on Linux.")


def _descendants(process: str) -> list[str]:
    """Return the descendants of a process.

    A child that still runs its parent's program is left out: between fork and exec it shares its parent's memory.
    """
    try:
        threads = [thread.name for thread in Path("/proc", process, "task").iterdir()]
    except OSError:  # the process has ended
        return []
    children = b" ".join(_read_proc(f"{process}/task/{thread}/children") for thread in threads).decode().split()
    if not children:
        return []
    program = _read_proc(f"{process}/cmdline")
    running = [child for child in children if _read_proc(f"{child}/cmdline") != program]
    return [*running, *(other for child in running for other in _descendants(child))]


def _resident(process: str) -> float:
    """Return the resident memory of a process in GB; 0 if it has ended."""
    pages = _read_proc(f"{process}/statm").split()
    return int(pages[1]) * getpagesize() / 1024**3 if pages else 0.0


def _read_proc(name: str) -> bytes:
    """Read a file of /proc; empty if the process or thread has ended."""
    try:
        with Path("/proc", name).open("rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""
