"""The peak memory of a process and of those it starts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import getpagesize

OFTEN = 0.02  # seconds between two looks at all of them, each of which takes some of the time that is measured


class Peak:
    """The most memory that this process had, or all of them together had when they were looked at, in GB."""

    def __init__(self) -> None:
        self._together = 0.0

    def look(self) -> None:
        """Look at all of them: what they share counts for each."""
        self._together = max(self._together, sum(map(_resident, ["self", *_started("self")])))

    def gigabytes(self) -> float:
        """Up to now."""
        return max(self._together, own_peak())


@contextmanager
def peak() -> Iterator[Peak]:
    """Watch this process and those it starts."""
    found, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(OFTEN):
            found.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def own_peak() -> float:
    """The most memory this process had, in GB. Not by getrusage, which tells of its parent's too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024**2
    raise OSError("This system does not tell the peak memory of a process: measure on Linux.")


def _started(process: str) -> list[str]:
    """The processes that one started, and those that these did.

    One that was started just now still runs its parent's program, in its parent's own memory: that counts once.
    """
    try:
        threads = [thread.name for thread in Path("/proc", process, "task").iterdir()]
    except OSError:  # the process has ended
        return []
    children = b" ".join(_told(f"{process}/task/{thread}/children") for thread in threads).decode().split()
    if not children:
        return []
    program = _told(f"{process}/cmdline")
    begun = [child for child in children if _told(f"{child}/cmdline") != program]
    return [*begun, *(other for child in begun for other in _started(child))]


def _resident(process: str) -> float:
    """The memory of a process, in GB; nothing once it has ended."""
    pages = _told(f"{process}/statm").split()
    return int(pages[1]) * getpagesize() / 1024**3 if pages else 0.0


def _told(about: str) -> bytes:
    """What the system tells about a process or one of its threads; nothing once that has ended."""
    try:
        with Path("/proc", about).open("rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""
