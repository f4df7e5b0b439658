"""The file by which `make upgrade` finds a running `python app.py`: its process id, its address, when it began."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "launcher"


@contextmanager
def write_launcher(folder: Path, address: str) -> Iterator[None]:
    """Keep the file in the instance folder locked, for as long as this process runs. Another one's is left alone."""
    if os.name == "nt":
        yield
        return
    import fcntl  # not on Windows

    with (folder / NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield
            return
        file.truncate(0)
        print(os.getpid(), address, time.time(), file=file, flush=True)
        yield
