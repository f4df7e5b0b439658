"""A child process of `python app.py` that ends with it, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

from survey.core.settings import PROJECT

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent ends"""


def start(command: Sequence[str], kept_open: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own: Ctrl-C reaches only this process, which then stops the others.

    `kept_open` are files that it keeps open.
    """
    return subprocess.Popen(
        command, cwd=PROJECT, start_new_session=True, pass_fds=kept_open, preexec_fn=_end_with_parent()
    )


def _end_with_parent() -> Callable[[], None] | None:
    """Return what a child does before its program begins: on Linux the kernel stops it when this process is killed."""
    if sys.platform != "linux":
        return None
    parent, libc = os.getpid(), ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before
            os._exit(1)

    return prepare
