"""Programs the site starts beside itself.

For libraries too heavy for a process that serves pages, and for files that somebody else made: those are read
within a limit of memory and time, and whatever goes wrong with them ends there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from survey.core.settings import PROJECT

TIMEOUT_SECONDS = 180


@contextmanager
def start(
    program: str, *arguments: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of this folder at work. It is ended with the block, and after SECONDS_MOST whatever it does."""
    process = subprocess.Popen(
        [sys.executable, "-m", program, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    patience = threading.Timer(TIMEOUT_SECONDS, process.kill)
    patience.start()
    try:
        yield process
    finally:
        patience.cancel()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
